"""Log lines: one event, one line, no secrets, whichever process they come from."""

import io
import json
import logging
import pickle
import threading
from collections.abc import Iterator

import pytest

from secondsight.log import configure, fields, forward, receive

logger = logging.getLogger("secondsight.somewhere")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger("secondsight")
    handlers, level, propagate = list(root.handlers), root.level, root.propagate
    yield
    root.handlers[:], root.propagate = handlers, propagate
    root.setLevel(level)


def say() -> None:
    """All that makes a record hard to send: things of this process only, an exception, a secret."""

    class Place:
        def __str__(self) -> str:
            return "hall"

    try:
        raise OSError("rtsp://me:s3cret@10.0.0.1/live is away")
    except OSError:
        logger.exception(
            "camera %s failed", Place(), extra=fields(lock=threading.Lock(), tries=3, place=None)
        )


def lines_of(style: str) -> tuple[io.StringIO, logging.Handler]:
    stream = io.StringIO()
    return stream, configure("info", style, stream)  # type: ignore[arg-type]


def forwarded() -> list[logging.LogRecord]:
    """What another process would get of what is said here."""
    sent: list[bytes] = []
    forward(lambda record: sent.append(pickle.dumps(record)), logging.INFO)
    logger.debug("not wanted")
    say()
    return [pickle.loads(each) for each in sent]


def test_a_record_of_another_process_is_logged_as_one_of_this() -> None:
    (record,) = forwarded()
    there, _ = lines_of("json")
    receive(record)
    here, _ = lines_of("json")
    say()
    theirs, ours = json.loads(there.getvalue()), json.loads(here.getvalue())
    for line in (theirs, ours):
        del line["time"]
        line["lock"] = line["lock"].partition(" at ")[0]
    assert theirs == ours
    assert ours["event"] == "camera hall failed"
    assert (ours["tries"], ours["place"]) == (3, None)
    assert "OSError" in ours["exception"]


@pytest.mark.parametrize("style", ["text", "json"])
def test_one_event_is_one_line_without_secrets(style: str) -> None:
    (record,) = forwarded()
    stream, _ = lines_of(style)
    receive(record)
    assert stream.getvalue().count("\n") == 1
    assert "s3cret" not in stream.getvalue()
    assert "***@10.0.0.1" in stream.getvalue()
