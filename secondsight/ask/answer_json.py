"""Answers and plans as JSON (docs/json.md)."""

from dataclasses import asdict
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from secondsight.ask.asker import QuestionAnswer, QuestionRefusal
from secondsight.ask.brain import Sighting
from secondsight.ask.coverage import Gap
from secondsight.ask.plan import QuestionPlan, TimeSpan
from secondsight.ask.receipt import ReceiptEvent
from secondsight.ask.results import Figure, Group
from secondsight.clock import iso
from secondsight.errors import RefusedError
from secondsight.records import SCHEMA_VERSION


def answer_to_json(answer: QuestionAnswer) -> dict[str, Any]:
    """An answer as in docs/json.md."""
    result = answer.result
    return {
        "schema": SCHEMA_VERSION,
        "type": "answer",
        "question": answer.question,
        "language": answer.language,
        "answer": answer.text,
        "value": answer.value,
        "low": answer.low,
        "high": answer.high,
        "plan": None if answer.plan is None else plan_to_json(answer.plan),
        "when": None if result is None else _span(result.when),
        "counts": None if result is None else _counts(result.total),
        "groups": [_group(one) for one in answer.groups],
        "compared": None
        if result is None or result.other is None
        else {**_figure(result.other), "groups": [_group(one) for one in result.compared]},
        "events": [_evidence(one) for one in answer.events],
        "whole_since": None if result is None or result.whole_since is None else iso(result.whole_since),
        "coverage": [_gap(one) for one in answer.coverage],
        "seen": None if answer.sighting is None else _sighting(answer.sighting),
        "refused": None if answer.refused is None else _refusal(answer.refused),
        "further": [answer_to_json(one) for one in answer.further],
    }


def plan_to_json(plan: QuestionPlan) -> dict[str, Any]:
    """A plan as plain values, times in UTC seconds; `plan_from_json` reads it."""
    values: dict[str, Any] = _adapter().dump_python(plan, mode="json")
    return values


def plan_from_json(values: object) -> QuestionPlan:
    """The plan of a question before, as it was given with the answer.

    Raises:
        RefusedError: it is no plan.
    """
    try:
        return _adapter().validate_python(values, strict=False)
    except ValidationError:
        raise RefusedError("this is no plan; send the `plan` of an answer or a reading as it came") from None


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[QuestionPlan]:
    return TypeAdapter(QuestionPlan)


def _span(span: TimeSpan) -> dict[str, str]:
    return {"since": iso(span.since), "until": iso(span.until)}


def _figure(figure: Figure) -> dict[str, float | None]:
    return {"value": figure.value, "low": figure.low, "high": figure.high}


def _counts(figure: Figure) -> dict[str, int]:
    return {
        "confirmed": figure.confirmed,
        "unverified": figure.unverified,
        "rejected": figure.rejected,
    }


def _group(group: Group) -> dict[str, object]:
    return {"key": group.key, **_figure(group.figure)}


def _evidence(evidence: ReceiptEvent) -> dict[str, object]:
    return {**asdict(evidence), "time": iso(evidence.time)}


def _sighting(sighting: Sighting) -> dict[str, object]:
    return {
        "model": sighting.model,
        "enough": sighting.enough,
        "sentences": [{"text": text, "pictures": list(numbers)} for text, numbers in sighting.sentences],
        "pictures": [{**asdict(one), "time": iso(one.time)} for one in sighting.pictures],
    }


def _refusal(refusal: QuestionRefusal) -> dict[str, object]:
    return {
        "why": refusal.why.value,
        "words": list(refusal.words),
        "instead": list(refusal.instead),
        "readings": [{"words": one.words, "plan": plan_to_json(one.plan)} for one in refusal.readings],
    }


def _gap(gap: Gap) -> dict[str, object]:
    return {"camera": gap.camera, "why": gap.why.value, "since": iso(gap.since), "until": iso(gap.until)}
