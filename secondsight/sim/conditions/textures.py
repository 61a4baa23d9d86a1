"""What the conditions share: a few large textures made once, from which each frame cuts its own piece, and cheap
blending of 8-bit pictures.

Fresh normal noise for a 640x360 colour picture takes 3 ms, a piece of a ready texture 0.2 ms; so the textures are the
same for every seed, and the seed and the time choose the piece.
"""

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""uint8 (height, width, 3), BGR."""
Plane = NDArray[np.uint8]
"""uint8 (height, width)."""
Colour = tuple[float, float, float]
"""BGR."""


@dataclass(frozen=True, slots=True)
class FrameContext:
    """What a condition knows of the frame besides its pixels.

    Attributes:
        depth: float32 (height, width), metres; inf is sky.
        ids: uint16 (height, width), number of the labelled object, 0 none.
        t: seconds from the first frame.
        dark: 0 day .. 1 night; what fills the air is as dark as the scene.
    """

    depth: NDArray[np.float32]
    ids: NDArray[np.uint16]
    t: float
    seed: int
    dark: float

    @property
    def height(self) -> int:
        return int(self.depth.shape[0])

    @property
    def width(self) -> int:
        return int(self.depth.shape[1])

    def still(self, purpose: str) -> np.random.Generator:
        """Randomness that is the same in every frame of a recording, and another for each purpose."""
        return still(self.seed, purpose)

    def moving(self, purpose: str) -> np.random.Generator:
        """Randomness that is another in every frame."""
        return np.random.default_rng((self.seed, zlib.crc32(purpose.encode()), round(self.t * 1000) + 2**40))

    def ground(self) -> Plane:
        """255 where the picture shows the bare ground: unlabelled, and nearer with every row further down."""
        depth = np.minimum(self.depth, 1e4)
        falls = (depth[:-1] - depth[1:]) > 3e-4 * depth[1:]
        mask = np.zeros(depth.shape, np.uint8)
        mask[1:] = (falls & (self.ids[1:] == 0) & (depth[:-1] < 1e4)).view(np.uint8) * np.uint8(255)
        return mask

    def veil(self, beta: float) -> Plane:
        """Light that still comes through air of extinction `beta` per metre, 0..255 (Beer-Lambert)."""
        return _bytes(np.exp(self.depth * np.float32(-beta)) * 255)


def still(seed: int, purpose: str) -> np.random.Generator:
    """Randomness that depends on the seed and the purpose alone; `seed` not negative."""
    return np.random.default_rng((seed, zlib.crc32(purpose.encode())))


def scale(picture: Image, factor: Plane | Image, top: float = 1.0) -> Image:
    """The picture times a factor per pixel, of which 255 stands for `top`."""
    return _own(cv2.multiply(picture, spread(factor), scale=top / 255))


def add(below: Image, light: Plane | Image) -> Image:
    """The sum, up to white."""
    return _own(cv2.add(below, spread(light)))


def mix(below: Image, above: Image, alpha: Plane) -> Image:
    """`above` where `alpha` is 255, `below` where it is 0."""
    share = spread(alpha)
    return add(scale(below, inverse(share)), scale(above, share))


def tint(picture: Image, colour: Colour, alpha: Plane) -> Image:
    """A flat colour where `alpha` is 255, the picture where it is 0."""
    return add(scale(picture, inverse(alpha)), coloured(alpha, colour))


def coloured(plane: Plane, colour: Colour) -> Image:
    """`colour` where the plane is 255, black where it is 0."""
    return _own(cv2.merge([level(plane, channel / 255) for channel in colour]))


def inverse(plane: Plane) -> Plane:
    """255 less the plane."""
    return _own(cv2.bitwise_not(plane))


def level(plane: Plane | Image, gain: float, offset: float = 0.0, top: float = 255.0) -> Plane:
    """`gain * x + offset`, from 0 to `top`."""
    return _own(cv2.LUT(plane, np.clip(np.arange(256) * gain + offset, 0, top).astype(np.uint8)))


def curve(picture: Image, gamma: float, gain: Colour) -> Image:
    """Tone curve `gain * x ** gamma` of x in 0..1, one gain per channel."""
    # One table for all channels takes less than half the time of three.
    own = gain[:1] if gain[0] == gain[1] == gain[2] else gain
    x = np.linspace(0, 1, 256)[:, None, None] ** gamma * np.array(own) * 255
    return _own(cv2.LUT(picture, np.clip(x, 0, 255).astype(np.uint8)))


def grey(picture: Image, share: float = 1.0) -> Image:
    """The picture with `share` of its colour gone."""
    plain = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return _own(plain if share >= 1 else cv2.addWeighted(picture, 1 - share, plain, share, 0))


def spread(plane: Plane | Image) -> Image:
    """One channel as three."""
    return _own(plane if plane.ndim == 3 else cv2.cvtColor(plane, cv2.COLOR_GRAY2BGR))


def soft(picture: Image, down: int, columns: int = 5, rows: int = 5) -> Image:
    """A wide blur, made at a `down`-th of the size; the window is in pixels of that size."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (width // down, height // down), interpolation=cv2.INTER_AREA)
    return _own(cv2.resize(cv2.blur(small, (columns, rows)), (width, height)))


