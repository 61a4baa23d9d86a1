import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.learn.training.augment import STILL, Jitter, LabelledPicture, augment, flipped
from tests.learn.drawn import drawn

MOVES = Jitter(brightness=0, colour=0, blur=0)


def reddest(picture):
    """Box around the red pixels: left, top, right, bottom."""
    red = (picture[..., 2].astype(int) - picture[..., 0]) > 100
    y, x = np.nonzero(red)
    return x.min(), y.min(), x.max() + 1, y.max() + 1


def red_square():
    picture = np.full((90, 160, 3), 110, np.uint8)
    picture[30:60, 100:140] = (20, 20, 240)
    return LabelledPicture(
        picture,
        np.array([[100, 30, 140, 60]], np.float32),
        np.array([2]),
        np.array([[0, 0, 20, 20]], np.float32),
    )


@given(st.integers(0, 10_000))
def test_boxes_follow_their_pixels(seed):
    made = augment(red_square(), (96, 64), MOVES, np.random.default_rng(seed))
    assert made.picture.shape == (64, 96, 3)
    if len(made.boxes):
        assert made.boxes[0] == pytest.approx(reddest(made.picture), abs=1.6)
        assert made.classes.tolist() == [2]


def test_mirroring_twice_changes_nothing():
    sample = red_square()
    twice = flipped(flipped(sample))
    assert (twice.picture == sample.picture).all()
    assert (twice.boxes == sample.boxes).all()
    assert flipped(sample).ignored.tolist() == [[140, 0, 160, 20]]


def test_still_is_what_the_sentinel_sees():
    """Scaled to fit at the top left, padded with 114 below."""
    made = augment(red_square(), (96, 64), STILL, np.random.default_rng(0))
    assert made.boxes[0].tolist() == pytest.approx([60, 18, 84, 36])
    assert (made.picture[55:] == 114).all()
    assert (made.picture[:53, :50] == 110).all()


def test_the_same_generator_gives_the_same_picture():
    first, second = (augment(drawn(3), (96, 64), Jitter(), np.random.default_rng(5)) for _ in range(2))
    other = augment(drawn(3), (96, 64), Jitter(), np.random.default_rng(6))
    assert (first.picture == second.picture).all()
    assert (first.boxes == second.boxes).all()
    assert (first.picture != other.picture).any()


def test_what_becomes_too_small_or_is_cut_off_is_ignored_not_forgotten():
    tiny = Jitter(zoom=(0.1, 0.1), mirror=0, brightness=0, colour=0, blur=0)
    made = augment(red_square(), (96, 64), tiny, np.random.default_rng(0))
    assert len(made.boxes) == len(made.classes) == 0
    assert len(made.ignored) == 2


def test_light_and_colour_change_pixels_only():
    light = Jitter(zoom=(1, 1), mirror=0, blur=0)
    sample = red_square()
    made = augment(sample, (160, 96), light, np.random.default_rng(1))
    assert (made.boxes == sample.boxes).all()
    assert abs(made.picture[:90].astype(int) - sample.picture).max() > 3
