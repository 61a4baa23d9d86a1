"""Postures of a body as joint angles: what every movement passes through, and how to get from one to the next.

Angles rather than joint positions, because a mixture of two postures is then a posture again, with limbs of the same
length.
"""

from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Angles = NDArray[np.float64]
"""float64 (29,): the fields of a `Pose` in their order; angles in radians, shifts in body heights."""


@dataclass(frozen=True, slots=True)
class Pose:
    """One posture. Angles are degrees, shifts are body heights; the default is a body at attention.

    The body frame is forward, left, up. Limbs hang down at zero. `l_` is the left side, `r_` the right.

    Attributes:
        pitch, roll: the whole body about its hips, forward and to the right; pitch 90 lies on the face.
        turn: the whole body about the vertical, to the left.
        forward, left, lift: where the hips stand relative to the person's place, and how far the lowest point of the
            body is above the ground.
        bend, lean, twist: the trunk on the hips, forward, to the right, to the left.
        nod, tilt: the head on the trunk, forward and to the left.
        arm, out, elbow, fold: upper arm forward and outward; forearm further forward and inward.
        thigh, open, knee, close: thigh forward and outward; shank backward and inward.
        foot: toes up; 0 is parallel to the ground of an upright body.
    """

    pitch: float = 0
    roll: float = 0
    turn: float = 0
    forward: float = 0
    left: float = 0
    lift: float = 0
    bend: float = 0
    lean: float = 0
    twist: float = 0
    nod: float = 0
    tilt: float = 0
    l_arm: float = 0
    l_out: float = 8
    l_elbow: float = 8
    l_fold: float = 4
    r_arm: float = 0
    r_out: float = 8
    r_elbow: float = 8
    r_fold: float = 4
    l_thigh: float = 0
    l_open: float = 4
    l_knee: float = 0
    l_close: float = 3
    l_foot: float = 0
    r_thigh: float = 0
    r_open: float = 4
    r_knee: float = 0
    r_close: float = 3
    r_foot: float = 0

    def angles(self) -> Angles:
        """As an array that can be mixed; read-only, shared between equal poses."""
        return _angles(self)


SIZE = len(fields(Pose))
INDEX = {field.name: number for number, field in enumerate(fields(Pose))}
_UNITS = np.array(
    [1.0 if field.name in ("forward", "left", "lift") else np.pi / 180 for field in fields(Pose)]
)


@cache
def _angles(pose: Pose) -> Angles:
    angles: Angles = np.array(astuple(pose), dtype=np.float64) * _UNITS
    angles.setflags(write=False)
    return angles


def mirrored(pose: Pose) -> Pose:
    """The same posture with left and right exchanged."""
    values = {name: getattr(pose, name) for name in INDEX}
    swapped = {_SIDES.get(name[:2], name[:2]) + name[2:]: value for name, value in values.items()}
    for name in ("roll", "turn", "left", "lean", "twist", "tilt"):
        swapped[name] = -values[name]
    return Pose(**swapped)


_SIDES = {"l_": "r_", "r_": "l_"}


def paired(pose: Pose) -> Pose:
    """The same posture with the right limbs doing what the left ones do."""
    return replace(pose, **{"r_" + name[2:]: getattr(pose, name) for name in INDEX if name[:2] == "l_"})


def mix(one: Angles, other: Angles, share: float) -> Angles:
    """`share` 0 gives `one`, 1 gives `other`."""
    return np.asarray(one + (other - one) * share)


