"""The table of outcomes in docs/brain.md: its rows by name, and what it promises for each."""

from tests.conftest import ROOT

WORDS = "text that is no JSON (a refusal in words, too), half a JSON, empty answer, a call of a tool"
SHAPE = (
    "JSON without a clear answer to the deciding question: no such key, an unknown word, two answers, "
    "a contradiction"
)
MENDED = (
    "a clear decision in another form than asked: thoughts, a fence or a sentence around it, `Yes`, a list "
    "or an object around it, further keys, a box in pixels, a frame that was not sent"
)
CUT = "answer cut off at 1024 tokens"
REFUSAL = "refusal reported as such, or the server's content filter"
TIMEOUT = "no whole answer within `timeout`, however slowly it drips"
AWAY = "429, 503; no connection"
PASSING = "408, 409, 425, 500 and above"
BROKEN = "connection broken, answer that is not HTTP"
BODY = "body of the answer is no JSON, half a JSON, not a completion; no choices; an error in it"
WRONG = "400, 413 and other 4xx"
KEY = "401, 403"
NOT_FOUND = "404"
DECLINED = "400 or 422 about a field or a format that was asked for, 500 or 501 about the format"
REDIRECT = "redirect"
LARGE = "answer larger than 4 MiB, or compressed"
COUNTS = "no token counts, or more than 10^9"
CHANCES = "token probabilities that are no numbers, or do not spell the answer"
PICTURE = "key frame missing or unreadable"
GOOD = "good answer"


def documented() -> dict[str, tuple[str, str]]:
    """The table under `## Outcomes` of docs/brain.md: what happens -> outcome, ledger."""
    text = (ROOT / "docs" / "brain.md").read_text(encoding="utf-8")
    table = text.split("\n## Outcomes\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    return {what.strip(): (outcome.strip(), booked.strip()) for what, outcome, booked in rows[2:]}
