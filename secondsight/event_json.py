"""The JSON form of what leaves the program: documented, versioned, in one place for every door it leaves by.

Within one version keys may be added, never removed or given another meaning; readers ignore keys they do not
know. docs/json.md publishes `EVENT_SCHEMA` and `STEP_SCHEMA`.
"""

import math
from collections.abc import Sequence
from typing import Any

from secondsight.clock import iso
from secondsight.records import (
    SCHEMA_VERSION,
    STEP_SCHEMA_VERSION,
    Box,
    Clip,
    Event,
    Evidence,
    KeyFrame,
    Step,
    StepKind,
    Usage,
    Verdict,
    Verification,
    Word,
)


def event_to_json(event: Event, step: Step | None = None) -> dict[str, Any]:
    """Turn an event into plain values for `json.dumps`. All keys are always there, in the order of
    `EVENT_SCHEMA`.

    Times are ISO 8601 in UTC with milliseconds, tracks are texts `camera/epoch/number`, boxes are lists
    `[left, top, right, bottom]` in 0..1. A number that is not finite becomes null.

    Args:
        event: as a site or a store gives it.
        step: the step of its life that is written; the event then is as it is now, and may know more than the step.

    Returns:
        An object that fits `EVENT_SCHEMA`; with a step `STEP_SCHEMA`, the same with `step` in it.

    Examples:
        >>> import json
        >>> from secondsight.event_json import EVENT_SCHEMA, event_to_json
        >>> from secondsight.records import Event, TrackId, Verification
        >>> event = Event(
        ...     id="20260101T080000-75efa9ac2b0f",
        ...     camera="hall",
        ...     rule="no-entry",
        ...     kind="intrusion",
        ...     start=1_767_254_400.0,
        ...     triggered=1_767_254_401.25,
        ...     end=None,
        ...     score=0.62,
        ...     label="person",
        ...     zone="store-room",
        ...     tracks=(TrackId("hall", 0, 7),),
        ...     verification=Verification.CONFIRMED,
        ...     settled=True,
        ...     alert=True,
        ... )
        >>> values = event_to_json(event)
        >>> list(values) == list(EVENT_SCHEMA["properties"])
        True
        >>> print(json.dumps({key: values[key] for key in ("kind", "triggered", "end", "tracks")}))
        {"kind": "intrusion", "triggered": "2026-01-01T08:00:01.250Z", "end": null, "tracks": ["hall/0/7"]}
    """
    life = {} if step is None else {"step": step_to_json(step)}
    return {
        "schema": SCHEMA_VERSION if step is None else STEP_SCHEMA_VERSION,
        "type": "event",
        **life,
        "id": event.id,
        "camera": event.camera,
        "rule": event.rule,
        "kind": event.kind,
        "start": iso(event.start),
        "triggered": iso(event.triggered),
        "end": None if event.end is None else iso(event.end),
        "score": _number(event.score),
        "label": event.label,
        "zone": event.zone,
        "tracks": [str(track) for track in event.tracks],
        "verification": event.verification.value,
        "settled": event.settled,
        "alert": event.alert,
        "clip": None if event.clip is None else _clip(event.clip),
        "key_frames": [_key_frame(frame) for frame in event.key_frames],
        "verdict": None if event.verdict is None else _verdict(event.verdict),
        "note": event.note,
        "attributes": dict(event.attributes),
        "truth": event.truth,
        "bundle": event.bundle,
    }


def step_to_json(step: Step) -> dict[str, Any]:
    """Turn a published step of an event's life into plain values for `json.dumps`. All keys are always there.

    Examples:
        >>> from secondsight.event_json import step_to_json
        >>> from secondsight.records import Step, StepKind, Verification, Word
        >>> new = Verification.UNVERIFIED
        >>> values = step_to_json(Step("1", 1, StepKind.RAISED, 1.25, new, False, position=7, word=Word.ALERT))
        >>> {key: values[key] for key in ("id", "kind", "time", "word", "position")}
        {'id': '1-1', 'kind': 'raised', 'time': '1970-01-01T00:00:01.250Z', 'word': 'alert', 'position': 7}
    """
    return {
        "id": step.id,
        "kind": step.kind.value,
        "number": step.number,
        "position": step.position,
        "time": iso(step.time),
        "word": step.word.value,
        "why": step.why,
        "incident": step.incident,
        "verification": step.verification.value,
        "settled": step.settled,
        "by": step.by,
        "note": step.note,
        "truth": step.truth,
    }


def _clip(clip: Clip) -> dict[str, Any]:
    return {
        "path": clip.path,
        "start": iso(clip.start),
        "end": iso(clip.end),
        "offset": _number(clip.offset),
        "codec": clip.codec,
        "reencoded": clip.reencoded,
        "size": clip.size,
    }


