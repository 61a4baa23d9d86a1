"""`secondsight alerts`, and what `check` says of channels."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from secondsight.cli.app import app
from secondsight.store import Delivery, Store
from tests.serve.alerts.life import Life
from tests.servers.receiver import Receiver

runner = CliRunner()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, receiver: Receiver) -> Path:
    values = {
        "cameras": {"hall": {"source": "x"}},
        "rules": {"night": {"behaviour": "intrusion", "zone": "frame"}},
        "alerts": {
            "ops": {"type": "webhook", "url": f"{receiver.url}?token=s3cr3tT0ken99"},
            "gone": {"type": "webhook", "url": "http://127.0.0.1:9/"},
        },
    }
    file = tmp_path / "site.yaml"
    file.write_text(json.dumps(values))
    return file


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """A data folder in which one message of `ops` is dead, one waits after a try, one was sent."""
    data = tmp_path / "data"
    data.mkdir()
    with Store.open(data) as store:
        store.deliveries.begin("ops", 0)
        life = Life(store)
        steps = [*life.begin("a"), *life.begin("b"), *life.begin("c")]
        store.deliveries.route("ops", 3, steps)
        first, second, third = due(store)
        store.deliveries.bury(first, "the receiver answers 410")
        store.deliveries.postpone(second, time.time() + 60, "away")
        store.deliveries.sent(third)
    return data


def due(store: Store) -> list[Delivery]:
    return store.deliveries.due("ops", 10)


def run(*words: object, code: int = 0) -> str:
    done = runner.invoke(app, [str(word) for word in words])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_status(letters: Path) -> None:
    shown = run("alerts", "status", "--data", letters)
    assert "ops" in shown
    assert "away" in shown
    (line,) = run("alerts", "status", "--json", "--data", letters).splitlines()
    found: dict[str, Any] = json.loads(line)
    assert (found["channel"], found["waiting"], found["sent"], found["dead"]) == ("ops", 1, 1, 1)
    assert (found["position"], found["error"]) == (3, "away")


def test_dead_letters_are_shown_and_sent_again(letters: Path) -> None:
    assert "the receiver answers 410" in run("alerts", "dead", "--data", letters)
    (line,) = run("alerts", "dead", "ops", "--json", "--data", letters).splitlines()
    found = json.loads(line)
    assert (found["message"], found["attempts"], found["number"]) == ("a-1", 1, 1)
    assert "1 message will be sent again" in run("alerts", "resend", "ops", "--number", 1, "--data", letters)
    assert "no dead letters" in run("alerts", "dead", "--data", letters)
    with Store.open(letters) as store:
        assert [one.id for one in due(store)] == ["a-1"]
    run("alerts", "resend", "--all", "--data", letters)


@pytest.mark.parametrize(
    "words", [["resend"], ["resend", "ops", "--all"], ["resend", "ops", "--number", "99"]]
)
def test_mistakes(letters: Path, words: list[str]) -> None:
    done = runner.invoke(app, ["alerts", *words, "--data", str(letters)])
    assert done.exit_code != 0


def test_test_message(site: Path, receiver: Receiver) -> None:
    shown = run("alerts", "test", site, code=1)
    assert "the receiver has taken a test message" in shown
    assert "cannot be reached" in shown
    body = json.loads(receiver.taken[0].body)
    assert body["event"]["kind"] == "test"
    run("alerts", "test", site, "ops")
    assert len(receiver.taken) == 2


def test_check_says_which_receivers_answer(site: Path, receiver: Receiver) -> None:
    shown = runner.invoke(app, ["check", str(site), "--json"]).output
    found = {one["name"]: one for one in map(json.loads, shown.splitlines()) if one["part"] == "alerts"}
    assert found["ops"]["fine"]
    assert not found["gone"]["fine"]
    assert "s3cr3tT0ken99" not in shown
    assert receiver.taken == []
