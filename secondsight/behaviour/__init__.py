"""Rules at work. In: what the sentinel saw at one moment of one camera (`Observation`), tracked.
Out: candidates, each reported when it arises and again, under the same id, when it is over.
Holds a little state per living track and nothing else: no pixels, no clocks, no disks.
"""

from secondsight.behaviour.builder import DisabledBehaviour, foreign_rules, make_behaviours
from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.spatial.geometry import bottom_centres, inside_polygon
from secondsight.behaviour.spatial.ground_plane import Ground, make_ground
from secondsight.behaviour.state.minute_counts import CountingBehaviour, MinuteCounter
from secondsight.behaviour.state.object_state import (
    ENDED,
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    TrackAnswers,
)
from secondsight.behaviour.zones.counting import GRID as HEAT_GRID

__all__ = [
    "bottom_centres",
    "ENDED",
    "HEAT_GRID",
    "HOLDS",
    "UNCERTAIN",
    "Behaviour",
    "CountingBehaviour",
    "DisabledBehaviour",
    "Ground",
    "LookContext",
    "MinuteCounter",
    "ObjectMonitor",
    "Scene",
    "TrackAnswers",
    "foreign_rules",
    "inside_polygon",
    "make_behaviours",
    "make_ground",
]
