"""What must hold at the end, read from what the servers saw and what the store holds; knows nothing of the faults'
order."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

import psutil

from secondsight.cascade.recording.journal import DEAD_LETTERS, FOLDER
from secondsight.records import CaseState, snapshot_path
from secondsight.site.services.step_reader import READER
from secondsight.store import Store
from tests.scenarios.chaos.rig import CALM, SECRETS, Announced, Rig
from tests.site.sites import busyness, pictures

UNDURABLE = 1.0
"""Seconds after its report in which a candidate may not be durable yet; a `kill -9` may take it. A worker process
outlives its killed site by a moment, in which it may report as well."""
UNMARKED = 3.0
"""Seconds after its line in which an event may not be marked as announced; `kill -9` then brings it again."""


def problems(rig: Rig) -> list[str]:
    """Everything that is wrong; nothing if all is well."""
    return [*stored(rig), *announced(rig), *files(rig), *leaks(rig)]


def stored(rig: Rig) -> Iterator[str]:
    """What the frame path reported is stored and settled; nothing waits for ever; calls were really made."""
    with rig.store() as store:
        events = {event.id: event for event in store.events.find()}
        counts = store.cases.counts()
        booked = len(store.ledger.find())
        if unread := unannounced(store):
            yield f"{unread} steps were never announced"
    slack = UNDURABLE * busyness()
    if not rig.reported:
        yield "nothing was reported: the run shows nothing"
    for when, camera, id in rig.reported:
        if id not in events and not any(abs(stop - when) <= slack for stop in rig.stops):
            yield f"candidate {id} of {camera} was reported and is not stored"
    for event in events.values():
        if not event.settled:
            yield f"event {event.id} is not settled"
        if event.camera in CALM and event.clip is None and not event.note:
            yield f"event {event.id} has no clip and does not say why"
    waiting = {
        state.value: count for state, count in counts.items() if count and state is not CaseState.SETTLED
    }
    if waiting:
        yield f"cases wait: {waiting}"
    asked = len(rig.brain.bodies) + len(rig.brain.seen)
    if booked > asked:
        yield f"{booked} calls are booked and the brain saw {asked}"


def unannounced(store: Store) -> int:
    """Steps that are not published, or that the program has not read."""
    return len(store.steps.unpublished()) + store.steps.last() - store.steps.cursor(READER)


def announced(rig: Rig) -> Iterator[str]:
    """Each event once; again only where the program was killed before it could note that it had said so."""
    with rig.store() as store:
        known = {event.id for event in store.events.find()}
    times: defaultdict[str, list[Announced]] = defaultdict(list)
    for one in rig.announced:
        times[one.id].append(one)
    for id in known - set(times):
        if not any(run.killed for run in rig.runs):
            yield f"event {id} was announced to nobody"
    for id, lines in times.items():
        if id not in known:
            yield f"event {id} was announced and is not stored"
        for before, again in pairwise(lines):
            killed = rig.runs[before.run].killed
            excused = again.run != before.run and killed is not None and _unmarked(rig, before.seen, killed)
            if not excused:
                yield f"event {id} was announced in runs {before.run} and {again.run}"


def _unmarked(rig: Rig, seen: float, killed: float) -> bool:
    """Whether an event announced then may not have been marked when the program was killed."""
    slack = UNMARKED * busyness()
    away = any(begin <= killed and seen - slack <= end + slack for begin, end in rig.outages)
    return killed - seen <= slack or away


def files(rig: Rig) -> Iterator[str]:
    """Clips and pictures play, and nothing else lies about."""
    with rig.store() as store:
        events = store.events.find()
    named = {key.path for event in events for key in event.key_frames}
    for event in events:
        if event.clip is None:
            continue
        named.add(event.clip.path)
        try:
            shown, _, starts_at_key = pictures(rig.data / event.clip.path)
        except Exception as error:
            yield f"the clip of {event.id} does not play: {type(error).__name__}: {error}"
            continue
        if not shown or not starts_at_key:
            yield f"the clip of {event.id} shows nothing, or does not begin with a key frame"
    there = {
        str(file.relative_to(rig.data))
        for part in ("clips", "frames")
        for file in (rig.data / part).rglob("*")
        if file.is_file()
    }
    snapshots = {snapshot_path(event) for event in events}
    yield from (f"{path} belongs to no event" for path in sorted(there - named - snapshots)[:5])
    yield from (f"{path} is missing" for path in sorted(named - there)[:5])
    journals = [file for file in (rig.data / FOLDER).glob("*") if file.name != DEAD_LETTERS]
    if journals:
        yield f"left in the journal: {', '.join(file.name for file in journals)}"
    if (rig.data / FOLDER / DEAD_LETTERS).exists():
        yield f"records were set aside: {(rig.data / FOLDER / DEAD_LETTERS).read_text()[:500]}"


def leaks(rig: Rig) -> Iterator[str]:
    """No process stays, no secret was written, nobody saw a traceback."""
    children = {pid for run in rig.runs for pid in run.children}
    end = time.monotonic() + 20
    while (alive := [pid for pid in children if _lives(pid)]) and time.monotonic() < end:
        time.sleep(0.2)
    if alive:
        yield f"processes live on: {alive}"
    for run in rig.runs:
        text = run.out.read_text() + run.err.read_text()
        yield from (f"run {run.number} printed a secret" for secret in SECRETS if secret in text)
        if "Traceback" in text:
            at = text.index("Traceback")
            yield f"run {run.number} showed a traceback: ...{text[max(0, at - 300) : at + 1500]}"
        if run.killed is None and run.code != 0:
            yield f"run {run.number} ended with code {run.code}: {run.err.read_text()[-800:]}"


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
