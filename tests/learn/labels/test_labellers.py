"""Labels by the brain: asked both ways, and never where pictures may not leave."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from secondsight.cascade import EgressGate
from secondsight.errors import BrainError, ConfigError
from secondsight.learn import BrainLabeller, BrainQuestions, LabelledBox, LearnCatalogue, Sample, read_sample
from secondsight.records import Box, Egress, Purpose, ReviewRequest, Usage, Verdict, Verification
from tests.learn.loops import clock_at, keep

SEEN = (LabelledBox("car", Box(0.1, 0.1, 0.3, 0.5), 0.4, 3),)


class Brain:
    """Answers as a function of the question says."""

    name = "openai:big"

    def __init__(self, answer, remote: bool = False, reads_questions: bool = True) -> None:
        self._answer, self.remote, self.reads_questions = answer, remote, reads_questions
        self.asked: list[ReviewRequest] = []

    async def review(self, request: ReviewRequest) -> Verdict:
        self.asked.append(request)
        p = self._answer(request.questions[0].text)
        said = Verification.CONFIRMED if p >= 0.5 else Verification.REJECTED
        return Verdict(said, p, {}, (), "", self.name, "1", Usage())

    async def check(self) -> str:
        return ""

    async def close(self) -> None:
        pass


def truthful(text: str) -> float:
    return 0.1 if "other than" in text else 0.9


@pytest.fixture
def sample(tmp_path: Path):
    with LearnCatalogue(tmp_path, make=True) as catalogue:
        found, _ = keep(catalogue, 1, seen=SEEN)
        yield found, read_sample(tmp_path, found)


def label(brain: Brain, sample: tuple[Sample, bytes], level: Egress = Egress.FULL, redactor: Any = None):
    questions = BrainQuestions(brain, EgressGate(brain.remote, redactor), lambda camera: level)
    labeller = BrainLabeller(questions, clock_at(1))
    return asyncio.run(labeller.label(*sample))


def test_answers_that_fit_together_are_a_label(sample) -> None:
    brain = Brain(truthful)
    found = label(brain, sample)
    assert found is not None
    assert [(box.label, round(box.confidence, 2), box.track) for box in found.boxes] == [("car", 0.9, 3)]
    assert not found.complete
    assert {request.purpose for request in brain.asked} == {Purpose.LABEL}


@pytest.mark.parametrize("always", [0.95, 0.05])
def test_a_brain_that_always_says_the_same_labels_nothing(sample, always: float) -> None:
    assert label(Brain(lambda text: always), sample) is None


def test_a_brain_that_answers_at_random_labels_at_most_a_quarter(sample) -> None:
    rng = random.Random(1)
    brain = Brain(lambda text: float(rng.random() < 0.5))
    assert sum(label(brain, sample) is not None for _ in range(200)) < 70


@pytest.mark.parametrize("level", [Egress.LOCAL_ONLY, Egress.REDACTED])
def test_what_may_not_leave_is_not_labelled_elsewhere(sample, level: Egress) -> None:
    brain = Brain(truthful, remote=True)
    with pytest.raises(BrainError, match="nothing of camera hall may leave"):
        label(brain, sample, level)
    assert brain.asked == []


def test_redacted_pictures_leave_where_that_is_allowed(sample) -> None:
    class Black:
        def redact(self, request, key_frames):
            assert key_frames[0].around == (("car", SEEN[0].box),)
            frames = tuple(replace(one, jpeg=b"black") for one in request.frames)
            return replace(request, frames=frames, egress=Egress.REDACTED)

    brain = Brain(truthful, remote=True)
    assert label(brain, sample, Egress.REDACTED, Black()) is not None
    assert {request.frames[0].jpeg for request in brain.asked} == {b"black"}
    assert {request.egress for request in brain.asked} == {Egress.REDACTED}


def test_a_brain_with_fixed_questions_cannot_label() -> None:
    with pytest.raises(ConfigError, match="name a stronger model with --teacher"):
        BrainQuestions(Brain(truthful, reads_questions=False), EgressGate(False), lambda camera: Egress.FULL)
