"""Left bag: whose it is, and for how long nobody is near it."""

from dataclasses import replace

import numpy as np
import pytest
from supervision import Detections

from secondsight.records import Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, INSIDE, T0, Being, look, play, rule


def bag(seconds: float, *people: Being, start: float = 0.0, number: int = 9) -> list[Observation]:
    shown = Being(number, *INSIDE, 0.03, 0.08, label="suitcase")
    return [look(T0 + start + i / FPS, shown, *people) for i in range(round(seconds * FPS))]


@pytest.mark.parametrize(
    ("x", "height", "alone"),
    [(INSIDE[0] + 0.05, 0.3, False), (INSIDE[0] + 0.12, 0.3, True), (INSIDE[0] + 0.12, 0.6, False)],
    ids=["beside it", "one height away", "a person twice as large"],
)
def test_whose_bag(x: float, height: float, alone: bool) -> None:
    assert bool(play(rule("left_bag"), bag(12, Being(1, x, INSIDE[1], 0.06, height)))) is alone


def test_a_bag_rests_also_where_looks_are_unsure_of_it() -> None:
    """A doubtful look tells where it stands, and not whether it is alone."""
    doubtful = [replace(one, detections=_doubtful(one)) for one in bag(4)]
    (report,) = play(rule("left_bag"), doubtful + bag(9, start=4))
    assert report.start == pytest.approx(T0, abs=0.3)
    assert report.triggered >= T0 + 12


def _doubtful(look: Observation) -> Detections:
    found = look.detections
    return Detections(
        found.xyxy,
        confidence=np.full(len(found), 0.1),
        class_id=found.class_id,
        tracker_id=found.tracker_id,
    )


def test_an_owner_who_leaves() -> None:
    """It begins when the bag is put down, and is reported when nobody has been near for long."""
    near, far = Being(1, INSIDE[0] + 0.03, INSIDE[1]), Being(1, 0.1, 0.6)
    carried = [
        look(
            T0 + i / FPS,
            Being(9, 0.1 + 0.03 * i, 0.6, 0.03, 0.08, label="suitcase"),
            Being(1, 0.1 + 0.03 * i, 0.6),
        )
        for i in range(16)
    ]
    put_down = bag(7, near, start=3) + bag(12, far, start=10)
    first, last = play(rule("left_bag"), carried + put_down, close=True)
    for report in (first, last):
        assert report.start == pytest.approx(T0 + 3, abs=0.7)
        assert report.id == first.id
    assert first.triggered == pytest.approx(T0 + 18, abs=0.5)
    report = first
    assert [track.number for track in report.tracks] == [9]
    assert report.label == "suitcase"


def test_somebody_who_passes_is_no_owner() -> None:
    near = Being(1, INSIDE[0] + 0.03, INSIDE[1])
    assert play(rule("left_bag"), bag(5) + bag(2, near, start=5) + bag(3, start=7))
    assert not play(rule("left_bag"), bag(5) + bag(7, near, start=5))


def test_a_truck_is_no_owner_unless_told() -> None:
    near = Being(1, INSIDE[0] + 0.03, INSIDE[1], label="truck")
    assert play(rule("left_bag"), bag(12, near))
    assert not play(rule("left_bag", owners=["truck"]), bag(12, near))


@pytest.mark.parametrize(("hidden", "found"), [(4, True), (12, False)])
def test_passers_by_may_hide_a_bag(hidden: float, found: bool) -> None:
    """It comes back under another number, while somebody still passes."""
    passer, back = Being(1, INSIDE[0] + 0.02, INSIDE[1]), 5 + hidden
    again = [*bag(1, passer, start=back, number=8), *bag(4, start=back + 1, number=8)]
    assert bool(play(rule("left_bag"), bag(5) + again)) is found


def floor(
    *, thing: tuple[float, float], person: tuple[float, float], size: float = 0.08, passer: float = 0.0
) -> list[Observation]:
    """24 s in which a thing without a class lies on a floor, and a person is there, from when to when; another person
    passes before it for two seconds from `passer` on."""
    rng, shown = np.random.default_rng(3), []
    ground = rng.integers(100, 110, (360, 640, 3)).astype(np.uint8)
    for step in range(round(24 * FPS)):
        time = step / FPS
        picture = ground + rng.integers(0, 4, ground.shape).astype(np.uint8)
        beings = []
        if thing[0] <= time < thing[1]:
            picture[round((0.6 - size) * 360) : 216, 374:400] = (30, 40, 150)
        if person[0] <= time < person[1]:
            beings.append(Being(1, 0.61, 0.61, 0.08, 0.4))
            picture[76:220, 370:412] = 40
        if passer and passer <= time < passer + 2:
            beings.append(Being(2, 0.6, 0.65, 0.08, 0.4))
            picture[90:234, 360:410] = 60
        shown.append(look(T0 + time, *beings, frame=Painted(picture, T0 + time)))
    return shown


@pytest.mark.parametrize(
    ("shown", "settings", "found"),
    [
        (floor(thing=(7, 99), person=(6, 9)), {}, True),
        (floor(thing=(7, 99), person=(6, 9), passer=13), {}, True),
        (floor(thing=(7, 99), person=(6, 9)), {"unclassified": False}, False),
        (floor(thing=(7, 99), person=(6, 9), size=0.3), {}, False),
        (floor(thing=(7, 99), person=(0, 0)), {}, False),
        (floor(thing=(7, 14), person=(6, 9)), {}, False),
        (floor(thing=(7, 99), person=(6, 99)), {}, False),
        (floor(thing=(0, 99), person=(6, 9)), {}, False),
        (floor(thing=(7, 99), person=(6, 9)), {"max_area": 0.001}, False),
    ],
    ids=[
        "left",
        "hidden by a passer-by",
        "only known things",
        "as large as a person",
        "nobody was there",
        "gone before it is old enough",
        "its owner stays",
        "it has always lain there",
        "too large",
    ],
)
def test_a_thing_without_a_class(shown: list[Observation], settings: dict[str, object], found: bool) -> None:
    reports = play(rule("left_bag", **settings), shown, close=True)
    assert len({report.id for report in reports}) == found
    for report in reports:
        assert report.start == pytest.approx(T0 + 6.5, abs=1.1)  # when it was put down
        assert report.box is not None
        assert report.box.x1 == pytest.approx(374 / 640, abs=0.03)
        assert report.box.y2 == pytest.approx(0.6, abs=0.03)


def test_a_thing_that_is_found_late_is_reported_once() -> None:
    """The picture shows it first; then the detector gives it a class, and the tracker follows it."""
    late = floor(thing=(7, 99), person=(6, 9))
    known = [
        replace(one, detections=look(one.time, Being(9, 0.605, 0.6, 0.04, 0.08, label="suitcase")).detections)
        if one.time > T0 + 21
        else one
        for one in late
    ]
    assert len({report.id for report in play(rule("left_bag"), known, close=True)}) == 1
