"""Records to rows and back; no SQL here but the one join that an event is read from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select
from sqlalchemy.dialects import postgresql, sqlite

from secondsight.records import (
    Action,
    Box,
    Candidate,
    Case,
    CaseState,
    Clip,
    Counter,
    Event,
    Evidence,
    KeyFrame,
    PolicyDecision,
    Track,
    TrackId,
    Usage,
    Verdict,
    Verification,
)
from secondsight.store.database.schema import candidates, cases, clips, events, feedback, tracks, verdicts
from secondsight.store.values import StoredCandidate

CHUNK = 500
"""Most values of one IN list, and most rows changed in one transaction: others want to write as well."""


def insert(connection: Connection, table: Any) -> Any:
    """An INSERT into `table` that knows ON CONFLICT, in the connection's dialect."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def joined(*notes: str | None) -> str | None:
    """Notes of one event as one text, each once; None when there are none."""
    kept = dict.fromkeys(part for note in notes if note for part in note.split("; "))
    return "; ".join(kept) or None


def chunks(values: Sequence[str]) -> list[Sequence[str]]:
    """`values` in parts no longer than `CHUNK`."""
    return [values[i : i + CHUNK] for i in range(0, len(values), CHUNK)]


TRUTH = (
    select(feedback.c.truth)
    .where(feedback.c.event_id == events.c.id)
    .order_by(feedback.c.id.desc())
    .limit(1)
    .scalar_subquery()
    .label("newest_truth")
)
"""The newest feedback on an event; null without any."""


def select_events() -> Select[Any]:
    """Every column an `Event` is made of, one row per event."""
    return select(events, candidates, clips, verdicts, TRUTH).select_from(
        events.join(candidates, candidates.c.id == events.c.id)
        .outerjoin(clips, clips.c.id == events.c.id)
        .outerjoin(verdicts, verdicts.c.id == events.c.verdict_id)
    )


def select_cases() -> Select[Any]:
    """Every column a `Case` is made of, one row per case."""
    return select(cases, candidates, clips).select_from(
        cases.join(candidates, candidates.c.id == cases.c.id).outerjoin(clips, clips.c.id == cases.c.id)
    )


def candidate_values(candidate: Candidate, decision: PolicyDecision, now: float) -> dict[str, Any]:
    low, high = decision.thresholds or (None, None)
    return {
        "id": candidate.id,
        "camera": candidate.camera,
        "epoch": candidate.epoch,
        "rule": candidate.rule,
        "kind": candidate.kind,
        "start": float(candidate.start),
        "triggered": float(candidate.triggered),
        "peak": float(candidate.peak),
        "end": number(candidate.end),
        "score": float(candidate.score),
        "scores": candidate.scores,
        "tracks": [str(track) for track in candidate.tracks],
        "label": candidate.label,
        "zone": candidate.zone,
        "box": candidate.box,
        "attributes": candidate.attributes,
        "bundle": candidate.bundle,
        "action": decision.action,
        "reason": decision.reason,
        "policy_version": decision.version,
        "priority": decision.priority,
        "threshold_low": number(low),
        "threshold_high": number(high),
        "probability": float(decision.probability),
        "alert_without_brain": bool(decision.alert_without_brain),
        "deadline": number(decision.deadline),
        "created_at": now,
    }


def age_from(end: float | None, shown: Sequence[float], created: float) -> float:
    """UTC seconds from which the age of an event's files counts.

    Those of an old recording are as young as the files: their age begins when they were made.
    """
    return max(float(created), *map(float, shown if end is None else [end]))


def clip_values(id: str, clip: Clip | None, key_frames: Sequence[KeyFrame], now: float) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": id,
        "key_frames": [
            {"path": f.path, "time": f.time, "box": f.box, "around": f.around} for f in key_frames
        ],
        "protected": False,
        "created_at": now,
        "age_from": age_from(clip.end if clip else None, [f.time for f in key_frames], now),
    }
    if clip is not None:
        values |= {
            "path": clip.path,
            "start": float(clip.start),
            "end": float(clip.end),
            "offset": float(clip.offset),
            "codec": clip.codec,
            "reencoded": bool(clip.reencoded),
            "size": int(clip.size),
        }
    return values


def verdict_values(case_id: str, worker: str | None, verdict: Verdict, now: float) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "worker": worker,
        "verification": verdict.verification,
        "probability": number(verdict.probability),
        "calibrated": bool(verdict.calibrated),
        "answers": verdict.answers,
        "evidence": [{"frame": item.frame, "box": item.box} for item in verdict.evidence],
        "summary": verdict.summary,
        "model": verdict.model,
        "prompt_version": verdict.prompt_version,
        "calls": verdict.usage.calls,
        "tokens_in": verdict.usage.tokens_in,
        "tokens_out": verdict.usage.tokens_out,
        "cost": number(verdict.usage.cost),
        "latency": float(verdict.usage.latency),
        "raw": number(verdict.raw),
        "probability_source": verdict.probability_source or None,
        "notes": verdict.notes,
        "created_at": now,
    }


def track_values(track: Track) -> dict[str, Any]:
    return {
        "camera": track.id.camera,
        "epoch": track.id.epoch,
        "number": track.id.number,
        "label": track.label,
        "start": float(track.start),
        "end": float(track.end),
        "score": float(track.score),
        "path": track.path,
        "embedding": track.embedding,
    }


