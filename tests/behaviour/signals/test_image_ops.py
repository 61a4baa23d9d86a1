"""Picture operations that are written for speed give what their plain forms give."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from secondsight.behaviour.signals.image_ops import median_of_seen

SHAPES = st.tuples(st.integers(1, 11), st.integers(1, 4), st.integers(1, 4))


@given(st.data())
def test_the_median_of_what_was_seen_is_numpy_s(data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    looks = data.draw(arrays(np.uint8, shape))
    hidden = data.draw(arrays(np.bool_, shape))
    hidden[:, hidden.all(axis=0)] = False  # seen at least once
    plain = np.where(hidden, np.nan, looks.astype(np.float32))
    assert np.array_equal(median_of_seen(looks.copy(), hidden), np.nanmedian(plain, axis=0))
