"""Every way in which a brain can fail, and what becomes of it: the table of docs/brain.md, row by row."""

import asyncio
import contextlib
import hashlib
import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.brain import make_reviewer
from secondsight.brain.backends.openai.errors import MAX_WAIT, retry_after
from secondsight.brain.backends.openai.response import (
    InvalidBody,
    read_completion,
    read_models,
    server_message,
)
from secondsight.clock import ManualClock, SystemClock
from secondsight.errors import BrainError
from secondsight.records import Call, Outcome, Verification
from tests.brain.outcomes import (
    AWAY,
    BODY,
    BROKEN,
    CHANCES,
    COUNTS,
    CUT,
    DECLINED,
    GOOD,
    KEY,
    LARGE,
    MENDED,
    NOT_FOUND,
    PASSING,
    PICTURE,
    REDIRECT,
    REFUSAL,
    SHAPE,
    TIMEOUT,
    WORDS,
    WRONG,
    documented,
)
from tests.brain.samples import jpeg, review_request, settings
from tests.servers.brain import (
    Behaviour,
    BrainServer,
    ChatRequest,
    Connection,
    body,
    completion,
    content,
    drip,
    garbage,
    half_body,
    huge,
    ok,
    reset_midway,
    slow,
    status,
    tool_call,
    verdict_text,
)
from tests.table import table

MISS = content("I'm sorry, I can't help with that.")
WRONG_SHAPE = content(json.dumps({"verdict": "confirmed", "confidence": 0.99}))


@dataclass(frozen=True)
class Fault:
    """What the server does, and what the caller gets."""

    row: str
    script: tuple[Behaviour, ...]
    says: str
    retryable: bool
    after: float | None = None
    requests: int = 1
    timeout: float = 5.0


def promise(size: int) -> Behaviour:
    """Headers of a long answer, and then nothing."""

    def behave(_: ChatRequest, connection: Connection) -> None:
        connection.start(size)
        connection.wait(30)

    return behave


