"""What second-stage models say of somebody, from the picture to the event: number plates, hard hats; and the analysis
in between."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import supervision as sv
from onnx import TensorProto, helper

from bench.performance.plates import car_with
from secondsight.config import NoBrainSettings, load_site, make_site
from secondsight.errors import ConfigError, ModelError
from secondsight.event_json import event_to_json
from secondsight.records import Attribute, Candidate, Observation, TrackId
from secondsight.sentinel import ModelStore, make_tracker
from secondsight.sentinel.second import text_reader as reading
from secondsight.sim.make import write_city
from secondsight.sim.world import make_world
from secondsight.site import Site
from secondsight.site.check import check_site
from secondsight.site.pipeline.analysis import TrackAnalysis
from tests.detections import track_ids
from tests.sentinel.frames import drawn
from tests.sentinel.graphs import save

PLATE = "B AB 1234"
WIDTH, HEIGHT = 640, 360


def finder_of_light(path: Path, least: float) -> Path:
    """A detector of one object: all that is brighter than `least`, 0..1, in YOLO's end-to-end layout."""
    wide, high = WIDTH // 2, HEIGHT // 2
    node = helper.make_node
    nodes = [
        node("ReduceMax", ["images"], ["light"], axes=[1], keepdims=0),
        node("Greater", ["light", "dark"], ["there"]),
        node("Cast", ["there"], ["mask"], to=TensorProto.FLOAT),
        node("ReduceMax", ["mask"], ["columns"], axes=[1], keepdims=0),
        node("ReduceMax", ["mask"], ["rows"], axes=[2], keepdims=0),
    ]
    for axis, side, low, high_name in (("columns", "wide", "x1", "x2"), ("rows", "high", "y1", "y2")):
        nodes += [
            node("Mul", [axis, f"{side}.up"], [f"{side}.far"]),
            node("ReduceMax", [f"{side}.far"], [high_name], axes=[1]),
            node("Mul", [axis, f"{side}.down"], [f"{side}.near"]),
            node("ReduceMax", [f"{side}.near"], [f"{side}.most"], axes=[1]),
            node("Sub", [f"{side}.all", f"{side}.most"], [low]),
        ]
    nodes += [
        node("ReduceMax", ["mask"], ["any"], axes=[1, 2], keepdims=0),
        node("Reshape", ["any", "pair"], ["score"]),
        node("Mul", ["score", "zero"], ["class"]),
        node("Concat", ["x1", "y1", "x2", "y2", "score", "class"], ["flat"], axis=1),
        node("Reshape", ["flat", "shape"], ["output0"]),
    ]
    constants: dict[str, Any] = {
        "dark": np.array(least, np.float32),
        "zero": np.zeros((1, 1), np.float32),
        "pair": np.array([1, 1], np.int64),
        "shape": np.array([1, 1, 6], np.int64),
    }
    for side, count in (("wide", wide), ("high", high)):
        constants[f"{side}.up"] = np.arange(1, count + 1, dtype=np.float32)[None]
        constants[f"{side}.down"] = np.arange(count, 0, -1, dtype=np.float32)[None]
        constants[f"{side}.all"] = np.array([[count]], np.float32)
    image = {"images": (TensorProto.FLOAT, (1, 3, high, wide))}
    return save(path, nodes, image, {"output0": (TensorProto.FLOAT, (1, 1, 6))}, constants)


def drive_past(path: Path) -> Path:
    """Six seconds of a car that drives from left to right at night, its plate 16 pixels high."""
    car, _ = car_with(PLATE, 16, np.random.default_rng(7))
    high, wide = car.shape[:2]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=10, options={"qp": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, 10)
        for number in range(60):
            picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
            left = round((WIDTH - wide) * number / 59)
            picture[HEIGHT - 40 - high : HEIGHT - 40, left : left + wide] = car
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
    return path


