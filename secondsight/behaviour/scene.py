"""What a behaviour knows of the camera it watches."""

from dataclasses import dataclass, field

from secondsight.behaviour.signals.background import Background
from secondsight.behaviour.signals.evidence import CandidateWriter
from secondsight.behaviour.signals.motion_energy import Motion
from secondsight.behaviour.signals.views import ViewCache
from secondsight.behaviour.spatial.geometry import Points
from secondsight.behaviour.spatial.perspective import Perspective, Plane
from secondsight.records import Observation


@dataclass(frozen=True, slots=True)
class Scene:
    """One rule's view of one camera. Coordinates are shares of the picture's width and height, origin top
    left.

    Attributes:
        writer: writes the rule's candidates.
        polygon: the rule's zone, float64 (m, 2); the whole picture if it has none.
        segment: the rule's line, float64 (2, 2): from, to; None if it has none.
        background: the usual picture, shared by all rules of the camera.
        patience: seconds for which a vanished track may come back and continue what it did.
        excluded: a zone that the rule leaves out, float64 (m, 2); None if it has none.
        perspective: the ground as people's heights tell it, shared by all rules of the camera.
        ground: the calibrated ground; None without calibration.
        views: the looks as the rules see them, shared by all rules of the camera.
        motion: what changes from look to look, shared by all rules of the camera.

    Examples:
        A behaviour gets its scene ready made. A test of a behaviour makes one of its own:

        >>> import numpy as np
        >>> from secondsight.behaviour import Scene, inside_polygon
        >>> from secondsight.behaviour.signals.background import Background
        >>> from secondsight.behaviour.signals.evidence import CandidateWriter
        >>> scene = Scene(
        ...     writer=CandidateWriter("hall", "live", "no-entry", "intrusion", "door"),
        ...     polygon=np.array([[0.5, 0.0], [1.0, 0.0], [1.0, 1.0], [0.5, 1.0]]),
        ...     segment=None,
        ...     background=Background(),
        ...     patience=2.0,
        ... )
        >>> inside_polygon(np.array([[0.2, 0.5], [0.7, 0.5]]), scene.polygon)
        array([False,  True])
    """

    writer: CandidateWriter
    polygon: Points
    segment: Points | None
    background: Background
    patience: float
    excluded: Points | None = None
    perspective: Perspective = field(default_factory=Perspective)
    ground: Plane | None = None
    views: ViewCache = field(default_factory=ViewCache)
    motion: Motion = field(default_factory=Motion)

    def plane(self, observation: Observation) -> Plane:
        """Choose the source of metres: the calibration, else what people's heights have told so far.

        Args:
            observation: the current look; an uncalibrated scene learns from it.

        Returns:
            The ground plane.
        """
        if self.ground is not None:
            return self.ground
        self.perspective.learn(observation)
        return self.perspective
