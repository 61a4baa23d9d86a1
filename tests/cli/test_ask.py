"""`secondsight ask`, from the store of a run."""

import json
from pathlib import Path

from secondsight.store import OpenCandidate, Store
from tests.ask.brain.site import plans
from tests.cli.conftest import Command
from tests.servers.brain import BrainServer
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


SITE = """
cameras:
  hall: {source: hall.mp4}
rules:
  falls: {behaviour: fall, zone: frame}
  crowds: {behaviour: crowd, zone: frame}
brain: {backend: openai, base_url: URL, model: test-vl, profile: generic}
"""


def test_a_large_model_reads_the_question_too(tmp_path: Path, command: Command) -> None:
    """Without a terminal to choose at, both readings are said; its calls are in the ledger."""
    _filled(tmp_path / "data")
    span = {"since": "2026-01-01T00:00", "until": "2026-01-02T00:00"}
    with BrainServer(default=plans({"kinds": ["crowd"], **span})) as server:
        (tmp_path / "site.yaml").write_text(SITE.replace("URL", server.url))
        asked = ("ask", "--site", "site.yaml", "--data", "data")
        differs = command(*asked, "How many falls on 2026-01-01?")
        alone = command(*asked, "Whither went that throng on 2026-01-01?")
        written = command(*asked, "--json", "How many falls on 2026-01-01?")
    assert differs.returncode != 0
    assert "1: how many events (fall)" in differs.stdout
    assert "2: how many events (crowd)" in differs.stdout
    assert "Traceback" not in differs.stderr
    assert "As understood by the large model: how many events (crowd)" in alone.stdout
    first, second = json.loads(written.stdout)["refused"]["readings"]
    assert (first["plan"]["kinds"], second["plan"]["kinds"]) == (["fall"], ["crowd"])
    with Store.open(tmp_path / "data", read_only=True) as store:
        (cost,) = store.ledger.costs(("purpose",))
    assert (cost.key, cost.calls) == (("answer",), 3)