@pytest.fixture
def values(tmp_path: Path) -> dict[str, Any]:
    """A site that reads the plates of cars that cross a line."""
    store = ModelStore(tmp_path / "models")
    store.add(finder_of_light(tmp_path / "car.onnx", 0.12), "light", "yolo-e2e", ("car",))
    store.add(finder_of_light(tmp_path / "plate.onnx", 0.85), "white", "yolo-e2e", ("plate",))
    line = {"coordinates": "0.5,0,0.5,1"}
    camera = {"source": str(drive_past(tmp_path / "street.mp4")), "lines": {"gate": line}}
    plate = {
        "reads": "text",
        "classes": ["car", "truck"],
        "every": "0.5s",
        "pattern": "[A-Z]{1,3} ?[A-Z]{1,2} ?[0-9]{1,4}",
    }
    rule = {"behaviour": "line_crossing", "line": "gate", "classes": ["car"], "attributes": ["plate"]}
    return {
        "models": tmp_path / "models",
        "cameras": {"street": camera},
        "rules": {"in": rule},
        "sentinel": {"model": "light", "runtime": "onnxruntime", "second_stage": {"plate": plate}},
        "retention": {"min_free": 0},
    }


@pytest.mark.parametrize("finder", [None, "white", "light"])
def test_a_car_that_crosses_a_line_is_known_by_its_plate(
    values: dict[str, Any], tmp_path: Path, finder: str | None
) -> None:
    """Also with a detector of plates before the reader; one that takes all the car for a plate reads nothing."""
    values["sentinel"]["second_stage"]["plate"]["model"] = finder
    config = make_site(values, tmp_path)
    with Site(config) as running:
        (event,) = list(running.events(once=True))
        running.raise_for_cameras()
    said = event_to_json(event)["attributes"]
    if finder == "light":
        assert said == {}
    else:
        assert said["plate"].replace(" ", "") == PLATE.replace(" ", "")
    assert (event.kind, event.label) == ("line_crossing", "car")


def test_check_prices_the_reader_and_names_what_is_missing(
    values: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def priced() -> Any:
        return next(one for one in check_site(make_site(values, tmp_path)) if one.part == "second")

    found = priced()
    assert found.fine
    assert "text: " in found.detail
    assert "ms a crop, every 0.5 s" in found.detail
    values["sentinel"]["second_stage"]["plate"]["model"] = "light"
    assert "light and text: " in priced().detail
    monkeypatch.setattr(reading, "find_spec", lambda name: None)
    found = priced()
    assert not found.fine
    assert "secondsight[plates]" in found.detail
    with pytest.raises(ModelError, match=r"secondsight\[plates\]"):
        Site(make_site(values, tmp_path)).__enter__()


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({}, "needs `model`, or `reads: text`"),
        ({"model": "light", "pattern": "A"}, "`pattern` needs `reads: text`"),
        ({"reads": "text", "pattern": "[A"}, "not a regular expression"),
        ({"reads": "barcodes"}, "sentinel.second_stage.plate.reads"),
    ],
)
def test_mistakes_in_what_reads(
    values: dict[str, Any], tmp_path: Path, second: dict[str, Any], message: str
) -> None:
    values["sentinel"]["second_stage"] = {"plate": second}
    with pytest.raises(ConfigError) as caught:
        make_site(values, tmp_path)
    assert message in str(caught.value)


def test_an_event_cannot_carry_what_no_model_says(values: dict[str, Any], tmp_path: Path) -> None:
    values["rules"]["in"]["attributes"] = ["plate", "plates"]
    with pytest.raises(ConfigError, match=r"rules\.in\.attributes\.1: no model under.*`plate`"):
        make_site(values, tmp_path)


class Says:
    """A second stage that says what it is told to of each track; the seam of `SecondStage`."""

    trouble = None

    def __init__(self, said: dict[int, dict[str, str]]) -> None:
        self.said = said

    def look(self, frame: Any, tracked: sv.Detections) -> Any:
        present = set(track_ids(tracked)) & set(self.said)
        attributes = {n: {k: Attribute(v, 0.9, 3) for k, v in self.said[n].items()} for n in present}
        return type("Seen", (), {"attributes": attributes, "poses": {}, "postures": {}, "regions": ()})


