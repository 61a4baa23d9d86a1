"""Put back: painted shelves, whose goods are there or not once their customer has gone."""

from dataclasses import replace

import numpy as np
import pytest

from secondsight.records import Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, T0, Being, look, play, rule

SHELF = np.random.default_rng(2).integers(60, 90, (360, 640, 3)).astype(np.uint8)
GOODS = (slice(170, 190), slice(330, 348))
"""What is reached for, right of where the customer stands; 20 x 18 pixels."""
CUSTOMER = Being(1, 0.45, 0.8, 0.1, 0.5)


def visit(
    *, taken: bool, stays: bool = False, reaches: bool = True, missed: bool = False, renamed: bool = False
) -> list[Observation]:
    """Three seconds of the shelf, four of a customer who reaches for a second and a half, three of the shelf.

    Args:
        missed: the detector misses the customer for a second and a half before the reach.
        renamed: the tracker gives the customer another number as the reach begins.
    """
    shown, rng = [], np.random.default_rng(3)
    early = 3.0 if missed else 0.0
    for step in range(round((10 + early) * FPS)):
        time = step / FPS - early
        there = 3 - early <= time < 7 or (stays and time >= 7)
        reaching = reaches and 5 <= time < 6.5
        picture = SHELF.copy()
        if not (taken and time >= 6):
            picture[GOODS] = (20, 30, 200)
        if there:
            picture[110:288, 256:320] = (150, 120, 60)
        width = 0.2 if reaching else 0.1
        x = CUSTOMER.x + (0.05 if reaching else 0.0)
        noisy = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        seen = there and not (missed and 1 <= time < 2.6)
        beings = [Being(2 if renamed and time >= 5 else 1, x, 0.8, width, 0.5)] if seen else []
        shown.append(look(T0 + time, *beings, frame=Painted(noisy, T0 + time)))
    return shown


@pytest.mark.parametrize("outcome", ["put_back", "taken"])
@pytest.mark.parametrize("taken", [True, False], ids=["goods gone", "goods there"])
def test_outcome(outcome: str, taken: bool) -> None:
    reports = play(rule("put_back", outcome=outcome), visit(taken=taken), close=True)
    found = taken == (outcome == "taken")
    assert [one.end is None for one in reports] == ([True, False] if found else [])
    if found:
        assert (reports[1].scores["changed"] > 0.003) is taken
        assert reports[0].tracks[0].number == 1
        assert reports[0].triggered - T0 > 6.9, "not before the place is free again"


def test_who_does_not_reach_puts_nothing_back() -> None:
    assert not play(rule("put_back"), visit(taken=False, reaches=False), close=True)


def test_nothing_is_known_of_a_place_that_stays_hidden() -> None:
    assert not play(rule("put_back"), visit(taken=False, stays=True), close=True)


def test_whom_the_detector_misses_is_no_part_of_the_shelf() -> None:
    assert play(rule("put_back"), visit(taken=False, missed=True))


def test_the_reach_goes_on_under_another_number() -> None:
    assert play(rule("put_back"), visit(taken=False, renamed=True))


def test_what_was_taken_is_missing_once_only() -> None:
    """Who reaches next finds the shelf as the last one left it, and leaves it so."""
    bare = [replace(one, time=one.time + 7, frame=_bare(one)) for one in visit(taken=True)[15:]]
    reports = play(rule("put_back", outcome="taken", cooldown=0), [*visit(taken=True), *bare])
    assert len(reports) == 2


@pytest.mark.parametrize("outcome", ["put_back", "taken"])
@pytest.mark.parametrize("taken", [True, False], ids=["goods gone", "goods there"])
def test_of_two_who_reach_before_the_shelf_is_seen_again_each_may_have_done_it(
    outcome: str, taken: bool
) -> None:
    reports = play(rule("put_back", outcome=outcome, cooldown=0), _one_after_the_other(taken))
    suspected = sorted(one.tracks[0].number for one in reports if one.end is None)
    assert suspected == ([1, 2] if taken or outcome == "put_back" else [])


def _one_after_the_other(taken: bool) -> list[Observation]:
    """The second customer, right of the goods, comes before the first has gone, and reaches for the same."""
    shown, rng = [], np.random.default_rng(3)
    for step in range(round(14 * FPS)):
        time = step / FPS
        picture = SHELF.copy()
        if not (taken and time >= 6):
            picture[GOODS] = (20, 30, 200)
        beings = []
        if 3 <= time < 7:
            picture[110:288, 256:320] = (150, 120, 60)
            beings.append(Being(1, 0.5, 0.8, 0.2, 0.5) if 5 <= time < 6.5 else CUSTOMER)
        if 6.8 <= time < 11:
            picture[110:288, 352:416] = (90, 120, 60)
            beings.append(Being(2, 0.55, 0.8, 0.2, 0.5) if 9 <= time < 10.5 else Being(2, 0.6, 0.8, 0.1, 0.5))
        noisy = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        shown.append(look(T0 + time, *beings, frame=Painted(noisy, T0 + time)))
    return shown


def _bare(one: Observation) -> Painted:
    """The picture of a look without the goods."""
    assert isinstance(one.frame, Painted)
    picture = one.frame.picture.copy()
    picture[GOODS] = SHELF[GOODS]
    return replace(one.frame, picture=picture, time=one.frame.time + 7)
