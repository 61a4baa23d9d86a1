import json
import math
import re
from dataclasses import fields, replace
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.event_json import EVENT_SCHEMA, STEP_SCHEMA, event_to_json
from secondsight.records import (
    Box,
    Clip,
    Event,
    Evidence,
    KeyFrame,
    TrackId,
    Usage,
    Verdict,
    Verification,
)
from tests.conftest import ROOT
from tests.table import table

START = 1_767_225_600.25
VERDICT = Verdict(
    verification=Verification.CONFIRMED,
    probability=None,
    answers={"present": "yes", "activity": "站着"},
    evidence=(Evidence(1, Box(0.1, 0.2, 0.3, 0.4)), Evidence(0)),
    summary="A person stands there.",
    model="qwen2.5-vl",
    prompt_version="intrusion.en.1-00000000+00000000",
    usage=Usage(calls=2, tokens_in=2000, tokens_out=100, cost=0.004, latency=1.5),
    raw=0.75,
    probability_source="logprobs",
    notes=("too dark",),
)
FULL = Event(
    id="20260101T000000-abc",
    camera="hall",
    rule="night",
    kind="intrusion",
    start=START,
    triggered=START + 1,
    end=START + 9.0004,
    score=0.75,
    label="person",
    zone="room",
    tracks=(TrackId("hall", 3, 7), TrackId("hall", 3, 8)),
    verification=Verification.CONFIRMED,
    settled=True,
    alert=True,
    clip=Clip("clips/2026-01-01/x.mp4", START - 5, START + 10, 0.5, "h264", False, 123456),
    key_frames=(
        KeyFrame("frames/0.jpg", START, Box(0, 0, 1, 1), (("person", Box(0, 0, 1, 1)),)),
        KeyFrame("frames/1.jpg", START + 1, None),
    ),
    verdict=VERDICT,
    note="late",
    attributes={"plate": "B 1234"},
    truth=True,
    bundle="b0003",
)
BARE = replace(
    FULL,
    end=None,
    zone=None,
    tracks=(),
    verification=Verification.UNVERIFIED,
    clip=None,
    key_frames=(),
    verdict=None,
    note=None,
    attributes={},
    truth=None,
    bundle=None,
)
DOCS = ROOT / "docs" / "json.md"


def written(event: Event) -> Any:
    """What a reader of the line gets; strict about NaN."""
    return json.loads(json.dumps(event_to_json(event), allow_nan=False))


def test_the_whole_form() -> None:
    assert written(FULL) == {
        "schema": 1,
        "type": "event",
        "id": "20260101T000000-abc",
        "camera": "hall",
        "rule": "night",
        "kind": "intrusion",
        "start": "2026-01-01T00:00:00.250Z",
        "triggered": "2026-01-01T00:00:01.250Z",
        "end": "2026-01-01T00:00:09.250Z",
        "score": 0.75,
        "label": "person",
        "zone": "room",
        "tracks": ["hall/3/7", "hall/3/8"],
        "verification": "confirmed",
        "settled": True,
        "alert": True,
        "clip": {
            "path": "clips/2026-01-01/x.mp4",
            "start": "2025-12-31T23:59:55.250Z",
            "end": "2026-01-01T00:00:10.250Z",
            "offset": 0.5,
            "codec": "h264",
            "reencoded": False,
            "size": 123456,
        },
        "key_frames": [
            {
                "path": "frames/0.jpg",
                "time": "2026-01-01T00:00:00.250Z",
                "box": [0, 0, 1, 1],
                "around": [{"label": "person", "box": [0, 0, 1, 1]}],
            },
            {"path": "frames/1.jpg", "time": "2026-01-01T00:00:01.250Z", "box": None, "around": []},
        ],
        "verdict": {
            "verification": "confirmed",
            "probability": None,
            "calibrated": False,
            "answers": {"present": "yes", "activity": "站着"},
            "evidence": [{"frame": 1, "box": [0.1, 0.2, 0.3, 0.4]}, {"frame": 0, "box": None}],
            "summary": "A person stands there.",
            "model": "qwen2.5-vl",
            "prompt_version": "intrusion.en.1-00000000+00000000",
            "usage": {"calls": 2, "tokens_in": 2000, "tokens_out": 100, "cost": 0.004, "latency": 1.5},
            "raw": 0.75,
            "probability_source": "logprobs",
            "notes": ["too dark"],
        },
        "note": "late",
        "attributes": {"plate": "B 1234"},
        "truth": True,
        "bundle": "b0003",
    }


