"""The probability of the deciding answer, from what the server says of the tokens it was written with.

The answer is JSON, so the deciding word stands in the middle of a stream of tokens whose boundaries follow no rule:
`yes`, `"yes"`, ` "y` and `es` are all in use. What counts is the first token that holds a letter of the word: there
the words of the question part. The alternatives that the server lists for this token are sorted by the word that
they begin; the share of yes against no is the probability. It holds under the condition that the answer is one of the
words, as it does where a schema forces it.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from secondsight.brain.prompts.leniency import find_object
from secondsight.brain.prompts.questions import DECISION
from secondsight.records import Question

YES, NO, _ = DECISION
MOST_TOKENS = 8192
"""Tokens that are looked at; an answer has at most 1024, and what a model thinks before it may stand among them."""
_SLACK = 0.01
"""Probabilities of one token may add up to this much above 1, as far as servers round them."""


class Unusable(ValueError):
    """The server's token probabilities cannot be used. The text says why."""


@dataclass(frozen=True, slots=True)
class _Token:
    """One token: its bytes, and the probability of each alternative by its bytes, the token itself included."""

    text: bytes
    chances: dict[bytes, float]


def chance(content: str, logprobs: Any, questions: Sequence[Question]) -> float | None:
    """Probability of yes on the first question, 0..1; None where the server gave no token probabilities at all.

    Args:
        content: the model's text, which was found to be an answer of the asked form.
        logprobs: `logprobs` of the choice, as the server wrote it.

    Raises:
        Unusable: there are some, but they are no numbers, do not spell the text, or say nothing of yes and no.
    """
    if not isinstance(logprobs, dict) or logprobs.get("content") is None:
        if logprobs is None or isinstance(logprobs, dict):
            return None
        raise Unusable("are not of the known form")
    items = logprobs["content"]
    if not isinstance(items, list) or not 0 < len(items) <= MOST_TOKENS:
        raise Unusable("are not of the known form")
    question = questions[0]
    try:
        at = _word_at(content, question.key)
    except (ValueError, IndexError, RecursionError):
        raise Unusable("cannot be matched with an answer of another form") from None
    spelled = b"".join(_bytes(item) for item in items)
    start = spelled.rfind(content.encode("utf-8", "replace"))
    if start < 0:
        raise Unusable("do not spell the answer")
    return _decide(*_token_at(items, start + len(content[:at].encode("utf-8", "replace"))), question.choices)


def _decide(token: _Token, before: bytes, choices: Sequence[str]) -> float:
    """Share of yes against no among the alternatives of the token in which the word begins.

    What is not listed is less likely than everything that is, and than what the listed leave over; a word that is
    missing counts with that bound, so that no certainty comes out which the server did not state.
    """
    shares = dict.fromkeys(choices, 0.0)
    for text, probability in token.chances.items():
        for choice in choices:
            if _begins(text, before, choice):
                shares[choice] += probability
    if not shares[YES] and not shares[NO]:
        raise Unusable("say nothing of yes and no")
    bound = min(min(token.chances.values()), max(0.0, 1.0 - sum(token.chances.values())))
    yes, no = shares[YES] or bound, shares[NO] or bound
    return yes / (yes + no)


def _begins(text: bytes, before: bytes, choice: str) -> bool:
    """Whether a token holds a letter of this word or more, and nothing else; white space before it is of no matter.

    No two of the words begin with the same letter, so that a token begins one of them at most.
    """
    whole = before.lstrip() + choice.encode() + b'"'
    text = text.lstrip() if before else text
    return len(text) > len(before.lstrip()) and (whole.startswith(text) or text.startswith(whole))


def _token_at(items: list[Any], place: int) -> tuple[_Token, bytes]:
    """The token that holds the byte at `place`, and its bytes before that one."""
    for item in items:
        text = _bytes(item)
        if place < len(text):
            return _Token(text, _chances(item, text)), text[:place]
        place -= len(text)
    raise Unusable("do not spell the answer")


def _chances(item: dict[str, Any], text: bytes) -> dict[bytes, float]:
    listed = item.get("top_logprobs")
    if not isinstance(listed, list):
        raise Unusable("list no alternatives")
    found = {text: _probability(item)}
    for other in listed:
        found[_bytes(other)] = _probability(other)
    if sum(found.values()) > 1 + _SLACK or not any(found.values()):
        raise Unusable("are no probabilities")
    return found


def _probability(item: Any) -> float:
    value = item.get("logprob") if isinstance(item, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable("are no probabilities")
    if math.isnan(value) or value > math.log1p(_SLACK):
        raise Unusable("are no probabilities")
    return math.exp(value)


def _bytes(item: Any) -> bytes:
    """A token's bytes; its text where the server gives no bytes, or wrong ones."""
    if not isinstance(item, dict) or not isinstance(item.get("token"), str):
        raise Unusable("are not of the known form")
    raw = item.get("bytes")
    if isinstance(raw, list) and all(type(value) is int and 0 <= value < 256 for value in raw):
        return bytes(raw)
    token: str = item["token"]
    return token.encode("utf-8", "replace")


def _word_at(content: str, key: str) -> int:
    """Position of the first letter of the deciding word in the text of an answer of the asked form."""
    answers = _value_at(content, content.rindex(find_object(content, "answers")), "answers")
    at = _value_at(content, answers, key)
    if content[at + 1 : at + 2] not in [choice[0] for choice in DECISION]:
        raise Unusable("do not spell the answer")
    return at + 1


def _value_at(text: str, at: int, wanted: str) -> int:
    """Where the value of a key begins in the JSON object that begins at `at`."""
    decoder = json.JSONDecoder()
    while True:
        key, at = decoder.raw_decode(text, _blank(text, at + 1))
        at = _blank(text, _blank(text, at) + 1)
        if key == wanted:
            return at
        _, at = decoder.raw_decode(text, at)
        at = _blank(text, at)


def _blank(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at
