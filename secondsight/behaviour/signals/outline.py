"""What the outline of a changed patch tells: whether a thing is there now, was there before, or neither.

A thing has an outline in the picture that shows it. Where the outline is an edge of the background and no more of
the picture, the thing has gone and left its ghost in the background; light, shadows and what sways have no outline.
(Such edge tests are older than Tian, Feris, Liu, Hampapur and Sun, "Robust detection of abandoned and removed objects
in complex surveillance videos", IEEE Transactions on Systems, Man, and Cybernetics C 41, 2011, who find a test on
what surrounds the patch better.)
"""

from dataclasses import dataclass

import numpy as np

from secondsight.behaviour.signals.image_ops import Bytes, Mask, Where, rim, slope, smoothed

GONE = 1.3
"""The outline of what has gone is this many times as steep in the background as now; of what was left below 1."""
NEW = 1.3
"""The outline of a thing is this many times as steep now as in the background: an edge that has moved is 1."""
SHARP = 0.16
"""Minimum slope of the change at the outline of a thing, as a share of its height (mean change) per pixel: a step
gives 0.5, blurred over three pixels 0.3."""

SEAM = 0.15
"""Maximum slope of the present picture where a thing has gone, as a share of the height of the change per pixel."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Mean slopes at the outline of a patch, in grey levels per pixel.

    Attributes:
        usual, now: of the background and of the picture.
        change: of their difference.
        height: mean difference within the patch, in grey levels.
    """

    usual: float
    now: float
    change: float
    height: float

    @property
    def gone(self) -> bool:
        """Whether a thing of the background has gone."""
        return self.usual >= GONE * self.now

    @property
    def ghost(self) -> bool:
        """Whether a thing has gone for sure, and what it had hidden goes on without a seam where its outline was."""
        return self.gone and self.now <= SEAM * self.height

    @property
    def sharp(self) -> bool:
        """Whether what is seen here ends abruptly, as things do."""
        return self.change >= SHARP * self.height

    @property
    def there(self) -> bool:
        """Whether a thing is there now."""
        return self.now >= NEW * self.usual and self.sharp


def outline(usual: Bytes, now: Bytes, difference: Bytes, where: Where, mask: Mask) -> Outline:
    """Measure a patch.

    Args:
        usual, now: brightness of the background and of the picture, (h, w).
        difference: largest difference of any channel, (h, w).
        where: rows and columns of the patch's box.
        mask: its pixels within them.
    """
    rows, columns = where
    # Two pixels of margin, so that the slope at the rim is seen whole.
    top, left = max(rows.start - 2, 0), max(columns.start - 2, 0)
    around = slice(top, rows.stop + 2), slice(left, columns.stop + 2)
    whole = np.zeros(now[around].shape, bool)
    whole[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = mask
    edge, change = rim(whole), smoothed(difference[around])
    before, present, differs = (
        float(slope(one, edge).mean()) for one in (usual[around], now[around], change)
    )
    return Outline(before, present, differs, float(change[whole].mean()))
