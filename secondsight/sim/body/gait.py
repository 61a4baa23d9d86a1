"""Walking and running as a cycle of the legs: feet stand still on the ground while the body passes over them.

The ankles follow a path that is fixed on the ground during stance, and hip and knee are solved from it; a cycle of
swinging angles alone made feet skate by a third of each step.
"""

from dataclasses import dataclass
from math import acos, atan2, cos, hypot, pi, sin, sqrt

import numpy as np

from secondsight.sim.body.poses import INDEX, STANDING, Angles
from secondsight.sim.body.skeleton import SHANK, THIGH

RUNNING = 2.2
"""Metres per second from which people run."""
LEG = THIGH + SHANK
"""Body heights from hip to ankle."""
_BALL = 0.105
_AHEAD = 0.46
"""Share of the stance in which the foot is before the hip; behind it, the raised heel makes the leg longer."""
_SWING = {
    side: [INDEX[f"{side}_{name}"] for name in ("thigh", "knee", "foot", "arm", "elbow")] for side in "lr"
}
_LIFT, _BEND, _TWIST, _NOD = (INDEX[name] for name in ("lift", "bend", "twist", "nod"))


@dataclass(frozen=True, slots=True)
class Gait:
    """One way to move on two legs.

    Attributes:
        stride: two steps, in body heights.
        stance: share of the cycle during which a foot stands.
        hip: height of the hips' joints above the ankles when both feet stand, body heights; `rise`: how much higher
            they are over one straight leg.
        arms: half the swing of the arms, radians; `elbow`: their bend; `bend`: of the trunk forward.
        raised: how high the swinging ankle is lifted, body heights; `flight`: both feet, when neither stands.
    """

    stride: float
    stance: float
    hip: float
    rise: float
    arms: float
    elbow: float
    bend: float
    raised: float
    flight: float = 0.0


def natural_stride(speed: float, height: float) -> float:
    """Metres of two steps at `speed` (m/s); they grow with its root (Grieve and Gear, Ergonomics 9, 1966)."""
    return 0.83 * height * sqrt(max(speed, 0.05) / 1.4)


def gait(speed: float, stride: float, height: float) -> Gait:
    """The gait for `speed` (m/s) with steps that make up `stride` (m)."""
    long = stride / height
    if speed >= RUNNING:
        return Gait(long, 0.34, _hip(0.34 * long), 0.0, 0.75, 1.5, 0.16, 0.17, 0.03)
    vigour, hip = min(speed / 1.4, 1.4), _hip(0.6 * long)
    return Gait(long, 0.6, hip, 0.985 * LEG - hip, 0.38 * vigour, 0.25, 0.04, 0.04 + 0.02 * vigour)


def _hip(standing: float) -> float:
    """Height of the hips from which a leg reaches both ends of the stance, the heel being up at the rear end."""
    return min(sqrt(max((LEG * 0.995) ** 2 - (standing * 0.42) ** 2, 0.16)), LEG * 0.98)


def stepping(walk: Gait, phase: float) -> Angles:
    """The posture at `phase` of the cycle, 0..1: the left foot comes down at 0, the right at 0.5."""
    angles = np.array(STANDING.angles())
    # Lowest just after a foot came down, highest over the straight leg (inverted pendulum).
    hip = walk.hip + walk.rise * (0.5 - 0.5 * cos(4 * pi * (phase - 0.05)))
    for side, offset in (("l", 0.0), ("r", 0.5)):
        own = (phase + offset) % 1.0
        thigh, knee, foot, arm, elbow = _SWING[side]
        angles[thigh], angles[knee], angles[foot] = _leg(walk, own, hip)
        forward = cos(2 * pi * (own - 0.06))
        angles[arm] = -walk.arms * forward - 0.05
        angles[elbow] = walk.elbow + 0.3 * walk.arms * (1 - forward)
    angles[_BEND] = walk.bend
    angles[_TWIST] = -0.08 * cos(2 * pi * phase) * min(walk.stride, 1.0)
    angles[_NOD] = -0.5 * walk.bend
    half = phase % 0.5
    if walk.flight and half > walk.stance:
        angles[_LIFT] = walk.flight * sin(pi * (half - walk.stance) / (0.5 - walk.stance))
    return angles


def _leg(walk: Gait, phase: float, hip: float) -> tuple[float, float, float]:
    """Thigh, knee and foot of one leg, radians, `phase` after its foot came down; `hip` above the ankle of a foot
    that stands, body heights."""
    span = walk.stance * walk.stride
    toes_up = 0.0
    if phase < walk.stance:
        share = phase / walk.stance
        x, z = span * (_AHEAD - share), 0.0
        roll = max(share - 0.55, 0.0) / 0.45
        toes_up = -0.75 * roll * roll
        if share < 0.15:
            toes_up = 0.25 * (1 - share / 0.15)
    else:
        share = (phase - walk.stance) / (1 - walk.stance)
        ease = share * share * (3 - 2 * share)
        x, z = span * (ease - 1 + _AHEAD), walk.raised * sin(pi * min(share, 1.0)) ** 2
        toes_up = -0.75 * (1 - share) ** 2 + 0.25 * share
    if toes_up < 0:
        x, z = x + _BALL * (1 - cos(toes_up)), z - _BALL * sin(toes_up)
    thigh, knee = _reach(x, hip - z)
    return thigh, knee, toes_up


def _reach(x: float, down: float) -> tuple[float, float]:
    """Angles of thigh and knee that bring the ankle `x` before and `down` below the hip (two-bone solution)."""
    far = min(max(hypot(x, down), 0.12), LEG * 0.9995)
    knee = pi - acos((THIGH**2 + SHANK**2 - far**2) / (2 * THIGH * SHANK))
    lead = acos((THIGH**2 + far**2 - SHANK**2) / (2 * THIGH * far))
    return atan2(x, down) + lead, knee
