"""What one person does, as a timeline of joint angles: everyday acts and falls, with what each moment is.

A person goes from posture to posture. People who move on purpose start and stop smoothly (minimum jerk; Flash and
Hogan, Journal of Neuroscience 5, 1985). People who fall get faster until they reach the floor: in 0.4 to 1.1 s, as
in the falls of Robinovitch et al. ("Video capture of the circumstances of falls in elderly people residing in
long-term care", Lancet 381, 2013) and the experiments of Hsiao and Robinovitch (Journal of Biomechanics 31, 1998).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from training.postures.body import AT, NAMES, Floats, Pose

RATE = 10.0
"""Moments a second."""
NORMAL, FALLING, LYING, RISING = range(4)
KINDS = ("normal", "falling", "lying", "rising")

STAND = Pose()
SIT = Pose(left_hip=85, right_hip=85, left_knee=85, right_knee=85, left_arm=25, right_arm=25, left_elbow=45)
CROUCH = Pose(pitch=25, left_hip=115, right_hip=115, left_knee=130, right_knee=130, left_arm=40, right_arm=40)
KNEEL = Pose(left_hip=80, right_hip=0, left_knee=90, right_knee=90, pitch=10)
BEND = Pose(
    pitch=80, left_hip=85, right_hip=85, left_knee=15, right_knee=15, left_arm=80, right_arm=80, head=-10
)
FLOOR = Pose(pitch=-15, left_hip=75, right_hip=75, left_knee=40, right_knee=40, left_arm=-30, right_arm=-30)
FOURS = Pose(
    pitch=85, left_hip=85, right_hip=85, left_knee=85, right_knee=85, left_arm=85, right_arm=85, head=-40
)
REACH = Pose(left_arm=160, right_arm=20, left_elbow=5, pitch=-3)
SLUMPED = Pose(pitch=-35, left_hip=55, right_hip=55, left_knee=75, right_knee=75)
BACK = Pose(pitch=-90, left_arm=10, right_arm=10, left_out=30, right_out=30)
FRONT = Pose(pitch=90, left_arm=60, right_arm=60, left_out=40, right_out=40, left_elbow=60, right_elbow=60)
LEFT = Pose(roll=-88, left_hip=35, right_hip=50, left_knee=50, right_knee=60, left_arm=60, right_arm=40)
RIGHT = Pose(roll=88, left_hip=50, right_hip=35, left_knee=60, right_knee=50, left_arm=40, right_arm=60)
HEAP = Pose(
    pitch=110, left_hip=100, right_hip=90, left_knee=110, right_knee=100, left_arm=70, right_arm=110, head=20
)
PROPPED = Pose(pitch=-55, left_hip=35, right_hip=60, left_knee=30, right_knee=80, left_arm=-50, right_arm=-40)
DOWN = (BACK, FRONT, LEFT, RIGHT)
LIMBS = tuple(AT[name] for name in NAMES if name.startswith(("left", "right")))


@dataclass
class Timeline:
    """Joint angles (n, 16), headings (n,), places on the floor (n, 2) in metres and kinds (n,), as they grow."""

    rng: np.random.Generator
    pose: Floats
    yaw: float
    angles: list[Floats] = field(default_factory=list)
    yaws: list[float] = field(default_factory=list)
    places: list[tuple[float, float]] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    at: tuple[float, float] = (0.0, 0.0)

    @property
    def seconds(self) -> float:
        """So far."""
        return len(self.kinds) / RATE

    def to(
        self, pose: Pose | Floats, seconds: float, kind: int, *, falls: bool = False, turn: float = 0.0
    ) -> None:
        """Go over to a posture, varied. Who `falls` gets faster on the way."""
        target = varied(pose.angles, self.rng) if isinstance(pose, Pose) else pose
        steps = max(1, round(seconds * RATE))
        start, yaw, power = self.pose, self.yaw, self.rng.uniform(1.5, 2.3)
        for step in range(1, steps + 1):
            u = step / steps
            share = u**power if falls else u * u * u * (10 - 15 * u + 6 * u * u)
            self._add(start + share * (target - start), yaw + share * turn, kind)
        self.pose, self.yaw = target, yaw + turn

    def stay(self, seconds: float, kind: int, restless: float = 1.5) -> None:
        """Stay in the posture, with small movements of the limbs."""
        steps = max(1, round(seconds * RATE))
        sway = np.zeros(len(self.pose))
        for _ in range(steps):
            sway = 0.9 * sway + self.rng.normal(0, restless, len(sway)) * (np.arange(len(sway)) != AT["lift"])
            self._add(self.pose + sway, self.yaw, kind)

    def walk(self, seconds: float, speed: float) -> None:
        """Walk straight ahead, metres per second; legs and arms swing in the rhythm of gait."""
        rhythm = (0.6 + 0.25 * speed) * 2 * np.pi / RATE
        swing, phase = 18 + 12 * speed, self.rng.uniform(0, 6)
        for step in range(max(1, round(seconds * RATE))):
            wave, pose = np.sin(rhythm * step + phase), varied(STAND.angles, self.rng, 1.0)
            pose[AT["left_hip"]], pose[AT["right_hip"]] = swing * wave, -swing * wave
            pose[AT["left_knee"]] = 8 + 45 * max(0.0, np.cos(rhythm * step + phase))
            pose[AT["right_knee"]] = 8 + 45 * max(0.0, -np.cos(rhythm * step + phase))
            pose[AT["left_arm"]], pose[AT["right_arm"]] = -0.8 * swing * wave, 0.8 * swing * wave
            pose[AT["pitch"]] += 4 + 2 * speed
            heading = np.radians(self.yaw)
            self.at = (
                self.at[0] + speed / RATE * np.cos(heading),
                self.at[1] + speed / RATE * np.sin(heading),
            )
            self._add(pose, self.yaw, NORMAL)
            self.pose = pose

    def slip(self, distance: float) -> None:
        """The feet slide, for the moments to come."""
        way = self.rng.uniform(0, 2 * np.pi)
        self.at = self.at[0] + distance * np.cos(way), self.at[1] + distance * np.sin(way)

    def _add(self, angles: Floats, yaw: float, kind: int) -> None:
        self.angles.append(angles)
        self.yaws.append(yaw)
        self.places.append(self.at)
        self.kinds.append(kind)


def varied(angles: Floats, rng: np.random.Generator, amount: float = 8.0) -> Floats:
    """A posture as another person takes it."""
    other = angles + rng.normal(0, amount, len(angles)) * np.where(
        np.isin(np.arange(len(angles)), LIMBS), 1.5, 0.5
    )
    other[AT["lift"]] = angles[AT["lift"]]
    for name in ("left_knee", "right_knee", "left_elbow", "right_elbow", "spread", "left_out", "right_out"):
        other[AT[name]] = max(0.0, other[AT[name]])
    return np.asarray(other)


def mirrored(pose: Pose, rng: np.random.Generator) -> Pose:
    """Left and right exchanged, half of the time."""
    if rng.random() < 0.5:
        return pose
    swapped = {
        name: getattr(pose, name.replace("left", "?").replace("right", "left").replace("?", "right"))
        for name in NAMES
        if name.startswith(("left", "right"))
    }
    return replace(pose, **swapped, roll=-pose.roll, twist=-pose.twist)


Act = Callable[[Timeline], None]


def walking(line: Timeline) -> None:
    line.to(STAND, line.rng.uniform(0.4, 1.2), NORMAL, turn=line.rng.uniform(-90, 90))
    line.walk(
        line.rng.uniform(1, 5),
        line.rng.uniform(0.4, 3.2) if line.rng.random() < 0.3 else line.rng.uniform(0.6, 1.6),
    )


def standing(line: Timeline) -> None:
    line.to(STAND, line.rng.uniform(0.4, 1.2), NORMAL, turn=line.rng.uniform(-60, 60))
    line.stay(line.rng.uniform(1, 4), NORMAL, line.rng.uniform(0.5, 4))


def sitting(line: Timeline) -> None:
    seat = SLUMPED if line.rng.random() < 0.3 else SIT
    line.to(seat, line.rng.uniform(0.6, 2.0), NORMAL)
    line.stay(line.rng.uniform(1, 4), NORMAL, line.rng.uniform(0.5, 3))
    if line.rng.random() < 0.4:
        forward = varied(seat.angles, line.rng)
        forward[AT["pitch"]] += line.rng.uniform(30, 70)
        forward[AT["left_hip"]] += 50
        forward[AT["right_hip"]] += 50
        forward[AT["left_arm"]] += 60
        line.to(forward, line.rng.uniform(0.6, 1.5), NORMAL)
        line.stay(line.rng.uniform(0.3, 1.5), NORMAL)
        line.to(seat, line.rng.uniform(0.6, 1.5), NORMAL)
    if line.rng.random() < 0.6:
        line.to(STAND, line.rng.uniform(0.8, 2.0), NORMAL)


def low(line: Timeline) -> None:
    """Crouch, kneel, bend, sit on the floor or go on all fours, and mostly get up again."""
    postures = (CROUCH, CROUCH, KNEEL, BEND, BEND, FLOOR, FOURS)
    posture = mirrored(postures[line.rng.integers(len(postures))], line.rng)
    line.to(posture, line.rng.uniform(0.5, 2.0) if posture is not FLOOR else line.rng.uniform(1.4, 3), NORMAL)
    line.stay(line.rng.uniform(0.3, 4), NORMAL, line.rng.uniform(0.5, 4))
    if line.rng.random() < 0.7:
        line.to(STAND, line.rng.uniform(0.6, 2.0), NORMAL)


def reaching(line: Timeline) -> None:
    line.to(mirrored(REACH, line.rng), line.rng.uniform(0.5, 1.5), NORMAL)
    line.stay(line.rng.uniform(0.5, 2), NORMAL, 3)
    line.to(STAND, line.rng.uniform(0.5, 1.5), NORMAL)


def lying_down(line: Timeline) -> None:
    """On a bed, a bench or the floor, slowly, over sitting."""
    lift = line.rng.choice((0.0, 0.0, 0.25, 0.32))
    down = replace(DOWN[line.rng.integers(4)], lift=float(lift))
    if lift or line.rng.random() < 0.4:
        line.to(SIT if lift else FLOOR, line.rng.uniform(1.0, 2.5), NORMAL)
    else:
        line.to(mirrored(KNEEL, line.rng), line.rng.uniform(0.8, 2), NORMAL)
        line.to(FOURS, line.rng.uniform(0.8, 2), NORMAL)
    line.stay(line.rng.uniform(0.1, 1.5), NORMAL)
    target, seconds = varied(down.angles, line.rng, 12.0), line.rng.uniform(1.2, 3.5)
    middle = (line.pose + target) / 2
    line.to(middle, seconds / 2, NORMAL)
    line.to(target, seconds / 2, LYING)
    resting(line)


def resting(line: Timeline) -> None:
    """Lie, perhaps turn over, perhaps get up."""
    line.stay(line.rng.uniform(1, 6), LYING, line.rng.choice((0.1, 0.5, 2.0)))
    if line.rng.random() < 0.2:
        over = varied(
            replace(DOWN[line.rng.integers(4)], lift=float(line.pose[AT["lift"]])).angles, line.rng, 12.0
        )
        line.to(over, line.rng.uniform(0.8, 2), LYING)
        line.stay(line.rng.uniform(0.5, 3), LYING, 0.5)
    if line.rng.random() < 0.5:
        lifted = line.pose[AT["lift"]] > 0
        line.to(
            SIT if lifted else FLOOR if line.rng.random() < 0.6 else FOURS, line.rng.uniform(0.8, 2.2), RISING
        )
        line.stay(line.rng.uniform(0.1, 1), RISING)
        line.to(STAND, line.rng.uniform(0.8, 2), RISING)


def falling(line: Timeline) -> None:
    """From standing, walking, sitting, crouching or bending, to any side, straight or buckling, and stay down."""
    rng = line.rng
    start = rng.random()
    if start < 0.45 and line.pose[AT["pitch"]] < 20:
        line.walk(rng.uniform(0.5, 2), rng.uniform(0.4, 2.0))
    elif start > 0.8:
        line.to((SIT, CROUCH, BEND)[rng.integers(3)], rng.uniform(0.6, 1.5), NORMAL)
        line.stay(rng.uniform(0.2, 1.5), NORMAL)
    down = (BACK, FRONT, LEFT, RIGHT, HEAP, PROPPED)[rng.choice(6, p=(0.22, 0.22, 0.17, 0.17, 0.11, 0.11))]
    down = mirrored(down, rng) if down not in (LEFT, RIGHT) else down
    if rng.random() < 0.35:
        knees = rng.uniform(10, 130)
        down = replace(
            down,
            left_knee=knees,
            right_knee=knees * rng.uniform(0.6, 1),
            left_hip=knees * 0.55,
            right_hip=knees * 0.5,
        )
    target = varied(down.angles, rng, 14.0)
    if rng.random() < 0.4:
        lean = line.pose + rng.uniform(0.05, 0.2) * (target - line.pose)
        line.to(lean, rng.uniform(0.2, 0.6), NORMAL)
    line.slip(rng.uniform(0, 0.4))
    turn, seconds = rng.normal(0, 25), rng.uniform(0.4, 1.1)
    if rng.random() < 0.4:
        buckled = varied((CROUCH if rng.random() < 0.6 else KNEEL).angles, rng)
        buckled[AT["pitch"]] = 0.35 * target[AT["pitch"]]
        buckled[AT["roll"]] = 0.3 * target[AT["roll"]]
        line.to(buckled, seconds * 0.55, FALLING, falls=True, turn=turn / 2)
        line.to(target, seconds * 0.45 + 0.15, FALLING, turn=turn / 2)
    else:
        line.to(target, seconds, FALLING, falls=True, turn=turn)
    line.to(varied(target, rng, 4.0), 0.2, FALLING)
    resting(line)


EVERYDAY: tuple[Act, ...] = (walking, walking, standing, sitting, low, low, reaching, lying_down)


def act(
    rng: np.random.Generator, seconds: float, *, falls: bool
) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Somebody's angles (n, 16), headings (n,), places (n, 2) and kinds (n,), for `seconds`."""
    line = Timeline(rng, varied(STAND.angles, rng), rng.uniform(0, 360))
    when = rng.uniform(0.5, seconds - 4) if falls else np.inf
    standing(line) if rng.random() < 0.7 else sitting(line)
    while line.seconds < seconds:
        if line.seconds >= when:
            falling(line)
            when = np.inf
        else:
            EVERYDAY[rng.integers(len(EVERYDAY))](line)
    n = round(seconds * RATE)
    return (
        np.array(line.angles[:n]),
        np.array(line.yaws[:n]),
        np.array(line.places[:n]),
        np.array(line.kinds[:n], np.int64),
    )
