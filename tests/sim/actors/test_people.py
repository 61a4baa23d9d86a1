import random
from dataclasses import replace
from math import cos, hypot, radians, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondsight.sim.actors.people import Person
from secondsight.sim.body.clothing import LIME, PALETTE, random_looks
from secondsight.sim.body.skeleton import BAND, Joint
from secondsight.sim.motion.moves import (
    Bend,
    Carry,
    Climb,
    Crouch,
    Fall,
    Fight,
    GetUp,
    Hug,
    LieDown,
    PhoneAtEar,
    PickUp,
    Push,
    PutBack,
    PutDown,
    Reach,
    Run,
    Sit,
    SmokeCigarette,
    Stand,
    Stumble,
    Take,
    TieShoe,
    Turn,
    Walk,
)
from secondsight.sim.motion.timeline import Move
from secondsight.sim.shapes.shapes import Capsule, Solid
from tests.sim.actors.extents import STEP, extent, same, somebody, times, track
from tests.table import table

_LIMBS = (
    (Joint.L_HIP, Joint.L_KNEE),
    (Joint.R_KNEE, Joint.R_ANKLE),
    (Joint.L_SHOULDER, Joint.L_ELBOW),
    (Joint.R_ELBOW, Joint.R_HAND),
    (Joint.PELVIS, Joint.NECK),
    (Joint.L_ANKLE, Joint.L_TOE),
    (Joint.NECK, Joint.HEAD),
)
_FEET = [Joint.L_ANKLE, Joint.R_ANKLE, Joint.L_TOE, Joint.R_TOE]
_SCRIPTS = [
    [Walk((4.0, 2.0)), Stand(1.0)],
    [Walk((1.0, 5.0)), Walk((3.0, 4.0), 0.8, "phone"), Walk((0.0, 0.0), 1.0, "push")],
    [Run((6.0, 3.0)), Walk((6.0, 5.0))],
    [Sit(1.0), Walk((3.0, 3.0)), Sit(1.0, "ground"), GetUp()],
    [Crouch(0.5), TieShoe(1.5), Bend(0.6), Turn(200.0)],
    [Walk((2.0, 4.0)), Stumble(), Fall("forward", 1.0), Walk((0.0, 0.0))],
    [Fall("back", 1.0), GetUp(), Fall("left", 1.0), GetUp(), Run((5.0, 5.0)), Fall("right", 1.0)],
    [Crouch(0.5), Fall("forward", 0.5), Stand(0.5)],
    [LieDown(2.0), GetUp()],
    [Fight(2.0, (2.4, 2.0), 5), Hug(2.0, (2.4, 2.0)), Push((2.4, 2.0))],
    [Climb((2.5, 2.0)), PhoneAtEar(1.0), SmokeCigarette(3.0)],
    [PickUp(7), Walk((3.0, 2.0)), PutDown(), Take(8), Reach(0.5, (3.0, 4.0), 0.3), PutBack((3.0, 4.0))],
    [Sit(0.5), PickUp(7, "box"), Walk((3.0, 2.0)), Fall("right", 0.5)],
]
_POINT = st.tuples(st.floats(-4, 4), st.floats(-4, 4))
_MOVE = st.one_of(
    st.builds(Walk, _POINT, st.floats(0.5, 2.0), st.sampled_from(("", "phone", "push"))),
    st.builds(Run, _POINT),
    st.builds(Stand, st.floats(0.2, 2), _POINT),
    st.builds(Turn, st.floats(0, 360)),
    st.builds(Sit, st.floats(0, 1), st.sampled_from(("bench", "ground"))),
    st.builds(Crouch, st.floats(0, 1)),
    st.builds(TieShoe, st.floats(0, 2), st.booleans()),
    st.builds(Bend, st.floats(0, 1)),
    st.just(Stumble()),
    st.builds(
        Fall, st.sampled_from(("forward", "back", "left", "right")), st.floats(0, 2), st.floats(0.6, 1)
    ),
    st.builds(LieDown, st.floats(0, 1)),
    st.just(GetUp()),
    st.builds(Fight, st.floats(0.3, 2), _POINT, st.integers(0, 9)),
    st.builds(Hug, st.floats(0.6, 2), _POINT),
    st.builds(Climb, _POINT),
    st.just(PickUp(9)),
    st.just(PutDown()),
    st.builds(Take, st.just(9), _POINT, st.floats(0.2, 2)),
)


