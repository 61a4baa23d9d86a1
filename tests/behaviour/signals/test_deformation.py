"""Deformation: what of a body the look before does not explain."""

import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.behaviour.signals.deformation import deformation

BOX = (0.4, 0.3, 0.5, 0.7)
RNG_SEED = 5


def picture(body: NDArray[np.uint8], left: int, top: int) -> NDArray[np.uint8]:
    """A body on a plain floor of 180 x 320."""
    shown = np.full((180, 320), 90, np.uint8)
    shown[top : top + body.shape[0], left : left + body.shape[1]] = body
    return shown


def body(seed: int) -> NDArray[np.uint8]:
    """72 x 32, in patches as of clothes."""
    rng = np.random.default_rng(seed)
    return np.kron(rng.integers(0, 255, (18, 8)), np.ones((4, 4))).astype(np.uint8)


def moved(pixels: int) -> tuple[float, float, float, float]:
    return BOX[0] + pixels / 320, BOX[1], BOX[2] + pixels / 320, BOX[3]


def test_who_moves_as_a_whole_does_not_deform() -> None:
    before, now = picture(body(1), 128, 54), picture(body(1), 138, 54)
    assert deformation(now, before, moved(10), BOX) == pytest.approx(0, abs=0.02)


def test_a_box_that_is_a_little_off_is_forgiven() -> None:
    before, now = picture(body(1), 128, 54), picture(body(1), 138, 54)
    assert deformation(now, before, moved(8), moved(2)) == pytest.approx(0, abs=0.1)


def test_legs_do_not_count() -> None:
    walker = body(1)
    walker[40:] = body(2)[40:]
    assert deformation(picture(walker, 128, 54), picture(body(1), 128, 54), BOX, BOX) == pytest.approx(
        0, abs=0.02
    )


def test_another_shape_deforms_in_any_light() -> None:
    before, now = picture(body(1), 128, 54), picture(body(2), 128, 54)
    strong = deformation(now, before, BOX, BOX)
    dim = deformation((now * 0.4).astype(np.uint8), before, BOX, BOX)
    assert strong is not None
    assert strong > 0.5
    assert dim == pytest.approx(strong, abs=0.05)


@pytest.mark.parametrize(
    "box",
    [
        (0.4, 0.3, 0.41, 0.7),
        (0.4, 0.3, 0.5, 0.32),
        (-0.2, 0.3, -0.1, 0.7),
        (0.4, 1.1, 0.5, 1.4),
        (0.5, 0.7, 0.4, 0.3),
    ],
    ids=["narrow", "low", "left of the picture", "below it", "inside out"],
)
def test_what_is_too_small_tells_nothing(box: tuple[float, float, float, float]) -> None:
    shown = picture(body(1), 128, 54)
    assert deformation(shown, shown, box, box) is None


@pytest.mark.parametrize("past", [(2.0, 2.0, 2.2, 2.5), (-3.0, 0.3, -2.9, 0.7), (0.4, -2.0, 0.5, -1.6)])
def test_a_past_outside_of_the_picture_is_no_error(past: tuple[float, float, float, float]) -> None:
    shown = picture(body(1), 128, 54)
    assert deformation(shown, shown, BOX, past) == pytest.approx(0, abs=0.02)


def test_all_of_the_picture() -> None:
    rng = np.random.default_rng(RNG_SEED)
    one, other = (rng.integers(0, 255, (180, 320)).astype(np.uint8) for _ in range(2))
    whole = (0.0, 0.0, 1.0, 1.0)
    assert deformation(one, one, whole, whole) == pytest.approx(0, abs=1e-3)
    assert deformation(one, other, whole, whole) == pytest.approx(1, abs=0.1)
