"""Running: speed over the ground, wherever it leads; and the perspective that tells metres."""

import numpy as np
import pytest

from secondsight.behaviour.spatial.perspective import Perspective
from tests.behaviour.scene import T0, Being, look, play, rule
from tests.behaviour.yard import being, going, looks, still


@pytest.mark.parametrize(
    ("right", "further", "found"),
    [
        (3.5, 0.0, True),
        (0.0, 3.5, True),
        (0.0, -3.5, True),
        (2.5, 2.5, True),
        (1.9, 0.0, False),
        (0.0, 1.9, False),
        (0.0, 0.0, False),
    ],
    ids=[
        "across",
        "away",
        "nearer",
        "oblique",
        "walks across",
        "walks away",
        "stands",
    ],
)
def test_who_runs(right: float, further: float, found: bool) -> None:
    start = (-4.0 if right else 0.0, 18.0 if further < 0 else 8.0)
    assert bool(play(rule("running", zone="frame"), looks(2.6, going(*start, right, further)))) is found


@pytest.mark.parametrize(("speed", "found"), [(10.0, True), (14.0, False)])
def test_nobody_runs_faster_than_people_can(speed: float, found: bool) -> None:
    assert bool(play(rule("running", zone="frame"), looks(2.0, going(-14.0, 30.0, speed, 0.0)))) is found


def test_a_foot_that_comes_out_from_behind_something_does_not_run() -> None:
    """The box ends at a wall's upper edge, and then on the ground: it jumps once by metres."""

    def shown(time: float) -> tuple[float, float]:
        return (1.3 * time - 3, 14.0 if time < 2 else 9.0)

    assert not play(rule("running", zone="frame"), looks(5, shown))


def test_a_rider_does_not_run() -> None:
    fast = going(-5.0, 9.0, 4.0, 0.0)
    assert play(rule("running", zone="frame"), looks(2.5, fast))
    assert not play(rule("running", zone="frame"), looks(2.5, fast, fast, labels=("person", "bicycle")))


def test_it_tells_the_speed_and_when_it_is_over() -> None:
    def path(time: float) -> tuple[float, float]:
        return (4.0 * min(time, 2.0) - 4.0, 9.0)

    first, last = play(rule("running", zone="frame"), looks(6, path))
    assert last.end is not None
    assert 3.0 < first.scores["speed"] < 5.0
    assert 1.0 < last.end - T0 < 4.0


def test_perspective_is_learnt_from_people() -> None:
    """A camera that the usual one does not resemble: half as high, its horizon in the picture's upper third."""
    perspective = Perspective()
    rng = np.random.default_rng(3)
    for step in range(60):
        foot = float(rng.uniform(0.45, 0.95))
        tall = 0.68 * (foot - 0.3) * float(rng.normal(1, 0.04))
        perspective.learn(look(T0 + step, Being(1, 0.5, foot, 0.3 * tall, tall)))
    assert perspective.horizon == pytest.approx(0.3, abs=0.03)
    assert perspective.slope == pytest.approx(0.68, rel=0.1)
    right = perspective.metres(0.6, 0.8)[0] - perspective.metres(0.5, 0.8)[0]
    assert right == pytest.approx(0.1 * 16 / 9 * 1.7 / (0.68 * 0.5), rel=0.1)


def test_the_same_look_counts_once_and_a_held_one_never() -> None:
    one, other = Perspective(), Perspective()
    seen = look(T0, being(1, 0, 6))
    for _ in range(5):
        one.learn(seen)
    other.learn(seen)
    other.learn(look(T0, being(1, 0, 12), held=True))
    assert one.metres(0.4, 0.7) == other.metres(0.4, 0.7)


def test_a_calibrated_ground_is_used() -> None:
    """Half the metres per picture: who runs by the heights of people walks by the calibration."""
    from secondsight.behaviour.scene import Scene

    class Half:
        def metres(self, x: float, y: float) -> tuple[float, float]:
            return Perspective().metres(x, y)[0] / 2, Perspective().metres(x, y)[1] / 2

    made = Scene(None, np.zeros((3, 2)), None, None, 1.0, ground=Half())  # type: ignore[arg-type]
    assert made.plane(look(T0, being(1, 0, 6))).metres(0.6, 0.7)[0] < Perspective().metres(0.6, 0.7)[0]
    assert still(1, 2)(0) == (1, 2)