@table("script", _SCRIPTS)
def test_any_moment_alone_is_the_same_as_in_a_row(script: list[Move]) -> None:
    person, again = somebody(*script), somebody(*script)
    moments = times(person)[::7].tolist()
    in_a_row = [person.body(t) for t in moments]
    random.Random(1).shuffle(moments)
    for t in moments:
        assert same(again.body(t), in_a_row[times(person)[::7].tolist().index(t)])


@table("script", _SCRIPTS)
def test_nobody_jumps_and_limbs_keep_their_length(script: list[Move]) -> None:
    _moves_like_a_body(somebody(*script))


@settings(max_examples=25)
@given(st.lists(_MOVE, min_size=1, max_size=4))
def test_any_script_moves_like_a_body(script: list[Move]) -> None:
    _moves_like_a_body(somebody(*script))


def _moves_like_a_body(person: Person) -> None:
    points = track(person)
    # The hand of somebody who hits or falls does ten metres per second.
    assert np.linalg.norm(np.diff(points, axis=0), axis=2).max() < 12 * STEP
    for one, other in _LIMBS:
        length = np.linalg.norm(points[:, one] - points[:, other], axis=1)
        assert np.ptp(length) < 1e-6 * length.mean() + 1e-9
    assert points[:, :, 2].min() > 0


@table("speed", [0.6, 1.3, 2.0, 2.6, 4.0])
def test_walks_at_the_speed_asked_for_with_feet_that_stand(speed: float) -> None:
    person = somebody(Walk((1.0, 2.0 + 6 * speed), speed))
    assert person.end == pytest.approx(6.0)
    middle = [np.array(person.place(t)[:2]) for t in (1.0, 5.0)]
    assert np.linalg.norm(middle[1] - middle[0]) / 4 == pytest.approx(speed, rel=0.02)
    points = track(person)[20:-50]
    for toe in (Joint.L_TOE, Joint.R_TOE):
        pace = np.linalg.norm(np.diff(points[:, toe, :2], axis=0), axis=1) / STEP
        # Each foot stands for a good part of each step: it is the body that moves over it.
        assert np.mean(pace < 0.12 * speed) > (0.35 if speed < 2.2 else 0.18)
        assert pace.max() > 1.5 * speed


def test_steps_grow_with_speed_and_body() -> None:
    def steps(speed: float, height: float) -> int:
        looks = random_looks(random.Random(1))
        person = somebody(Walk((1.0, 22.0), speed), looks=replace(looks, height=height))
        heights = track(person, 0.0)[:, Joint.L_TOE, 2]
        return int(np.sum(np.diff((heights > heights.min() + 0.01).astype(int)) == 1))

    assert steps(0.7, 1.7) > steps(1.4, 1.7) > steps(2.0, 1.7)
    assert steps(1.3, 1.5) > steps(1.3, 1.9)


@pytest.mark.parametrize("move", [Stand(3.0), PhoneAtEar(3.0), SmokeCigarette(3.0)])
def test_stands_on_both_feet_upright(move: Move) -> None:
    person = somebody(move)
    for t in np.arange(0.5, 3.0, 0.1):
        points = person.joints(t)
        assert points[_FEET, 2].max() < 0.06
        low, high = extent(person.body(t))
        assert low[2] == pytest.approx(0, abs=0.01)
        assert high[2] == pytest.approx(person.looks.height, rel=0.03)


@table("direction", ["forward", "back", "left", "right"])
@table("before", [[], [Walk((1.0, 5.0))], [Crouch(0.5)]])
def test_falls_within_a_second_and_lies_flat(direction: str, before: list[Move]) -> None:
    alone = somebody(*before)
    person = somebody(*before, Fall(direction, 2.0, 0.8))  # type: ignore[arg-type]
    start = alone.end
    assert person.attributes(start + 0.1)["posture"] == "falling"
    assert person.attributes(start + 0.81)["posture"] == "lying"
    for t in np.arange(start + 0.8, start + 2.8, 0.2):
        low, high = extent(person.body(t))
        assert high[2] < 0.5
        assert hypot(*(high - low)[:2]) > 0.75 * person.looks.height
    angle = radians(person.heading(start))
    head = person.joints(start + 1)[Joint.HEAD] - person.joints(start)[Joint.HEAD]
    ahead, right = head[0] * sin(angle) + head[1] * cos(angle), head[0] * cos(angle) - head[1] * sin(angle)
    way = {"forward": ahead, "back": -ahead, "right": right, "left": -right}[direction]
    assert way > 0.9
    if not before:
        assert person.joints(start + 0.4)[Joint.HEAD, 2] > 0.9


