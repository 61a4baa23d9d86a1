"""Has what comes in changed? Evidence that may be looked at after every observation, whatever its distribution is."""

from bisect import bisect_left, insort

import numpy as np

_BETS = np.array([(0.0, 1.0), *((stake, below) for stake in (0.5, 0.9) for below in (0.05, 0.1, 0.2, 0.4))])
"""Which part of the wealth is staked, and up to which share of strange values it wins. The first bets nothing."""
_FIRST = 10
"""Values before which no bet is laid: hardly one could win."""
_JUMP = 0.02
"""Share of the wealth that is laid out anew with every value, so that a change may come late."""


class ChangeTest:
    """Evidence that values have become stranger than those before them.

    A conformal test martingale: as long as all values are exchangeable, the share of values that are as strange as
    the newest is below any number with that probability at most, whatever their distribution. Wealth that is bet
    against that ever reaches 1/alpha with probability alpha at most (Ville's inequality). Vovk et al., "Retrain or
    not retrain: conformal test martingales for change-point detection", COPA 2021: its "simple jumper", with bets on
    small shares in place of the linear ones, since a site has few days. Ties count as strange, so no draw is needed.

    Attributes:
        wealth: starts at 1. Wealths of several tests may be averaged: the mean is evidence of the same kind.

    Examples:
        >>> from secondsight.certify import ChangeTest
        >>> test = ChangeTest()
        >>> for value in [3.0, 1.0, 2.0, 5.0, 4.0] * 6 + [9.0, 9.1, 9.2, 9.3, 9.4]:
        ...     test.add(value)
        >>> test.wealth > 20
        True
    """

    def __init__(self) -> None:
        self._known: list[float] = []
        self._wealth = np.full(len(_BETS), 1 / len(_BETS))

    @property
    def wealth(self) -> float:
        """The wealth now."""
        return float(self._wealth.sum())

    def add(self, strangeness: float) -> None:
        """Take the next value: how unlike the usual it is, on any scale."""
        insort(self._known, strangeness)
        count = len(self._known)
        if count < _FIRST:
            return
        share = (count - bisect_left(self._known, strangeness)) / count
        laid_out = (1 - _JUMP) * self._wealth + _JUMP * self.wealth / len(_BETS)
        stake, below = _BETS.T
        self._wealth = laid_out * (1 - stake + stake * (share <= below) / below)
