"""Second-stage models at work in a site: opened when a rule needs them, shown the right people, priced by `check`."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import supervision as sv

from secondsight.config import SiteConfig, make_site
from secondsight.errors import ConfigError, ModelError
from secondsight.records import Box, Observation, Track
from secondsight.sentinel import ModelStore, make_tracker
from secondsight.site import Site
from secondsight.site.check import check_site
from secondsight.site.pipeline.analysis import TrackAnalysis
from secondsight.site.pipeline.second_stage import Stages, needed
from tests.approx import approx
from tests.detections import track_ids
from tests.sentinel.families.test_instances import colour_model
from tests.sentinel.frames import drawn
from tests.sentinel.graphs import constant_model

LEFT = {"coordinates": "0,0,0.5,0,0.5,1,0,1"}
RULE = {"behaviour": "forbidden_operation", "zone": "left", "attribute": "colour"}


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """A classifier of colours, a segmenter, a pose model, an embedding."""
    store = ModelStore(tmp_path / "models")
    names = ("red", "green", "blue")
    colour = colour_model(tmp_path / "c.onnx", softmax=True, batch="N")
    store.add(colour, "colours", "classifier-plain", names)
    store.add(colour, "looks", "reid")
    classes = np.zeros((1, 32, 32), np.int64)
    classes[0, 16:] = 1
    constant_model(tmp_path / "s.onnx", {"out": classes}, shape=(1, 3, 32, 32))
    store.add(tmp_path / "s.onnx", "scene", "deeplab", ("background", "road"))
    return store


def site(tmp_path: Path, rules: dict[str, Any], second: dict[str, Any], **sentinel: Any) -> SiteConfig:
    values = {
        "models": tmp_path / "models",
        "cameras": {
            "a": {"source": str(tmp_path / "a.mp4"), "zones": {"left": LEFT}},
            "b": {"source": str(tmp_path / "b.mp4")},
        },
        "rules": rules,
        "sentinel": {"second_stage": second, **sentinel},
        "retention": {"min_free": 0},
    }
    return make_site(values, tmp_path)


SECOND = {"colour": {"model": "colours", "region": "torso", "votes": 3}, "unused": {"model": "not-installed"}}


def test_only_what_a_rule_of_the_camera_names_is_needed(tmp_path: Path, store: ModelStore) -> None:
    config = site(tmp_path, {"op": RULE}, SECOND)
    assert set(needed(config)) == set(needed(config, "a")) == {"colour"}
    assert not needed(config, "b")
    stages = Stages(config, store)
    stages.close()
    with pytest.raises(ModelError, match="no model is called `not-installed`"):
        Stages(site(tmp_path, {"op": {**RULE, "attribute": "unused"}}, SECOND), store)


@pytest.mark.parametrize(
    ("behaviour", "points", "judged"),
    [("fall", True, True), ("man_down", True, True), ("fall", False, False), ("intrusion", True, False)],
)
def test_postures_are_judged_where_a_rule_asks_and_key_points_are_known(
    tmp_path: Path, store: ModelStore, behaviour: str, points: bool, judged: bool
) -> None:
    """A person of key points stands before camera `a` for two seconds."""
    config = site(tmp_path, {"rule": {"behaviour": behaviour, "zone": "left"}}, {})
    stages = Stages(config, store)
    of_a, of_b = (stages.of(camera, ("person",), points=points) for camera in "ab")
    picture = drawn(np.zeros((96, 128, 3), np.uint8))
    seen: list[set[int]] = [set(), set()]
    standing = np.full((1, 17, 3), 0.8, np.float32)
    standing[0, :, 0], standing[0, :, 1] = 30 + np.arange(17) % 3, np.linspace(5, 85, 17)
    for step in range(10):
        found = sv.Detections(
            xyxy=np.array([[25, 2, 40, 90]], np.float32),
            confidence=np.array([0.9], np.float32),
            class_id=np.array([0]),
            tracker_id=np.array([7]),
            data={"points": standing + np.float32(0)},
        )
        frame = replace(picture, time=step / 5)
        for number, stage in enumerate((of_a, of_b)):
            seen[number] |= set(stage.look(frame, found).postures)
    stages.close()
    assert seen == [{7} if judged else set(), set()]


def test_a_rule_cannot_name_what_is_not_there(tmp_path: Path, store: ModelStore) -> None:
    with pytest.raises(
        ConfigError, match=r"rules\.op\.attribute: no model under `sentinel.second_stage`.*`colour`"
    ):
        site(tmp_path, {"op": {**RULE, "attribute": "colours"}}, SECOND)
    with pytest.raises(ConfigError, match="deepsort only"):
        site(tmp_path, {}, {}, reid="looks")


def test_people_in_the_zone_get_their_attributes(tmp_path: Path, store: ModelStore) -> None:
    """Three people; the one on the right stands in no zone that needs the model, and is never looked at."""
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, :100], picture[:, 100:200], picture[:, 200:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    config = site(tmp_path, {"op": RULE}, SECOND)
    stages = Stages(config, store)
    seen: list[Observation] = []
    analysis = TrackAnalysis(
        "a",
        0,
        ("person",),
        make_tracker("deepsort", 5),
        [],
        on_candidate=lambda candidate: None,
        on_observation=seen.append,
        on_tracks=lambda tracks: None,
        second_stage=stages.of("a", ("person",)),
    )
    boxes = np.array([(20, 20, 60, 95), (102, 20, 142, 95), (220, 20, 260, 95)], np.float32)
    for step in range(16):
        frame = drawn(picture)
        object.__setattr__(frame, "time", step / 5)
        found = sv.Detections(boxes, confidence=np.full(3, 0.9, np.float32), class_id=np.zeros(3, int))
        analysis.look(frame, found, still=False)
    analysis.unchanged(3.5)
    stages.close()
    last, held = seen[-2:]
    assert held.held
    assert held.time == 3.5
    assert held.attributes == last.attributes
    said = {number: one["colour"] for number, one in last.attributes.items()}
    by_place = {
        round(float(x)): number
        for x, number in zip(last.detections.xyxy[:, 0], track_ids(last.detections), strict=True)
    }
    assert said[by_place[20]].label == "red"
    assert said[by_place[102]].label == "green"
    assert by_place[220] not in said
    assert said[by_place[20]].votes == 3


@pytest.mark.parametrize("embeds", [True, False])
def test_a_track_keeps_what_a_re_id_model_says_of_it(embeds: bool) -> None:
    """Colours stand for such a model here; two people, in red and in green."""
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, :100], picture[:, 100:] = (255, 0, 0), (0, 255, 0)
    ended: list[Track] = []
    analysis = TrackAnalysis(
        "a",
        0,
        ("person",),
        make_tracker("deepsort", 5),
        [],
        on_candidate=lambda candidate: None,
        on_observation=lambda seen: None,
        on_tracks=ended.extend,
        embeds=embeds,
    )
    boxes = np.array([(20, 20, 60, 95), (120, 20, 160, 95)], np.float32)
    for step in range(8):
        found = sv.Detections(boxes, confidence=np.full(2, 0.9, np.float32), class_id=np.zeros(2, int))
        analysis.look(replace(drawn(picture), time=step / 5), found, still=False)
    analysis.close()
    if not embeds:
        assert [one.embedding for one in ended] == [None, None]
        return
    red, green = (np.array(one.embedding) for one in ended)
    assert np.linalg.norm(red) == pytest.approx(1.0, abs=0.01)
    assert red @ green < 0.9


def test_a_model_that_fails_costs_no_look(tmp_path: Path) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("out of memory")

    empty = SimpleNamespace(attributes={}, poses={}, postures={}, regions=())
    broken = SimpleNamespace(look=fail, known=lambda *args: empty)
    seen: list[Observation] = []
    analysis = TrackAnalysis(
        "a",
        0,
        ("person",),
        make_tracker("bytetrack", 5),
        [],
        on_candidate=lambda candidate: None,
        on_observation=seen.append,
        on_tracks=lambda tracks: None,
        second_stage=broken,  # type: ignore[arg-type]
    )
    frame = drawn(np.zeros((10, 10, 3), np.uint8))
    analysis.look(frame, _one(), still=False)
    assert len(seen) == 1
    assert analysis.failures == 1


def _one() -> sv.Detections:
    return sv.Detections(
        np.array([(1, 1, 5, 9)], np.float32), confidence=np.array([0.9]), class_id=np.array([0])
    )


def test_regions_and_embeddings_come_from_their_models(tmp_path: Path, store: ModelStore) -> None:
    rule = {**RULE, "attribute": "scene"}
    stages = Stages(site(tmp_path, {"op": rule}, {"scene": {"model": "scene", "every": "2s"}}), store)
    frame = drawn(np.zeros((90, 60, 3), np.uint8))
    detections = sv.Detections.empty()
    detections.tracker_id = np.empty(0, int)
    (region,) = stages.of("a", ("person",)).look(frame, detections).regions
    stages.close()
    assert (region.label, region.area) == ("road", approx(0.5))
    assert region.box == pytest.approx(Box(0, 0.5, 1, 1))


def test_check_shows_what_each_camera_pays(tmp_path: Path, store: ModelStore) -> None:
    rules = {
        "op": RULE,
        "scene": {**RULE, "zone": "frame", "attribute": "scene"},
        "bad": {**RULE, "attribute": "unused"},
    }
    second = {**SECOND, "scene": {"model": "scene", "every": "2s"}}
    config = site(tmp_path, rules, second, tracker="deepsort", reid="looks")
    found = {(one.part, one.name): one for one in check_site(config) if one.part in ("second", "reid")}
    assert {name for _, name in found} == {"colour on a", "looks", "scene on a", "scene on b", "unused on a"}
    crop = found["second", "colour on a"]
    assert crop.fine
    assert "colours: " in crop.detail
    assert "ms a crop, every 1 s: " in crop.detail
    assert crop.detail.endswith("% of a core for 20 tracks")
    assert "ms a picture, every 2 s: " in found["second", "scene on b"].detail
    assert not found["second", "unused on a"].fine
    assert "not-installed" in found["second", "unused on a"].detail
    assert found["reid", "looks"].detail == "reid, 32x32, on CPU"


def test_a_whole_site_asks_its_models(
    tmp_path: Path, store: ModelStore, shorts: Path, models_dir: Path
) -> None:
    """From the video to the event, with DeepSORT, an embedding for it, and a classifier that the rule needs."""
    fast = ModelStore(models_dir).resolve("fastestdet")
    store.add(fast.path, "fastestdet", fast.family, fast.labels)
    any_answer = {"answers": ["red", "green", "blue"], "score": 0.1, "votes": 2}
    config = make_site(
        {
            "models": tmp_path / "models",
            "cameras": {"hall": {"source": str(shorts / "one.mp4")}},
            "rules": {"op": {**RULE, "zone": "frame", **any_answer}},
            "sentinel": {
                "model": "fastestdet",
                "tracker": "deepsort",
                "reid": "looks",
                "lost_track": "8s",
                "second_stage": SECOND,
            },
            "retention": {"min_free": 0},
        },
        tmp_path,
    )
    with Site(config) as running:
        events = list(running.events(once=True))
        running.raise_for_cameras()
    assert [event.kind for event in events] == ["forbidden_operation"]
    assert events[0].label == "person"