def pools(view: FrameContext, spots: NDArray[np.floating], floor: float = 0.0) -> Plane:
    """A plane with soft spots of light, 0..255.

    Args:
        spots: (n, 5): relative centre x, y, relative radius x, y, brightness 0..1.
        floor: brightness of the rest, 0..1.
    """
    rows, columns = 45, 80
    y, x = np.mgrid[0:rows, 0:columns] / np.array([rows, columns])[:, None, None]
    total = np.full((rows, columns), floor)
    for centre_x, centre_y, radius_x, radius_y, brightness in spots:
        total += brightness * np.exp(-(((x - centre_x) / radius_x) ** 2) - ((y - centre_y) / radius_y) ** 2)
    return _own(cv2.resize(_bytes(total * 255), (view.width, view.height)))


def cut(texture: NDArray[np.uint8], dx: float, dy: float) -> NDArray[np.uint8]:
    """The piece of a doubled texture at an offset in pixels; any offset will do, for textures repeat."""
    height, width = texture.shape[0] // 2, texture.shape[1] // 2
    x, y = int(dx) % width, int(dy) % height
    return texture[y : y + height, x : x + width]


def cut_any(texture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A piece from anywhere."""
    return cut(texture, int(rng.integers(1 << 20)), int(rng.integers(1 << 20)))


@lru_cache(maxsize=4)
def grain(height: int, width: int) -> Image:
    """Sensor noise around 128, sigma about 32, doubled: fine in brightness, blotchy in colour."""
    rng = np.random.default_rng(1)
    fine = rng.normal(0, 27, (height, width, 1))
    blotch = cv2.resize(rng.normal(0, 26, (height // 3, width // 3, 3)), (width, height))
    return _doubled(_bytes(128 + fine + rng.normal(0, 9, (height, width, 3)) + blotch))


@lru_cache(maxsize=8)
def clouds(height: int, width: int, cells: int) -> Plane:
    """Smooth patches, 0..255, evenly spread in value, doubled; about `cells` of them fit across."""
    rng = np.random.default_rng(cells)
    total = np.zeros((height, width))
    for octave in range(3):
        columns = cells << octave
        rows = max(2, columns * height // width)
        coarse = np.pad(rng.normal(size=(rows, columns)), 4, mode="wrap")
        factor_y, factor_x = height / rows, width / columns
        large = cv2.resize(
            coarse, (round(width + 8 * factor_x), round(height + 8 * factor_y)), interpolation=2
        )
        top, left = round(4 * factor_y), round(4 * factor_x)
        total += large[top : top + height, left : left + width] / (1 << octave)
    ranks = np.searchsorted(np.quantile(total, np.linspace(0, 1, 257)[1:-1]), total.ravel())
    return _doubled(ranks.reshape(height, width).astype(np.uint8))


@lru_cache(maxsize=16)
def streaks(height: int, width: int, count: int, length: int, slant: int) -> Plane:
    """Rain: `count` slanted lines of about `length` pixels, doubled."""
    rng = np.random.default_rng(length)
    tile = np.zeros((height + 2 * length, width + 2 * length), np.uint8)
    for x, y, size, light in rng.random((count, 4)):
        column, row = round(x * width) + length, round(y * height)
        drop = round(length * (0.5 + size / 2))
        end = (column + slant * drop // 10, row + drop)
        cv2.line(tile, (column, row), end, int(70 + 170 * light), 1, cv2.LINE_AA)
    folded = tile[:height, length : length + width]
    folded[: 2 * length] = cv2.max(folded[: 2 * length], tile[height:, length : length + width])
    return _doubled(_own(cv2.GaussianBlur(folded, (3, 3), 0)) if length > 20 else folded)


@lru_cache(maxsize=8)
def flakes(height: int, width: int, count: int, radius: float) -> Plane:
    """Snow: `count` soft dots, doubled."""
    rng = np.random.default_rng((count, round(radius * 10)))
    fine = 8
    tile = np.zeros((height, width), np.uint8)
    for x, y, size, light in rng.random((count, 4)):
        centre = (round(x * width * fine), round(y * height * fine))
        cv2.circle(
            tile, centre, round(radius * (0.5 + size / 2) * fine), int(60 + 195 * light), -1, cv2.LINE_AA, 3
        )
    return _doubled(_own(cv2.GaussianBlur(tile, (0, 0), max(0.5, radius / 3))))


@lru_cache(maxsize=1)
def flare() -> Plane:
    """A lamp seen by a camera, 255 at its centre: a core, a halo and faint rays; 257 pixels square."""
    axis = np.linspace(-1, 1, 257)
    x, y = np.meshgrid(axis, axis)
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    rays = 1 + 0.35 * np.cos(6 * angle + 0.4) ** 8
    light = 1.3 * np.exp(-((radius / 0.09) ** 2)) + 0.5 * np.exp(-radius / 0.16) * rays
    return _bytes(255 * light * np.clip((1 - radius) * 3, 0, 1))


def _doubled(texture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    twice = np.tile(texture, (2, 2, 1) if texture.ndim == 3 else (2, 2))
    twice.setflags(write=False)
    return twice


def _bytes(values: NDArray[np.floating]) -> Plane:
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def _own(result: object) -> NDArray[np.uint8]:
    """OpenCV's result under the type that 8-bit pictures give."""
    return cast(NDArray[np.uint8], result)
