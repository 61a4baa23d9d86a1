"""How the brain's test server reads a chat request: as strictly as the strictest real server."""

import base64
import json
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from io import BytesIO
from typing import Any

from PIL import Image

KNOWN_KEYS = frozenset(
    {"model", "messages", "temperature", "max_tokens", "max_completion_tokens", "response_format"}
    | {"stream", "seed", "top_p", "logprobs", "top_logprobs"}
)
VIDEO = "video"
"""Stands among the unknown keys of a server that takes no video."""


@dataclass(frozen=True)
class ChatRequest:
    """One request as the server understood it."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    texts: tuple[str, ...] = ()
    """All texts of all messages, in order."""
    images: tuple[bytes, ...] = ()
    """All pictures, decoded from their data URIs and proven to be JPEG."""
    videos: tuple[tuple[bytes, ...], ...] = ()
    """Of every video its frames, proven to be JPEGs of one size."""
    format: str | None = None
    time: float = field(default_factory=time.time)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def read_request(
    path: str,
    headers: dict[str, str],
    raw: bytes,
    formats: Sequence[str],
    unknown_keys: Set[str] = frozenset(),
) -> ChatRequest:
    """Check a chat request as strictly as the strictest real server. Raises ValueError."""
    data = json.loads(raw)
    _need(isinstance(data, dict), "the body must be a JSON object")
    unknown = set(data) - (KNOWN_KEYS - unknown_keys)
    _need(not unknown, f"unknown parameters: {sorted(unknown)}")
    _need(isinstance(data.get("model"), str) and bool(data["model"]), "you must provide a model parameter")
    _need(0 <= data.get("temperature", 1) <= 2, "temperature must lie within 0 to 2")
    _need(
        type(data.get("max_tokens", 1)) is int and data.get("max_tokens", 1) > 0,
        "max_tokens must be positive",
    )
    _need(
        0 <= data.get("top_logprobs", 0) <= 20 and (data.get("logprobs") or "top_logprobs" not in data),
        "top_logprobs must be within 0 to 20 and needs logprobs",
    )
    _need(data.get("stream") in (None, False), "streaming is not supported")
    messages = data.get("messages")
    _need(isinstance(messages, list) and bool(messages), "messages must not be empty")
    texts, images, videos = _read_messages(messages, VIDEO not in unknown_keys)
    kind = _read_format(data.get("response_format"), formats)
    return ChatRequest(path, headers, data, tuple(texts), tuple(images), tuple(videos), kind)


def read_form(content_type: str, raw: bytes) -> dict[str, bytes]:
    """The fields of a form with a file (RFC 7578)."""
    whole = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + raw, policy=HTTP)
    found: dict[str, bytes] = {}
    for part in whole.iter_parts():
        name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        assert isinstance(value, bytes)
        found[str(name)] = value
    return found


def _read_messages(
    messages: list[Any], video: bool
) -> tuple[list[str], list[bytes], list[tuple[bytes, ...]]]:
    texts: list[str] = []
    images: list[bytes] = []
    videos: list[tuple[bytes, ...]] = []
    last = None
    for message in messages:
        role, parts = message.get("role"), message.get("content")
        _need(role in ("system", "user", "assistant"), f"unknown role {role!r}")
        _need(role != last, f"roles must alternate: two {role} messages in a row")
        _need(set(message) == {"role", "content"}, "a message has role and content")
        last = role
        if isinstance(parts, str):
            _need(bool(parts), "empty content")
            texts.append(parts)
            continue
        _need(isinstance(parts, list) and role == "user", "parts are for user messages")
        for part in parts:
            if part.get("type") == "text":
                _need(set(part) == {"type", "text"} and bool(part["text"]), "malformed text part")
                texts.append(part["text"])
            elif str(part.get("type")).startswith("video"):
                _need(video, f"unknown part type {part['type']!r}: this model takes no video")
                videos.append(_read_video(part))
            else:
                images.append(_read_image(part))
    _need(last == "user", "the last message must be the user's")
    return texts, images, videos


def _read_video(part: Any) -> tuple[bytes, ...]:
    """Frames of a video: vLLM's `data:video/jpeg` with commas between them, or DashScope's list of pictures."""
    if part["type"] == "video":
        _need(set(part) == {"type", "video"} and len(part["video"]) >= 4, "a video has four frames at least")
        frames = tuple(_read_url(url) for url in part["video"])
    else:
        head, _, tail = part["video_url"]["url"].partition(",")
        _need(head == "data:video/jpeg;base64", "not a video of JPEG frames")
        frames = tuple(_read_jpeg(text) for text in tail.split(","))
    sizes = {Image.open(BytesIO(frame)).size for frame in frames}
    _need(len(sizes) == 1, "the frames of a video must have one size")
    return frames


def _read_image(part: Any) -> bytes:
    _need(part.get("type") == "image_url", f"unknown part type {part.get('type')!r}")
    _need(part["image_url"].get("detail", "auto") in ("auto", "low", "high"), "unknown detail")
    return _read_url(part["image_url"]["url"])


def _read_url(url: str) -> bytes:
    head, comma, tail = url.partition(",")
    _need(bool(comma) and head == "data:image/jpeg;base64", "not a JPEG data URI")
    return _read_jpeg(tail)


def _read_jpeg(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    try:
        with Image.open(BytesIO(data)) as picture:
            _need(picture.format == "JPEG", f"not a JPEG but {picture.format}")
            picture.load()
    except OSError as error:
        raise ValueError(f"broken picture: {error}") from None
    return data


def _read_format(asked: Any, formats: Sequence[str]) -> str | None:
    if asked is None:
        return None
    kind: str = asked.get("type")
    _need(kind in formats, f"Invalid value for response_format.type: '{kind}' is not supported")
    if kind == "json_schema":
        described = asked["json_schema"]
        _need(described.get("strict") is True and bool(described.get("name")), "response_format: not strict")
        _check_strict(described["schema"])
    return kind


def _check_strict(schema: Any) -> None:
    """The rules of strict structured output: closed objects, every property required."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            _need(schema.get("additionalProperties") is False, "schema: additionalProperties must be false")
            _need(schema.get("required") == list(schema["properties"]), "schema: all must be required")
        for value in schema.values():
            _check_strict(value)
    elif isinstance(schema, list):
        for value in schema:
            _check_strict(value)


def _need(condition: bool, problem: str) -> None:
    if not condition:
        raise ValueError(problem)
