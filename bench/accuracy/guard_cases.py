"""Cases of the simulated city for `guard`: events and what only looks like them, as key frames with boxes."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from secondsight.brain.backends.clip.sentences import load_prompts
from secondsight.brain.prompts.questions import question_sheet
from secondsight.ground_truth import TrueEvent
from secondsight.media.writing.snapshot import encode_jpeg
from secondsight.records import Box, ReviewFrame, ReviewRequest
from secondsight.sim.conditions.conditions import CONDITIONS
from secondsight.sim.world import PACKS, World, make_world, test_seeds

SECONDS, DENSITY, FRAMES = 40.0, 8.0, 6
SPOILT = ("dark", "empty", "blurred")
"""To 3 % of its light; one colour and the sensor's noise; a deviation of 1 % of its width."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request and whether it shows what it asks for."""

    request: ReviewRequest
    true: bool
    conditions: tuple[str, ...]


def cases(seeds: int) -> Iterator[Case]:
    """Of `seeds` held-out cities of each pack, half of them in some weather."""
    for pack in PACKS:
        for seed in test_seeds(seeds):
            rng = random.Random(f"{pack} {seed} guard")
            names = rng.sample(CONDITIONS, 1) if rng.random() < 0.5 else []
            weather = tuple(f"{name}:{rng.uniform(0.3, 0.9):.2f}" for name in names)
            world = make_world(pack, seed, 0, SECONDS, conditions=weather, density=DENSITY)
            for event in (*world.events, *world.lookalikes):
                case = _case(world, event, tuple(names))
                if case is not None:
                    yield case


def spoil(jpeg: bytes, how: str) -> bytes:
    """The picture as a bad camera gives it: one of `SPOILT`."""
    with Image.open(BytesIO(jpeg)) as opened:
        picture = opened.convert("RGB")
    if how == "blurred":
        picture = picture.filter(ImageFilter.GaussianBlur(picture.width / 100))
    bgr = np.asarray(picture, np.float32)[:, :, ::-1]
    if how == "dark":
        bgr = bgr * 0.03
    if how == "empty":
        bgr = bgr.mean() + np.random.default_rng(0).normal(0, 1, bgr.shape)
    changed: NDArray[np.uint8] = np.clip(bgr, 0, 255).astype(np.uint8)
    return encode_jpeg(changed)


def _case(world: World, event: TrueEvent, conditions: tuple[str, ...]) -> Case | None:
    """None for what the brain `clip` has no question for, or where nobody is to be seen."""
    true = event in world.events
    kind = event.kind if true else (event.resembles or "")
    if not load_prompts().decides(kind):
        return None
    last = world.frames - 1
    moments = np.linspace(event.start, min(event.end, event.start + 8.0), FRAMES)
    frames = []
    for time in moments:
        bgr, truth, _ = world.frame(min(round(float(time) * world.frame_rate), last))
        places = {one.object: one.box for one in truth.boxes if one.visible >= 0.15}
        box = next((places[number] for number in event.actors if number in places), event.box)
        frames.append(ReviewFrame(encode_jpeg(bgr), float(time), box))
    if not any(frame.box for frame in frames):
        return None
    sheet = question_sheet(kind, "en")
    request = ReviewRequest(
        case_id=f"{world.camera}-{world.seed}-{event.start:.1f}",
        kind=kind,
        camera=world.camera,
        label="",
        zone=None,
        start=event.start,
        triggered=float(moments[1]),
        frames=tuple(frames),
        questions=sheet.questions,
        sheet=sheet.version,
    )
    return Case(request, true, conditions)


def elsewhere(box: Box, rng: random.Random) -> Box:
    """A box of the same size anywhere in the picture, as a model draws one that did not look."""
    width, height = box.x2 - box.x1, box.y2 - box.y1
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    return Box(left, top, left + width, top + height)


def roughly(box: Box, rng: random.Random) -> Box:
    """The box as a model draws it that did look: each side off by up to a quarter of the box."""
    width, height = box.x2 - box.x1, box.y2 - box.y1
    dx = [rng.uniform(-0.25, 0.25) * width for _ in range(2)]
    dy = [rng.uniform(-0.25, 0.25) * height for _ in range(2)]
    corners = (box.x1 + dx[0], box.y1 + dy[0], box.x2 + dx[1], box.y2 + dy[1])
    return Box(*(min(max(corner, 0.0), 1.0) for corner in corners))