def _key_frame(frame: KeyFrame) -> dict[str, Any]:
    around = [{"label": label, "box": _box(box)} for label, box in frame.around]
    return {"path": frame.path, "time": iso(frame.time), "box": _box(frame.box), "around": around}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "verification": verdict.verification.value,
        "probability": _number(verdict.probability),
        "calibrated": verdict.calibrated,
        "answers": dict(verdict.answers),
        "evidence": [_evidence(evidence) for evidence in verdict.evidence],
        "summary": verdict.summary,
        "model": verdict.model,
        "prompt_version": verdict.prompt_version,
        "usage": _usage(verdict.usage),
        "raw": _number(verdict.raw),
        "probability_source": verdict.probability_source,
        "notes": list(verdict.notes),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {"frame": evidence.frame, "box": _box(evidence.box)}


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "calls": usage.calls,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "cost": _number(usage.cost),
        "latency": _number(usage.latency),
    }


def _box(box: Box | None) -> list[float | None] | None:
    return None if box is None else [_number(side) for side in box]


def _number(value: float | None) -> float | None:
    """A plain float, which NumPy's are not; null for what JSON cannot say."""
    return float(value) if value is not None and math.isfinite(value) else None


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _verifications(some: Sequence[Verification]) -> dict[str, Any]:
    return {"enum": [verification.value for verification in some]}


_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_FLAG = {"type": "boolean"}
_NUMBER = {"type": ["number", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"}
_BOX = _or_null({"type": "array", "items": _NUMBER, "minItems": 4, "maxItems": 4})

_CLIP = _object(
    {
        "path": _TEXT,
        "start": _TIME,
        "end": _TIME,
        "offset": _NUMBER,
        "codec": _TEXT,
        "reencoded": _FLAG,
        "size": _COUNT,
    }
)
_USAGE = _object(
    {
        "calls": _COUNT,
        "tokens_in": {"type": ["integer", "null"], "minimum": 0},
        "tokens_out": {"type": ["integer", "null"], "minimum": 0},
        "cost": _NUMBER,
        "latency": _NUMBER,
    }
)
_VERDICT = _object(
    {
        "verification": _verifications((Verification.CONFIRMED, Verification.REJECTED, Verification.UNSURE)),
        "probability": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "calibrated": _FLAG,
        "answers": {"type": "object", "additionalProperties": _TEXT},
        "evidence": _list(_object({"frame": _COUNT, "box": _BOX})),
        "summary": _TEXT,
        "model": _TEXT,
        "prompt_version": _TEXT,
        "usage": _USAGE,
        "raw": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "probability_source": _TEXT,
        "notes": _list(_TEXT),
    }
)

EVENT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "SecondSight event",
    **_object(
        {
            "schema": {"const": SCHEMA_VERSION},
            "type": {"const": "event"},
            "id": _TEXT,
            "camera": _TEXT,
            "rule": _TEXT,
            "kind": _TEXT,
            "start": _TIME,
            "triggered": _TIME,
            "end": _or_null(_TIME),
            "score": _NUMBER,
            "label": _TEXT,
            "zone": _TEXT_OR_NULL,
            "tracks": _list(_TEXT),
            "verification": _verifications(tuple(Verification)),
            "settled": _FLAG,
            "alert": _FLAG,
            "clip": _or_null(_CLIP),
            "key_frames": _list(
                _object(
                    {
                        "path": _TEXT,
                        "time": _TIME,
                        "box": _BOX,
                        "around": _list(_object({"label": _TEXT, "box": _BOX})),
                    }
                )
            ),
            "verdict": _or_null(_VERDICT),
            "note": _TEXT_OR_NULL,
            "attributes": {"type": "object", "additionalProperties": _TEXT},
            "truth": {"type": ["boolean", "null"]},
            "bundle": _TEXT_OR_NULL,
        }
    ),
}
"""JSON Schema (draft 2020-12) of `event_to_json`'s result."""

_STEP = _object(
    {
        "id": _TEXT,
        "kind": {"enum": [kind.value for kind in StepKind]},
        "number": {"type": "integer", "minimum": 1},
        "position": {"type": "integer", "minimum": 1},
        "time": _TIME,
        "word": {"enum": [word.value for word in Word]},
        "why": _TEXT,
        "incident": _TEXT_OR_NULL,
        "verification": _verifications(tuple(Verification)),
        "settled": _FLAG,
        "by": _TEXT,
        "note": _TEXT_OR_NULL,
        "truth": {"type": ["boolean", "null"]},
    }
)
_PROPERTIES: dict[str, Any] = EVENT_SCHEMA["properties"]

STEP_SCHEMA: dict[str, Any] = {
    "$schema": EVENT_SCHEMA["$schema"],
    "title": "SecondSight event at a step of its life",
    **_object(
        {
            "schema": {"const": STEP_SCHEMA_VERSION},
            "type": _PROPERTIES["type"],
            "step": _STEP,
            **{key: value for key, value in _PROPERTIES.items() if key not in ("schema", "type")},
        }
    ),
}
"""JSON Schema (draft 2020-12) of `event_to_json`'s result with a step."""