FAULTS: dict[str, Fault] = {
    "slow": Fault(TIMEOUT, (slow(30),), "no (whole )?answer", True, timeout=0.5),
    "slow drip": Fault(TIMEOUT, (drip(0.05),), "no whole answer within 0.5 s", True, timeout=0.5),
    "slow repair": Fault(TIMEOUT, (MISS, slow(30)), "no (whole )?answer", True, requests=2, timeout=0.8),
    "429": Fault(AWAY, (status(429, "slow down"),), "answered 429: slow down", True),
    "429 seconds": Fault(AWAY, (status(429, retry_after=7),), "answered 429", True, after=7.0),
    "429 date": Fault(
        AWAY, (status(429, retry_after=formatdate(1_700_000_030, usegmt=True)),), "429", True, after=30.0
    ),
    "429 nonsense": Fault(AWAY, (status(429, retry_after="soon"),), "429", True),
    "408": Fault(PASSING, (status(408),), "answered 408", True),
    "500": Fault(PASSING, (status(500, "CUDA out of memory"),), "answered 500: CUDA out of memory", True),
    "503": Fault(AWAY, (status(503, retry_after=2),), "answered 503", True, after=2.0),
    "500 html": Fault(PASSING, (body(b"<html>bad", 500, "text/html"),), "answered 500$", True),
    "502 of a proxy": Fault(
        PASSING, (body(b"<html><title>Bad Gateway</title>", 502, "text/html"),), "502: Bad Gateway", True
    ),
    "500 in words": Fault(PASSING, (body(b"no room\nleft", 500, "text/plain"),), "500: no room left", True),
    "500 in a list": Fault(
        PASSING, (body(b'{"detail": [{"loc": [1], "msg": "no room"}]}', 500),), "500: no room", True
    ),
    "reset midway": Fault(BROKEN, (reset_midway(),), "cannot be reached", True),
    "garbage status line": Fault(BROKEN, (garbage(),), "cannot be reached", True),
    "body not JSON": Fault(
        BODY, (body(b"<html>welcome</html>", 200, "text/html"),), "body is not valid JSON", True
    ),
    "body half": Fault(BODY, (half_body(),), "body is not valid JSON", True),
    "body empty": Fault(BODY, (body(b""),), "body is not valid JSON", True),
    "body a list": Fault(BODY, (body(b"[]"),), "not a JSON object", True),
    "body NaN": Fault(BODY, (body(b'{"choices": NaN}'),), "no choices", True),
    "empty choices": Fault(BODY, (body(b'{"choices": []}'),), "no choices", True),
    "error in 200": Fault(
        BODY,
        (body(b'{"error": {"message": "out of memory"}}'),),
        "holds an error instead: out of memory",
        True,
    ),
    "error in the choice": Fault(
        BODY,
        (body(b'{"choices": [{"error": {"message": "upstream died"}, "message": {"content": ""}}]}'),),
        "holds an error: upstream died",
        True,
    ),
    "thoughts and no answer": Fault(
        WORDS,
        (body(b'{"choices": [{"message": {"content": "", "reasoning_content": "It walks {there}."}}]}'),) * 2,
        "asked twice",
        False,
        requests=2,
    ),
    "no message": Fault(BODY, (body(b'{"choices": [{}]}'),), "message is not a JSON object", True),
    "content a list": Fault(
        BODY, (body(b'{"choices": [{"message": {"content": [1]}}]}'),), "not a text", True
    ),
    "huge announced": Fault(LARGE, (huge(2**30, announced=True),), "too large", False),
    "huge unannounced": Fault(LARGE, (huge(2**30, announced=False),), "too large", False),
    "huge promised": Fault(LARGE, (promise(2**30),), "too large", False, timeout=2.0),
    "compressed": Fault(LARGE, (status(200, headers={"Content-Encoding": "gzip"}),), "compressed", False),
    "400": Fault(WRONG, (status(400, "image too small"),), "answered 400: image too small", False),
    "401": Fault(
        KEY, (status(401),), r"refused the API key \(401\); check environment variable BRAIN_KEY", True
    ),
    "403": Fault(KEY, (status(403),), r"does not allow this \(403\)", True),
    "404": Fault(NOT_FOUND, (status(404),), "base_url usually ends in /v1", True),
    "413": Fault(WRONG, (status(413),), "answered 413", False),
    "redirect": Fault(
        REDIRECT, (status(307, headers={"Location": "http://127.0.0.1:1/"}),), "redirects are not", True
    ),
    "refusal": Fault(REFUSAL, (content(None, refusal="I won't."),), "model declined", False),
    "content filter": Fault(REFUSAL, (content("", finish_reason="content_filter"),), "content filter", False),
    "refusal as text": Fault(
        WORDS, (MISS, MISS), "asked twice: the answer is not valid JSON", False, requests=2
    ),
    "wrong shape": Fault(
        SHAPE, (WRONG_SHAPE, WRONG_SHAPE), "asked twice: .* lacks the key", False, requests=2
    ),
    "half answer": Fault(WORDS, (content('{"summary": "a'),) * 2, "asked twice", False, requests=2),
    "cut at the limit": Fault(CUT, (content("{", finish_reason="length"),) * 2, "cut off", False, requests=2),
    "no content": Fault(WORDS, (content(None),) * 2, "asked twice", False, requests=2),
    "a tool called": Fault(WORDS, (tool_call(),) * 2, "asked twice", False, requests=2),
    "unknown word": Fault(SHAPE, (ok("confirmed"),) * 2, "must be one of", False, requests=2),
    "two answers": Fault(SHAPE, (ok("yes or no"),) * 2, "must be one of", False, requests=2),
    "huge words": Fault(WORDS, (content("yes " * 50_000),) * 2, "longer than", False, requests=2),
    "confirmed by shouting": Fault(
        WORDS, (content("CONFIRMED! answers.present=yes"),) * 2, "twice", False, requests=2
    ),
    "failing repair": Fault(AWAY, (MISS, status(503)), "answered 503", True, requests=2),
}


def test_every_documented_outcome_is_tested() -> None:
    elsewhere = {GOOD, MENDED, DECLINED, COUNTS, CHANCES, PICTURE}
    assert set(documented()) == {fault.row for fault in FAULTS.values()} | elsewhere