@table("move", [Fall("forward", 1.0), Fall("back", 1.0), LieDown(1.0), Sit(1.0), Crouch(1.0)])
def test_gets_up_before_walking_without_being_told(move: Move) -> None:
    person = somebody(move, Walk((5.0, 2.0)))
    postures = [person.attributes(t)["posture"] for t in times(person)]
    walk = postures.index("walking")
    assert "standing" in postures[:walk]
    assert person.attributes(person.end - 2)["posture"] == "walking"
    assert person.end - somebody(move).end > 4.0 / 1.3 + 0.8
    assert person.joints(person.end - 1)[Joint.HEAD, 2] > 1.3


@table(
    ("move", "posture", "action", "head"),
    [
        (Stand(3), "standing", "standing", (0.88, 0.94)),
        (Walk((1, 9)), "walking", "walking", (0.84, 0.94)),
        (Run((1, 20)), "running", "running", (0.8, 0.94)),
        (Walk((1, 9), 1.2, "phone"), "walking", "phoning", (0.84, 0.94)),
        (Walk((1, 9), 1.2, "push"), "walking", "pushing", (0.84, 0.94)),
        (Sit(3), "sitting", "sitting", (0.6, 0.75)),
        (Crouch(3), "crouching", "crouching", (0.4, 0.68)),
        (TieShoe(3), "crouching", "tying_shoe", (0.35, 0.7)),
        (Bend(3), "bending", "bending", (0.4, 0.75)),
        (PhoneAtEar(3), "standing", "phoning", (0.88, 0.94)),
        (SmokeCigarette(3), "standing", "smoking", (0.88, 0.94)),
        (Fight(3, (1.0, 2.7)), "standing", "fighting", (0.7, 0.95)),
        (Hug(3, (1.0, 2.3)), "standing", "hugging", (0.84, 0.94)),
        (Push((1.0, 2.8), 3), "standing", "pushing", (0.75, 0.95)),
        (Climb((1.0, 3.5), 1.2, 4), "climbing", "climbing", (0.9, 1.6)),
        (LieDown(3), "lying", "repairing", (0.05, 0.3)),
    ],
)
def test_attributes_tell_what_is_seen(
    move: Move, posture: str, action: str, head: tuple[float, float]
) -> None:
    person = somebody(move)
    t = 3.2 if posture == "lying" else 1.8
    attributes = person.attributes(t)
    assert (attributes["posture"], attributes["action"]) == (posture, action)
    assert head[0] < person.joints(t)[Joint.HEAD, 2] / person.looks.height < head[1]


def test_lies_under_a_machine_without_falling() -> None:
    person = somebody(LieDown(4.0))
    postures = [person.attributes(t)["posture"] for t in times(person)]
    assert "falling" not in postures
    assert postures[-1] == "lying"
    assert postures.index("lying") * STEP > 2.0
    hands = track(person)[90:150, [Joint.L_HAND, Joint.R_HAND], 2]
    assert hands.max() > 0.4
    assert np.ptp(hands[:, 0]) > 0.05


def test_blows_are_fast_and_an_embrace_is_still() -> None:
    speed = {}
    for name, move in (("fight", Fight(4.0, (1.0, 2.7), 3)), ("hug", Hug(4.0, (1.0, 2.3)))):
        points = track(somebody(move))[45:110]
        pace = np.linalg.norm(np.diff(points[:, [Joint.L_HAND, Joint.R_HAND]], axis=0), axis=2) / STEP
        speed[name] = np.percentile(pace, 75)
    assert speed["fight"] > 2.0
    assert speed["hug"] < 0.1


def test_two_who_hug_meet_in_the_middle_face_to_face() -> None:
    looks = random_looks(random.Random(1))
    one = Person(1, looks, [Hug(3.0, (4.0, 0.0))], 0.0, (0.0, 0.0))
    other = Person(2, looks, [Hug(3.0, (0.0, 0.0))], 0.0, (4.0, 0.0))
    end = min(one.end, other.end) - 0.5
    assert one.place(end)[0] < 2 < other.place(end)[0]
    assert other.place(end)[0] - one.place(end)[0] < 0.4
    assert abs((one.heading(end) - other.heading(end)) % 360 - 180) < 1


