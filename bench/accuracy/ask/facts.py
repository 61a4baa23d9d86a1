"""Stores of a simulated world what a site would have stored of it."""

from bench.accuracy.ask.world import Happening, Stay, World
from secondsight.records import (
    Action,
    Call,
    Candidate,
    Counter,
    Coverage,
    CoverageState,
    Outcome,
    PolicyDecision,
    Purpose,
    TrackId,
    Usage,
    Verdict,
    Verification,
    Visit,
    candidate_id,
)
from secondsight.store import AddCounters, AddVisits, AttachClip, OpenCandidate, SetCoverage, Store, Write

_AT_ONCE = 500
_PIECES = 10
"""Tracks that one stay may be broken into, at most."""


def store_facts(world: World, store: Store) -> None:
    """Fill an empty store; everything in it is simulated."""
    writes: list[Write] = []
    for number, one in enumerate(world.happenings):
        candidate = _candidate(one, number)
        decision = PolicyDecision(Action.REVIEW, "simulated", "simulated")
        writes += [OpenCandidate(candidate, decision), AttachClip(candidate.id, None)]
    writes.append(AddVisits(tuple(visit for stay in world.stays for visit in _visits(stay))))
    writes.append(AddCounters(tuple(_counts(world))))
    writes.append(SetCoverage(tuple(_coverage(world))))
    for first in range(0, len(writes), _AT_ONCE):
        store.apply(writes[first : first + _AT_ONCE])
    for number, one in enumerate(world.happenings):
        if one.verified:
            known = Verification.CONFIRMED if one.real else Verification.REJECTED
            store.cases.settle(_candidate(one, number).id, known, _verdict(one, known))
    store.ledger.add(
        [
            Call(time, Purpose.VERIFY, f"case-{n}", next(iter(world.config.cameras)), "fall", "simulated", "", False,
                 Outcome.ANSWERED, cost=money)
            for n, (time, money) in enumerate(world.spent)
        ]
    )  # fmt: skip


def _candidate(one: Happening, number: int) -> Candidate:
    track = TrackId(*one.track) if one.track else TrackId(one.camera, 2, number)
    return Candidate(
        id=candidate_id(one.camera, "simulated", one.rule, track, one.time),
        camera=one.camera,
        epoch=track.epoch,
        rule=one.rule,
        kind=one.kind,
        start=one.time,
        triggered=one.time,
        peak=one.time,
        score=0.8,
        tracks=(track,),
        label="person",
        zone=one.zone,
        end=one.time + 5.0,
    )


def _verdict(one: Happening, known: Verification) -> Verdict:
    return Verdict(known, 0.9, one.answers, (), "simulated", "simulated", "simulated", Usage(calls=1))


def _visits(stay: Stay) -> list[Visit]:
    """The pieces of a stay follow each other at one spot; each person has a spot of its own."""
    spot = (stay.person % 97) / 100, (stay.person % 89) / 100
    return [
        Visit(TrackId(stay.camera, 1, stay.first_track + n), stay.zone, "person", begin, end, spot, spot)
        for n, (begin, end) in enumerate(stay.pieces[:_PIECES])
    ]


def _counts(world: World) -> list[Counter]:
    counts = [
        Counter(one.camera, int(one.time // 60 * 60), f"{one.way}:{one.rule}", 1.0) for one in world.passages
    ]
    for one in world.queue_waits:
        minute = int(one.time // 60 * 60)
        counts += [
            Counter(one.camera, minute, f"waited:{one.rule}", one.seconds),
            Counter(one.camera, minute, f"left:{one.rule}", 1.0),
        ]
    return counts


def _coverage(world: World) -> list[Coverage]:
    watched = [
        Coverage(camera, CoverageState.WATCHED, *span)
        for camera, spans in world.watched.items()
        for span in spans
    ]
    blind = [
        Coverage(camera, CoverageState.BLIND, *span)
        for camera, spans in world.blind.items()
        for span in spans
    ]
    return watched + blind
