"""What the brain's test server can do with a request: answer well, badly, late, or not at all."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.servers.brain_requests import ChatRequest


class Connection:
    """What a behaviour may do: a proper answer, or anything at all on the wire."""

    def __init__(self, handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        self._handler, self._closing = handler, closing

    def send(
        self,
        body: bytes,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> None:
        """A whole, well-formed HTTP answer."""
        self.start(len(body), status, headers, content_type)
        self.raw(body)

    def start(
        self,
        length: int,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> None:
        """Status line and headers of an answer of `length` bytes."""
        self._handler.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(length)}.items():
            self._handler.send_header(name, value)
        for name, value in (headers or {}).items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def raw(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.wfile.flush()
        self._handler.connection.close()
        self._handler.close_connection = True

    def end(self) -> None:
        """No further request on this connection."""
        self._handler.close_connection = True

    def wait(self, seconds: float) -> None:
        """Sleep that ends when the server does."""
        self._closing.wait(seconds)


Behaviour = Callable[[ChatRequest, Connection], None]


def completion(
    content: str | None,
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
    usage: tuple[int, int] | None = (1000, 50),
    model: str = "test-vl",
    logprobs: Any = None,
) -> bytes:
    """The body of a chat completion."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": logprobs, "finish_reason": finish_reason}],
    }
    if usage is not None:
        prompt, answer = usage
        body["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer,
        }
    return json.dumps(body).encode()


_INVERSE = {"yes": "no", "no": "yes"}


def verdict_text(request: ChatRequest, decision: str, **changes: Any) -> str:
    """A valid verdict for the questions of `request`: `decision`, then each last choice or some text.

    The opposite question is answered the other way round, as one does who looked. A request that shows no answer form
    is not a review and gets the bare word.
    """
    if not any(line.startswith('{"summary"') for line in request.text.splitlines()):
        return decision
    answers = {key: (choices[-1] if choices else "nothing") for key, choices in questions_of(request).items()}
    first = next(iter(answers))
    answers[first] = _INVERSE.get(decision, decision) if first == "decision" else decision
    answer = {"summary": "A person walks.", "answers": answers, "evidence": [{"frame": 0, "box": None}]}
    return json.dumps({**answer, **changes})


def questions_of(request: ChatRequest) -> dict[str, list[str]]:
    """Key and choices of every question, read from the answer form that the prompt shows."""
    form = next(line for line in request.text.splitlines() if line.startswith('{"summary"'))
    answers: dict[str, str] = json.loads(form)["answers"]
    return {key: value.split("|") if "|" in value else [] for key, value in answers.items()}


def ok(decision: str = "yes", *, usage: tuple[int, int] | None = (1000, 50), **changes: Any) -> Behaviour:
    """A good answer; `changes` replaces top-level parts of the verdict, such as `evidence=[...]`."""
    return lambda request, connection: connection.send(
        completion(verdict_text(request, decision, **changes), usage=usage)
    )


def content(
    text: str | None,
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
    usage: tuple[int, int] | None = (1000, 50),
) -> Behaviour:
    """A proper completion in which the model wrote `text`."""
    data = completion(text, finish_reason=finish_reason, refusal=refusal, usage=usage)
    return lambda _, connection: connection.send(data)


def tool_call() -> Behaviour:
    """The model calls a tool that nobody offered, and says nothing."""
    data = json.loads(completion(None, finish_reason="tool_calls"))
    call = {"name": "open_gate", "arguments": '{"answer": "confirmed"}'}
    data["choices"][0]["message"]["tool_calls"] = [{"id": "1", "type": "function", "function": call}]
    return body(json.dumps(data).encode())


def body(data: bytes, status: int = 200, content_type: str = "application/json") -> Behaviour:
    """A proper HTTP answer with any body."""
    return lambda _, connection: connection.send(data, status, content_type=content_type)


def status(
    code: int, message: str = "no", *, retry_after: object = None, headers: Mapping[str, str] | None = None
) -> Behaviour:
    """An error in OpenAI's form."""
    extra = {**(headers or {}), **({} if retry_after is None else {"Retry-After": str(retry_after)})}
    data = json.dumps({"error": {"message": message, "type": "error", "param": None, "code": None}}).encode()
    return lambda _, connection: connection.send(data, code, extra)


def slow(seconds: float, then: Behaviour | None = None) -> Behaviour:
    """Silence before the answer."""

    def behave(request: ChatRequest, connection: Connection) -> None:
        connection.wait(seconds)
        (then or ok())(request, connection)

    return behave


def drip(interval: float) -> Behaviour:
    """An answer that comes one byte (a space, which JSON allows) at a time and never ends."""

    def behave(_: ChatRequest, connection: Connection) -> None:
        connection.start(100_000)
        for _step in range(100_000):
            connection.raw(b" ")
            connection.wait(interval)

    return behave


def reset_midway() -> Behaviour:
    """Half an answer, then a TCP reset."""

    def behave(request: ChatRequest, connection: Connection) -> None:
        data = completion(verdict_text(request, "yes"))
        connection.start(len(data))
        connection.raw(data[: len(data) // 2])
        connection.reset()

    return behave


def half_body() -> Behaviour:
    """Half a JSON body that claims to be whole."""
    return lambda request, connection: connection.send(completion(verdict_text(request, "yes"))[:100])


def huge(size: int, *, announced: bool) -> Behaviour:
    """More bytes than anyone wants, with or without saying so beforehand. Stops when the reader leaves."""

    def behave(_: ChatRequest, connection: Connection) -> None:
        if announced:
            connection.start(size)
        else:
            connection.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            connection.end()
        for _step in range(size // 65536):
            connection.raw(b" " * 65536)

    return behave


def garbage() -> Behaviour:
    """Something that is not HTTP."""

    def behave(_: ChatRequest, connection: Connection) -> None:
        connection.raw(b"\x00\xffSSH-2.0-not-http\r\n\r\n")
        connection.end()

    return behave