def test_every_field_of_an_event_is_told() -> None:
    form = event_to_json(FULL)
    assert set(form) == {"schema", "type", *(field.name for field in fields(Event))}
    assert set(form["clip"]) == {field.name for field in fields(Clip)}
    assert set(form["verdict"]) == {field.name for field in fields(Verdict)}
    assert set(form["verdict"]["usage"]) == {field.name for field in fields(Usage)}
    assert set(form["key_frames"][0]) == {field.name for field in fields(KeyFrame)}


def _match(form: Any, schema: Any) -> None:
    """Keys of the form, in order, are those of the schema, all the way down."""
    schema = next((s for s in schema.get("anyOf", []) if s.get("type") != "null"), schema)
    if isinstance(form, dict) and "properties" in schema:
        assert list(form) == list(schema["properties"]) == schema["required"]
        for key, value in form.items():
            _match(value, schema["properties"][key])
    elif isinstance(form, list):
        for value in form:
            _match(value, schema["items"])


@pytest.mark.parametrize("event", [FULL, BARE], ids=["full", "bare"])
def test_the_schema_knows_every_key_in_its_order(event: Event) -> None:
    jsonschema.Draft202012Validator.check_schema(EVENT_SCHEMA)
    jsonschema.validate(written(event), EVENT_SCHEMA)
    _match(event_to_json(event), EVENT_SCHEMA)
    assert list(event_to_json(event)) == list(event_to_json(FULL))


@table("verification", Verification)
def test_every_verification_has_its_word(verification: Verification) -> None:
    jsonschema.validate(written(replace(BARE, verification=verification)), EVENT_SCHEMA)


@table("key", list(EVENT_SCHEMA["properties"]))
def test_the_schema_refuses_a_missing_or_odd_value(key: str) -> None:
    form = written(FULL)
    for broken in ({**form, key: {"odd": 1}}, {k: v for k, v in form.items() if k != key}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, EVENT_SCHEMA)


_FLOATS = st.floats() | st.floats(width=32).map(np.float32)
_TIMES = st.floats(0, 4e9)


@given(score=_FLOATS, side=_FLOATS, cost=_FLOATS, time=_TIMES, text=st.text(max_size=20))
def test_any_event_can_be_written_and_is_valid(
    score: Any, side: Any, cost: Any, time: float, text: str
) -> None:
    event = replace(
        FULL,
        score=score,
        start=time,
        label=text,
        note=text,
        key_frames=(KeyFrame(text, time, Box(side, 0, 1, 1)),),
        verdict=replace(VERDICT, usage=Usage(cost=cost), summary=text),
    )
    form = written(event)
    jsonschema.validate(form, EVENT_SCHEMA)
    assert form["score"] == (float(score) if math.isfinite(score) else None)


def test_the_documentation_publishes_this_schema_and_a_valid_example() -> None:
    blocks = [
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    ]
    assert EVENT_SCHEMA in blocks
    examples = [block for block in blocks if block.get("type") == "event"]
    assert examples
    for example in examples:
        jsonschema.validate(example, EVENT_SCHEMA)
        _match(example, EVENT_SCHEMA)
    steps = [block["step"] for block in blocks if "step" in block]
    assert steps
    for step in steps:
        jsonschema.validate(step, STEP_SCHEMA["properties"]["step"])
        _match(step, STEP_SCHEMA["properties"]["step"])
