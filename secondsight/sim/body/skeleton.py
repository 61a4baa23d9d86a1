"""From joint angles to joint positions, and from there to the lit capsules of a dressed person.

All bones of a body are placed by a handful of array operations: at sixty frames per second with ten people a walk
from bone to bone in Python alone would cost more than drawing them.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import cos, sin

import numpy as np
from numpy.typing import NDArray

from secondsight.sim.body.clothing import Looks
from secondsight.sim.body.poses import INDEX, SIZE, Angles
from secondsight.sim.shapes.shapes import Capsule, Colour, Shape, Solid, Vector

Joints = NDArray[np.float64]
"""float64 (19, 3), metres: positions by `Joint`."""


class Joint(IntEnum):
    """Rows of `Joints`; `BROW` and `CROWN` are points of the head, in front and at the back of its top."""

    PELVIS = 0
    NECK = 1
    HEAD = 2
    BROW = 3
    CROWN = 4
    L_SHOULDER = 5
    R_SHOULDER = 6
    L_ELBOW = 7
    R_ELBOW = 8
    L_HAND = 9
    R_HAND = 10
    L_HIP = 11
    R_HIP = 12
    L_KNEE = 13
    R_KNEE = 14
    L_ANKLE = 15
    R_ANKLE = 16
    L_TOE = 17
    R_TOE = 18


@dataclass(frozen=True, slots=True)
class _Bone:
    """A bone from `base` to `tip`; length in body heights.

    Its direction in the frame of the trunk or of the hips is given by the sum of some fields of the pose: `swing`
    forward and `spread` to the left, from hanging down.
    """

    base: Joint
    tip: Joint
    length: float
    swing: dict[str, float]
    spread: dict[str, float]
    swing_zero: float = 0.0
    spread_zero: float = 0.0


THIGH, SHANK = 0.245, 0.246
"""Body heights, from the segment lengths of Drillis and Contini in Winter, Biomechanics and Motor Control, 2009."""
_UP = np.pi
_TRUNK = 10
"""This number of `_bones` belong to the trunk's frame, the rest to that of the hips."""


def _bones() -> list[_Bone]:
    j = Joint
    head = ({"nod": -1.0}, {"tilt": 1.0})
    trunk = [
        _Bone(j.PELVIS, j.NECK, 0.325, {}, {}, _UP),
        _Bone(j.NECK, j.HEAD, 0.085, *head, _UP),
        _Bone(j.HEAD, j.BROW, 0.085, *head, np.deg2rad(95)),
        _Bone(j.HEAD, j.CROWN, 0.022, *head, np.deg2rad(230)),
    ]
    for side, shoulder, elbow, hand, sign in (
        ("l", j.L_SHOULDER, j.L_ELBOW, j.L_HAND, 1.0),
        ("r", j.R_SHOULDER, j.R_ELBOW, j.R_HAND, -1.0),
    ):
        upper = {f"{side}_arm": 1.0}, {f"{side}_out": sign}
        fore = {f"{side}_arm": 1.0, f"{side}_elbow": 1.0}, {f"{side}_out": sign, f"{side}_fold": -sign}
        trunk += [
            _Bone(j.NECK, shoulder, 0.118, {}, {}, 0.0, sign * np.deg2rad(75)),
            _Bone(shoulder, elbow, 0.186, *upper),
            _Bone(elbow, hand, 0.190, *fore),
        ]
    legs = []
    for side, hip, knee, ankle, toe, sign in (
        ("l", j.L_HIP, j.L_KNEE, j.L_ANKLE, j.L_TOE, 1.0),
        ("r", j.R_HIP, j.R_KNEE, j.R_ANKLE, j.R_TOE, -1.0),
    ):
        thigh = {f"{side}_thigh": 1.0}, {f"{side}_open": sign}
        shank = {f"{side}_thigh": 1.0, f"{side}_knee": -1.0}, {f"{side}_open": sign, f"{side}_close": -sign}
        legs += [
            _Bone(j.PELVIS, hip, 0.052, {}, {}, 0.0, sign * np.pi / 2),
            _Bone(hip, knee, THIGH, *thigh),
            _Bone(knee, ankle, SHANK, *shank),
            _Bone(ankle, toe, 0.105, {f"{side}_foot": 1.0}, {f"{side}_open": sign}, np.pi / 2),
        ]
    return trunk + legs


