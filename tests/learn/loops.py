"""What tests of the loop share: a site, samples of drawn shapes, and people who know what is in them."""

from pathlib import Path

import numpy as np

from secondsight.clock import ManualClock
from secondsight.config import SiteConfig, make_site
from secondsight.learn import LabelledBox, LabelSource, LearnCatalogue, Sample, SampleLabel, SampleReason
from secondsight.learn.samples.drawing import Draw
from secondsight.learn.samples.sampler import keep_sample
from secondsight.media import encode_jpeg
from secondsight.records import Box
from tests.learn.drawn import drawn

DAY = 86400.0
START = 1_767_225_600.0
"""A midnight in UTC."""
SHAPES = ("person", "bicycle", "car")
SIZE = (384, 224)
UNIFORM = Draw(SampleReason.UNIFORM, 0.01, 0.0)


def site(folder: Path, rules: dict[str, object] | None = None, **learn: object) -> SiteConfig:
    """A site with the small model that comes with the package."""
    values = {
        "cameras": {"hall": {"source": "hall.mp4"}},
        "rules": rules or {},
        "sentinel": {"model": "city-nano", "threshold": 0.3},
        "learn": {"enabled": True, "min_reference": 5, **learn},
        "retention": {"min_free": 0},
        "data": str(folder),
        "models": str(folder / "store"),
    }
    return make_site(values, folder)


def keep(
    catalogue: LearnCatalogue,
    seed: int,
    *,
    day: int = 0,
    camera: str = "hall",
    draw: Draw = UNIFORM,
    seen: tuple[LabelledBox, ...] = (),
    size: tuple[int, int] = SIZE,
    epoch: int = 0,
) -> tuple[Sample, tuple[LabelledBox, ...]]:
    """A sample of drawn shapes on a day, and what is in it."""
    picture = drawn(seed, *size)
    sample = keep_sample(
        catalogue,
        encode_jpeg(picture.picture),
        0,
        camera=camera,
        epoch=epoch,
        time=START + day * DAY + seed % 80_000,
        draw=draw,
        size=size,
        bundle="b0000",
        seen=seen,
        brightness=0.5,
    )
    scale = np.array((*size, *size))
    truth = tuple(
        LabelledBox(SHAPES[kind], Box(*(box / scale).tolist()))
        for kind, box in zip(picture.classes.tolist(), picture.boxes, strict=True)
    )
    return sample, truth


def say(
    catalogue: LearnCatalogue,
    sample: Sample,
    boxes: tuple[LabelledBox, ...],
    source: LabelSource = LabelSource.HUMAN,
    confidence: float = 1.0,
    author: str = "ann",
    complete: bool = True,
) -> None:
    """Label a sample."""
    label = SampleLabel(sample.id, boxes, source, author, confidence, complete, sample.time + 60)
    catalogue.add_labels([label])


def clock_at(day: float) -> ManualClock:
    """A clock some days after the start."""
    return ManualClock(START + day * DAY)
