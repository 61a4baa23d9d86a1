"""`secondsight costs`: sums, what left the site, and what it says when there is nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from secondsight.clock import ManualClock
from secondsight.records import Outcome, Purpose
from secondsight.store import Store
from tests.cli.conftest import Command
from tests.store.queries.test_ledger import BEGIN, call
from tests.table import table

HOUR, DAY = 3600.0, 86400.0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of two cameras: three calls of the hall went out, one of the yard and a question stayed."""
    folder = tmp_path_factory.mktemp("costs")
    with Store.open(folder, ManualClock(BEGIN)) as store:
        for camera in ("hall", "yard"):
            store.observations.upsert_camera(camera)
        local = {"remote": False, "destination": "", "cost": 0.0, "backend": "clip:city-clip"}
        store.ledger.add(
            [
                call(0.0),
                call(HOUR, outcome=Outcome.MALFORMED, case_id="d"),
                call(DAY, case_id="d", cost=None),
                call(DAY + 1, camera="yard", case_id="e", **local),
                call(DAY + 2, camera="", kind="", case_id="", purpose=Purpose.ANSWER, **local),
            ]
        )
    return folder


def lines(command: Command, data: Path, *args: object) -> list[dict[str, Any]]:
    done = command("costs", "--data", data, "--json", *args)
    assert done.returncode == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["type"] for line in found} <= {"cost", "call"}
    assert {line["schema"] for line in found} == {1}
    return found


@table(
    ("by", "expected"),
    [
        ([], {("",): 1, ("hall",): 3, ("yard",): 1}),
        (["camera"], {("",): 1, ("hall",): 3, ("yard",): 1}),
        (["kind"], {("",): 1, ("fall",): 4}),
        (["purpose"], {("answer",): 1, ("verify",): 4}),
        (["backend"], {("clip:city-clip",): 2, ("openai:some-vlm",): 3}),
        (["day"], {("2026-01-01T00:00:00.000Z",): 2, ("2026-01-02T00:00:00.000Z",): 3}),
        (
            ["hour"],
            {
                ("2026-01-01T00:00:00.000Z",): 1,
                ("2026-01-01T01:00:00.000Z",): 1,
                ("2026-01-02T00:00:00.000Z",): 3,
            },
        ),
        (
            ["day", "camera"],
            {
                ("2026-01-01T00:00:00.000Z", "hall"): 2,
                ("2026-01-02T00:00:00.000Z", ""): 1,
                ("2026-01-02T00:00:00.000Z", "hall"): 1,
                ("2026-01-02T00:00:00.000Z", "yard"): 1,
            },
        ),
    ],
)
def test_split(by: list[str], expected: dict[tuple[str, ...], int], data: Path, command: Command) -> None:
    options = [word for name in by for word in ("--by", name)]
    found = lines(command, data, *options)
    names = by or ["camera"]
    split = [line for line in found if list(line["by"]) == names]
    assert {tuple(line["by"].values()): line["calls"] for line in split} == expected


def test_the_last_line_is_the_whole(data: Path, command: Command) -> None:
    total = lines(command, data, "--until", "2026-01-03")[-1]
    assert total["by"] == {}
    assert (total["calls"], total["cases"], total["unanswered"], total["unpriced"]) == (5, 3, 1, 1)
    assert (total["tokens_in"], total["tokens_out"], total["seconds"]) == (5000, 250, 7.5)
    assert total["money"] == 0.008
    assert total["calls_per_camera_day"] == 1.25, "five calls, two cameras, two days"


def test_what_left_and_with_which_digest(data: Path, command: Command) -> None:
    found = lines(command, data, "--egress", "--since", "2026-01-01", "--until", "2026-01-02")
    (left,) = [line for line in found if "destination" in line.get("by", {})]
    where = {"remote": True, "destination": "https://brain.example/v1", "egress": "redacted"}
    assert (left["by"], left["calls"]) == (where, 2)
    calls = [line for line in found if line["type"] == "call"]
    assert [line["time"] for line in calls] == ["2026-01-01T00:00:00.000Z", "2026-01-01T01:00:00.000Z"]
    assert {line["digest"] for line in calls} == {"00112233445566778899aabbccddeeff"}
    assert all(line["type"] == "cost" for line in lines(command, data)), "only when asked for"


def test_the_table(data: Path, command: Command) -> None:
    done = command("costs", "--data", data, "--by", "day", "--egress")
    assert done.returncode == 0
    for words in ("2026-01-01", "in all", "calls per camera and day", "1 calls without a price", "redacted"):
        assert words in done.stdout
    assert "https://brain.example/v1" in done.stdout


def test_nothing_left_and_nothing_at_all(tmp_path: Path, command: Command) -> None:
    with Store.open(tmp_path) as store:
        assert command("costs", "--data", tmp_path).stdout == "no calls\n"
        assert command("costs", "--data", tmp_path, "--json").stdout == ""
        store.ledger.add([call(remote=False, destination="")])
    assert "nothing left this machine" in command("costs", "--data", tmp_path).stdout


def test_half_an_hour_tells_nothing_of_a_day(data: Path, command: Command) -> None:
    short = ("--since", "2026-01-01T00:00:00Z", "--until", "2026-01-01T00:30:00Z")
    total = lines(command, data, *short)[-1]
    assert (total["calls"], total["calls_per_camera_day"]) == (1, None)
    assert "calls per camera and day" not in command("costs", "--data", data, *short).stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [(["--by", "colour"], "colour"), (["--since", "soon"], "--since"), (["--data", "nowhere"], "nowhere")],
)
def test_mistakes(args: list[str], words: str, data: Path, command: Command) -> None:
    done = command("costs", "--data", data, *args)
    assert done.returncode in (1, 2)
    assert words in done.stderr
