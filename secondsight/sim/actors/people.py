"""People: a script of moves played by a dressed skeleton, at any moment of it."""

from collections.abc import Mapping, Sequence
from math import inf

from secondsight.sim.body.clothing import Looks
from secondsight.sim.body.poses import OVERLAYS, Angles, smooth
from secondsight.sim.body.skeleton import Joint, Joints, dressed, joints
from secondsight.sim.motion.moves import GetUp
from secondsight.sim.motion.timeline import Grip, Move, Timeline
from secondsight.sim.shapes.shapes import Capsule, ObjectShape, Shape, Vector

_GRASPING = 0.45
"""Seconds in which arms take up or give up the posture of carrying."""
_CARRYING = {"suitcase": "bag", "backpack": "bag", "box": "box", "product": "product"}


class Person:
    """A person who plays a script.

    Args:
        number: identity, 1..65535.
        script: what is done, one after the other.
        start: seconds at which the person appears and the script begins.
        at: where, metres; `level` is the height of the floor there.
        heading: degrees clockwise from +y.
        until: seconds at which the person is gone; never if None.

    Attributes:
        end: when the script ends; from then on the last posture is held.
        grips: what is held when.
    """

    label = "person"

    def __init__(
        self,
        number: int,
        looks: Looks,
        script: Sequence[Move],
        start: float = 0.0,
        at: tuple[float, float] = (0.0, 0.0),
        heading: float = 0.0,
        *,
        until: float | None = None,
        level: float = 0.0,
    ) -> None:
        self.number = number
        self.looks = looks
        self.caption = looks.caption()
        self.start = start
        self.until = inf if until is None else until
        self._timeline = Timeline(script, start, (*at, level), heading, looks.height, GetUp())
        self.end = self._timeline.end
        self.grips = self._timeline.grips

    def present(self, t: float) -> bool:
        return self.start <= t < self.until

    def joints(self, t: float) -> Joints:
        """float64 (19, 3), metres, rows by `skeleton.Joint`."""
        line = self._timeline
        return joints(self._angles(t), self.looks.height, line.place(t), line.heading(t))

    def heading(self, t: float) -> float:
        """Degrees clockwise from +y."""
        return self._timeline.heading(t)

    def place(self, t: float) -> Vector:
        """The point of the floor below the hips, metres."""
        hips = self.joints(t)[Joint.PELVIS]
        return float(hips[0]), float(hips[1]), self._timeline.place(t)[2]

    def body(self, t: float) -> ObjectShape:
        points = self.joints(t)
        shapes = dressed(points, self.looks.height, self.looks) + _props(points, self._timeline.action(t))
        hips = points[Joint.PELVIS]
        return ObjectShape(self.number, shapes, (float(hips[0]), float(hips[1]), self._timeline.place(t)[2]))

    def attributes(self, t: float) -> Mapping[str, str]:
        """`posture`, `action`, `helmet` (yes no in_hand), `vest` (yes no), `carrying` (none bag box product)."""
        looks, grip = self.looks, self.holding(t)
        helmet = "no" if looks.helmet is None else "in_hand" if looks.helmet_in_hand else "yes"
        return {
            "posture": self._timeline.posture(t),
            "action": self._timeline.action(t),
            "helmet": helmet,
            "vest": "yes" if looks.vest else "no",
            "carrying": _CARRYING[grip.kind] if grip else "none",
        }

    def holding(self, t: float) -> Grip | None:
        """What is in the hands at `t`."""
        return next((grip for grip in self.grips if grip.start <= t < grip.end), None)

    def _angles(self, t: float) -> Angles:
        angles = self._timeline.angles(t)
        for grip in self.grips:
            overlay = OVERLAYS.get(grip.kind)
            since = t - grip.start if grip.start > self.start else _GRASPING
            weight = min(smooth(since / _GRASPING), 1.0 - smooth((t - grip.fade) / _GRASPING))
            if overlay and weight > 0:
                angles = overlay(angles, weight)
        return angles


def _props(points: Joints, action: str) -> list[Shape]:
    """The small thing in the right hand that goes with an action."""
    if action not in ("phoning", "smoking"):
        return []
    x, y, z = points[Joint.R_HAND].tolist()
    if action == "phoning":
        return [Capsule((x, y, z - 0.03), (x, y, z + 0.09), 0.028, 0.028, (25.0, 25.0, 25.0))]
    return [Capsule((x, y, z + 0.03), (x, y, z + 0.09), 0.012, 0.012, (235.0, 240.0, 240.0))]
