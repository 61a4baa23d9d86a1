import numpy as np
import pytest

from secondsight.sim.actors.landslide import Slope
from secondsight.sim.actors.particles import Fire, Smoke
from secondsight.sim.shapes.shapes import Capsule, Puff, Solid
from tests.sim.actors.extents import extent, same


def _puffs(actor: Smoke | Fire, t: float) -> list[Puff]:
    return [shape for shape in actor.body(t).shapes if isinstance(shape, Puff)]


@pytest.mark.parametrize("make", [Smoke, Fire])
def test_same_seed_same_cloud_in_any_order(make: type[Smoke] | type[Fire]) -> None:
    one, again, other = (
        make(1, (0.0, 5.0, 0.0), seed=3),
        make(1, (0.0, 5.0, 0.0), seed=3),
        make(1, (0, 5, 0), seed=4),
    )
    late = one.body(9.0)
    assert same(again.body(2.0), one.body(2.0))
    assert same(again.body(9.0), late)
    assert not same(other.body(2.0), one.body(2.0))


@pytest.mark.parametrize(("colour", "label"), [("dark", "smoke"), ("steam", "steam"), ("dust", "dust")])
def test_rises_drifts_and_grows(colour: str, label: str) -> None:
    smoke = Smoke(1, (0.0, 5.0, 0.0), 1.0, 0.2, colour, (1.0, 0.0))  # type: ignore[arg-type]
    assert smoke.label == label
    assert not smoke.present(1.0)
    assert smoke.present(1.2)
    early, late = (extent(smoke.body(t)) for t in (2.0, 12.0))
    assert late[1][2] > early[1][2] > 0
    assert np.prod(late[1] - late[0]) > 2 * np.prod(early[1] - early[0])
    assert np.mean([p.centre[0] for p in _puffs(smoke, 12.0)]) > 0.5
    assert 3 < len(_puffs(smoke, 12.0)) < 60


@pytest.mark.parametrize("actor", [Smoke(1, (0, 5, 0), end=6.0), Fire(1, (0, 5, 0), end=6.0)])
def test_nothing_pops_in_or_out(actor: Smoke | Fire) -> None:
    """Puffs that come and go are those that one hardly sees."""

    def weight(t: float) -> float:
        return sum(puff.opacity * puff.radius**2 for puff in _puffs(actor, t))

    weights = np.array([weight(t) for t in np.arange(0.02, 12.0, 0.02)])
    assert np.abs(np.diff(weights)).max() < 0.12 * weights.max()
    assert weights[-1] == 0
    assert not actor.present(12.0)
    assert all(0 <= puff.opacity <= 1 and puff.radius > 0 for puff in _puffs(actor, 3.0))


def test_dark_smoke_is_dark_steam_is_white_and_fire_glows() -> None:
    dark, steam = Smoke(1, (0, 5, 0)), Smoke(1, (0, 5, 0), colour="steam")
    assert max(max(puff.colour) for puff in _puffs(dark, 5.0)) < 90
    assert min(min(puff.colour) for puff in _puffs(steam, 5.0)) > 190
    for blue, green, red in (puff.colour for puff in _puffs(Fire(1, (0, 5, 0)), 5.0)):
        assert red > green > blue
    assert all(puff.glow == 1 for puff in _puffs(Fire(1, (0, 5, 0)), 5.0))


def test_fire_grows_up_to_its_size() -> None:
    fire = Fire(1, (0, 5, 0), size=0.5, growth=0.2, largest=1.5)
    width = [(extent(fire.body(t))[1] - extent(fire.body(t))[0])[0] for t in (1.0, 10.0, 30.0)]
    assert 2 * width[0] < width[1] == pytest.approx(width[2], rel=0.35)


def test_slope_slides_down_and_comes_to_rest_before_its_foot() -> None:
    slope = Slope(1, (2.0, 10.0), heading=180.0, height=4.0, runout=4.0, start=1.0, seconds=3.0)
    assert not slope.present(1.0)
    assert slope.present(1.1)
    clods = [
        np.array([s.a for s in slope.body(t).shapes if isinstance(s, Capsule)]) for t in (1.1, 2.5, 4.0, 9.0)
    ]
    heights = [c[:, 2].mean() for c in clods]
    assert heights[0] > 2 > heights[1] > heights[2] == heights[3]
    assert clods[3][:, 1].min() > 10 - 4.5
    assert clods[3][:, 1].mean() < 10
    assert slope.attributes(2.0) == {"motion": "moving"}
    assert slope.attributes(5.0) == {"motion": "stopped"}
    low, high = extent(slope.body(9.0))
    assert high[2] < 2.5
    assert (high - low)[0] > 4
    assert same(slope.body(9.0), slope.body(30.0))
    assert any(isinstance(s, Solid) for s in slope.body(9.0).shapes)
