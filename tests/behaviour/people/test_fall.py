"""Fall: who stood goes down fast and stays down."""

from dataclasses import replace

import pytest

from secondsight.records import Observation, Posture
from tests.behaviour.scene import FPS, INSIDE, T0, Being, look, play, rule, staying, times

STANDING, LYING, CROUCHING, SITTING = (0.06, 0.3), (0.16, 0.08), (0.08, 0.17), (0.08, 0.24)


def looks(
    *parts: tuple[float, tuple[float, float], tuple[float, float]], x: float = INSIDE[0]
) -> list[Observation]:
    """Parts of (seconds, size at first, size at last): the box changes evenly over its part."""
    shown: list[Observation] = []
    for seconds, first, last in parts:
        steps = round(seconds * FPS)
        for step in range(steps):
            share = (step + 1) / steps
            width, height = (a + share * (b - a) for a, b in zip(first, last, strict=True))
            shown.append(look(T0 + len(shown) / FPS, Being(1, x, INSIDE[1], width, height)))
    return shown


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([(3, STANDING, STANDING), (0.8, STANDING, LYING), (3, LYING, LYING)], True),
        ([(3, STANDING, STANDING), (0.6, STANDING, CROUCHING), (3, CROUCHING, CROUCHING)], True),
        ([(3, STANDING, STANDING), (4, STANDING, LYING), (3, LYING, LYING)], False),
        ([(3, STANDING, STANDING), (0.8, STANDING, SITTING), (3, SITTING, SITTING)], False),
        ([(3, STANDING, STANDING), (0.6, STANDING, CROUCHING), (0.6, CROUCHING, STANDING)], False),
        ([(6, LYING, LYING)], False),
        ([(3, STANDING, STANDING), (3, STANDING, (0.03, 0.15))], False),
    ],
    ids=["falls", "squats fast", "lies down slowly", "sits", "bends", "lies", "walks away"],
)
def test_who_falls(parts: list[tuple[float, tuple[float, float], tuple[float, float]]], found: bool) -> None:
    assert bool(play(rule("fall"), looks(*parts))) is found


def test_who_walks_away_is_not_down() -> None:
    """The head stays where it is while feet and box go up the picture."""
    path = [Being(1, 0.6, 0.85 - 0.02 * i, 0.06, 0.3 - 0.012 * i) for i in range(18)]
    assert not play(rule("fall"), [look(T0 + i / FPS, being) for i, being in enumerate(path)])


@pytest.mark.parametrize(("lying", "found"), [((0.06, 0.06), False), ((0.2, 0.06), True)])
def test_who_leaves_over_the_lower_edge_has_not_fallen(lying: tuple[float, float], found: bool) -> None:
    """The box is cut off there: it gets lower and no wider, but that of a person who lies is wide."""
    shown = []
    for step in range(30):
        share = min(max(step - 12, 0) / 4, 1)
        width, height = (a + share * (b - a) for a, b in zip(STANDING, lying, strict=True))
        shown.append(look(T0 + step / FPS, Being(1, INSIDE[0], 0.995, width, height)))
    assert bool(play(rule("fall", zone="frame"), shown)) is found


@pytest.mark.parametrize(
    ("acts", "found"),
    [
        ("nnnnfflllllllllll", True),
        ("nnnnffnlllllllllll", True),
        ("nnnnllllllllllllll", False),
        ("nnnnffnnnnnnnnnnnn", False),
        ("nnnnfffffllrrnnnnn", False),
        ("nnnnffllllrrrrrrrr", False),
    ],
    ids=["falls", "one look unsure", "lies down", "catches itself", "gets up", "rises at once"],
)
def test_key_points_decide_where_there_are_any(acts: str, found: bool) -> None:
    """Whatever the box does: here it stands."""
    said = {"n": Posture(0.9, 0, 0.1, 0), "f": Posture(0.3, 0.5, 0.2, 0), "l": Posture(0.1, 0, 0.9, 0)}
    said["r"] = Posture(0.2, 0, 0.1, 0.7)
    shown = looks((len(acts) / FPS, STANDING, STANDING))
    told = [replace(seen, postures={1: said[act]}) for seen, act in zip(shown, acts, strict=True)]
    assert bool(play(rule("fall"), told)) is found


def test_where_key_points_are_judged_boxes_are_not() -> None:
    """A chair that is taken for a person at times, where somebody was lost, has not fallen."""
    there = looks((3, STANDING, STANDING))
    there[3] = replace(there[3], postures={1: Posture(1.0, 0, 0, 0)})
    chair = staying(4, Being(2, *INSIDE, 0.16, 0.08), start=4)
    assert play(rule("fall"), looks((3, STANDING, STANDING)) + chair)
    assert not play(rule("fall"), there + chair)


@pytest.mark.parametrize(("last", "found"), [("f", False), ("l", True)])
def test_who_leaves_the_picture_while_the_key_points_shrink_has_not_fallen(last: str, found: bool) -> None:
    """Nothing moves afterwards, so the last look goes on."""
    said = {"n": Posture(0.9, 0, 0.1, 0), "f": Posture(0.1, 0.9, 0, 0), "l": Posture(0.1, 0, 0.9, 0)}
    being = Being(1, 0.975, 0.7, 0.06, 0.3)
    acts = f"nnnnff{last}{last}"
    shown = [replace(look(T0 + step / FPS, being), postures={1: said[act]}) for step, act in enumerate(acts)]
    shown += [replace(shown[-1], time=shown[-1].time + 1 + step, held=True) for step in range(4)]
    assert bool(play(rule("fall", zone="frame"), shown)) is found


