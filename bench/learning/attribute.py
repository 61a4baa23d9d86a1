"""`python -m bench learn_attribute`: what `city-clip` says of vests, distilled into a second-stage classifier.

People of the simulated city, in two packs; the teacher sees pictures and words alone, never the truth. The student is
judged against its teacher on other camera-days, as `secondsight distill` does, and both against the truth on test
seeds. Taught twice: by answers and embeddings, and by answers alone.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from secondsight.brain import make_embedder
from secondsight.learn import (
    ATTRIBUTE_FAMILY,
    EMBEDDER,
    AttributeAnswer,
    AttributeExample,
    AttributeTask,
    EmbeddingTeacher,
    LabelledBox,
    Sample,
    SampleReason,
    attribute_examples,
    distil_attribute,
)
from secondsight.learn.pictures import frame_of
from secondsight.media import encode_jpeg
from secondsight.records import Box
from secondsight.sentinel import CropModel, ModelStore, part_of
from secondsight.sim import FIRST_TEST_SEED, make_world

TASK = AttributeTask(
    "vest",
    (
        ("vest", "a person wears a safety vest"),
        ("none", "a person in ordinary clothes without a vest"),
    ),
)
PACKS = ("industrial", "metro")
DAY, SECONDS = 86400.0, 60.0
_VISIBLE, _PIXELS = 0.6, 40


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture with its people, and whether each wears a vest."""

    sample: Sample
    jpeg: bytes
    things: tuple[LabelledBox, ...]
    truth: tuple[bool, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Distil, and print a table. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench learn_attribute", description=__doc__)
    parser.add_argument(
        "--worlds", type=int, default=12, help="of each pack, to learn from; each is a camera-day"
    )
    parser.add_argument("--tests", type=int, default=5, help="of each pack, held out")
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--nice", type=int, default=10)
    options = parser.parse_args(arguments)
    os.nice(options.nice)
    teacher = EmbeddingTeacher(make_embedder(EMBEDDER), TASK)
    examples: list[AttributeExample] = []
    for scene in scenes(5000, options.worlds):
        said = teacher.judge(scene.sample, scene.jpeg, scene.things)
        examples += attribute_examples(TASK, scene.sample, scene.jpeg, scene.things, said)
    tests = list(scenes(FIRST_TEST_SEED, options.tests))
    truth = np.array([one for scene in tests for one in scene.truth])
    print(
        f"{len(examples)} people to learn from and judge by; {len(truth)} on test seeds, {truth.sum()} with a vest"
    )
    told = [answer for one in tests for answer in teacher.judge(one.sample, one.jpeg, one.things)]
    by_teacher = np.array([_says_vest(one) for one in told])
    print("\n| | same as the teacher, other camera-days | right, test seeds | of vests | of none |")
    print("|---|---|---|---|---|")
    print(f"| teacher `{teacher.name}` | | {_right(by_teacher, truth)} |", flush=True)
    bare = [replace(one, answer=AttributeAnswer(one.answer.probabilities)) for one in examples]
    for name, taught in (("answers and embeddings", examples), ("answers alone", bare)):
        with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as folder:
            report = distil_attribute(TASK, taught, teacher.name, Path(folder), steps=options.steps)
            by_student = _student(Path(folder), report.path, tests)
        print(
            f"| student ({name}) | {report.agreement:.1%} of {report.judged} | {_right(by_student, truth)} |",
            flush=True,
        )
    return 0


def scenes(seed: int, worlds: int) -> Iterator[Scene]:
    """Pictures of worlds from a seed on, one in three seconds, of those with people."""
    for pack in PACKS:
        for number in range(worlds):
            world = make_world(pack, seed + number, number % 8, SECONDS, density=6.0)
            people = {actor.number for actor in world.actors if actor.label == "person"}
            for index in range(20, world.frames, 30):
                bgr, frame, _ = world.frame(index)
                height, width = bgr.shape[:2]
                seen = [
                    one
                    for one in frame.boxes
                    if one.object in people
                    and one.visible >= _VISIBLE
                    and (one.box.y2 - one.box.y1) * height >= _PIXELS
                ]
                if seen:
                    things = tuple(LabelledBox("person", one.box) for one in seen)
                    truth = tuple(one.attributes.get("vest") == "yes" for one in seen)
                    sample = _sample(f"{pack}-{number}", number * DAY + index, (width, height), things)
                    yield Scene(sample, encode_jpeg(bgr, 92), things, truth)


def _sample(camera: str, time: float, size: tuple[int, int], things: tuple[LabelledBox, ...]) -> Sample:
    return Sample(
        f"{camera}-{time:.0f}",
        camera,
        0,
        time,
        SampleReason.UNIFORM,
        1.0,
        "",
        *size,
        "b0000",
        things,
        0.5,
        "",
    )


def _student(folder: Path, path: Path, tests: Sequence[Scene]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """What the exported student says, through the second stage's own code."""
    store = ModelStore(folder / "models")
    store.add(path, TASK.name, ATTRIBUTE_FAMILY, list(TASK.labels))
    with closing(CropModel.open(store.resolve(TASK.name), ("classify",))) as model:
        said = [
            vector
            for one in tests
            for vector in model.vectors(
                frame_of(one.jpeg), [_part(one.sample, thing.box) for thing in one.things]
            )
        ]
    return np.array([vector.argmax() == 0 for vector in said])


def _part(sample: Sample, box: Box) -> Box:
    return part_of(box, TASK.region, sample.width / sample.height)


def _says_vest(answer: AttributeAnswer | None) -> bool:
    return answer is not None and int(answer.probabilities.argmax()) == 0


def _right(
    said: np.ndarray[tuple[int], np.dtype[np.bool_]], truth: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> str:
    same = said == truth
    return f"{same.mean():.1%} | {same[truth].mean():.1%} | {same[~truth].mean():.1%}"
