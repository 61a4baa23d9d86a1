"""Picture operations that are written for speed give what their plain forms give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from secondsight.behaviour.signals import image_ops
from secondsight.behaviour.signals.image_ops import Bytes, Mask, Planes, median_of_seen

SHAPES = st.tuples(st.integers(1, 11), st.integers(1, 4), st.integers(1, 4))
SIZES = st.tuples(st.integers(1, 9), st.integers(1, 9))


def split(bgr: Bytes) -> Planes:
    blue, green, red = (np.ascontiguousarray(bgr[..., channel]) for channel in range(3))
    return blue, green, red


def whole(picture: Bytes) -> NDArray[np.int64]:
    return picture.astype(np.int64)


LEVELS = st.sampled_from((0, 1, 2, 3, 128, 254, 255))
"""Few, so that differences often equal a limit."""


@st.composite
def pictures(draw: st.DrawFn, count: int = 1) -> tuple[Bytes, ...]:
    """Some pictures (h, w, 3) of one size."""
    shape = (*draw(SIZES), 3)
    return tuple(draw(arrays(np.uint8, shape, elements=LEVELS, fill=st.nothing())) for _ in range(count))


@given(arrays(np.uint8, SIZES))
def test_the_median_is_numpy_s(values: Bytes) -> None:
    assert image_ops.median(values) == np.median(values)


@given(st.data())
def test_the_median_of_what_was_seen_is_numpy_s(data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    looks = data.draw(arrays(np.uint8, shape))
    hidden = data.draw(arrays(np.bool_, shape))
    hidden[:, hidden.all(axis=0)] = False  # seen at least once
    plain = np.where(hidden, np.nan, looks.astype(np.float32))
    assert np.array_equal(median_of_seen(looks.copy(), hidden), np.nanmedian(plain, axis=0))


@given(pictures(2), st.sampled_from((1, 2, 3, 127, 254, 255)))
def test_channels_are_compared_as_numbers_and_not_as_bytes(two: tuple[Bytes, Bytes], by: int) -> None:
    one, other = two
    split_one, split_other = split(one), split(other)
    blue, green, red = (whole(plane) for plane in split_one)
    assert all(np.array_equal(*pair) for pair in zip(image_ops.planes(one), split_one, strict=True))
    differences = abs(whole(one) - whole(other))
    assert np.array_equal(image_ops.furthest(split_one, split_other), differences.max(axis=2))
    assert np.array_equal(image_ops.strongest(one), one.max(axis=2))
    assert np.array_equal(image_ops.spread(split_one), whole(one).max(axis=2) - whole(one).min(axis=2))
    warm = (red >= green) & (green >= blue) & (red - blue >= by)
    assert np.array_equal(image_ops.warm(split_one, by), warm)
    brighter = ((whole(one) - whole(other))[..., 1:] >= by).any(axis=2)
    assert np.array_equal(image_ops.brighter(split_one, split_other, by), brighter)


@given(st.data(), st.integers(-300, 300))
def test_a_shift_goes_no_further_than_black_and_white(data: st.DataObject, by: int) -> None:
    size = data.draw(SIZES)
    numbers, where = data.draw(arrays(np.uint8, size)), data.draw(arrays(np.bool_, size))
    wanted = np.where(where, np.clip(whole(numbers) + by, 0, 255), numbers)
    image_ops.shift(numbers, by, where)
    assert np.array_equal(numbers, wanted)


@given(st.data(), st.integers(0, 3))
def test_masks(data: st.DataObject, margin: int) -> None:
    size = data.draw(SIZES)
    one, other = (data.draw(arrays(np.bool_, size)) for _ in range(2))
    assert np.array_equal(image_ops.either([one, other]), one | other)
    totals = image_ops.sums(one)
    assert totals.shape == (size[0] + 1, size[1] + 1)
    assert totals[-1, -1] == one.sum()
    assert totals[size[0] // 2, size[1] // 2] == one[: size[0] // 2, : size[1] // 2].sum()
    found = image_ops.extent(one, margin)
    if found is None:
        assert not one.any()
    else:
        rows, columns = np.nonzero(one)
        assert found[0] == slice(max(rows.min() - margin, 0), rows.max() + 1 + margin)
        assert found[1] == slice(max(columns.min() - margin, 0), columns.max() + 1 + margin)


def mask(*rows: str) -> Mask:
    return np.array([[sign == "#" for sign in row] for row in rows])


@pytest.mark.parametrize(("close", "regions"), [(1, 2), (3, 1)], ids=["a gap parts", "a gap is bridged"])
def test_components_are_numbered_from_one(close: int, regions: int) -> None:
    labels, table = image_ops.components(mask("##.##", "##.##"), close)
    assert labels.shape == (2, 5)
    assert len(table) == regions + 1
    assert sum(area for *_, area in table[1:]) == (8 if regions == 2 else 10)
    assert table[1][:2] == [0, 0]


def test_what_is_thin_is_opened_away() -> None:
    drawn = mask("......", ".##...", ".##.#.", "....#.", "......")
    assert np.array_equal(image_ops.opened(drawn), mask("......", ".##...", ".##...", "......", "......"))


def test_an_odd_line_at_the_end_is_left_out_when_halved() -> None:
    picture = np.array([[10, 20, 99], [30, 40, 99], [99, 99, 99]], np.uint8)
    assert np.array_equal(image_ops.halved(picture), [[25]])


def test_slopes_are_grey_levels_per_pixel() -> None:
    ramp = np.tile(np.arange(0, 90, 10, dtype=np.uint8), (5, 1))
    inside = np.zeros_like(ramp, bool)
    inside[2, 2:6] = True
    assert image_ops.slope(ramp, inside).tolist() == [10.0] * 4
    assert np.unique(image_ops.relief(ramp)[:, 1:-1]).tolist() == [20]


@given(st.data(), st.sampled_from([0.0, 0.25, 1.0]))
def test_a_running_mean_moves_where_the_mask_says(data: st.DataObject, weight: float) -> None:
    size = data.draw(SIZES)
    picture, where = data.draw(arrays(np.uint8, size)), data.draw(arrays(np.bool_, size))
    mean = np.full(size, 100, np.float32)
    image_ops.blend(mean, picture, weight, where)
    assert np.allclose(mean, np.where(where, 100 + weight * (whole(picture) - 100), 100), atol=1e-3)


@given(arrays(np.uint8, SIZES), st.integers(-40, 60))
def test_pictures_are_mixed_as_numbers_are(picture: Bytes, more: int) -> None:
    other = picture[::-1]
    plain = 0.25 * whole(picture) + 0.5 * whole(other) + more
    assert np.abs(image_ops.mixed(picture, 0.25, other, 0.5, more) - plain.clip(0, 255)).max() <= 0.5
    numbers = picture.astype(np.float32) * np.float32(0.3)
    assert np.abs(image_ops.scaled(numbers, 4.0, more) - (4 * numbers + more).clip(0, 255)).max() <= 0.501