def number(value: float | None) -> float | None:
    """A plain float (NumPy's are not) or None."""
    return None if value is None else float(value)


def to_track(row: RowMapping) -> Track:
    c = tracks.c
    return Track(
        id=TrackId(row[c.camera], row[c.epoch], row[c.number]),
        label=row[c.label],
        start=row[c.start],
        end=row[c.end],
        score=row[c.score],
        path=tuple((float(x), float(y)) for x, y in row[c.path]),
        embedding=row[c.embedding],
    )


def to_counter(row: RowMapping) -> Counter:
    return Counter(row["camera"], row["minute"], row["name"], row["value"])


def to_candidate(row: RowMapping) -> Candidate:
    """The candidate as the policy saw it, with its end as far as known."""
    c = candidates.c
    return Candidate(
        id=row[c.id],
        camera=row[c.camera],
        epoch=row[c.epoch],
        rule=row[c.rule],
        kind=row[c.kind],
        start=row[c.start],
        triggered=row[c.triggered],
        peak=row[c.peak],
        score=row[c.score],
        tracks=_tracks(row),
        label=row[c.label],
        zone=row[c.zone],
        end=row[c.end],
        scores=_scores(row[c.scores]),
        box=to_box(row[c.box]),
        attributes=row[c.attributes],
        bundle=row[c.bundle],
    )


def to_decision(row: RowMapping) -> PolicyDecision:
    c = candidates.c
    low, high = row[c.threshold_low], row[c.threshold_high]
    return PolicyDecision(
        action=Action(row[c.action]),
        reason=row[c.reason],
        version=row[c.policy_version],
        priority=row[c.priority],
        thresholds=None if low is None or high is None else (low, high),
        probability=row[c.probability],
        alert_without_brain=row[c.alert_without_brain],
        deadline=row[c.deadline],
    )


def to_stored_candidate(row: RowMapping) -> StoredCandidate:
    final = row[candidates.c.final_scores]
    verification = row[events.c.verification]
    return StoredCandidate(
        candidate=to_candidate(row),
        decision=to_decision(row),
        final_score=row[candidates.c.final_score],
        final_scores=None if final is None else _scores(final),
        verification=None if verification is None else Verification(verification),
        settled=bool(row[events.c.settled]),
    )


def to_case(row: RowMapping) -> Case:
    c = cases.c
    return Case(
        id=row[c.id],
        candidate=to_candidate(row),
        decision=replace(to_decision(row), value=row[c.value]),
        state=CaseState(row[c.state]),
        clip=to_clip(row),
        key_frames=to_key_frames(row),
        attempts=row[c.attempts],
        error=row[c.error],
        merged_into=row[c.merged_into],
    )


def to_event(row: RowMapping) -> Event:
    """The event; its score is the final one once there is one."""
    c, e = candidates.c, events.c
    final = row[c.final_score]
    return Event(
        id=row[e.id],
        camera=row[c.camera],
        rule=row[c.rule],
        kind=row[c.kind],
        start=row[c.start],
        triggered=row[c.triggered],
        end=row[c.end],
        score=row[c.score] if final is None else final,
        label=row[c.label],
        zone=row[c.zone],
        tracks=_tracks(row),
        verification=Verification(row[e.verification]),
        settled=row[e.settled],
        alert=row[e.alert],
        clip=to_clip(row),
        key_frames=to_key_frames(row),
        verdict=None if row[e.verdict_id] is None else to_verdict(row),
        note=row[e.note],
        attributes=row[c.attributes],
        truth=row[TRUTH],
        bundle=row[c.bundle],
    )


def to_clip(row: RowMapping) -> Clip | None:
    c = clips.c
    if row[c.path] is None:
        return None
    return Clip(
        path=row[c.path],
        start=row[c.start],
        end=row[c.end],
        offset=row[c.offset],
        codec=row[c.codec],
        reencoded=row[c.reencoded],
        size=row[c.size],
    )


def to_key_frames(row: RowMapping) -> tuple[KeyFrame, ...]:
    found = row[clips.c.key_frames] or ()
    return tuple(
        KeyFrame(item["path"], float(item["time"]), to_box(item["box"]), _around(item.get("around", ())))
        for item in found
    )


def _around(stored: Sequence[Any]) -> tuple[tuple[str, Box], ...]:
    return tuple((label, Box(*map(float, box))) for label, box in stored)


def to_verdict(row: RowMapping) -> Verdict:
    c = verdicts.c
    return Verdict(
        verification=Verification(row[c.verification]),
        probability=row[c.probability],
        answers=row[c.answers],
        evidence=tuple(Evidence(item["frame"], to_box(item["box"])) for item in row[c.evidence]),
        summary=row[c.summary],
        model=row[c.model],
        prompt_version=row[c.prompt_version],
        usage=Usage(row[c.calls], row[c.tokens_in], row[c.tokens_out], row[c.cost], row[c.latency]),
        calibrated=row[c.calibrated],
        raw=row[c.raw],
        probability_source=row[c.probability_source] or "",
        notes=tuple(row[c.notes]),
    )


def _tracks(row: RowMapping) -> tuple[TrackId, ...]:
    return tuple(TrackId.parse(text) for text in row[candidates.c.tracks])


def _scores(stored: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in stored.items()}


def to_box(stored: Sequence[float] | None) -> Box | None:
    """A stored box, whose numbers may be texts."""
    return None if stored is None else Box(*(float(value) for value in stored))
