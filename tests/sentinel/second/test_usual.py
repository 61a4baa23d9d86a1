"""The limit of usual scores: none before enough are known, and no more above it than the share that is stated."""

import numpy as np
import pytest

from secondsight.sentinel.second.usual import KEPT, UsualScores


@pytest.mark.parametrize(("share", "needed"), [(0.5, 1), (0.1, 9), (0.05, 19), (0.02, 49), (0.001, 999)])
def test_as_many_are_needed_as_the_share_says(share: float, needed: int) -> None:
    usual = UsualScores(share, [0.0] * (needed - 1))
    assert (usual.needed, usual.limit) == (needed, None)
    usual.add(1.0)
    assert usual.limit == 1.0


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_no_more_than_the_share_lies_above(share: float) -> None:
    """Mean over 400 cameras; the bound is that of conformal prediction, whatever the distribution."""
    rng = np.random.default_rng(7)
    above = []
    for _ in range(400):
        scores = rng.standard_cauchy(60)
        limit = UsualScores(share, scores[:-1]).limit
        assert limit is not None
        above.append(scores[-1] > limit)
    assert np.mean(above) == pytest.approx(share, abs=3 * (share * (1 - share) / 400) ** 0.5)


def test_the_latest_count() -> None:
    usual = UsualScores(0.5, [9.0] * KEPT)
    for _ in range(KEPT):
        usual.add(0.0)
    assert usual.limit == 0.0
    assert len(usual.scores) == KEPT
