"""The form of labels: what is written comes back, and what is wrong is named by its key."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.errors import ConfigError
from secondsight.ground_truth import (
    Condition,
    Geometry,
    Recording,
    TrueBox,
    TrueEvent,
    TrueFrame,
    TrueObject,
    read_truth,
    write_truth,
)
from secondsight.records import Box
from tests.conftest import ROOT
from tests.table import table

DOCS = ROOT / "docs" / "truth.md"

SHARE = st.floats(0, 1)
WORDS = st.text(max_size=12)
TABLE = st.dictionaries(WORDS, WORDS, max_size=3)
SIDES = st.tuples(SHARE, SHARE).filter(lambda pair: pair[0] != pair[1]).map(sorted)
BOX = st.builds(lambda x, y: Box(x[0], y[0], x[1], y[1]), SIDES, SIDES)
SECONDS = st.floats(0, 1e5)
POINTS = st.lists(st.tuples(SHARE, SHARE), min_size=3, max_size=4, unique=True).map(tuple)
TRUE_BOX = st.builds(
    TrueBox,
    st.integers(1, 65535),
    BOX,
    SHARE,
    TABLE,
    st.none() | st.lists(st.integers(0, 1 << 20), max_size=5).map(tuple),
)
FRAME = st.builds(TrueFrame, st.integers(0, 1 << 30), SECONDS, st.lists(TRUE_BOX, max_size=3).map(tuple))
EVENT = st.builds(
    TrueEvent,
    WORDS,
    WORDS,
    SECONDS,
    SECONDS,
    st.lists(st.integers(1, 99), max_size=3).map(tuple),
    st.none() | WORDS,
    st.none() | BOX,
    TABLE,
    st.none() | WORDS,
    WORDS,
)
RECORDING = st.builds(
    Recording,
    camera=WORDS,
    video=WORDS,
    width=st.integers(1, 10_000),
    height=st.integers(1, 10_000),
    frame_rate=st.floats(0.1, 240),
    duration=SECONDS,
    start_time=st.floats(0, 4e9),
    labelled=st.lists(WORDS, max_size=3).map(tuple),
    frames=st.lists(FRAME, max_size=3).map(tuple),
    objects=st.lists(st.builds(TrueObject, st.integers(1, 99), WORDS, WORDS, TABLE), max_size=3).map(tuple),
    events=st.lists(EVENT, max_size=3).map(tuple),
    lookalikes=st.lists(EVENT, max_size=3).map(tuple),
    conditions=st.lists(st.builds(Condition, WORDS, SHARE, SECONDS, SECONDS), max_size=2).map(tuple),
    zones=st.dictionaries(WORDS, POINTS, max_size=2),
    lines=st.dictionaries(WORDS, POINTS, max_size=2),
    geometry=st.none()
    | st.builds(Geometry, st.tuples(SECONDS, SECONDS, SECONDS), SHARE, SHARE, SHARE, SHARE),
    caption=WORDS | st.just('"frames":[]'),
    pack=WORDS,
    seed=st.none() | st.integers(0, 1 << 40),
    simulated=st.booleans(),
)

SMALL = Recording(
    camera="hall",
    video="hall.mp4",
    width=640,
    height=360,
    frame_rate=10.0,
    duration=0.2,
    start_time=0.0,
    labelled=("fall",),
    frames=tuple(TrueFrame(i, i / 10, (TrueBox(1, Box(0, 0, 1, 1)),)) for i in range(2)),
    objects=(TrueObject(1, "person"),),
)


def meant(recording: Recording) -> Recording:
    """The same without contradictions between its parts."""
    events = tuple(replace(one, end=one.start + one.end) for one in recording.events)
    alike = tuple(
        replace(one, end=one.start + one.end, resembles=one.resembles or "") for one in recording.lookalikes
    )
    named = {box.object for frame in recording.frames for box in frame.boxes}
    return replace(
        recording,
        events=events,
        lookalikes=alike,
        labelled=(*recording.labelled, *(one.kind for one in events)),
        duration=max([recording.duration, 0.1, *(one.start for one in (*events, *alike))]),
        objects=(*recording.objects, *(TrueObject(number, "person") for number in named)),
    )


@given(recording=RECORDING.map(meant))
def test_what_is_written_comes_back(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "truth.json"
    write_truth(recording, path)
    assert read_truth(path) == recording


def test_frames_one_by_one_give_the_same_bytes(tmp_path: Path) -> None:
    whole, stream = tmp_path / "whole.json", tmp_path / "stream.json"
    write_truth(SMALL, whole)
    write_truth(replace(SMALL, frames=()), stream, iter(SMALL.frames))
    assert whole.read_bytes() == stream.read_bytes()
    assert [frame["index"] for frame in json.loads(whole.read_bytes())["frames"]] == [0, 1]


def test_a_file_that_is_not_finished_does_not_appear(tmp_path: Path) -> None:
    def frames() -> Any:
        yield SMALL.frames[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_truth(SMALL, tmp_path / "truth.json", frames())
    assert list(tmp_path.iterdir()) == []


@table(
    ("change", "expected"),
    [
        (lambda form: form.update(format="secondsight-truth/2"), "format: .*secondsight-truth/1"),
        (lambda form: form.pop("width"), "width: .*required"),
        (lambda form: form.update(framerate=5), "framerate: "),
        (
            lambda form: form["frames"][1]["boxes"][0].update(box=[0, 0, 1]),
            r"frames\.1\.boxes\.0\.box\.\S+: ",
        ),
        (lambda form: form["frames"][0].update(time="soon"), r"frames\.0\.time: .*number"),
        (lambda form: form["objects"][0].pop("number"), r"objects\.0\.number: .*required"),
        (
            lambda form: form["frames"][0]["boxes"][0].update(posture="lying"),
            r"frames\.0\.boxes\.0\.posture: ",
        ),
        (lambda form: form.update(zones={"door": [[0.1, 0.2, 0.3]]}), r"zones\.door\.0"),
    ],
)
def test_a_mistake_is_named_by_its_key(tmp_path: Path, change: Any, expected: str) -> None:
    path = tmp_path / "truth.json"
    write_truth(SMALL, path)
    form = json.loads(path.read_bytes())
    change(form)
    path.write_text(json.dumps(form))
    with pytest.raises(ConfigError, match=rf"{re.escape(str(path))}: {expected}") as caught:
        read_truth(path)
    assert "docs/truth.md" in str(caught.value)


EVENT_FORM = {"id": "1", "kind": "fall", "start": 0.0, "end": 0.1}


@table(
    ("change", "expected"),
    [
        ({"duration": 0}, "duration: must be a number above 0"),
        ({"frame_rate": -1}, "frame_rate: must be a number above 0"),
        ({"width": 0}, "width: must be a number above 0"),
        ({"start_time": 1e18}, "start_time: must be UTC seconds"),
        ({"zones": {"door": [[0, 0], [1, 1]]}}, "zones.door: 3 different points are needed"),
        ({"lines": {"door": [[0, 0], [0, 0]]}}, "lines.door: 2 different points are needed"),
        ({"events": [{**EVENT_FORM, "end": -1}]}, "events.0.end: it ends before it starts"),
        ({"events": [{**EVENT_FORM, "start": 99, "end": 100}]}, "events.0.start: .* lies outside"),
        ({"events": [{**EVENT_FORM, "kind": "fal"}]}, "events.0.kind: .*did you mean `fall`?"),
        ({"lookalikes": [EVENT_FORM]}, "lookalikes.0.resembles: name the kind"),
        ({"objects": []}, "frames.0.boxes.0.object: `objects` has no number 1"),
        ({"evnts": []}, "evnts: there is no such key; did you mean `events`?"),
    ],
)
def test_what_cannot_be_meant_is_named_too(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    path = tmp_path / "truth.json"
    write_truth(SMALL, path)
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))
    with pytest.raises(ConfigError, match=rf"{re.escape(str(path))}: {expected}"):
        read_truth(path)


def test_a_box_of_two_other_corners(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    write_truth(replace(SMALL, frames=(TrueFrame(0, 0.0, (TrueBox(1, Box(0.5, 0, 0.1, 1)),)),)), path)
    with pytest.raises(ConfigError, match=r"frames\.0\.boxes\.0\.box: write left, top, right, bottom"):
        read_truth(path)


def test_broken_json_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_text('{"camera": "hall",\n"video": }')
    with pytest.raises(ConfigError, match=re.escape(f"{path}:2: ")):
        read_truth(path)


def test_several_mistakes_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_text('{"width": "wide"}')
    with pytest.raises(ConfigError) as caught:
        read_truth(path)
    assert {"camera", "video", "width", "height"} <= {error.key for error in caught.value.errors}


@table("text", ["", "{", "[]", "\x00\xff", "nonsense"])
def test_no_json_is_a_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "truth.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=re.escape(str(path))):
        read_truth(path)


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read these labels: No such file"):
        read_truth(tmp_path / "none.json")


def example(number: int) -> str:
    """One of the JSON examples in the documentation."""
    return re.findall(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[number]


def test_the_documented_example_is_read(tmp_path: Path) -> None:
    path = tmp_path / "hall.json"
    path.write_text(example(0))
    found = read_truth(path)
    assert found.events[0].actors == (1,)
    assert found.lookalikes[0].resembles == "fall"
    assert found.frames[0].boxes[0].attributes["posture"] == "falling"
    assert sum(found.frames[0].boxes[0].mask or ()) == found.width * found.height
    assert set(found.__dataclass_fields__) == set(json.loads(example(0)))


def test_the_documented_shortest_form_is_read(tmp_path: Path) -> None:
    path = tmp_path / "door.json"
    path.write_text(example(1))
    assert read_truth(path).events[0].kind == "fall"


def test_every_key_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    kinds = (Recording, TrueFrame, TrueBox, TrueObject, TrueEvent, Condition, Geometry)
    keys = {key for kind in kinds for key in kind.__dataclass_fields__}
    documented = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]*)\|", text, re.MULTILINE)))
    assert keys == set(documented)