def test_climbs_over_and_to_another_floor() -> None:
    over = somebody(Climb((1.0, 3.5), 1.2, 3.0))
    feet = track(over)[:, _FEET, 2].min(1)
    assert feet.max() > 0.75
    assert extent(over.body(over.end + 1))[0][2] == pytest.approx(0, abs=0.01)
    assert over.place(over.end + 1)[1] == pytest.approx(3.5, abs=0.05)
    down = Person(1, over.looks, [Climb((0.0, 2.0), 0.0, 3.0, level=-1.0)], level=0.0)
    assert extent(down.body(down.end + 1))[0][2] == pytest.approx(-1.0, abs=0.01)


def test_is_there_from_start_until_it_leaves_and_holds_its_last_posture() -> None:
    looks = random_looks(random.Random(2))
    person = Person(3, looks, [Crouch(1.0)], 2.0, until=9.0)
    assert [person.present(t) for t in (1.9, 2.0, 8.9, 9.0)] == [False, True, True, False]
    assert person.attributes(8.0)["posture"] == "crouching"
    assert same(person.body(7.0), person.body(8.0))
    assert Person(3, looks, [Stand(1.0)], 2.0).present(1e6)


def test_turns_the_short_way_round() -> None:
    person = somebody(Turn(350.0), heading=10.0)
    headings = np.array([person.heading(t) for t in times(person)])
    assert (np.abs((headings + 180) % 360 - 180) < 10.01).all()
    assert headings[-1] % 360 == pytest.approx(350.0)


@pytest.mark.parametrize(
    ("kind", "carrying"), [("suitcase", "bag"), ("backpack", "bag"), ("box", "box"), ("product", "product")]
)
def test_carries_between_taking_and_leaving(kind: str, carrying: str) -> None:
    person = somebody(PickUp(7, kind), Walk((4.0, 2.0)), PutDown(), Walk((6.0, 2.0)))  # type: ignore[arg-type]
    (grip,) = person.grips
    assert grip.thing == 7
    seen = [person.attributes(t)["carrying"] for t in (0.1, grip.start, grip.end - 0.01, grip.end)]
    assert seen == ["none", carrying, carrying, "none"]
    assert person.holding(grip.start + 1) == grip


def test_carries_from_the_start() -> None:
    person = somebody(Carry(7, "box"), Walk((4.0, 2.0)))
    assert person.attributes(0.0)["carrying"] == "box"
    hands = person.joints(1.0)[[Joint.L_HAND, Joint.R_HAND]]
    assert hands[:, 2].min() > 0.9
    assert person.attributes(99.0)["carrying"] == "box"


@pytest.mark.parametrize(("height", "target"), [(0.5, 0.6), (1.2, 1.3), (1.6, 1.7)])
def test_reaches_as_high_as_the_shelf(height: float, target: float) -> None:
    person = somebody(Take(7, (1.0, 2.8), height))
    reached = person.joints(0.8)[Joint.R_HAND]
    assert reached[2] == pytest.approx(target, abs=0.16)
    assert reached[1] > 2.3


def test_helmet_and_vest_are_seen_and_said() -> None:
    def shown(**wear: object) -> tuple[dict[str, str], Person]:
        looks = random_looks(random.Random(5), **wear)  # type: ignore[arg-type]
        person = somebody(Stand(2.0), looks=looks)
        return dict(person.attributes(1.0)), person

    def heights(person: Person, colour: tuple[float, float, float]) -> list[float]:
        shapes = person.body(1.0).shapes
        return [s.a[2] for s in shapes if isinstance(s, Capsule) and s.colour == colour]

    yellow = PALETTE["yellow"]
    bare, _ = shown()
    worn, wearer = shown(helmet=yellow, vest=LIME)
    held, holder = shown(helmet=yellow, helmet_in_hand=True)
    assert (bare["helmet"], worn["helmet"], held["helmet"]) == ("no", "yes", "in_hand")
    assert (bare["vest"], worn["vest"]) == ("no", "yes")
    assert min(heights(wearer, yellow)) > 0.9 * wearer.looks.height
    assert max(heights(holder, yellow)) < 0.5 * holder.looks.height
    assert heights(wearer, LIME)
    assert any(isinstance(s, Solid) and s.colours[0] == BAND for s in wearer.body(1.0).shapes)
    assert not heights(wearer, wearer.looks.hair)
    assert heights(holder, holder.looks.hair)
    assert "with a yellow helmet" in wearer.caption
    assert "warning vest" in wearer.caption
    assert "holding a yellow helmet in the hand" in holder.caption