def fail(server: BrainServer, fault: Fault, booked: list[Call] | None = None) -> BrainError:
    made = make_reviewer(
        settings(server.url, timeout=fault.timeout, api_key_env="BRAIN_KEY"),
        ManualClock(1_700_000_000.0),
        {"BRAIN_KEY": "k-s3cret-key"},
        ([] if booked is None else booked).append,
    )
    assert made is not None

    async def run() -> BrainError:
        with pytest.raises(BrainError) as caught:
            await made.review(review_request())
        await made.close()
        return caught.value

    return asyncio.run(run())


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_outcome(name: str) -> None:
    fault = FAULTS[name]
    with BrainServer() as server:
        server.script(*fault.script)
        began = time.monotonic()
        booked: list[Call] = []
        error = fail(server, fault, booked)
        took = time.monotonic() - began
        assert len(server.requests) == fault.requests, "nothing but a malformed answer is asked for again"
        digests = [hashlib.blake2b(sent, digest_size=16).hexdigest() for sent in server.bodies]
    outcome, booking = documented()[fault.row]
    assert [call.digest for call in booked] == digests, "what left stands in the ledger, whatever came of it"
    assert booked[-1].outcome == booking
    assert ("tried again" in outcome) is error.retryable
    assert error.retryable is fault.retryable, error
    assert error.away is name.startswith(("401", "403", "404", "429", "503", "redirect")), error
    assert error.retry_after == fault.after
    text = str(error)
    assert re.search(fault.says, text), text
    assert text.startswith(f"brain at {server.url}: ")
    assert len(text) < 400
    assert text.isprintable()
    assert took < fault.timeout + 15, "half of what the slow ones take"


def around(wrap: str) -> Behaviour:
    """A good answer within other text."""

    def behave(request: ChatRequest, connection: Connection) -> None:
        content(wrap.replace("{}", verdict_text(request, "yes")))(request, connection)

    return behave


@table(
    "message",
    [
        lambda text: {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "No?"}]},
                {"type": "text", "text": text[:20]},
                {"type": "text", "text": text[20:]},
            ]
        },
        lambda text: {"content": [text[:20], text[20:]]},
        lambda text: {"content": [{"text": text}]},
        lambda text: {"content": {"type": "output_text", "text": text}},
        lambda text: {"content": None, "reasoning_content": text},
        lambda text: {"content": "\n", "reasoning": text},
    ],
)
def test_a_message_in_another_form_is_read_as_the_text_it_holds(
    message: Callable[[str], dict[str, Any]],
) -> None:
    def parts(request: ChatRequest, connection: Connection) -> None:
        data = json.loads(completion(""))
        data["choices"][0]["message"] = message(verdict_text(request, "yes"))
        connection.send(json.dumps(data).encode())

    with BrainServer(default=parts) as server:
        made = make_reviewer(settings(server.url), SystemClock(), {})
        assert made is not None
        verdict = asyncio.run(made.review(review_request()))
        assert (verdict.verification, len(server.requests), verdict.notes) == (Verification.CONFIRMED, 1, ())


@table(
    "reply",
    [
        ok("Yes"),
        ok("yes", evidence=[{"frame": 0, "box": [16, 96, 48, 192]}]),
        ok("yes", evidence=[{"frame": 3, "box": None}]),
        around("<think>No?</think>```{}```"),
        around("So I say: {}"),
    ],
)
def test_a_clear_decision_in_another_form_is_read_at_once_and_the_mending_said(reply: Behaviour) -> None:
    with BrainServer(default=reply) as server:
        made = make_reviewer(settings(server.url), SystemClock(), {})
        assert made is not None
        verdict = asyncio.run(made.review(review_request()))
        assert (verdict.verification, len(server.requests)) == (Verification.CONFIRMED, 1)
        assert [note for note in verdict.notes if note.startswith("the answer was mended: ")]
        assert all(point.box is None for point in verdict.evidence)


def test_nobody_listening_is_worth_another_try() -> None:
    with BrainServer() as server:
        pass
    booked: list[Call] = []
    error = fail(server, Fault(AWAY, (), "", True), booked)
    assert "cannot be reached" in str(error)
    assert [(call.outcome, call.frames, call.digest) for call in booked] == [(Outcome.FAILED, 0, "")]
    assert error.retryable
    assert error.away


