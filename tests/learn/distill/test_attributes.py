"""Attributes distilled: what a student learns of its teacher, and when it is refused."""

import re
from pathlib import Path

import numpy as np
import pytest

from secondsight.brain import make_embedder
from secondsight.errors import RefusedError
from secondsight.learn import (
    ATTRIBUTE_FAMILY,
    EMBEDDER,
    AttributeAnswer,
    AttributeExample,
    AttributeTask,
    EmbeddingTeacher,
    LabelledBox,
    LearnCatalogue,
    attribute_examples,
    distil_attribute,
    read_sample,
)
from secondsight.records import Box
from secondsight.sentinel import CropModel, ModelStore
from tests.learn.loops import keep

TASK = AttributeTask("helmet", (("helmet", "a bright head"), ("bare", "a dark head")), region="head")


def examples(count: int = 300, *, days: int = 12, learnable: bool = True, embeddings: bool = True):
    """Heads, bright above where there is a helmet, on noise; the teacher is right, and sure of it."""
    rng = np.random.default_rng(4)
    made = []
    for number in range(count):
        bright = bool(rng.integers(2))
        picture = rng.integers(0, 120, (32, 32, 3), np.uint8)
        if bright and learnable:
            picture[:16] += 120
        shares = np.array([0.9, 0.1] if bright else [0.1, 0.9], np.float32)
        embedding = np.array([0.6, 0.8, 0.0] if bright else [0.0, 0.8, 0.6], np.float32)
        answer = AttributeAnswer(shares, embedding if embeddings else None)
        made.append(AttributeExample(f"hall/2026-01-{number % days + 1:02}", picture, answer))
    return made


@pytest.mark.parametrize("embeddings", [True, False])
def test_a_student_says_what_its_teacher_says_and_its_card_what_that_is_worth(
    tmp_path: Path, embeddings: bool
) -> None:
    report = distil_attribute(TASK, examples(embeddings=embeddings), "openai:big", tmp_path, steps=25)
    assert report.taught + report.judged == 300
    assert report.agreement > 0.9
    assert min(report.recalls.values()) > 0.85
    store = ModelStore(tmp_path / "models")
    store.add(report.path, "helmet", ATTRIBUTE_FAMILY, list(TASK.labels))
    model = CropModel.open(store.resolve("helmet"), ("classify",))
    assert (model.labels, model.size) == (TASK.labels, (32, 32))
    model.close()
    card = report.path.with_suffix(".md").read_text(encoding="utf-8")
    assert "`openai:big`" in card
    assert f"Taught on {report.taught} things, judged on {report.judged}" in card
    assert re.search(rf"\| helmet \| a bright head \| {report.said['helmet']} \| [01]\.\d\d \|", card)
    assert "no measure of truth" in card


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (examples(30), "40 of each are needed"),
        (examples(300, days=1), "on other camera-days to judge by"),
        (
            [one for one in examples(900) if one.answer.probabilities[0] > 0.5],
            "the teacher says `helmet` of everything",
        ),
        (examples(learnable=False), "where a guess would of 50%"),
    ],
    ids=["few", "one day", "one answer", "nothing to see"],
)
def test_what_cannot_be_taught_is_refused(tmp_path: Path, given, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        distil_attribute(TASK, given, "big", tmp_path, steps=2)
    assert not list(tmp_path.rglob("*.onnx"))


def test_the_words_of_the_answers_decide_and_embeddings_come_along(tmp_path: Path) -> None:
    tall, tiny = Box(0.1, 0.1, 0.4, 0.9), Box(0, 0, 0.05, 0.05)
    seen = (LabelledBox("person", tall, 0.9, 1), LabelledBox("person", tiny, 0.9, 2))
    embedder = make_embedder(EMBEDDER)
    answers = (("bag", "a person with a suitcase"), ("none", "an empty platform"))
    with LearnCatalogue(tmp_path, make=True) as catalogue:
        sample, _ = keep(catalogue, 1, seen=seen)
        jpeg = read_sample(tmp_path, sample)
    task, turned = AttributeTask("luggage", answers), AttributeTask("luggage", answers[::-1])
    things = task.things_in(sample)
    assert things == [seen[0]], "the other is too small to tell"
    (one,) = EmbeddingTeacher(embedder, task).judge(sample, jpeg, things)
    (other,) = EmbeddingTeacher(embedder, turned).judge(sample, jpeg, things)
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one.probabilities, other.probabilities[::-1], atol=1e-5)
    assert float(one.probabilities.sum()) == pytest.approx(1, abs=1e-5)
    assert float(np.linalg.norm(one.embedding)) == pytest.approx(1, abs=1e-3)  # type: ignore[arg-type]
    (crop,) = attribute_examples(task, sample, jpeg, things, [one])
    assert (crop.day, crop.picture.shape) == (sample.day, (96, 48, 3))
    assert attribute_examples(task, sample, jpeg, things, [None]) == []
