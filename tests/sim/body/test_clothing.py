import random

from secondsight.sim.body.clothing import PALETTE, colour_name, random_looks
from tests.table import table


def test_same_seed_same_person() -> None:
    assert random_looks(random.Random(3)) == random_looks(random.Random(3))
    assert len({random_looks(random.Random(seed)).caption() for seed in range(40)}) > 20


def test_people_are_of_human_size() -> None:
    for seed in range(200):
        looks = random_looks(random.Random(seed))
        assert 1.5 <= looks.height <= 1.95
        assert 0.8 < looks.build < 1.3


def test_shirts_are_those_asked_for() -> None:
    looks = random_looks(random.Random(1), shirts=("orange",))
    assert looks.caption().startswith("a person in an orange shirt and ")


@table("name", PALETTE)
def test_colours_are_called_by_their_name(name: str) -> None:
    b, g, r = PALETTE[name]
    assert colour_name((b + 6, g - 6, r + 6)) == name
