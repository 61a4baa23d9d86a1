"""`python -m bench plates`: the share of drawn number plates that are read right, by their height in pixels.

The plates are drawn: letters of one typeface on white, on a car of flat colour. Real plates have dirt, shadows,
screws and other typefaces; this says how small, slanted and blurred a plate may be for the reader itself.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEIGHTS = (6, 8, 10, 12, 16, 24, 32)
CONDITIONS = {
    "straight": (0.0, 0.5, 3.0),
    "turned 12°": (12.0, 0.5, 3.0),
    "blurred": (0.0, 1.5, 3.0),
    "noisy": (0.0, 0.5, 15.0),
}
"""Degrees of turn, standard deviation of the blur in pixels, and of the noise in levels."""
_DRAWN = 64
"""Height in pixels at which a plate is drawn before it is scaled down."""


def text_of(rng: np.random.Generator) -> str:
    """A number as on European plates: one to three letters, one or two letters, one to four digits."""
    letters = np.array(list("ABCDEFGHJKLMNPRSTUVWXYZ"))
    place, more = (
        "".join(rng.choice(letters, int(count))) for count in (rng.integers(1, 4), rng.integers(1, 3))
    )
    return f"{place} {more} {rng.integers(10 ** (length := int(rng.integers(1, 4))), 10 ** (length + 1))}"


def car_with(
    text: str,
    height: float,
    rng: np.random.Generator,
    turn: float = 0.0,
    blur: float = 0.5,
    noise: float = 3.0,
) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """A car from behind with a number plate.

    Args:
        height: of the plate, in pixels.

    Returns:
        uint8 (h, w, 3) BGR, and left, top, right, bottom of the plate in it.
    """
    import cv2
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=50)
    across = int(font.getlength(text)) + 40
    width, tall = int(across * 3.2), int(across * 2.6)
    car = Image.new("RGB", (width, tall), tuple(int(level) for level in rng.integers(30, 200, 3)))
    draw = ImageDraw.Draw(car)
    draw.rectangle((width * 0.15, tall * 0.08, width * 0.85, tall * 0.42), fill=(40, 50, 60))
    for lamp in (0.05, 0.8):
        draw.rectangle((width * lamp, tall * 0.5, width * (lamp + 0.15), tall * 0.62), fill=(180, 20, 20))
    left, top = (width - across) // 2, int(tall * 0.72)
    right, bottom = left + across, top + _DRAWN
    draw.rectangle((left, top, right, bottom), fill=(240, 240, 235), outline=(0, 0, 0), width=3)
    draw.text((left + 20, top + _DRAWN // 2), text, fill=(15, 15, 15), font=font, anchor="lm")
    middle = ((left + right) / 2, (top + bottom) / 2)
    turned = car.rotate(turn, Image.Resampling.BICUBIC, center=middle)
    scale = height / _DRAWN
    size = (max(2, round(width * scale)), max(2, round(tall * scale)))
    picture: NDArray[Any] = np.asarray(turned.resize(size, Image.Resampling.LANCZOS), np.float32)[:, :, ::-1]
    picture = cv2.GaussianBlur(picture, (0, 0), blur) + rng.normal(0, noise, picture.shape)
    corners = np.abs(np.cos(np.radians(turn))), np.abs(np.sin(np.radians(turn)))
    half_x = (across * corners[0] + _DRAWN * corners[1]) / 2
    half_y = (across * corners[1] + _DRAWN * corners[0]) / 2
    box = (middle[0] - half_x, middle[1] - half_y, middle[0] + half_x, middle[1] + half_y)
    x1, y1, x2, y2 = (round(side * scale) for side in box)
    return np.clip(picture, 0, 255).astype(np.uint8), (x1, y1, x2, y2)


def shares(each: int, seed: int = 0) -> dict[str, dict[int, float]]:
    """Share of plates read right, spaces aside: by condition and how they were looked for, and by height."""
    from secondsight.records import Box
    from secondsight.sentinel.second.text_reader import TextReader
    from tests.behaviour.city import Painted

    searching = TextReader.open()
    found: dict[str, dict[int, float]] = {}
    for name, (turn, blur, noise) in CONDITIONS.items():
        rng = np.random.default_rng(seed)
        right = {way: dict.fromkeys(HEIGHTS, 0) for way in (f"{name}, searched for", f"{name}, box known")}
        for height in HEIGHTS:
            for _ in range(each):
                text = text_of(rng)
                picture, box = car_with(text, height, rng, turn, blur, noise)
                frame = Painted(picture, 0.0)
                sides = (frame.width, frame.height) * 2
                plate = Box(*(value / side for value, side in zip(box, sides, strict=True)))
                readers = TextReader(searching._engine, Known(plate), None)  # type: ignore[arg-type]
                for way, reader in zip(right, (searching, readers), strict=True):
                    (said,) = reader.texts(frame, [Box(0, 0, 1, 1)])
                    right[way][height] += said is not None and said.text.replace(" ", "") == text.replace(
                        " ", ""
                    )
        found |= {way: {h: count / each for h, count in counts.items()} for way, counts in right.items()}
    return found


class Known:
    """Knows where the plate is, as a perfect detector of plates would."""

    def __init__(self, plate: object) -> None:
        self._plate = plate

    def found(self, frame: object, boxes: Sequence[object]) -> list[list[object]]:
        return [[self._plate] for _ in boxes]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench plates", description=__doc__)
    parser.add_argument("--each", type=int, default=12, help="plates for each height and condition")
    options = parser.parse_args(arguments)
    print(f"| plates | {' | '.join(f'{height} px' for height in HEIGHTS)} |")
    print("|---" * (len(HEIGHTS) + 1) + "|")
    for name, row in shares(options.each).items():
        print(f"| {name} | {' | '.join(f'{row[height]:.2f}' for height in HEIGHTS)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