def test_it_begins_with_the_fall_and_ends_with_rising() -> None:
    parts = [(2, STANDING, STANDING), (0.6, STANDING, LYING), (3, LYING, LYING), (2, STANDING, STANDING)]
    (only,) = times(play(rule("fall"), looks(*parts)))
    assert only == (11, 21, 27)


@pytest.mark.parametrize(("x", "found"), [(INSIDE[0], True), (0.2, False)])
def test_only_in_the_zone(x: float, found: bool) -> None:
    parts = [(2, STANDING, STANDING), (0.6, STANDING, LYING), (3, LYING, LYING)]
    assert bool(play(rule("fall"), looks(*parts, x=x))) is found


def test_who_falls_out_of_the_zone_has_fallen_in_it() -> None:
    shown = looks((2, STANDING, STANDING))
    shown += [look(T0 + 2 + i / FPS, Being(1, 0.36, INSIDE[1], *LYING)) for i in range(15)]
    assert play(rule("fall"), shown)


def test_time_runs_while_nothing_moves() -> None:
    shown = looks((2, STANDING, STANDING), (0.4, STANDING, LYING), (0.4, LYING, LYING))
    assert not play(rule("fall", stillness=5), shown)
    still = [look(T0 + 3 + i, Being(1, *INSIDE, *LYING), held=True) for i in range(6)]
    assert play(rule("fall", stillness=5), shown + still)


def test_a_dog_does_not_count() -> None:
    parts = [(2, STANDING, STANDING), (0.6, STANDING, LYING), (3, LYING, LYING)]
    assert not play(rule("fall", classes=["truck"]), looks(*parts))


UPRIGHT_BOX = Being(1, *INSIDE, *STANDING)


def lost_then(found: Being, gap: float, *, back: bool = False) -> list[Observation]:
    """Two seconds of somebody upright who is then lost for `gap` seconds, and three of a new box, with who was lost
    if that one is `back`.
    """
    before = [look(T0 + i / FPS, UPRIGHT_BOX) for i in range(10)]
    shown = (found, UPRIGHT_BOX) if back else (found,)
    return before + [look(T0 + 2 + gap + i / FPS, *shown) for i in range(15)]


LIES = Being(2, INSIDE[0] - 0.06, INSIDE[1], *LYING, confidence=0.3)


@pytest.mark.parametrize(
    ("looks_at", "found"),
    [
        (lost_then(LIES, 6), True),
        (lost_then(LIES, 12), False),
        (lost_then(replace(LIES, x=0.42), 6), False),
        (lost_then(replace(LIES, width=0.06, height=0.18), 6), False),
        (lost_then(LIES, 0.2, back=True), False),
    ],
    ids=["lies there", "too late", "elsewhere", "stands behind something", "both are there"],
)
def test_a_tracker_loses_who_falls(looks_at: list[Observation], found: bool) -> None:
    assert bool(play(rule("fall"), looks_at)) is found


@pytest.mark.parametrize(("aside", "found"), [(0.04, True), (0.35, False)], ids=["at the place", "elsewhere"])
def test_a_second_box_of_who_went_down_is_the_same_person(aside: float, found: bool) -> None:
    """The tracker gives whoever lies a new track while the old one is still there for two looks."""
    went_down = looks((3, STANDING, STANDING), (0.8, STANDING, LYING), x=0.55)
    late, lies = len(went_down), Being(2, 0.55 + aside, INSIDE[1], *LYING)
    both = [look(T0 + (late + step) / FPS, Being(1, 0.55, INSIDE[1], *LYING), lies) for step in range(2)]
    alone = [look(T0 + (late + 2 + step) / FPS, lies) for step in range(20)]
    reports = play(rule("fall"), went_down + both + alone)
    assert {track.number for report in reports for track in report.tracks} == ({2} if found else set())


@pytest.mark.parametrize("number", [1, 2], ids=["goes on", "lost there, and a wide box comes up"])
def test_boxes_without_height_tell_nothing(number: int) -> None:
    """Trackers can give such, and nobody's height is none."""
    line = Being(1, INSIDE[0], INSIDE[1] - STANDING[1], 0.1, 0.0)
    shown = [Being(1, *INSIDE, *STANDING), line, line, *[Being(number, *INSIDE, *LYING)] * 3]
    assert not play(rule("fall"), [look(T0 + i / FPS, one) for i, one in enumerate(shown)], close=True)


def test_detectors_are_unsure_of_who_lies() -> None:
    parts = [(2, STANDING, STANDING), (0.6, STANDING, LYING), (3, LYING, LYING)]
    unsure = [
        look(T0 + i / FPS, Being(1, *INSIDE, *LYING, confidence=0.3, label="bicycle")) for i in range(30)
    ]
    assert play(rule("fall"), looks(*parts)[:11] + unsure[11:])
    assert not play(rule("fall"), unsure)


def test_who_falls_towards_the_camera_is_low_for_that_place() -> None:
    """Where the box ends after the fall, people would look taller than where they fell."""
    stands = [look(T0 + i / FPS, Being(1, 0.6, 0.55, 0.06, 0.2)) for i in range(15)]
    lies = [look(T0 + 3 + i / FPS, Being(1, 0.6, 0.72, 0.09, 0.15)) for i in range(15)]
    assert play(rule("fall"), stands + lies)
