"""`secondsight ask`, from the store of a run."""

import json
from pathlib import Path

from secondsight.store import OpenCandidate, Store
from tests.cli.conftest import Command
from tests.store.samples import candidate, decision

T0 = 1_767_254_400.0
"""2026-01-01T08:00:00Z."""


def _filled(folder: Path) -> None:
    folder.mkdir()
    with Store.open(folder) as store:
        store.observations.upsert_camera("hall", "the hall")
        for number in range(3):
            store.apply([OpenCandidate(candidate(f"e{number}", T0 + number, kind="fall"), decision())])


def test_questions_follow_each_other(tmp_path: Path, command: Command) -> None:
    _filled(tmp_path / "data")
    done = command("ask", "How many falls on 2026-01-01?", "show me them", "--data", "data", "--json")
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["type"], first["value"], first["low"], first["high"]) == ("answer", 3, 0, 3)
    assert first["counts"] == {"confirmed": 0, "unverified": 3, "rejected": 0}
    assert second["plan"]["listed"]
    assert [one["id"] for one in second["events"]] == ["e2", "e1", "e0"]
    shown = command("ask", "Falls per hour on 2026-01-01", "--data", "data", "--explain")
    assert "08:00" in shown.stdout
    assert "█" in shown.stdout
    assert "group: hour" in shown.stdout


def test_what_is_not_understood_is_refused_with_what_can_be_asked(tmp_path: Path, command: Command) -> None:
    _filled(tmp_path / "data")
    done = command("ask", "How many dogs barked yesterday?", "--data", "data")
    assert done.returncode == 1
    assert "dogs" in done.stdout
    assert "How many fall events" in done.stdout
    assert "Traceback" not in done.stderr
