"""What a behaviour knows of the camera it watches."""

from dataclasses import dataclass

from secondsight.behaviour.background import Background
from secondsight.behaviour.geometry import Points
from secondsight.behaviour.suspicion import Reporter


@dataclass(frozen=True, slots=True)
class Scene:
    """One rule's view of one camera.

    Attributes:
        reporter: writes the rule's candidates.
        polygon: the rule's zone, float64 (m, 2), relative; the whole picture if it has none.
        segment: the rule's line, float64 (2, 2), relative: from, to; None if it has none.
        background: the usual picture, shared by all rules of the camera.
        patience: seconds for which a vanished track may come back and continue what it did.
    """

    reporter: Reporter
    polygon: Points
    segment: Points | None
    background: Background
    patience: float
