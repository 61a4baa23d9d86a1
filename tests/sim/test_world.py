"""Worlds of the simulated city: the same for the same seed, full of everything, and true."""

from collections import Counter
from math import dist
from pathlib import Path

import numpy as np
import pytest

from secondsight.brain import question_sheet
from secondsight.config import SiteConfig
from secondsight.errors import ConfigError
from secondsight.ground_truth import TrueEvent, TrueObject, read_truth, write_truth
from secondsight.sim import world as city
from secondsight.sim.captions import DOING, EVENTS, vocabulary, words
from secondsight.sim.conditions.conditions import shift
from secondsight.sim.demo import demo_world
from secondsight.sim.events import PLOTS
from secondsight.sim.output.site_file import site_file
from secondsight.sim.world import PACKS, World, labelled, make_world

SECONDS = 90.0


@pytest.fixture(scope="module", params=PACKS)
def worlds(request: pytest.FixtureRequest) -> list[World]:
    count = 12 if request.param == "motorway" else 5
    return [make_world(request.param, seed, seed % 3, SECONDS, density=5.0) for seed in range(count)]


def _all(world: World) -> tuple[TrueEvent, ...]:
    return world.events + world.lookalikes


def test_the_same_numbers_give_the_same_bytes_in_whatever_order_frames_are_drawn(tmp_path: Path) -> None:
    images = []
    for name, order in (("one", (10, 60)), ("other", (60, 10))):
        world = make_world("metro", 7, 2, 10.0, ["rain:0.5", "shake:0.5"])
        drawn = {index: world.frame(index) for index in order}
        write_truth(world.truth([drawn[index][1] for index in (10, 60)]), tmp_path / f"{name}.json")
        images.append([drawn[index][0] for index in (10, 60)])
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "other.json").read_bytes()
    np.testing.assert_array_equal(images[0], images[1])


@pytest.mark.parametrize(("first", "second"), [((1, 0), (2, 0)), ((1, 0), (1, 1))])
def test_other_seeds_and_cameras_are_other_places(first: tuple[int, int], second: tuple[int, int]) -> None:
    one, other = (make_world("metro", seed, camera, 20.0) for seed, camera in (first, second))
    assert one.scene.geometry != other.scene.geometry
    assert [event.start for event in _all(one)] != [event.start for event in _all(other)]


def test_every_kind_and_every_lookalike_occurs(worlds: list[World]) -> None:
    pack = worlds[0].scene.pack
    seen = Counter(event.kind for world in worlds for event in _all(world))
    assert set(seen) == {plot.kind for plot in PLOTS[pack]}
    assert set(labelled(pack)) == {event.kind for world in worlds for event in world.events}
    resembled = {event.resembles for world in worlds for event in world.lookalikes}
    assert resembled <= set(labelled(pack))


def test_real_events_are_the_smaller_part(worlds: list[World]) -> None:
    plotted = {plot.kind for plot in PLOTS[worlds[0].scene.pack] if plot.resembles is None}
    real = sum(event.kind in plotted for world in worlds for event in world.events)
    alike = sum(len(world.lookalikes) for world in worlds)
    # One burning car is three real events, so it is not 40 to 60.
    assert 0.3 < real / (real + alike) < 0.6
    assert real + alike >= 4 * len(worlds)


def test_what_may_be_confused_never_overlaps(worlds: list[World]) -> None:
    for world in worlds:
        events = sorted(_all(world), key=lambda event: event.start)
        for i, one in enumerate(events):
            assert 0 <= one.start < one.end <= world.duration
            for other in events[i + 1 :]:
                if (one.resembles or one.kind) == (other.resembles or other.kind):
                    assert other.start >= one.end


def test_answers_are_those_of_the_sheets(worlds: list[World]) -> None:
    for world in worlds:
        for event in _all(world):
            questions = question_sheet(event.resembles or event.kind, "en").questions
            choices = {question.key: question.choices for question in questions}
            assert set(event.answers) == set(choices), event.kind
            assert event.answers[questions[0].key] == ("no" if event.resembles else "yes")
            for key, answer in event.answers.items():
                assert not choices[key] or answer in choices[key]


