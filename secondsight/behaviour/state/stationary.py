"""Whether something has moved since it came to rest: what stillness, stopped vehicles and left bags share."""

from collections.abc import Sequence
from dataclasses import dataclass

from secondsight.behaviour.state.object_state import ENDED, HOLDS, UNCERTAIN

SETTLING = 5
"""Looks whose mean is the place of rest: the error of a mean of five is less than half of one box's."""
OFF = 3
"""Looks in a row away from the place of rest that are a movement: a passer-by in front shifts a box briefly."""


@dataclass(slots=True)
class RestPosition:
    """The place of rest of one object; all lengths in picture heights.

    Attributes:
        x, y: mean centre of the first looks at rest.
        looks: how many of them.
        off: looks in a row that were away from it.
    """

    x: float = 0.0
    y: float = 0.0
    looks: int = 0
    off: int = 0

    def rest(self, x: float, y: float, reach: float) -> int:
        """Answer for a look with the centre at (x, y); within `reach` of the place of rest is no movement."""
        if self.looks and max(abs(x - self.x), abs(y - self.y)) > reach:
            self.off += 1
            if self.off < OFF:
                return UNCERTAIN
            self.x, self.y, self.looks, self.off = x, y, 1, 0
            return ENDED
        self.off = 0
        if self.looks < SETTLING:
            self.looks += 1
            self.x += (x - self.x) / self.looks
            self.y += (y - self.y) / self.looks
        return HOLDS

    def look(self, box: Sequence[float], aspect: float, tolerance: float) -> int:
        """As `rest`, for a relative box: within `tolerance` of its longer side is no movement.

        Args:
            aspect: the picture's width / height.
        """
        left, top, right, foot = box[0] * aspect, box[1], box[2] * aspect, box[3]
        side = max(right - left, foot - top)
        return self.rest((left + right) / 2, (top + foot) / 2, tolerance * side)
