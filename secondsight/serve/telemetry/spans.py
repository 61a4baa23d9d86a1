"""From records to spans. A case is one trace:

    case            from the first moment to the verdict
      candidate     the behaviour, until its rule triggered
      evidence      until clip and key frames are there
      verdict       until it is settled
        review      one for each call of the brain
      announcement  one for each channel, until its receiver has it

Ids are made from those of the event, so that the spans of a case find each other although they leave one by one,
after a restart too. Attributes hold names of the site file, ids and figures: no pictures, no texts of models or
people, no plates, no errors.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from secondsight.records import Call, Event, Outcome, Step, StepKind
from secondsight.store import Delivery, DeliveryState

Attribute = str | bool | int | float


@dataclass(frozen=True, slots=True)
class CaseSpan:
    """One span of a case.

    Attributes:
        trace: 16 bytes, the same for all spans of a case.
        id: 8 bytes; `parent` is the id of the span around it, None for the outermost.
        start, end: UTC seconds.
        calls: whether it waits for another program.
        failed: whether it brought nothing.
    """

    name: str
    trace: bytes
    id: bytes
    parent: bytes | None
    start: float
    end: float
    attributes: Mapping[str, Attribute]
    calls: bool = False
    failed: bool = False


def spans_of_step(step: Step, event: Event, steps: Sequence[Step], calls: Sequence[Call]) -> list[CaseSpan]:
    """The spans that end with a step.

    Args:
        step: that was published.
        event: whose step it is.
        steps: all of the event.
        calls: of the brain for this case.
    """
    first = {one.kind: one for one in reversed(steps)}
    if first.get(step.kind) != step:
        return []
    raised = first.get(StepKind.RAISED, step)
    # Recordings are watched at another time than they were made: only how long it took is taken from their clock.
    begin = raised.time - max(0.0, event.triggered - event.start)
    match step.kind:
        case StepKind.RAISED:
            return [_span(event, "candidate", "case", begin, step.time, _candidate(event))]
        case StepKind.RECORDED:
            lacks = event.clip is None
            return [_span(event, "evidence", "case", raised.time, step.time, _evidence(event), failed=lacks)]
        case StepKind.VERIFIED:
            waited = first.get(StepKind.RECORDED, raised).time
            return [
                *(_review(event, call, number) for number, call in enumerate(calls)),
                _span(event, "verdict", "case", min(waited, step.time), step.time, _verdict(event, step)),
                _span(event, "case", None, begin, step.time, {"verification": step.verification.value}),
            ]
    return []


def span_of_delivery(delivery: Delivery, step: Step, event: Event) -> CaseSpan | None:
    """The announcement of a step over one channel; None while it waits."""
    if delivery.state is DeliveryState.WAITING:
        return None
    dead = delivery.state is DeliveryState.DEAD
    about: dict[str, Attribute | None] = {
        "channel": delivery.channel,
        "step": step.kind.value,
        "word": step.word.value,
        "attempts": delivery.attempts,
    }
    end = delivery.sent_at or max(step.time, delivery.created_at)
    which = f"{delivery.channel}/{delivery.number}"
    return _span(event, "announcement", "case", step.time, end, about, which=which, calls=True, failed=dead)


def _candidate(event: Event) -> dict[str, Attribute | None]:
    return {"score": event.score, "label": event.label, "bundle": event.bundle}


def _evidence(event: Event) -> dict[str, Attribute | None]:
    return {"clip_bytes": event.clip.size if event.clip else None, "key_frames": len(event.key_frames)}


def _review(event: Event, call: Call, number: int) -> CaseSpan:
    about: dict[str, Attribute | None] = {
        "backend": call.backend,
        "outcome": call.outcome.value,
        "egress": call.egress.value,
        "remote": call.remote,
        "frames": call.frames,
        "cost": call.cost,
    }
    end, failed = call.time + call.seconds, call.outcome is not Outcome.ANSWERED
    return _span(
        event, "review", "verdict", call.time, end, about, which=str(number), calls=True, failed=failed
    )


def _verdict(event: Event, step: Step) -> dict[str, Attribute | None]:
    verdict = event.verdict
    return {
        "verification": step.verification.value,
        "probability": verdict.probability if verdict else None,
        "calibrated": verdict.calibrated if verdict else None,
        "model": verdict.model if verdict else None,
        "prompt_version": verdict.prompt_version if verdict else None,
        "tokens_in": verdict.usage.tokens_in if verdict else None,
        "tokens_out": verdict.usage.tokens_out if verdict else None,
    }


def _span(
    event: Event,
    name: str,
    parent: str | None,
    start: float,
    end: float,
    about: Mapping[str, Attribute | None],
    *,
    which: str = "",
    calls: bool = False,
    failed: bool = False,
) -> CaseSpan:
    common = {
        "event": event.id,
        "camera": event.camera,
        "rule": event.rule,
        "kind": event.kind,
        "zone": event.zone,
    }
    return CaseSpan(
        name=name,
        trace=_digest(event.id, 16),
        id=_digest(f"{event.id}/{name}/{which}", 8),
        parent=None if parent is None else _digest(f"{event.id}/{parent}/", 8),
        start=start,
        end=max(start, end),
        attributes={
            f"secondsight.{key}": value for key, value in {**common, **about}.items() if value is not None
        },
        calls=calls,
        failed=failed,
    )


def _digest(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=size).digest()