class Suspects:
    """A behaviour that reports a candidate about certain tracks at every look and at the end."""

    rule = "in"

    def __init__(self, numbers: tuple[int, ...]) -> None:
        self.numbers = numbers

    def update(self, seen: Observation) -> list[Candidate]:
        return self.close(seen.time)

    def close(self, time: float) -> list[Candidate]:
        return [candidate(time, self.numbers)]

    def counts(self, *, over: bool = False) -> list[Any]:
        return []


def candidate(time: float, numbers: tuple[int, ...]) -> Candidate:
    tracks = tuple(TrackId("a", 0, number) for number in numbers)
    return Candidate("c", "a", 0, "in", "line_crossing", time, time, time, 0.9, tracks)


@pytest.mark.parametrize(
    ("said", "numbers", "expected"),
    [
        ({}, (0, 1), {}),
        ({0: {"plate": "A 1"}}, (), {}),
        ({0: {"plate": "A 1"}}, (1,), {}),
        ({0: {"plate": "A 1"}}, (0,), {"plate": "A 1"}),
        (
            {0: {"plate": "A 1"}, 1: {"plate": "B 2", "colour": "red"}},
            (0, 1),
            {"plate": "A 1", "colour": "red"},
        ),
        (
            {0: {"plate": "A 1"}, 1: {"plate": "B 2", "colour": "red"}},
            (1, 0),
            {"plate": "B 2", "colour": "red"},
        ),
        ({0: {"plate": "A 1"}}, (7, 0), {"plate": "A 1"}),
    ],
)
def test_candidates_carry_what_was_said_of_their_tracks(
    said: dict[int, dict[str, str]], numbers: tuple[int, ...], expected: dict[str, str]
) -> None:
    """First track first; and still when the track is no longer seen and when the epoch ends."""
    reported: list[Candidate] = []
    analysis = TrackAnalysis(
        "a",
        0,
        ("car",),
        make_tracker("bytetrack", 5),
        [Suspects(numbers)],
        on_candidate=reported.append,
        on_observation=lambda observation: None,
        on_tracks=lambda tracks: None,
        second_stage=Says(said),  # type: ignore[arg-type]
    )
    boxes = np.array([(10, 20, 60, 95), (120, 20, 180, 95)], np.float32)
    for step in range(15):
        frame = drawn(np.zeros((100, 300, 3), np.uint8))
        object.__setattr__(frame, "time", step / 5)
        present = boxes if step < 10 else boxes[:0]
        count = len(present)
        found = sv.Detections(
            present, confidence=np.full(count, 0.9, np.float32), class_id=np.zeros(count, int)
        )
        analysis.look(frame, found, still=False)
    assert analysis.tracks == 2
    assert reported[9].attributes == reported[-1].attributes == expected
    analysis.close()
    assert reported[-1].attributes == expected


@pytest.mark.slow
def test_the_simulated_works_check_fine_and_say_who_wears_a_helmet(tmp_path: Path) -> None:
    """The pack's own site file with the embedded models, on a yard with a bare head from the second second on."""
    world = replace(make_world("industrial", 13, 0, 20.0), duration=7.0)
    write_city([world], tmp_path / "city")
    config = load_site(tmp_path / "city" / "site.yaml", {})
    found = list(check_site(config))
    assert all(one.fine for one in found), found
    priced = {one.name: one.detail for one in found if one.part == "second"}
    assert set(priced) == {f"helmet on {world.camera}"}
    assert "city-helmet: " in priced[f"helmet on {world.camera}"]
    plain = config.model_copy(update={"brain": NoBrainSettings()})
    with Site(plain) as running:
        events = [event_to_json(event) for event in running.events(once=True)]
        running.raise_for_cameras()
    bare = [event for event in events if event["kind"] == "no_helmet"]
    assert bare
    assert all(event["attributes"]["helmet"] == "bare" for event in bare)
