"""`python -m bench plate_readers FILE --family ctc --labels FILE`: drawn Chinese plates that a network reads right.

Plates of GA 36-2018 are drawn with a typeface of Chinese signs: blue ones, and green ones of new energy with eight
signs; straight, from aside, blurred, at night. Each is looked at five times, each time with its own disturbance, and
the readings are voted. Real plates have dirt, shadows, screws and another typeface: this compares conditions, and
shows what votes are worth.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.accuracy.behaviour_page import table
from secondsight.config import PLATE_FORMATS
from secondsight.records import Box
from secondsight.sentinel import CropModel, ModelStore, TextReader

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
LETTERS, DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZ", "0123456789"
LOOKS = 5
_TALL, _WIDE, _WIDE_GREEN = 140, 440, 480
_SIGN = (45, 90)

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """How a plate looks to a camera.

    Attributes:
        turn: share of its height by which one of its sides is smaller, as seen from aside.
        blur: standard deviation in pixels of the picture. noise: in grey levels. light: share of it that is left.
    """

    turn: float = 0.0
    blur: float = 0.4
    noise: float = 3.0
    light: float = 1.0


CONDITIONS = {
    "straight": Disturbance(),
    "from aside": Disturbance(turn=0.25),
    "blurred": Disturbance(blur=1.0),
    "night": Disturbance(noise=12.0, light=0.25),
    "all of them": Disturbance(0.15, 0.7, 8.0, 0.5),
}


def number(rng: np.random.Generator, *, green: bool) -> str:
    """A number as they are given out: of new energy with eight signs, or of five after the office."""

    def signs(of: str, count: int) -> str:
        return "".join(rng.choice(list(of), count))

    office = signs(PROVINCES, 1) + signs(LETTERS, 1)
    if green:
        return office + signs("DF", 1) + signs(DIGITS + LETTERS, 1) + signs(DIGITS, 4)
    return office + signs(DIGITS + LETTERS, 5)


def plate(text: str, font: Path = FONT) -> Picture:
    """A plate, uint8 (140, w, 3) BGR."""
    from PIL import Image, ImageDraw

    green = len(text) == 8
    if green:
        shade = np.linspace(0, 1, _TALL)[:, None, None]
        ground = (1 - shade) * (220, 240, 225) + shade * (60, 180, 90)
        picture = Image.fromarray(np.broadcast_to(ground, (_TALL, _WIDE_GREEN, 3)).astype(np.uint8))
        ink, places = (10, 10, 10), [16, 69, *range(140, 140 + 6 * 53, 53)]
    else:
        picture = Image.new("RGB", (_WIDE, _TALL), (20, 60, 170))
        ink, places = (245, 245, 245), [16, 73, *range(152, 152 + 5 * 57, 57)]
    draw = ImageDraw.Draw(picture)
    draw.rectangle((4, 4, picture.width - 5, _TALL - 5), outline=ink, width=3)
    if not green:
        draw.ellipse((126, 62, 138, 74), fill=ink)
    for sign, left in zip(text, places, strict=True):
        mask = _sign(sign, font)
        picture.paste(Image.new("RGB", mask.size, ink), (left, 25), mask)
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


@cache
def _sign(sign: str, font: Path) -> Any:
    """One sign, as wide as all others, as a mask."""
    from PIL import Image, ImageDraw, ImageFont

    mask = Image.new("L", (140, 160))
    ImageDraw.Draw(mask).text((70, 80), sign, 255, ImageFont.truetype(str(font), 104), "mm")
    if sign != "1":
        return mask.crop(mask.getbbox()).resize(_SIGN)
    thin = Image.new("L", _SIGN)
    ImageDraw.Draw(thin).rectangle((18, 0, 27, _SIGN[1]), fill=255)
    return thin


def seen(picture: Picture, height: int, how: Disturbance, rng: np.random.Generator) -> Picture:
    """A plate as a camera sees it, `height` pixels high."""
    import cv2

    tall, wide = picture.shape[:2]
    less = how.turn * tall * rng.uniform(0.8, 1.2) / 2
    corners = np.array(((0, 0), (wide, 0), (wide, tall), (0, tall)), np.float32)
    turned = np.array(((0, 0), (wide, less), (wide, tall - less), (0, tall)), np.float32)
    warp = cv2.getPerspectiveTransform(corners, turned)
    result = cv2.warpPerspective(picture, warp, (wide, tall), borderValue=(60, 60, 60))
    scale = height / tall
    small = cv2.resize(result, (max(2, round(wide * scale)), height), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small.astype(np.float32), (0, 0), how.blur * rng.uniform(0.8, 1.2))
    noisy = blurred * how.light + rng.normal(0, how.noise, blurred.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def shares(
    reader: TextReader, each: int, height: int, seed: int = 0, font: Path = FONT
) -> dict[str, list[float]]:
    """For each condition the shares that are read right: blue and green in one look, blue and green in five."""
    rng = np.random.default_rng(seed)
    rows = {}
    for name, how in CONDITIONS.items():
        right = np.zeros(4)
        for _ in range(each):
            for kind, green in enumerate((False, True)):
                text = number(rng, green=green)
                drawn = plate(text, font)
                said = [_read(reader, seen(drawn, height, how, rng)) for _ in range(LOOKS)]
                right[kind] += sum(one is not None and _plain(one.text) == text for one in said) / LOOKS
                readings = [one for one in said if one is not None]
                right[2 + kind] += bool(readings) and _plain(reader.voted(readings).label) == text
        rows[name] = [float(share) for share in right / each]
    return rows


def _read(reader: TextReader, picture: Picture) -> Any:
    from tests.behaviour.city import Painted

    (said,) = reader.texts(Painted(picture, 0.0), [Box(0, 0, 1, 1)])
    return said


def _plain(text: str) -> str:
    return text.replace(" ", "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench plate_readers", description=__doc__)
    parser.add_argument("file", type=Path, help="of the network")
    parser.add_argument("--family", choices=("ctc", "lprnet"), required=True)
    parser.add_argument("--labels", required=True, help="a file with a character on each line, the blank too")
    parser.add_argument("--size", help="WxH, of a network that takes any")
    parser.add_argument("--each", type=int, default=40, help="plates of each colour and condition")
    parser.add_argument("--height", type=int, default=32, help="of the plates, in pixels")
    parser.add_argument("--font", type=Path, default=FONT)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as scratch:
        wide, _, tall = (options.size or "").partition("x")
        size = (int(wide), int(tall)) if options.size else None
        model = ModelStore(Path(scratch)).add(
            options.file, "reader", options.family, options.labels, size=size
        )
        reader = TextReader.open(None, PLATE_FORMATS["chinese"], CropModel.open(model, ("read",)))
        try:
            found = shares(reader, options.each, options.height, font=options.font)
        finally:
            reader.close()
    head = ("plates", "blue, one look", "green, one look", "blue, five looks", "green, five looks")
    print(table(head, [[name, *(f"{share:.2f}" for share in row)] for name, row in found.items()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