def _matrix(bones: list[_Bone]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (2 n, 29) and offsets (2 n,): all swings, then all spreads, as a linear function of the angles."""
    weights, offsets = np.zeros((2 * len(bones), SIZE)), np.zeros(2 * len(bones))
    for row, bone in enumerate(bones):
        for name, weight in bone.swing.items():
            weights[row, INDEX[name]] = weight
        for name, weight in bone.spread.items():
            weights[row + len(bones), INDEX[name]] = weight
        offsets[row], offsets[row + len(bones)] = bone.swing_zero, bone.spread_zero
    return weights, offsets


def _chains(bones: list[_Bone]) -> NDArray[np.float64]:
    """(19, n): which bones, by their lengths, lead from the hips to each joint."""
    chains = np.zeros((len(Joint), len(bones)))
    for column, bone in enumerate(bones):
        chains[bone.tip] = chains[bone.base]
        chains[bone.tip, column] = bone.length
    return chains


_BONES = _bones()
_WEIGHTS, _OFFSETS = _matrix(_BONES)
_CHAINS = _chains(_BONES)
RADII = np.array(
    [.072, .05, .068, .02, .066, .046, .046, .028, .028, .026, .026, .058, .058, .033, .033, .022, .022, .017, .017]
)  # fmt: skip
"""float64 (19,), body heights: half the thickness of the body at each joint."""


def _rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """(3, 3), columns: where forward, left, up point; pitch leans forward, roll to the right."""
    cy, sy, cp, sp, cr, sr = cos(yaw), sin(yaw), cos(pitch), sin(pitch), cos(roll), sin(roll)
    return np.array(
        (
            (cy * cp, -sy * cr + cy * sp * sr, sy * sr + cy * sp * cr),
            (sy * cp, cy * cr + sy * sp * sr, -cy * sr + sy * sp * cr),
            (-sp, cp * sr, cp * cr),
        )
    )


def joints(angles: Angles, height: float, place: Vector, heading: float) -> Joints:
    """Where all joints are, with the lowest point of the body `lift` above the ground.

    Args:
        height: of the body, metres.
        place: the point on the ground the pose is relative to, metres.
        heading: where the body faces, degrees clockwise from +y.
    """
    pitch, roll, turn, forward, left, lift, bend, lean, twist = angles[:9].tolist()
    yaw = np.deg2rad(90.0 - heading)
    hips = _rotation(yaw + turn, pitch, roll)
    trunk = hips @ _rotation(0.0, bend, lean) @ _rotation(twist, 0.0, 0.0)
    both = _WEIGHTS @ angles + _OFFSETS
    sines, cosines = np.sin(both), np.cos(both)
    count = len(_BONES)
    local = np.empty((count, 3))
    local[:, 0] = sines[:count] * cosines[count:]
    local[:, 1] = sines[count:]
    local[:, 2] = -cosines[:count] * cosines[count:]
    local[:_TRUNK] = local[:_TRUNK] @ trunk.T
    local[_TRUNK:] = local[_TRUNK:] @ hips.T
    points: Joints = (_CHAINS @ local) * height
    low = float((points[:, 2] - RADII * height).min())
    cy, sy = cos(yaw), sin(yaw)
    points += (
        place[0] + (forward * cy - left * sy) * height,
        place[1] + (forward * sy + left * cy) * height,
        place[2] + lift * height - low,
    )
    return points


def dressed(points: Joints, height: float, looks: Looks) -> list[Shape]:
    """The capsules of a person, trunk and limbs first, head last."""
    p: list[Vector] = [(x, y, z) for x, y, z in points.tolist()]
    j, thick = Joint, height * looks.build
    shirt = looks.vest or looks.shirt
    sleeve = looks.skin if looks.short_sleeves else looks.shirt
    chest = _between(p[j.PELVIS], p[j.NECK], 0.80)
    shapes: list[Shape] = [
        Capsule(p[j.L_HIP], p[j.R_HIP], thick * 0.058, thick * 0.058, looks.trousers),
        Capsule(_between(p[j.PELVIS], p[j.NECK], 0.12), chest, thick * 0.068, thick * 0.080, shirt),
        Capsule(p[j.L_SHOULDER], p[j.R_SHOULDER], thick * 0.046, thick * 0.046, shirt),
    ]
    if looks.vest is not None:
        shapes.append(_stripe(points, thick))
    for shoulder, elbow, hand, hip, knee, ankle, toe in _SIDES:
        shapes += [
            Capsule(p[hip], p[knee], thick * 0.050, thick * 0.036, looks.trousers),
            Capsule(p[knee], p[ankle], thick * 0.034, thick * 0.024, looks.trousers),
            Capsule(p[ankle], p[toe], height * 0.022, height * 0.018, looks.shoes),
            Capsule(p[shoulder], p[elbow], thick * 0.034, thick * 0.028, looks.shirt),
            Capsule(p[elbow], _between(p[elbow], p[hand], 0.8), thick * 0.026, thick * 0.020, sleeve),
            Capsule(p[hand], p[hand], height * 0.026, height * 0.026, looks.skin),
        ]
    return shapes + _head(p, height, looks)


_SIDES = (
    (Joint.L_SHOULDER, Joint.L_ELBOW, Joint.L_HAND, Joint.L_HIP, Joint.L_KNEE, Joint.L_ANKLE, Joint.L_TOE),
    (Joint.R_SHOULDER, Joint.R_ELBOW, Joint.R_HAND, Joint.R_HIP, Joint.R_KNEE, Joint.R_ANKLE, Joint.R_TOE),
)
BAND: Colour = (225.0, 235.0, 235.0)
"""The reflecting stripe of a vest."""


def _stripe(points: Joints, thick: float) -> Solid:
    """The reflecting stripe of a vest: a ring of eight flat sides round the trunk."""
    trunk = points[Joint.NECK] - points[Joint.PELVIS]
    across = points[Joint.L_SHOULDER] - points[Joint.R_SHOULDER]
    along = trunk / np.linalg.norm(trunk)
    side = across - along * (across @ along)
    side /= np.linalg.norm(side)
    rim = _OCTAGON @ np.stack((side, np.cross(along, side))) * (thick * 0.086) + points[Joint.PELVIS]
    ring = np.concatenate((rim + trunk * 0.44, rim + trunk * 0.60)).astype(np.float32)
    return Solid(ring, _RING, (BAND,) * 8)


_OCTAGON = np.array([(np.cos(a), np.sin(a)) for a in np.arange(8) * np.pi / 4])
_RING = tuple((i, (i + 1) % 8, (i + 1) % 8 + 8, i + 8) for i in range(8))


def _head(p: list[Vector], height: float, looks: Looks) -> list[Shape]:
    j = Joint
    head = p[j.HEAD]
    shapes: list[Shape] = [
        Capsule(p[j.NECK], _between(p[j.NECK], head, 0.6), height * 0.034, height * 0.034, looks.skin),
        Capsule(head, head, height * 0.068, height * 0.068, looks.skin),
    ]
    if looks.helmet is None or looks.helmet_in_hand:
        shapes.append(Capsule(p[j.CROWN], p[j.CROWN], height * 0.066, height * 0.066, looks.hair))
    if looks.helmet is None:
        return shapes
    if looks.helmet_in_hand:
        hand = p[j.R_HAND]
        below = (hand[0], hand[1], hand[2] - 0.05 * height)
        return [*shapes, Capsule(below, below, height * 0.075, height * 0.075, looks.helmet)]
    top = _between(p[j.NECK], head, 1.32)
    brim = _between(p[j.BROW], head, 0.1)
    rim = _between(p[j.NECK], head, 1.22)
    brim = (brim[0] + rim[0] - head[0], brim[1] + rim[1] - head[1], brim[2] + rim[2] - head[2])
    return [
        *shapes,
        Capsule(top, top, height * 0.078, height * 0.078, looks.helmet),
        Capsule(rim, brim, height * 0.04, height * 0.022, looks.helmet),
    ]


def _between(one: Vector, other: Vector, share: float) -> Vector:
    return (
        one[0] + (other[0] - one[0]) * share,
        one[1] + (other[1] - one[1]) * share,
        one[2] + (other[2] - one[2]) * share,
    )
