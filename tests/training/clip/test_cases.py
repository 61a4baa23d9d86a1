"""Cases of the cascade as samples: what the labels say of each, and what that teaches."""

import random
from dataclasses import replace

import pytest
from PIL import Image

from secondsight.ground_truth import Recording, TrueBox, TrueEvent, TrueFrame, TrueObject
from secondsight.records import Box
from secondsight.sim.world import make_world
from training.clip.cases import Look, imagined, samples_of, watched
from training.clip.corpus import Vocabulary, deciding
from training.clip.samples import FRAMES

HERE, THERE = Box(0.1, 0.2, 0.2, 0.6), Box(0.7, 0.2, 0.8, 0.6)
NOWHERE = Box(0.4, 0.1, 0.45, 0.15)
WALKS = {"posture": "walking"}
FALL = TrueEvent("1", "fall", 2.0, 8.0, (1,), answers={"happens": "yes"}, caption="a man falls")
SHOE = replace(
    FALL, kind="tying_shoe", resembles="fall", answers={"happens": "no"}, caption="a man ties a shoe"
)
FIGHT = replace(FALL, kind="fight", caption="two men fight")
ELSEWHERE = replace(FALL, id="2", actors=(2,))
SHOE_ELSEWHERE = replace(SHOE, actors=(2,))
LONG_AGO = replace(FALL, start=-30.0, end=-20.0)
ABOUT = Recording("metro-0", "metro-0.mp4", 640, 360, 5.0, 60.0, 0.0, ("fall", "fight"))
ABOUT = replace(
    ABOUT, objects=(TrueObject(1, "person", "a man in red"), TrueObject(2, "person")), pack="metro", seed=7
)
PICTURE = Image.new("RGB", (640, 360))


def looks(box: Box | None, count: int = 6) -> list[Look]:
    true = tuple(TrueBox(number, place, 1.0, WALKS) for number, place in ((1, HERE), (2, THERE)))
    return [Look(PICTURE, box, TrueFrame(i, 2.0 + i, true)) for i in range(count)]


def told(box: Box | None, thing: TrueEvent | None, *known: TrueEvent):
    about = replace(
        ABOUT,
        events=tuple(one for one in known if not one.resembles),
        lookalikes=tuple(one for one in known if one.resembles),
    )
    return list(samples_of("fall", looks(box), thing, about, random.Random(1), draws=2))


@pytest.mark.parametrize(
    ("box", "thing", "known", "role", "seen", "caption"),
    [
        (HERE, FALL, (FALL,), "event", ("fall",), "a man falls"),
        (HERE, SHOE, (SHOE,), "lookalike", ("tying_shoe",), "a man ties a shoe"),
        (HERE, None, (FIGHT,), "mistaken", ("fight",), "two men fight"),
        (HERE, None, (), "mistaken", ("walking",), "a man in red"),
        (HERE, None, (LONG_AGO,), "mistaken", ("walking",), "a man in red"),
        (HERE, SHOE_ELSEWHERE, (SHOE_ELSEWHERE,), "mistaken", ("walking",), "a man in red"),
        (NOWHERE, None, (), "mistaken", ("nobody",), "nobody is there"),
        (None, None, (), "mistaken", (), None),
    ],
)
def test_what_a_case_shows_is_told_by_the_labels(box, thing, known, role, seen, caption):
    samples = told(box, thing, *known)
    assert samples
    for one in samples:
        assert (one.kind, one.role, one.seen, one.seed) == ("fall", role, seen, 7)
        assert one.captions[:1] == ((caption,) if caption else ())
        assert one.views.shape[0] == FRAMES


@pytest.mark.parametrize(
    ("box", "thing", "known"),
    [
        (HERE, ELSEWHERE, (ELSEWHERE,)),
        (HERE, None, (replace(FALL, start=-9.0, end=1.0),)),
    ],
    ids=["happened elsewhere meanwhile", "is just over"],
)
def test_what_the_labels_leave_open_teaches_nothing(box, thing, known):
    assert told(box, thing, *known) == []


def test_a_case_with_few_key_frames_is_one_sample():
    (sample,) = samples_of("fall", looks(HERE, 2), FALL, replace(ABOUT, events=(FALL,)), random.Random(1))
    assert sample.views.shape[0] == FRAMES


@pytest.mark.parametrize(
    ("kind", "seen", "true"),
    [
        ("fall", ["walking"], {"walking"}),
        (
            "loitering",
            ["standing"],
            {"walking", "running", "queueing", "carrying", "bicycle", "nobody", "shadow"},
        ),
        ("fight", [], {"hug", "group", "walking", "standing", "phone", "queueing", "nobody"}),
    ],
    ids=["by what is seen", "by the other side, where what is seen stands on this one", "by the whole side"],
)
def test_a_mistake_of_a_rule_teaches_that_the_answer_is_no(kind, seen, true):
    vocabulary = Vocabulary.load()
    fact = {"kind": kind, "role": "mistaken", "seen": seen}
    assert {vocabulary.names[number] for number in deciding(fact, vocabulary)[0][1]} == true


@pytest.mark.slow
def test_a_scene_is_watched_by_the_product_itself():
    ((kind, looks, thing, _),) = watched(make_world("metro", 2000, 0, 25.0, density=8.0, kinds=("fall",)))
    assert (kind, thing.kind if thing else None) == ("fall", "fall")
    assert all(look.box for look in looks)


def test_or_only_imagined():
    world = make_world("metro", 2001, 0, 30.0, density=8.0, kinds=("fall",))
    cases = list(imagined(world, random.Random(1)))
    assert {kind for kind, *_ in cases} == {"fall"}
    assert any(thing is not None and thing.kind == "fall" for _, _, thing, _ in cases)