def test_actors_are_there_and_visible_at_the_events_time(worlds: list[World]) -> None:
    for world in worlds[:1]:
        numbers = {actor.number: actor for actor in world.actors}
        assert len(numbers) == len(world.actors)
        for event in _all(world):
            times = [event.start + share * (event.end - event.start) for share in (0.2, 0.5, 0.8)]
            assert all(numbers[actor].present(times[1]) for actor in event.actors), event
            seen = [world.picture(time).objects.get(event.actors[0]) for time in times]
            assert any(one is not None and one.visible > 0.2 for one in seen), event


def test_zones_are_polygons_of_the_picture_and_the_site_file_is_valid(worlds: list[World]) -> None:
    from ruamel.yaml import YAML

    pack = worlds[0].scene.pack
    for number, world in enumerate(worlds):
        world.camera = f"camera-{number}"
    site = SiteConfig.model_validate(YAML(typ="safe").load(site_file([world.truth() for world in worlds])))
    for world in worlds:
        truth = world.truth()
        assert set(truth.zones) == set(world.scene.zones)
        assert all(0 <= part <= 1 for zone in truth.zones.values() for point in zone for part in point)
        rules = site.rules_of(world.camera).values()
        assert {rule.kind or rule.behaviour for rule in rules} == set(labelled(pack))
        assert {event.zone for event in _all(world)} <= set(truth.zones)


def test_captions_keep_to_their_vocabulary(worlds: list[World]) -> None:
    known = vocabulary()
    assert len(known) < 250
    for world in worlds:
        truth = world.truth()
        shown: list[TrueObject | TrueEvent] = [*truth.objects, *truth.events, *truth.lookalikes]
        texts = [truth.caption, *(one.caption for one in shown)]
        for text in texts:
            assert text
            assert set(words(text)) <= known, text


def test_every_kind_has_its_sentences_and_every_action_its_verb(worlds: list[World]) -> None:
    assert {plot.kind for plots in PLOTS.values() for plot in plots} <= set(EVENTS)
    times = np.arange(0, SECONDS, 1.0)
    actions = {
        actor.attributes(t)["action"]
        for world in worlds[:3]
        for actor in world.actors
        if actor.label == "person"
        for t in times
        if actor.present(t)
    }
    assert actions <= set(DOING)


def test_labels_follow_a_shaking_camera() -> None:
    world = make_world("motorway", 5, 0, 10.0, ("shake:1",))
    index = next(i for i in range(100) if abs(shift([("shake", 1.0)], i / 10, world.seed)[0]) > 2)
    plain = world.picture(index / 10).objects
    _, frame, picture = world.frame(index)
    moved = {box.object for box in frame.boxes if dist(plain[box.object].box, box.box) > 2e-3}
    assert moved
    for box in frame.boxes:
        rows, columns = np.nonzero(picture.ids == box.object)
        if len(rows) > 50:
            assert abs(columns.min() / 640 - box.box.x1) < 0.012
            assert abs(rows.min() / 360 - box.box.y1) < 0.015


def test_training_and_test_seeds_are_disjoint() -> None:
    assert not set(city.training_seeds(10_000)) & set(city.test_seeds(10_000))
    assert city.test_seeds(2)[0] == 1_000_000


def test_an_unknown_pack_or_condition_is_named() -> None:
    with pytest.raises(ConfigError, match="metro"):
        make_world("metr", 0, 0, 10.0)
    with pytest.raises(ConfigError, match="night"):
        make_world("metro", 0, 0, 10.0, ["nigth"])


def test_the_demonstration_holds_what_it_promises() -> None:
    world = demo_world(0)
    assert [event.kind for event in world.events] == ["loitering", "fall", "wrong_way"]
    assert [event.kind for event in world.lookalikes] == ["tying_shoe", "sitting_down"]
    assert {condition.name for condition in world.conditions} == {"dirty_lens", "night"}
    assert world.truth() == demo_world(0).truth()


def test_a_recording_reads_back(tmp_path: Path) -> None:
    truth = make_world("industrial", 1, 0, 20.0).truth()
    write_truth(truth, tmp_path / "a.json")
    assert read_truth(tmp_path / "a.json") == truth
