import logging
import sys
import threading
from typing import Any

import pytest

from secondsight.log import own
from secondsight.printed import printed_to_log, printing_as


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    logger = logging.getLogger("secondsight.printed")
    monkeypatch.setattr(logger, "handle", lambda record: said.append(record.fields))
    monkeypatch.setattr(logger, "level", logging.INFO)
    return said


def test_whole_lines_are_logged_with_who_printed_them(lines: list[dict[str, Any]]) -> None:
    with printed_to_log():
        print("a", end="")
        print("b\n\nc")
        with printing_as(rule="mine"):
            print("d", file=sys.stderr)
        print("unfinished", end="")
    assert lines == [{"text": "ab"}, {"text": "c"}, {"rule": "mine", "text": "d"}]


def test_threads_do_not_break_each_others_lines(lines: list[dict[str, Any]]) -> None:
    with printed_to_log():
        print("one ", end="")
        other = threading.Thread(target=lambda: print("two"))
        other.start()
        other.join()
        print("line")
    assert lines == [{"text": "two"}, {"text": "one line"}]


def test_a_line_without_end_is_cut(lines: list[dict[str, Any]]) -> None:
    with printed_to_log():
        for _ in range(1000):
            print("x" * 100, end="")
    assert lines
    assert all(len(line["text"]) <= 2000 for line in lines)


def test_our_own_lines_go_where_they_went(
    capsys: pytest.CaptureFixture[str], lines: list[dict[str, Any]]
) -> None:
    with printed_to_log():
        print("ours", file=own(sys.stdout))
        print("theirs")
    assert capsys.readouterr().out == "ours\n"
    assert lines == [{"text": "theirs"}]


def test_a_log_that_fails_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its handler prints what went wrong, which must not be logged again."""
    monkeypatch.setattr(logging.getLogger("secondsight.printed"), "handle", lambda record: print("failed"))
    monkeypatch.setattr(logging.getLogger("secondsight.printed"), "level", logging.INFO)
    with printed_to_log():
        print("a")
