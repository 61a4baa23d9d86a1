import random

import numpy as np
import pytest

from secondsight.sim.actors.people import Person
from secondsight.sim.actors.things import Thing
from secondsight.sim.body.clothing import PALETTE, random_looks
from secondsight.sim.body.skeleton import Joint
from secondsight.sim.motion.moves import Carry, PickUp, PutBack, PutDown, Stand, Take, Walk
from tests.sim.actors.extents import STEP, extent, same, somebody
from tests.table import table

_RED = PALETTE["red"]


def _at(thing: Thing, t: float) -> np.ndarray:
    return np.array(thing.spot(t).place)


def test_bag_goes_with_its_owner_and_stays_where_it_is_left() -> None:
    owner = somebody(PickUp(7), Walk((5.0, 2.0)), PutDown(), Walk((9.0, 2.0)))
    bag = Thing(7, "suitcase", _RED, (1.1, 2.4, 0.0), carriers=(owner,))
    (grip,) = owner.grips
    np.testing.assert_array_equal(_at(bag, grip.start), (1.1, 2.4, 0.0))
    for t in np.arange(grip.start + 0.5, grip.end, 0.25):
        hand = owner.joints(t)[Joint.R_HAND]
        assert np.linalg.norm(_at(bag, t)[:2] - hand[:2]) < 0.05
        assert extent(bag.body(t))[1][2] <= hand[2] + 0.05
        assert bag.owner(t) == owner.number
        assert bag.attributes(t) == {"held": "yes"}
    rest = _at(bag, grip.end + 0.5)
    assert rest[2] == 0
    assert abs(rest[0] - 5.0) < 0.9
    np.testing.assert_array_equal(_at(bag, owner.end + 9), rest)
    assert bag.owner(grip.end + 0.5) is None
    way = np.array([_at(bag, t) for t in np.arange(0, owner.end, STEP)])
    assert np.linalg.norm(np.diff(way, axis=0), axis=1).max() < 0.15


def test_product_is_taken_from_the_shelf_and_put_back() -> None:
    shelf = (1.0, 2.6, 1.3)
    shopper = somebody(Take(7, shelf[:2], 1.3), Stand(2.0), PutBack((1.3, 2.6), 1.3))
    product = Thing(7, "product", _RED, shelf, carriers=(shopper,))
    (grip,) = shopper.grips
    assert np.linalg.norm(_at(product, grip.end - 0.8) - shelf) > 0.25
    np.testing.assert_allclose(_at(product, grip.end + 1), (1.3, 2.6, 1.3))


def test_passes_from_hand_to_hand() -> None:
    looks = random_looks(random.Random(1))
    one = Person(1, looks, [Carry(7), Walk((3.0, 0.0)), PutDown(), Walk((9.0, 0.0))], 0.0, (0.0, 0.0))
    thief = Person(2, looks, [PickUp(7), Walk((3.0, 9.0))], 12.0, (3.0, -0.4))
    bag = Thing(7, "suitcase", _RED, carriers=(thief, one))
    assert [bag.owner(t) for t in (1.0, 8.0, 16.0)] == [1, None, 2]


@pytest.mark.parametrize("kind", ["suitcase", "backpack", "box", "product"])
def test_comes_and_goes_with_who_has_it(kind: str) -> None:
    looks = random_looks(random.Random(1))
    person = Person(1, looks, [Carry(7, kind), Walk((9.0, 0.0))], 3.0, until=8.0)  # type: ignore[arg-type]
    thing = Thing(7, kind, _RED, carriers=(person,))  # type: ignore[arg-type]
    assert [thing.present(t) for t in (2.9, 3.0, 7.9, 8.0)] == [False, True, True, False]
    low, _ = extent(thing.body(5.0))
    assert low[2] >= 0
    assert np.linalg.norm(np.array(thing.place(5.0))[:2] - person.place(5.0)[:2]) < 0.7


@table(
    ("kind", "label"),
    [("suitcase", "suitcase"), ("backpack", "suitcase"), ("box", "box"), ("product", "product")]
    + [(kind, "debris") for kind in ("tyre", "plank", "cardboard", "cone")],
)
def test_lies_on_the_ground_where_it_is_put(kind: str, label: str) -> None:
    thing = Thing(7, kind, _RED, (3.0, 4.0, 0.0), heading=30.0, start=1.0, until=5.0)  # type: ignore[arg-type]
    assert thing.label == label
    assert kind in thing.caption
    assert [thing.present(t) for t in (0.9, 1.0, 4.9, 5.0)] == [False, True, True, False]
    low, high = extent(thing.body(2.0))
    assert low[2] == pytest.approx(0, abs=0.04)
    assert 0.04 < high[2] < 0.8
    assert (low[:2] < (3, 4)).all()
    assert (high[:2] > (3, 4)).all()
    assert same(thing.body(2.0), thing.body(2.0))
