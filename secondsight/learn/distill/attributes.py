"""An attribute distilled: what a large model answers becomes a second-stage classifier that looks at every track."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from secondsight.errors import RefusedError
from secondsight.learn.catalogue.connection import FOLDER
from secondsight.learn.distill.student import share_of
from secondsight.learn.pictures import frame_of
from secondsight.learn.values import AttributeAnswer, AttributeTask, LabelledBox, Sample
from secondsight.media import make_folder, write_atomic
from secondsight.sentinel import part_of

ATTRIBUTES = f"{FOLDER}/attributes"
FAMILY = "classifier-plain"
SIZES = {"head": (32, 32), "torso": (48, 48), "upper": (64, 64), "whole": (48, 96)}
"""Pixels, width and height, in which each part is looked at."""
_HELD_OUT = 0.3
"""Share of the camera-days that judge instead of teaching."""
_LEAST = 40
"""Things without which nothing is learned, and nothing judged."""


@dataclass(frozen=True, slots=True, eq=False)
class AttributeExample:
    """One thing in a sample as the student sees it, and what the teacher says.

    Attributes:
        day: its camera-day. picture: RGB uint8 (h, w, 3).
    """

    day: str
    picture: NDArray[np.uint8]
    answer: AttributeAnswer


@dataclass(frozen=True, slots=True)
class AttributeReport:
    """What came of a distillation.

    Attributes:
        path: of the ONNX file; its card lies beside it.
        teacher: its name.
        taught, judged: number of things; days: camera-days that judged.
        said: how often the teacher gave each answer, by label, among all of them.
        agreement: share of those judged of which the student says the same.
        recalls: the same for each answer of the teacher, by label; equal shares are what counts where one is rare.
    """

    path: Path
    teacher: str
    taught: int
    judged: int
    days: int
    said: dict[str, int]
    agreement: float
    recalls: dict[str, float]


def attribute_examples(
    task: AttributeTask,
    sample: Sample,
    jpeg: bytes,
    things: Sequence[LabelledBox],
    answers: Sequence[AttributeAnswer | None],
) -> list[AttributeExample]:
    """Crops of a sample's things, as the second stage cuts them, with the answers that there are."""
    frame, size = frame_of(jpeg), SIZES[task.region]
    examples = []
    for thing, answer in zip(things, answers, strict=True):
        if answer is not None:
            part = part_of(thing.box, task.region, sample.width / sample.height)
            picture = np.ascontiguousarray(frame.crop(part, *size)[:, :, ::-1])
            examples.append(AttributeExample(sample.day, picture, answer))
    return examples


def distil_attribute(
    task: AttributeTask,
    examples: Sequence[AttributeExample],
    teacher: str,
    data: Path,
    *,
    steps: int,
    seed: int = 0,
) -> AttributeReport:
    """Teach a classifier on some camera-days, judge it on the others, and write it with its card. Needs the extra
    `train`.

    Raises:
        RefusedError: there is too little to learn from or to judge by, or the student is no better than a guess.
        StoreError: the folder cannot be written.
    """
    from secondsight.learn.export.attribute import export_attribute
    from secondsight.learn.training.attribute_student import answers_of, train_student

    held_out = np.array([share_of(one.day) < _HELD_OUT for one in examples], bool)
    taught = [one for one, out in zip(examples, held_out, strict=True) if not out]
    judged = [one for one, out in zip(examples, held_out, strict=True) if out]
    said = Counter(task.labels[_best(one)] for one in examples)
    _refuse_too_few(task, taught, judged)
    network = train_student(
        np.stack([one.picture for one in taught]),
        np.stack([one.answer.probabilities for one in taught]),
        _embeddings(taught),
        steps=steps,
        seed=seed,
    )
    found = answers_of(network, np.stack([one.picture for one in judged])).argmax(axis=1)
    wanted = np.array([_best(one) for one in judged])
    recalls = {
        label: float(np.mean(found[wanted == number] == number))
        for number, label in enumerate(task.labels)
        if (wanted == number).any()
    }
    _refuse_guesses(task, recalls, wanted)
    path = data / ATTRIBUTES / f"{task.name}.onnx"
    make_folder(path.parent)
    facts = {"teacher": teacher, "attribute": task.name, "region": task.region}
    export_attribute(network, path, SIZES[task.region], task.labels, facts)
    days = len({one.day for one in judged})
    agreement = float(np.mean(found == wanted))
    report = AttributeReport(path, teacher, len(taught), len(judged), days, dict(said), agreement, recalls)
    write_atomic(path.with_suffix(".md"), attribute_card(task, report).encode(), 0)
    return report


def attribute_card(task: AttributeTask, report: AttributeReport) -> str:
    """The card of a student, as Markdown."""
    rows = "\n".join(
        f"| {label} | {text} | {report.said.get(label, 0)} | "
        + (f"{report.recalls[label]:.2f} |" if label in report.recalls else "- |")
        for label, text in task.answers
    )
    width, height = SIZES[task.region]
    return f"""# {task.name}

A second-stage classifier that `secondsight distill` made; `{report.teacher}` taught it on samples of this site. It
looks at the part `{task.region}` of {", ".join(task.classes)}, in {width}x{height} pixels.

| answer | what the teacher was told | said by the teacher | of these the student says the same |
|---|---|---|---|
{rows}

Taught on {report.taught} things, judged on {report.judged} of {report.days} other camera-days: of
{report.agreement:.0%} it says what its teacher says. That is no measure of truth: where the teacher errs, so does
the student.
"""


def _best(example: AttributeExample) -> int:
    return int(example.answer.probabilities.argmax())


def _embeddings(examples: Sequence[AttributeExample]) -> NDArray[np.float32] | None:
    found = [one.answer.embedding for one in examples]
    known = [one for one in found if one is not None]
    return np.stack(known) if len(known) == len(found) else None


def _refuse_too_few(
    task: AttributeTask, taught: Sequence[AttributeExample], judged: Sequence[AttributeExample]
) -> None:
    if min(len(taught), len(judged)) < _LEAST:
        raise RefusedError(
            f"{task.name}: {len(taught)} things to learn from and {len(judged)} on other camera-days to judge by, "
            f"{_LEAST} of each are needed; let the site keep samples for more days"
        )
    for part, where in ((taught, "to learn from"), (judged, "to judge by")):
        if len({_best(one) for one in part}) < 2:
            only = task.labels[_best(part[0])]
            raise RefusedError(
                f"{task.name}: the teacher says `{only}` of everything {where}; state the answers in other words, "
                "or let the site see more"
            )


def _refuse_guesses(task: AttributeTask, recalls: dict[str, float], wanted: NDArray[np.int64]) -> None:
    """Refuse a student that knows no more than somebody who never looks: 1/k of each answer, at best."""
    mean, guess = float(np.mean(list(recalls.values()))), 1 / len(task.labels)
    rarest = min(int((wanted == number).sum()) for number in set(wanted.tolist()))
    margin = 2 * np.sqrt(guess * (1 - guess) / max(rarest, 1)) / len(recalls)
    if mean <= guess + margin:
        raise RefusedError(
            f"{task.name}: on other camera-days the student says the same as its teacher of {mean:.0%} (mean over "
            f"the answers), where a guess would of {guess:.0%}; let the site keep samples for more days, or ask "
            "about something that can be seen in the crop"
        )
