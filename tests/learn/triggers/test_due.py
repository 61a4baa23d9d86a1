"""What makes a training due, and the words for it."""

import pytest

from secondsight.config import TrainingTriggers
from secondsight.learn import LabelSource, SampleLabel, TrainingCause
from secondsight.learn.triggers.drift import DriftReport, DriftSign
from secondsight.learn.triggers.due import training_outlook
from tests.learn.loops import DAY, START

DRIFTED = DriftReport(20, 31.0, "hall", DriftSign.PICTURES)
CALM = DriftReport(20, 1.5, "hall", DriftSign.SCORES)


def labels(*days: float) -> dict[str, list[SampleLabel]]:
    """A sample for each day on which one was labelled."""
    said = [
        SampleLabel(f"s{n}", (), LabelSource.HUMAN, "ann", 1.0, True, START + day * DAY)
        for n, day in enumerate(days)
    ]
    return {one.sample: [one] for one in said}


@pytest.mark.parametrize(
    ("triggers", "said", "drift", "cause", "text"),
    [
        ({"labels": 3}, (1, 2, 3), None, "labels", "3 of 3 new labelled samples"),
        ({"labels": 3}, (-1, 2, 3), None, None, "2 of 3 new labelled samples"),
        ({"every": "7d"}, (1,), None, "calendar", "10.0 days since the last training"),
        ({"every": "7d"}, (), None, None, "no sample was labelled since"),
        ({"every": "11d"}, (1,), None, None, "by the calendar due at 2026-01-12 00:00 UTC"),
        ({"drift": 0.05}, (1,), DRIFTED, "drift", "on 20 camera-days, most of it in the pictures of hall"),
        ({"drift": 0.05}, (1,), CALM, None, "evidence of drift 1.5, 20 asked for"),
        ({"drift": 0.05}, (), DRIFTED, None, "no sample was labelled since"),
        ({"labels": 1, "every": "7d", "drift": 0.05}, (1,), DRIFTED, "labels", "1 of 1"),
        ({}, (1, 2), None, None, ""),
    ],
)  # fmt: skip
def test_triggers(triggers, said, drift, cause: str | None, text: str) -> None:
    settings = TrainingTriggers.model_validate(triggers)
    found = training_outlook(settings, labels(*said), drift, since=START, now=START + 10 * DAY)
    if cause is None:
        assert found.reason is None
        assert text in " / ".join(found.waiting)
        assert len(found.waiting) == len(triggers)
    else:
        assert found.reason is not None
        assert (found.reason.cause, text in found.reason.text) == (TrainingCause(cause), True), found


def test_a_sample_that_is_labelled_again_is_no_new_one() -> None:
    said = labels(-1, 1)
    said["s0"] += labels(2)["s0"]
    found = training_outlook(TrainingTriggers(labels=2), said, None, since=START, now=START + DAY)
    assert found.waiting == ("1 of 2 new labelled samples",)
