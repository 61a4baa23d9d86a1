import random

import numpy as np
import pytest

from secondsight.sim.actors.vehicle_models import MAKES
from secondsight.sim.actors.vehicles import Route, RouteStop, Vehicle
from secondsight.sim.body.clothing import PALETTE, random_looks
from secondsight.sim.shapes.shapes import Solid
from tests.sim.actors.extents import STEP, extent, same
from tests.table import table

_ROUTE = [
    RouteStop(0, 0, 10),
    RouteStop(40, 0, 10),
    RouteStop(60, 0, 0, wait=5),
    RouteStop(80, 0, 10),
    RouteStop(80, 40, 10),
]
_SIZES = {
    "car": 4.3,
    "van": 5.2,
    "truck": 8.2,
    "bus": 11.0,
    "bicycle": 1.75,
    "motorcycle": 2.1,
    "scooter": 1.8,
}


def test_keeps_speed_brakes_waits_and_goes_on() -> None:
    route = Route(_ROUTE, 2.0)
    assert route.end == pytest.approx(2 + 4 + 4 + 5 + 4 + 4)
    assert [route.speed(t) for t in (0, 4, 8, 12, 17)] == pytest.approx([0, 10, 5, 0, 5])
    assert [route.travelled(t) for t in (0, 6, 8, 10, 14.9, 99)] == pytest.approx([0, 40, 55, 60, 60, 120])
    way = np.array([route.travelled(t) for t in np.arange(2.0, 23.0, STEP)])
    assert (np.diff(way) >= -1e-9).all()
    assert np.diff(way).max() < 10 * STEP + 1e-6


def test_first_point_may_wait() -> None:
    route = Route([RouteStop(0, 0, 0, wait=3), RouteStop(10, 0, 10)], 1.0)
    assert [route.travelled(t) for t in (0, 3.9, 6.0)] == pytest.approx([0, 0, 10])


@pytest.mark.parametrize("ways", [[], [RouteStop(0, 0, 0), RouteStop(1, 0, 0)]])
def test_refuses_a_route_that_leads_nowhere(ways: list[RouteStop]) -> None:
    with pytest.raises(ValueError, match=r"route|nothing moves"):
        Route(ways, 0.0)


def test_turns_into_the_bend() -> None:
    car = Vehicle(1, "car", PALETTE["red"], _ROUTE)
    headings = np.array([car.heading(t) for t in np.arange(0, car.end, STEP)])
    assert headings[0] == pytest.approx(90)
    assert headings[-1] == pytest.approx(0)
    assert np.abs(np.diff(headings)).max() < 12
    assert car.attributes(1.0) == {"motion": "moving"}
    assert car.attributes(10.0) == {"motion": "stopped"}


def test_leaves_at_the_end_of_its_route_unless_it_stops_there() -> None:
    through = Vehicle(1, "car", PALETTE["red"], [RouteStop(0, 0, 10), RouteStop(20, 0, 10)], 1.0)
    parks = Vehicle(2, "car", PALETTE["red"], [RouteStop(0, 0, 10), RouteStop(20, 0, 0)], 1.0)
    parked = Vehicle(3, "truck", PALETTE["red"], [RouteStop(5, 5, 0)], heading=45.0, until=7.0)
    assert [through.present(t) for t in (0.9, 1.0, 2.9, 3.1)] == [False, True, True, False]
    assert parks.present(1e6)
    assert parks.place(1e6) == (20, 0, 0)
    assert parked.heading(3.0) == 45.0
    assert not parked.present(7.0)


@table("kind", MAKES)
def test_is_of_its_size_and_stands_on_the_ground(kind: str) -> None:
    rider = random_looks(random.Random(1)) if MAKES[kind].saddle else None
    vehicle = Vehicle(1, kind, PALETTE["blue"], [RouteStop(0, -20, 5), RouteStop(0, 20, 5)], rider=rider)  # type: ignore[arg-type]
    body = vehicle.body(4.0)
    low, high = extent(body)
    assert low[2] == pytest.approx(0, abs=0.03)
    assert vehicle.caption.startswith("a blue ")
    if kind in _SIZES:
        assert (high - low)[1] == pytest.approx(_SIZES[kind], rel=0.15)
    if rider:
        assert 1.3 < high[2] < 2.0
        assert "person" in vehicle.caption
        assert not same(body, vehicle.body(4.2))
    assert same(body, vehicle.body(4.0))


@table("kind", MAKES)
def test_faces_look_outwards(kind: str) -> None:
    for shape in MAKES[kind].build(PALETTE["blue"]):
        if not isinstance(shape, Solid):
            continue
        middle = shape.vertices.mean(0)
        for face in shape.faces:
            a, b, c = (shape.vertices[i] for i in face[:3])
            assert np.dot(np.cross(b - a, c - a), a - middle) > 0
        assert len(shape.colours) == len(shape.faces)


def test_headlights_shine() -> None:
    dark, lit = (
        Vehicle(1, "car", PALETTE["blue"], [RouteStop(0, 0, 0)], lights=on).body(0) for on in (False, True)
    )
    assert len(lit.shapes) == len(dark.shapes) + 2
