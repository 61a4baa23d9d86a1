"""`kill -9` of a writer at any instant: what it was told is done is there, and nothing is half there."""

import random
import subprocess
import sys
from collections import defaultdict

from sqlalchemy import Connection, func, select, text

from secondsight.records import Action, CaseState, Verification
from secondsight.store import Store
from secondsight.store.database.database import Database
from secondsight.store.database.schema import verdicts
from tests.conftest import ROOT


def _write_and_kill(where: str, first: int, lines: int) -> dict[str, set[str]]:
    """What a writer said was done before it was killed, some time after its `lines`-th line."""
    said: dict[str, set[str]] = defaultdict(set)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.writer", where, str(first)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as writer:
        assert writer.stdout is not None
        for _ in range(lines):
            done, _, id = writer.stdout.readline().strip().partition(" ")
            said[done].add(id)
        writer.kill()
        for line in writer.stdout:
            if line.endswith("\n"):
                done, _, id = line.strip().partition(" ")
                said[done].add(id)
    return said


def test_killed_writer_leaves_no_half_state(where: str) -> None:
    rng = random.Random(8)
    said: dict[str, set[str]] = defaultdict(set)
    for number in range(4):
        for done, ids in _write_and_kill(where, 1000 * number, rng.randrange(40, 140)).items():
            said[done] |= ids
    with Store.open(where) as store:
        _check(store, said)
        requeued = store.cases.requeue()
        assert len(requeued) <= 4
        assert store.cases.counts()[CaseState.LEASED] == 0
    database = Database(where)
    assert database.read(_most_verdicts_of_a_case) == 1
    if database.is_sqlite:
        assert database.read(lambda c: c.execute(text("PRAGMA integrity_check")).scalar()) == "ok"
        assert database.read(lambda c: c.execute(text("PRAGMA foreign_key_check")).all()) == []
    database.close()


def _check(store: Store, said: dict[str, set[str]]) -> None:
    candidates = {stored.candidate.id: stored for stored in store.events.candidates()}
    events = {event.id: event for event in store.events.find()}
    cases = {case.id: case for case in store.cases.find()}
    assert said["opened"] <= candidates.keys()
    for id, stored in candidates.items():
        action = stored.decision.action
        assert (id in events) is (action is not Action.DROP)
        assert (id in cases) is (action is Action.REVIEW)
    for id in said["attached"] & events.keys():
        assert events[id].clip is not None
    for id in said["settled"]:
        assert events[id].verification is Verification.CONFIRMED
    for id, event in events.items():
        if id in cases:
            assert event.settled is (cases[id].state is CaseState.SETTLED)
            assert (event.clip is None) is (cases[id].state is CaseState.RECORDING)
        else:
            assert event.settled is (event.clip is not None)
        assert (event.verdict is None) is (event.verification is Verification.UNVERIFIED)


def _most_verdicts_of_a_case(connection: Connection) -> int:
    each = select(func.count(verdicts.c.id).label("verdicts")).group_by(verdicts.c.case_id).subquery()
    most: int = connection.execute(select(func.max(each.c.verdicts))).scalar_one()
    return most
