"""Tries a model on a few pictures: does it run, in which unit are its boxes, and does it see a person?"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.errors import ModelError
from secondsight.sentinel.families import FINDS, Family, family_named, in_shares
from secondsight.sentinel.models.lockfile import InstalledModel
from secondsight.sentinel.runtime.base import ModelInfo
from secondsight.sentinel.runtime.opening import describe, open_runtime

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0))
_TIMEOUT = 60.0
_GREY = 114
_LARGEST_SHARE = 2.0
"""Boxes may reach beyond the picture, but not that far; boxes in pixels of a whole picture do."""


def try_out(file: Path, family: Family[Any], info: ModelInfo) -> Family[Any]:
    """The family as which a detector is to be installed, by what it says of a few pictures.

    Args:
        file: the model.
        family: as its layout says.
        info: what the file says of itself.

    Returns:
        The same family, or the one whose boxes are shares of the picture.

    Raises:
        ModelError: it does not run, or gives values that are no numbers.
    """
    shares = in_shares(family)
    if family.task not in FINDS or shares is None:
        return family
    runtime = open_runtime(
        file, size=info.size, pixels=family.pixels, constants=family.constants(info), look_timeout=_TIMEOUT
    )
    try:
        decode = family.bind(info, family.classes(info) or 1)
        boxes = []
        for picture in _pictures(info.size):
            outputs = runtime.submit(picture).result(_TIMEOUT)
            if not all(np.isfinite(output).all() for output in outputs):
                raise ModelError(
                    "it gives values that are no numbers (NaN or infinite) for an ordinary picture"
                )
            boxes.append(decode([output[:1] for output in outputs], 0.0, 1.0).xyxy)
    finally:
        runtime.close()
    largest = max((float(np.abs(xyxy).max()) for xyxy in boxes if xyxy.size), default=0.0)
    return shares if 0.0 < largest <= _LARGEST_SHARE else family


def sees_person(model: InstalledModel) -> float | None:
    """The score with which a detector finds the person in a photograph, 0..1; None for a model that knows no people.

    A low one says that the file may want other pixels than its family gives it, or is made for other pictures.

    Raises:
        ModelError: it does not run.
    """
    people = [number for number, group in enumerate(model.groups) if group == "people"]
    family = family_named(model.family)
    if family.task != "detect" or not people:
        return None
    info = describe(model.path, model.size)
    runtime = open_runtime(
        model.path,
        size=info.size,
        pixels=family.pixels,
        constants=family.constants(info),
        look_timeout=_TIMEOUT,
    )
    try:
        outputs = runtime.submit(_photograph(info.size)).result(_TIMEOUT)
    finally:
        runtime.close()
    found = family.bind(info, len(model.labels))([output[:1] for output in outputs], 0.0, 1.0)
    return float(found.confidence[np.isin(found.class_id, people)].max(initial=0.0))


def _photograph(size: tuple[int, int]) -> NDArray[np.uint8]:
    """A person, in the upper left of a grey picture: uint8 (1, h, w, 3)."""
    from PIL import Image

    with (files("secondsight.sentinel") / "data" / "person.jpg").open("rb") as file:
        side = min(size)
        person = np.asarray(Image.open(file).convert("RGB").resize((side, side)))
    picture = np.full((size[1], size[0], 3), _GREY, np.uint8)
    picture[:side, :side] = person
    return picture[None]


def _pictures(size: tuple[int, int]) -> list[NDArray[np.uint8]]:
    """Noise, and rectangles of plain colours on grey: uint8 (1, h, w, 3) each."""
    width, height = size
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    drawn = np.full((height, width, 3), 128, np.uint8)
    across = width // len(_COLOURS)
    for number, colour in enumerate(_COLOURS):
        left = number * across + across // 4
        drawn[height // 4 : 3 * height // 4, left : left + across // 2] = colour
    return [noise[None], drawn[None]]
