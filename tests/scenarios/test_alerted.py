"""From a camera to a receiver: a whole run, a receiver that is away at first, and what the second run makes good."""

import json
from pathlib import Path
from typing import Any

from secondsight.records import Word
from secondsight.sim import make_city
from secondsight.store import Store
from tests.servers.receiver import Receiver
from tests.site.sites import secondsight


def watch(site: Path) -> str:
    """What a run says on standard error."""
    done = secondsight("run", site, "--once", "--json")
    assert done.returncode == 0
    return done.stderr


def test_every_step_reaches_the_receiver_once_and_in_order(tmp_path: Path) -> None:
    make_city("metro", tmp_path / "city", seed=7, seconds=6.0, cameras=1)
    receiver = Receiver()
    site = tmp_path / "site.yaml"
    values: dict[str, Any] = {
        "cameras": {"platform": {"source": "city/metro-0.mp4"}},
        "rules": {"presence": {"behaviour": "intrusion", "zone": "frame", "severity": "high"}},
        "sentinel": {"model": "city-nano"},
        "retention": {"min_free": 0},
        "alerts": {"ops": {"type": "webhook", "url": receiver.url}},
    }
    site.write_text(json.dumps(values))
    assert "some alerts wait for their receivers" in watch(site)
    with receiver:
        watch(site)
        taken = list(receiver.taken)
    with Store.open(tmp_path / "data", read_only=True) as store:
        expected = [step.id for step in store.steps.after(0)]
        (totals,) = store.deliveries.totals()
    assert sorted(one.id for one in taken) == sorted(expected)
    assert (totals.waiting, totals.sent, totals.dead) == (0, len(expected), 0)
    bodies = [json.loads(one.body) for one in taken]
    for event in {body["event"]["id"] for body in bodies}:
        numbers = [body["step"]["number"] for body in bodies if body["event"]["id"] == event]
        assert numbers == list(range(1, len(numbers) + 1))
    with Store.open(tmp_path / "data", read_only=True) as store:
        assert store.steps.unpublished() == []
    first = next(body for body in bodies if body["step"]["number"] == 1)
    assert (first["event_type"], first["word"], first["severity"]) == ("raised", Word.ALERT.value, "high")