def test_after_any_fault_the_same_brain_goes_on() -> None:
    made_of = [fault for name, fault in FAULTS.items() if "slow" not in name and fault.requests == 1]
    with BrainServer() as server:
        made = make_reviewer(settings(server.url), SystemClock(), {})
        assert made is not None

        async def run() -> None:
            for fault in made_of:
                server.script(*fault.script)
                with pytest.raises(BrainError):
                    await made.review(review_request())
                assert (await made.review(review_request())).verification is Verification.CONFIRMED
            await made.close()

        asyncio.run(run())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"frames": ()}, "case-1 has no frames"),
        (
            {"frames": (replace(review_request().frames[0], jpeg=jpeg()[:300]),)},
            "case-1, frame 0: not a readable",
        ),
    ],
)
def test_a_case_without_pictures_is_not_sent(change: dict[str, Any], says: str) -> None:
    with BrainServer() as server:
        booked: list[Call] = []
        made = make_reviewer(settings(server.url), SystemClock(), {}, booked.append)
        assert made is not None
        with pytest.raises(BrainError, match=says) as caught:
            asyncio.run(made.review(review_request(**change)))
        assert documented()[PICTURE] == ("`failed`", "nothing")
        assert booked == []
        assert not caught.value.retryable
        assert server.requests == []


def test_no_secret_is_shown_whatever_the_server_repeats(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = "your key k-s3cret-key, login p4ssw0rd, upstream http://eve:0therpw@host, Bearer k-s3cret-key"
    behaviours = [status(code, echo) for code in (400, 401, 403, 404, 429, 500)]
    behaviours += [content(echo), content(echo), garbage(), reset_midway()]
    with BrainServer() as server:
        server.script(*behaviours)
        url = server.url.replace("//", "//ann:p4ssw0rd@")
        made = make_reviewer(
            settings(url, api_key_env="BRAIN_KEY"), SystemClock(), {"BRAIN_KEY": "k-s3cret-key"}
        )
        assert made is not None

        async def run() -> list[str]:
            texts = [repr(made), made.name]
            for _ in range(len(behaviours) - 1):
                with pytest.raises(BrainError) as caught:
                    await made.review(review_request())
                texts += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
            texts.append(await made.check())
            await made.close()
            return texts

        shown = "\n".join([*asyncio.run(run()), caplog.text])
    assert "answered 500: your key ***" in shown
    for secret in ("s3cret", "p4ssw0rd", "YW5uOnA0c3N3MHJk", "0therpw"):
        assert secret not in shown


NOW = 1_700_000_000.0


@table(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 3 ", 3.0),
        ("-5", 0.0),
        ("99999999", MAX_WAIT),
        ("nan", None),
        ("inf", None),
        ("", None),
        ("later", None),
        ("Tue, 14 Nov 2023 22:13:40 GMT", 20.0),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0.0),
        ("Tue, 14 Nov 2033 22:13:00 GMT", MAX_WAIT),
        ("Tue, 99 Nov 2023 22:13:40 GMT", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_harmless(header: str) -> None:
    seconds = retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= MAX_WAIT


@table(
    ("data", "message"),
    [
        (b'{"error": {"message": "a"}}', "a"),
        (b'{"error": "b"}', "b"),
        (b'{"message": "c", "object": "error"}', "c"),
        (b'{"detail": "d"}', "d"),
        (b'{"detail": [{"loc": ["body", "logprobs"], "msg": "extra"}]}', "logprobs: extra"),
        (b'{"message": {"detail": [{"loc": ["body", "seed", 0], "msg": "extra"}]}}', "seed: extra"),
        (b'{"error": {"message": "not supported", "param": "logprobs"}}', "logprobs: not supported"),
        (b'{"error": {"message": "no logprobs here", "param": "logprobs"}}', "no logprobs here"),
        (b'{"error": {"param": "logprobs"}}', ""),
        (b'{"detail": [{"loc": 1}]}', ""),
        (b"{}", ""),
        (b"plain", "plain"),
        (b"\xff", ""),
    ],
)
def test_the_sentence_in_an_error(data: bytes, message: str) -> None:
    assert server_message(data) == message


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "usage", "prompt_tokens", "model", "error", "data", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_read_or_refused(data: bytes) -> None:
    for read in (read_completion, read_models):
        with contextlib.suppress(InvalidBody):
            read(data)
    server_message(data)


@table("count", [-1, 1.5, True, "3", None, [3], 10**20 - 1])
def test_odd_token_counts_are_unknown(count: Any) -> None:
    data = json.loads(completion("x"))
    data["usage"]["prompt_tokens"] = count
    reply = read_completion(json.dumps(data).encode())
    assert (reply.tokens_in, reply.tokens_out) == (None, 50)