def smooth(share: float) -> float:
    """0..1 to 0..1, slow at both ends (smoothstep)."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


STANDING = Pose()
SHIFTED = Pose(lean=2, twist=6, nod=6, l_arm=4, r_arm=-3, l_open=6, r_open=7, tilt=3)
SITTING = paired(
    Pose(bend=4, nod=4, l_arm=28, l_elbow=42, l_fold=22, l_out=12, l_thigh=88, l_knee=86, l_open=9, l_close=2)
)
ON_GROUND = paired(
    Pose(pitch=-12, bend=38, l_arm=40, l_elbow=20, l_thigh=92, l_knee=76, l_open=10, l_foot=28, forward=-0.2)
)
CROUCHING = paired(
    Pose(
        bend=34,
        nod=-8,
        forward=-0.1,
        l_arm=58,
        l_elbow=30,
        l_fold=25,
        l_thigh=108,
        l_knee=140,
        l_foot=-28,
        l_open=14,
    )
)
TYING = Pose(
    bend=52, nod=18, forward=-0.16, l_arm=52, l_elbow=14, l_fold=16, r_arm=58, r_elbow=18, r_fold=30, l_out=8,
    r_out=6, l_thigh=112, l_knee=110, l_foot=0, l_open=6, r_thigh=40, r_knee=122, r_foot=-60, r_open=10,
)  # fmt: skip
BENDING = paired(
    Pose(bend=82, nod=10, forward=-0.06, l_arm=84, l_elbow=6, l_fold=10, l_thigh=18, l_knee=22, l_out=4)
)
LOOKING = Pose(lean=-2, twist=-10, nod=-2, r_arm=5, l_arm=-3, l_open=7, r_open=6, tilt=-3)
STOOPING = Pose(
    bend=40, nod=5, forward=-0.06, l_arm=34, l_elbow=26, r_arm=48, r_elbow=4, r_out=10, l_thigh=46, l_knee=58,
    l_foot=-8, r_thigh=24, r_knee=52, r_foot=-18,
)  # fmt: skip
PHONING = Pose(nod=8, tilt=-8, r_arm=86, r_out=21, r_elbow=148, r_fold=47, l_arm=6, l_elbow=22)
HAND_AT_HEAD = Pose(nod=-6, tilt=-4, r_arm=104, r_out=42, r_elbow=128, r_fold=46, l_arm=4, l_elbow=12)
SMOKING_UP = Pose(nod=2, r_arm=71, r_out=6, r_elbow=144, r_fold=42, l_arm=-4)
SMOKING_DOWN = Pose(r_arm=14, r_out=16, r_elbow=40, r_fold=8, l_arm=-4)
LURCHING = Pose(
    bend=46, nod=-14, l_arm=88, l_out=38, l_elbow=22, r_arm=62, r_out=55, r_elbow=18, l_thigh=-22, l_knee=42,
    l_foot=-50, r_thigh=58, r_knee=46, r_foot=4, forward=0.06,
)  # fmt: skip
CATCHING = Pose(
    bend=30, nod=-4, l_arm=30, l_out=60, l_elbow=30, r_arm=50, r_out=48, r_elbow=30, l_thigh=50, l_knee=56,
    l_foot=-4, r_thigh=-12, r_knee=30, r_foot=-38,
)  # fmt: skip
_PRONE = Pose(
    pitch=88, forward=0.46, nod=-12, tilt=10, l_arm=172, l_out=30, l_elbow=4, l_fold=60, r_arm=172, r_out=42,
    r_elbow=4, r_fold=14, l_open=10, r_open=14, r_knee=8, l_foot=-72, r_foot=-70,
)  # fmt: skip
_SUPINE = Pose(
    pitch=-88, forward=-0.44, nod=4, l_arm=-2, l_out=48, l_elbow=4, r_arm=-2, r_out=70, r_elbow=4, r_fold=-40,
    l_thigh=26, l_knee=50, l_open=14, r_open=12, l_foot=-16, r_foot=-30,
)  # fmt: skip
_ON_SIDE = Pose(
    roll=84, left=-0.44, twist=-34, bend=12, nod=8, l_arm=50, l_out=4, l_elbow=40, l_fold=20, r_arm=160,
    r_out=6, r_elbow=24, l_thigh=42, l_knee=62, l_open=4, l_foot=-30, r_thigh=18, r_knee=34, r_open=2, r_foot=-30,
)  # fmt: skip
_BUCKLING = paired(Pose(bend=26, l_arm=40, l_out=34, l_elbow=40, l_thigh=34, l_knee=52, l_foot=-16))
Direction = Literal["forward", "back", "left", "right"]
FALLS: dict[Direction, tuple[Pose, Pose, Pose]] = {
    "forward": (
        replace(_BUCKLING, forward=0.06, pitch=8),
        paired(
            Pose(
                pitch=48,
                forward=0.3,
                bend=10,
                nod=-20,
                l_arm=98,
                l_out=26,
                l_elbow=20,
                l_thigh=10,
                l_knee=42,
                l_foot=-50,
            )
        ),
        _PRONE,
    ),
    "back": (
        replace(_BUCKLING, forward=-0.08, pitch=-14, bend=14, l_arm=60, r_arm=50),
        paired(
            Pose(
                pitch=-46,
                forward=-0.3,
                bend=18,
                nod=14,
                l_arm=70,
                l_out=50,
                l_elbow=20,
                l_thigh=46,
                l_knee=50,
                l_foot=16,
            )
        ),
        _SUPINE,
    ),
    "right": (
        replace(_BUCKLING, left=-0.08, roll=14, r_out=60),
        replace(_BUCKLING, left=-0.28, roll=50, r_out=70, r_arm=60, bend=18),
        _ON_SIDE,
    ),
    "left": (
        mirrored(replace(_BUCKLING, left=-0.08, roll=14, r_out=60)),
        mirrored(replace(_BUCKLING, left=-0.28, roll=50, r_out=70, r_arm=60, bend=18)),
        mirrored(_ON_SIDE),
    ),
}
"""By direction: knees give way, half down, lying."""
REPAIRING = Pose(
    pitch=-88, forward=-0.44, nod=10, l_arm=76, l_out=6, l_elbow=30, r_arm=66, r_out=10, r_elbow=50, l_thigh=56,
    l_knee=84, l_foot=-2, r_thigh=40, r_knee=62, r_foot=-2,
)  # fmt: skip
ON_ALL_FOURS = paired(
    Pose(pitch=76, forward=0.2, nod=-24, l_arm=78, l_out=6, l_elbow=4, l_thigh=78, l_knee=92, l_foot=-84)
)
KNEELING = replace(
    TYING, bend=22, nod=4, forward=-0.08, l_arm=34, l_elbow=30, l_fold=12, r_arm=20, r_elbow=10, r_fold=4, l_thigh=92,
    l_knee=88, r_thigh=-8, r_knee=84, r_foot=-55,
)  # fmt: skip
GUARD = Pose(
    bend=14, nod=6, l_arm=52, l_out=22, l_elbow=84, l_fold=34, r_arm=44, r_out=22, r_elbow=92, r_fold=34,
    l_thigh=28, l_knee=24, l_foot=4, r_thigh=-14, r_knee=18, r_foot=-26,
)  # fmt: skip
SHOVING = Pose(
    bend=26, nod=-10, forward=0.1, l_arm=84, l_out=6, l_elbow=6, l_fold=4, r_arm=84, r_out=6, r_elbow=6, r_fold=4,
    l_thigh=34, l_knee=34, r_thigh=-24, r_knee=10, r_foot=-34,
)  # fmt: skip
_PUNCH = replace(GUARD, twist=34, bend=20, forward=0.08, r_arm=92, r_elbow=4, r_fold=14, r_out=6, lean=-6)
_SWING = replace(GUARD, twist=46, forward=0.06, r_arm=80, r_out=54, r_elbow=40, r_fold=80, lean=8)
_HOOK = replace(
    GUARD, twist=-44, r_arm=-20, r_out=60, r_elbow=30, l_arm=96, l_elbow=10, l_out=10, forward=0.07
)
_REELING = replace(
    GUARD,
    bend=-22,
    nod=-18,
    forward=-0.12,
    l_arm=70,
    l_out=66,
    l_elbow=20,
    r_arm=40,
    r_out=70,
    r_elbow=30,
    lean=10,
)
_KICK = replace(
    GUARD, bend=-6, lean=8, l_arm=20, l_out=50, r_arm=10, r_out=56, r_thigh=72, r_knee=20, r_foot=40, l_thigh=4,
    l_knee=10, l_foot=0,
)  # fmt: skip
BLOWS = (_PUNCH, _PUNCH, _SWING, _HOOK, SHOVING, _REELING, _KICK)
HUGGING = Pose(
    bend=8, nod=12, tilt=14, l_arm=58, l_out=34, l_elbow=26, l_fold=110, r_arm=82, r_out=30, r_elbow=16, r_fold=106,
    forward=0.02,
)  # fmt: skip
CLIMBING = Pose(
    bend=10, nod=-22, l_arm=158, l_out=12, l_elbow=14, r_arm=104, r_out=14, r_elbow=58, l_thigh=14, l_knee=30,
    l_foot=-16, r_thigh=86, r_knee=98, r_open=18, r_foot=-6,
)  # fmt: skip
STRADDLING = Pose(
    bend=58, nod=-10, l_arm=72, l_elbow=8, r_arm=72, r_elbow=8, l_thigh=78, l_knee=84, l_open=24, r_thigh=-6,
    r_knee=88, r_open=30, r_foot=-60,
)  # fmt: skip
LANDING = paired(Pose(bend=34, nod=-6, l_arm=44, l_out=30, l_elbow=30, l_thigh=62, l_knee=80, l_foot=-14))


def reaching(height: float) -> Pose:
    """The right hand stretched out to `height`, in body heights, with bent back and knees for low shelves."""
    low = min(max((0.72 - height) / 0.6, 0.0), 1.0)
    up = np.rad2deg(np.arcsin(np.clip((height - 0.807) / 0.37, -0.45, 0.95)))
    return Pose(
        bend=4 + 50 * low, nod=-0.3 * up - 20 * low, forward=0.02, twist=14, r_arm=88 + up * (1 - low) - 10 * low,
        r_out=4, r_elbow=6, r_fold=4, l_arm=6, l_elbow=18, l_thigh=10 + 56 * low, l_knee=10 + 80 * low,
        l_foot=-20 * low, r_thigh=50 * low - 4, r_knee=4 + 86 * low, r_foot=-6 - 26 * low,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Overlay:
    """Arms that do something else than the rest of the body, such as carrying while it walks.

    Attributes:
        pose: whose fields are taken.
        shares: how much of each, by name.
    """

    pose: Pose
    shares: tuple[tuple[str, float], ...]

    def __call__(self, angles: Angles, weight: float) -> Angles:
        """`angles` with the overlay in it, `weight` 0..1."""
        mask = np.zeros(SIZE)
        for name, share in self.shares:
            mask[INDEX[name]] = share * weight
        return np.asarray(angles + (self.pose.angles() - angles) * mask)


_RIGHT_ARM = (("r_arm", 1.0), ("r_out", 1.0), ("r_elbow", 1.0), ("r_fold", 1.0))
_BOTH_ARMS = (*_RIGHT_ARM, ("l_arm", 1.0), ("l_out", 1.0), ("l_elbow", 1.0), ("l_fold", 1.0), ("twist", 0.7))
OVERLAYS: dict[str, Overlay] = {
    "suitcase": Overlay(Pose(r_arm=0, r_out=13, r_elbow=3, r_fold=3), (("r_arm", 0.8), *_RIGHT_ARM[1:])),
    "box": Overlay(paired(Pose(l_arm=30, l_out=10, l_elbow=62, l_fold=16)), _BOTH_ARMS),
    "product": Overlay(Pose(r_arm=22, r_out=10, r_elbow=78, r_fold=26), _RIGHT_ARM),
    "phone": Overlay(PHONING, (*_RIGHT_ARM, ("tilt", 1.0))),
    "push": Overlay(paired(Pose(l_arm=46, l_out=6, l_elbow=40, l_fold=6)), _BOTH_ARMS),
}
"""By what is carried or done while walking."""
