"""Events that happen only where they are asked for: all of them occur, with look-alikes, and are true."""

from collections import Counter
from itertools import pairwise

import pytest
from ruamel.yaml import YAML

from secondsight.brain import question_sheet
from secondsight.config import SiteConfig
from secondsight.errors import ConfigError
from secondsight.sim.actors.people import Person
from secondsight.sim.captions import DOING, vocabulary, words
from secondsight.sim.events import MORE, PLOTS
from secondsight.sim.output.site_file import rules_text, site_file
from secondsight.sim.world import World, labelled, make_scene, make_world
from tests.table import table

KINDS = [(pack, plot.kind) for pack, plots in MORE.items() for plot in plots if plot.resembles is None]


@pytest.fixture(scope="module", params=KINDS, ids=[kind for _, kind in KINDS])
def worlds(request: pytest.FixtureRequest) -> list[World]:
    pack, kind = request.param
    return [make_world(pack, seed, 0, 75.0, kinds=(kind,)) for seed in range(700, 705)]


def test_the_kind_and_each_of_its_lookalikes_occur(worlds: list[World]) -> None:
    pack, (kind,) = worlds[0].scene.pack, worlds[0].kinds
    seen = Counter(event.kind for world in worlds for event in (*world.events, *world.lookalikes))
    assert seen.keys() == {plot.kind for plot in MORE[pack] if kind in (plot.kind, plot.resembles)}
    assert {event.kind for world in worlds for event in world.events} == {kind}
    assert seen[kind] >= 4
    assert all(world.truth().labelled == (kind,) for world in worlds)


def test_they_are_true(worlds: list[World]) -> None:
    known = vocabulary()
    for world in worlds:
        numbers = {actor.number: actor for actor in world.actors}
        assert len(numbers) == len(world.actors)
        zones = world.truth().zones
        for event in (*world.events, *world.lookalikes):
            questions = question_sheet(event.resembles or event.kind, "en").questions
            choices = {question.key: question.choices for question in questions}
            assert event.answers.keys() == choices.keys(), event.kind
            assert event.answers[questions[0].key] == ("no" if event.resembles else "yes")
            assert all(not choices[key] or answer in choices[key] for key, answer in event.answers.items())
            assert event.zone in zones
            assert 0 <= event.start < event.end <= world.duration
            assert set(words(event.caption)) <= known
            middle = (event.start + event.end) / 2
            there = [numbers[actor].present(middle) for actor in event.actors]
            assert any(there) or (not there and event.resembles in ("low_visibility", None)), event


def test_a_kind_without_lookalikes_happens_by_itself() -> None:
    world = make_world("motorway", 700, 0, 75.0, kinds=("landslide",))
    assert {event.kind for event in world.events} == {"landslide"}
    assert world.lookalikes == ()


def test_nobody_does_it_by_the_way(worlds: list[World]) -> None:
    """Passers-by must not do unlabelled what the rule looks for."""
    kind = worlds[0].kinds[0]
    for world in worlds:
        playing = {actor for event in (*world.events, *world.lookalikes) for actor in event.actors}
        others = [
            actor for actor in world.actors if isinstance(actor, Person) and actor.number not in playing
        ]
        for actor in others:
            said = [actor.attributes(t) for t in range(int(max(actor.start, 0)), 75, 3) if actor.present(t)]
            assert all(one["action"] in DOING for one in said)
            if kind == "no_vest" and world.scene.zones:
                assert all(one["vest"] == "yes" or one["helmet"] == "no" for one in said)
            if kind == "forbidden_operation":
                assert all(one["action"] not in ("phoning", "smoking") for one in said)
            if kind == "running":
                assert all(one["posture"] != "running" for one in said)


def test_the_site_file_watches_for_it_and_nothing_else(worlds: list[World]) -> None:
    for number, world in enumerate(worlds):
        world.camera = f"camera-{number}"
    site = SiteConfig.model_validate(YAML(typ="safe").load(site_file([world.truth() for world in worlds])))
    for world in worlds:
        rules = site.rules_of(world.camera).values()
        assert {rule.kind or rule.behaviour for rule in rules} == set(world.kinds)


def test_a_packs_own_events_stay_as_they_are() -> None:
    """Without kinds, neither the scene, nor what happens, nor the rules know of any of this."""
    for pack in MORE:
        world = make_world(pack, 3, 0, 60.0)
        plain = make_scene(pack, 3, 0)
        assert (world.scene.zones, world.scene.lines) == (plain.zones, plain.lines)
        assert len(world.scene.backdrop.bodies) == len(plain.backdrop.bodies)
        assert world.kinds == labelled(pack)
        assert {event.kind for event in (*world.events, *world.lookalikes)} <= {
            plot.kind for plot in PLOTS[pack]
        }
        assert not set(labelled(pack)) & {kind for where, kind in KINDS if where == pack}


def test_several_kinds_at_once_also_of_the_packs_own() -> None:
    world = make_world("metro", 701, 0, 90.0, density=9, kinds=("running", "fall"))
    assert {event.kind for event in world.events} == {"running", "fall"}
    assert {event.resembles for event in world.lookalikes} <= {"running", "fall"}


def test_a_packs_own_kind_may_have_a_better_rule_where_it_is_asked_for() -> None:
    assert "behaviour: stillness" in rules_text("industrial", labelled("industrial"))
    assert "behaviour: man_down" in rules_text("industrial", ("man_down",))


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ConfigError, match="did you mean `running`"):
        make_world("metro", 0, 0, 10.0, kinds=("runing",))
    with pytest.raises(ConfigError, match="no event of retail"):
        make_world("retail", 0, 0, 10.0, kinds=("running",))


@table("seed", range(700, 712))
def test_what_lies_over_the_whole_picture_keeps_apart_and_is_seen_to_come(seed: int) -> None:
    world = make_world("motorway", seed, 0, 120.0, density=4.0, kinds=("low_visibility",))
    steps = sorted(world.conditions, key=lambda step: step.start)
    assert steps[0].start >= 2.0
    pauses = [after.start - step.end for step, after in pairwise(steps)]
    assert all(pause == pytest.approx(0.0, abs=1e-6) or pause >= 4.0 for pause in pauses)
