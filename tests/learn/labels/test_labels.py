"""Which label counts, and what verdicts and feedback say of tracks."""

import pytest

from secondsight.learn import (
    LabelledBox,
    LabelSource,
    LearnCatalogue,
    SampleLabel,
    SampleReason,
    least_certain,
    merge,
    new_labels,
    propagate,
    track_labels,
)
from secondsight.learn.samples.drawing import Draw
from secondsight.records import Box, Event, TrackId, Usage, Verdict, Verification
from tests.learn.loops import keep, say

BOX = Box(0.1, 0.1, 0.3, 0.5)
CAR = (LabelledBox("car", BOX),)
TRACK = TrackId("hall", 0, 7)


def label(source: LabelSource, confidence: float = 0.9, time: float = 0.0, boxes=CAR) -> SampleLabel:
    return SampleLabel("s", boxes, source, source.value, confidence, True, time)


def event(verification: Verification, probability: float | None = 0.8, truth: bool | None = None) -> Event:
    verdict = Verdict(verification, probability, {}, (), "", "openai:big", "1", Usage())
    return Event(
        "e", "hall", "r", "intrusion", 0.0, 1.0, 2.0, 0.5, "person", None, (TRACK,), verification, True, True,
        verdict=verdict, truth=truth,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "author"),
    [
        ([], None),
        ([label(LabelSource.TEACHER)], "teacher"),
        ([label(LabelSource.BRAIN), label(LabelSource.TEACHER)], "brain"),
        ([label(LabelSource.HUMAN, 0.2), label(LabelSource.BRAIN, 1.0)], "human"),
        ([label(LabelSource.BRAIN, 0.3), label(LabelSource.TEACHER, 0.6)], "teacher"),
        ([label(LabelSource.BRAIN, 0.3)], None),
    ],
)
def test_the_highest_source_that_is_sure_enough_counts(labels: list[SampleLabel], author: str | None) -> None:
    found = merge(labels)
    assert (found.author if found else None) == author


def test_the_newest_of_a_source_counts() -> None:
    newer = label(LabelSource.HUMAN, time=9.0, boxes=())
    assert merge([label(LabelSource.HUMAN), newer, label(LabelSource.BRAIN, time=20.0)]) == newer


def test_people_look_at_the_least_certain_first(tmp_path) -> None:
    with LearnCatalogue(tmp_path, make=True) as catalogue:
        samples = [keep(catalogue, seed, draw=Draw(SampleReason.UNCERTAIN, 0.5, 0.4))[0] for seed in range(5)]
        missed, _ = keep(catalogue, 9, draw=Draw(SampleReason.MISSED, 1.0, 0.0))
        say(catalogue, samples[0], CAR, LabelSource.BRAIN, 0.9)
        say(catalogue, samples[1], CAR, LabelSource.BRAIN, 0.6)
        say(catalogue, samples[2], CAR)
        order = least_certain(catalogue.samples(), catalogue.labels(), first=[samples[4].id])
    assert [one.id for one in order] == [
        one.id for one in (samples[4], missed, samples[3], samples[1], samples[0])
    ]


def test_equally_uncertain_samples_take_turns_by_camera_day(tmp_path) -> None:
    with LearnCatalogue(tmp_path, make=True) as catalogue:
        days = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 5)]
        samples = [keep(catalogue, seed, day=day)[0] for day, seed in days]
        order = least_certain(catalogue.samples(), {})
    assert [one.id for one in order] == [samples[place].id for place in (0, 3, 4, 1, 2)]


@pytest.mark.parametrize(
    ("events", "known"),
    [
        ([event(Verification.CONFIRMED)], ("openai:big", 0.8)),
        ([event(Verification.CONFIRMED, None)], ("openai:big", 0.8)),
        ([event(Verification.REJECTED, 0.1)], None),
        ([event(Verification.UNSURE)], None),
        ([event(Verification.CONFIRMED, truth=False)], None),
        ([event(Verification.REJECTED, truth=True)], ("people", 0.99)),
        ([event(Verification.CONFIRMED, 0.6), event(Verification.CONFIRMED, 0.9)], ("openai:big", 0.9)),
    ],
)
def test_a_confirmed_event_labels_its_suspect_and_people_overrule(events: list[Event], known) -> None:
    """A rejected event says that the behaviour was not; the person may well have been there."""
    found = track_labels(events).get(TRACK)
    assert (found and (found.author, found.confidence)) == known


def test_a_label_goes_along_the_track_and_says_nothing_of_the_rest(tmp_path) -> None:
    other = LabelledBox("car", Box(0.5, 0.5, 0.9, 0.9), 0.4, track=8)
    mine = LabelledBox("dog", BOX, 0.35, track=7)
    with LearnCatalogue(tmp_path, make=True) as catalogue:
        keep(catalogue, 1, seen=(mine, other))
        keep(catalogue, 2, seen=(other,))
        (said,) = labels = propagate(
            catalogue.samples(), track_labels([event(Verification.CONFIRMED)]), now=5.0
        )
        assert said.boxes == (LabelledBox("person", BOX, 0.8, track=7),)
        assert (said.source, said.complete, said.confidence) == (LabelSource.TRACK, False, 0.8)
        catalogue.add_labels(new_labels(labels, catalogue.labels()))
        assert new_labels(labels, catalogue.labels()) == []


def test_the_history_of_a_sample_stays(tmp_path) -> None:
    with LearnCatalogue(tmp_path, make=True) as catalogue:
        sample, truth = keep(catalogue, 1)
        say(catalogue, sample, CAR, LabelSource.BRAIN)
        say(catalogue, sample, truth)
        assert [one.source for one in catalogue.labels(sample.id)[sample.id]] == [
            LabelSource.BRAIN,
            LabelSource.HUMAN,
        ]
