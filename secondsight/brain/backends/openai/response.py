"""Reads the body of an OpenAI-compatible answer: what is needed, checked, and nothing else.

Servers differ in what they add and leave out; a missing count of tokens stays missing.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from secondsight.brain.backends.openai.transport import MAX_BODY
from secondsight.brain.prompts import strict_json
from secondsight.records import MOST_TOKENS


class InvalidBody(ValueError):
    """The body is not a chat completion: the server's fault or the network's, not the model's.

    Attributes:
        said: the server's own sentence, if the body holds one; untrusted.
    """

    def __init__(self, text: str, said: str = "") -> None:
        super().__init__(text)
        self.said = said


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer of the model.

    Attributes:
        text: what it wrote; empty if it wrote nothing.
        cut: the answer ended at the limit of tokens.
        model: the server's name of what answered, or None.
        tokens_in, tokens_out: None where the server did not say.
        refusal: who declined to answer, the model or a filter in front of it; empty if nobody did.
        logprobs: what the server says of the tokens' probabilities, unchecked.
    """

    text: str
    cut: bool
    model: str | None
    tokens_in: int | None
    tokens_out: int | None
    refusal: str = ""
    logprobs: Any = None


class Listed(NamedTuple):
    """A model on offer, and who the server says owns it; servers write their own name there."""

    name: str
    owner: str


def read_completion(body: bytes) -> Completion:
    """One answer of the model. Raises InvalidBody."""
    data = _object(_load(body), "the answer")
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices:
        # Some gateways answer 200 and put the error of the server behind them into the body.
        instead = "; it holds an error instead" if data.get("error") else ""
        raise InvalidBody("the answer has no choices" + instead, server_message(body))
    choice = _object(choices[0], "the first choice")
    message = _object(choice.get("message"), "the message")
    usage = data.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    model = data.get("model")
    return Completion(
        text=_content(message.get("content")),
        cut=choice.get("finish_reason") == "length",
        model=model[:200] if isinstance(model, str) and model.isprintable() and model else None,
        tokens_in=_count(counts.get("prompt_tokens")),
        tokens_out=_count(counts.get("completion_tokens")),
        refusal=_refusal(choice.get("finish_reason"), message.get("refusal")),
        logprobs=choice.get("logprobs"),
    )


def read_models(body: bytes) -> list[Listed]:
    """What the answer to `GET /models` lists. Raises InvalidBody."""
    items = _object(_load(body), "the list of models").get("data")
    if not isinstance(items, list):
        raise InvalidBody("the list of models has no data")
    pairs = [(item.get("id"), item.get("owned_by")) for item in items if isinstance(item, dict)]
    return [Listed(name, str(owner or "")) for name, owner in pairs if isinstance(name, str)]


def server_message(body: bytes) -> str:
    """The sentence in an error's body, if it has one; several forms are in use."""
    try:
        data = strict_json.loads(body, MAX_BODY)
    except ValueError:
        return ""
    while isinstance(data, dict):
        data = next((data[key] for key in ("error", "message", "detail") if data.get(key)), "")
    return data if isinstance(data, str) else ""


def _refusal(reason: Any, refusal: Any) -> str:
    if reason == "content_filter":
        return "the server's content filter stopped the answer"
    return "the model declined to answer" if isinstance(refusal, str) and refusal else ""


def _content(value: Any) -> str:
    """A message's text; that of all its text parts where it is a list of parts, as some servers write it."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and all(isinstance(part, dict) for part in value):
        texts = [part.get("text") for part in value if part.get("type") in ("text", "output_text")]
        if texts and all(isinstance(text, str) for text in texts):
            return "".join(texts)
    raise InvalidBody("the message's content is not a text")


def _load(body: bytes) -> Any:
    try:
        return strict_json.loads(body, MAX_BODY, finite=False)
    except ValueError as error:
        raise InvalidBody(f"the answer's body is {error}") from None


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidBody(f"{what} is not a JSON object")
    return value


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None
