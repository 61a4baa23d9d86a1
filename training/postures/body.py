"""A body of real proportions: joint angles in, the 17 key points of COCO in three dimensions out.

Lengths are shares of the standing height after Drillis and Contini ("Body segment parameters", 1966), as given by
Winter ("Biomechanics and motor control of human movement", 4th ed. 2009, figure 4.1): shoulders at 0.818, hips at
0.530, knees at 0.285, ankles at 0.039, upper arm 0.186, forearm 0.146, half the shoulders' breadth 0.129. Heights are
those of adults (NCD-RisC, "A century of trends in adult human height", eLife 5, 2016: means of 1.49 to 1.83 m).
"""

from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TRUNK, THIGH, SHANK, UPPER_ARM, FOREARM = 0.818 - 0.530, 0.530 - 0.285, 0.285 - 0.039, 0.186, 0.146
SHOULDER, HIP = 0.129, 0.06
FACE = {0: (0.07, 0.0, 0.105), 1: (0.055, 0.02, 0.125), 3: (0.0, 0.045, 0.118)}
"""Nose, left eye and left ear from between the shoulders: forward, to the left, up."""
THICKNESS = 0.05
"""Of flesh between a joint and the floor."""
KEYPOINTS = 17


@dataclass(frozen=True)
class Pose:
    """Joint angles in degrees, 0 of a person who stands. Flexion is forward, of the knee backward.

    Attributes:
        pitch: of the trunk, forward. roll: to the right. lift: of the feet above the floor, in heights: on a bed.
    """

    pitch: float = 0.0
    roll: float = 0.0
    twist: float = 0.0
    head: float = 0.0
    left_hip: float = 0.0
    right_hip: float = 0.0
    left_knee: float = 3.0
    right_knee: float = 3.0
    spread: float = 3.0
    left_arm: float = 0.0
    right_arm: float = 0.0
    left_out: float = 8.0
    right_out: float = 8.0
    left_elbow: float = 15.0
    right_elbow: float = 15.0
    lift: float = 0.0

    @property
    def angles(self) -> Floats:
        """As an array, in the order of the attributes."""
        return np.array(astuple(self))


NAMES = tuple(each.name for each in fields(Pose))
AT = {name: place for place, name in enumerate(NAMES)}


def joints(angles: Floats, yaw: Floats, height: float) -> Floats:
    """Key points in metres, (n, 17, 3): forward, left and up of where the ankles' middle stands on the floor.

    Args:
        angles: (n, 16), as `Pose.angles`.
        yaw: (n,) heading in degrees.
        height: standing, metres.
    """
    a = {name: np.radians(angles[:, place]) for name, place in AT.items()}
    n = len(angles)
    local = np.zeros((n, KEYPOINTS, 3))
    shoulders = np.array((0.0, 0.0, TRUNK))
    nod = _turn(a["head"], 1)
    for number, (x, y, z) in FACE.items():
        local[:, number] = shoulders + nod @ np.array((x, y, z))
        if y:
            local[:, number + 1] = shoulders + nod @ np.array((x, -y, z))
    for side, sign, shift in (("left", 1, 0), ("right", -1, 1)):
        twist = _turn(a["twist"], 2)
        shoulder = shoulders + twist @ np.array((0.0, sign * SHOULDER, 0.0))
        out, arm, elbow = sign * a[f"{side}_out"], a[f"{side}_arm"], a[f"{side}_elbow"]
        local[:, 5 + shift] = shoulder
        local[:, 7 + shift] = shoulder + UPPER_ARM * _direction(arm, out)
        local[:, 9 + shift] = local[:, 7 + shift] + FOREARM * _direction(arm + elbow, out * np.cos(elbow))
        hip, knee = a[f"{side}_hip"], a[f"{side}_knee"]
        local[:, 11 + shift] = (0.0, sign * HIP, 0.0)
        spread = sign * a["spread"]
        local[:, 13 + shift] = local[:, 11 + shift] + THIGH * _direction(hip, spread)
        local[:, 15 + shift] = local[:, 13 + shift] + SHANK * _direction(hip - knee, spread)
    turn = _turn(np.radians(yaw), 2) @ _turn(a["pitch"], 1) @ _turn(a["roll"], 0)
    placed: Floats = height * np.einsum("nij,nkj->nki", turn, local)
    placed[:, :, :2] -= placed[:, 15:17, :2].mean(axis=1, keepdims=True)
    floor = placed[:, :, 2].min(axis=1) - height * (THICKNESS + angles[:, AT["lift"]])
    placed[:, :, 2] -= floor[:, None]
    return placed


def _direction(flexion: Floats, out: Floats) -> Floats:
    """Where a limb points that hangs down at 0, (n, 3)."""
    return np.stack((np.sin(flexion) * np.cos(out), np.sin(out), -np.cos(flexion) * np.cos(out)), axis=1)


def _turn(angle: Floats, axis: int) -> Floats:
    """Rotations about an axis, (n, 3, 3): forward over for y, to the right for x, to the left for z."""
    c, s, one, none = np.cos(angle), np.sin(angle), np.ones_like(angle), np.zeros_like(angle)
    rows = {
        0: ((one, none, none), (none, c, -s), (none, s, c)),
        1: ((c, none, s), (none, one, none), (-s, none, c)),
        2: ((c, -s, none), (s, c, none), (none, none, one)),
    }[axis]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
