"""A store that hangs holds up nobody who asks it."""

import threading
import time

import pytest

from secondsight.errors import StoreError
from secondsight.site.services.store_calls import StoreCalls


def test_an_answer_is_an_answer() -> None:
    ask = StoreCalls("test")
    assert ask(lambda: 7) == 7
    assert ask.trouble is None


def test_a_call_that_hangs_is_left_behind_and_no_second_one_is_made() -> None:
    ask, answer, calls = StoreCalls("test", patience=0.1), threading.Event(), []

    def hang() -> bool:
        calls.append(1)
        return answer.wait(120)

    begun = time.monotonic()
    assert ask(hang) is None
    assert ask(hang) is None
    assert time.monotonic() - begun < 60
    assert len(calls) == 1
    assert ask.trouble == "the database does not answer"
    answer.set()
    assert ask(lambda: 8) == 8
    assert ask.trouble is None


def test_a_store_that_cannot_answer_is_asked_again() -> None:
    def away() -> None:
        raise StoreError("away", retryable=True)

    ask = StoreCalls("test")
    assert ask(away) is None
    assert ask.trouble == "away"


def test_a_mistake_of_ours_is_not_hidden() -> None:
    def mistaken() -> None:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        StoreCalls("test")(mistaken)
