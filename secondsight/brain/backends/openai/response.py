"""Reads the body of an OpenAI-compatible answer: what is needed, checked, and nothing else.

Servers differ in what they add and leave out; a missing count of tokens stays missing.
"""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from secondsight.brain.backends.openai.transport import MAX_BODY
from secondsight.brain.prompts import strict_json
from secondsight.records import MOST_TOKENS

_MESSAGES = ("error", "errors", "message", "error_msg", "error_message", "msg", "detail")
"""Where servers write what went wrong."""
_TITLE = re.compile(r"<title>([^<]*)</title>", re.IGNORECASE)
_MOST_SAID = 4096
"""Bytes of a body of another form that are looked at."""


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
    if choice.get("error"):
        raise InvalidBody("the answer holds an error", _sentence_in(choice))
    message = _object(choice.get("message"), "the message")
    usage = data.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    model = data.get("model")
    return Completion(
        text=_text(message),
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
        return _sentence_in(strict_json.loads(body, MAX_BODY))
    except ValueError:
        text = body[:_MOST_SAID].decode("utf-8", "ignore").strip()
    if text[:1] in ("{", "["):
        return ""
    title = _TITLE.search(text)
    return title[1] if title else "" if text.startswith("<") else text


def _sentence_in(value: Any) -> str:
    """The first text that is a message, in an object or a list, behind the field that it is about."""
    if isinstance(value, str):
        return value
    inner = value if isinstance(value, list) else ()
    if isinstance(value, dict):
        inner = [value[key] for key in _MESSAGES if key in value]
    said = next((said for item in inner if (said := _sentence_in(item))), "")
    field = _field_in(value) if isinstance(value, dict) else ""
    return f"{field}: {said}" if said and field and field not in said else said


def _field_in(error: dict[str, Any]) -> str:
    """The field of the request that an error is about: `param` (OpenAI), or the last name of `loc` (pydantic)."""
    where = error.get("param") or error.get("loc")
    names = where if isinstance(where, list) else [where]
    return next((name for name in reversed(names) if isinstance(name, str)), "")


def _refusal(reason: Any, refusal: Any) -> str:
    if reason == "content_filter":
        return "the server's content filter stopped the answer"
    return "the model declined to answer" if isinstance(refusal, str) and refusal else ""


def _text(message: dict[str, Any]) -> str:
    """What the model wrote. Of a model that did not think, some servers put the answer where thoughts belong."""
    text = _content(message.get("content"))
    if text.strip():
        return text
    thoughts = (message.get(key) for key in ("reasoning_content", "reasoning"))
    return next((one for one in thoughts if isinstance(one, str) and one.lstrip().startswith("{")), text)


def _content(value: Any) -> str:
    """A message's text; that of all its text parts where it is a part or a list of them, as some servers write it."""
    if value is None or isinstance(value, str):
        return value or ""
    parts = value if isinstance(value, list) else [value]
    if all(isinstance(part, dict | str) for part in parts):
        texts = [part if isinstance(part, str) else _text_of(part) for part in parts]
        if any(texts) or not parts:
            return "".join(texts)
    raise InvalidBody("the message's content is not a text")


def _text_of(part: dict[str, Any]) -> str:
    text = part.get("text") if part.get("type", "text") in ("text", "output_text") else ""
    return text if isinstance(text, str) else ""


def _load(body: bytes) -> Any:
    try:
        return strict_json.loads(body, MAX_BODY, lenient=True)
    except ValueError as error:
        raise InvalidBody(f"the answer's body is {error}") from None


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidBody(f"{what} is not a JSON object")
    return value


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None
