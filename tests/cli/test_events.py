"""`secondsight events`: filters, forms, and what it says when there is nothing to read."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from secondsight.cascade import decide
from secondsight.clock import ManualClock
from secondsight.config import PolicySettings
from secondsight.records import Candidate, TrackId, Verification
from secondsight.store import AttachClip, CloseCandidate, OpenCandidate, Store
from tests.cli.conftest import Command
from tests.table import table

BEGIN = 1_767_225_600.0
"""2026-01-01T00:00:00Z; event n begins n hours later."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six events, h0 to h5: even ones of the hall, odd ones of the yard; h4 and h5 are loitering, h3 is confirmed."""
    folder = tmp_path_factory.mktemp("events")
    clock = ManualClock(BEGIN)
    with Store.open(folder, clock) as store:
        for hour in range(6):
            camera = "yard" if hour % 2 else "hall"
            start = BEGIN + 3600 * hour
            candidate = Candidate(
                f"h{hour}", camera, 0, "rule", "loitering" if hour >= 4 else "intrusion",
                start, start + 1, start + 2, 0.5, (TrackId(camera, 0, hour),), "person",
            )  # fmt: skip
            store.apply(
                [OpenCandidate(candidate, decide(candidate, PolicySettings(), brain=True, now=BEGIN + 10**6))]
            )
            store.apply([CloseCandidate(replace(candidate, end=start + 9))])
            store.apply([AttachClip(candidate.id, None, (), "no clip: a test")])
            store.cases.settle(candidate.id, Verification.CONFIRMED if hour == 3 else Verification.UNSURE)
    return folder


@table(
    ("filters", "expected"),
    [
        ([], "h0 h1 h2 h3 h4 h5"),
        (["--camera", "yard"], "h1 h3 h5"),
        (["--camera", "nobody"], ""),
        (["--kind", "loitering"], "h4 h5"),
        (["--verification", "confirmed"], "h3"),
        (["--since", "2026-01-01T02:00:00Z"], "h2 h3 h4 h5"),
        (["--since", "2026-01-01T03:00:00+01:00"], "h2 h3 h4 h5"),
        (["--until", "2026-01-01T02:00"], "h0 h1"),
        (["--since", "2026-01-01T01:00", "--until", "2026-01-01 04:00"], "h1 h2 h3"),
        (["--since", "1h"], ""),
        (["--until", "1s"], "h0 h1 h2 h3 h4 h5"),
        (["--limit", "2"], "h4 h5"),
        (["--camera", "hall", "--kind", "intrusion", "--limit", "1"], "h2"),
    ],
)
def test_filters(filters: list[str], expected: str, data: Path, command: Command) -> None:
    done = command("events", "--data", data, "--json", *filters)
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in lines] == expected.split()


def test_the_table(data: Path, command: Command) -> None:
    done = command("events", "--data", data)
    rows = [line for line in done.stdout.splitlines() if "2026-01-01" in line]
    assert len(rows) == 6
    for word in ("2026-01-01 03:00:00", "9.0 s", "yard", "intrusion", "person", "0.50", "confirmed", "h3"):
        assert word in rows[3]
    assert command("events", "--data", data, "--until", "2025-01-01").stdout.strip() == "no events"


@table(
    ("arguments", "code", "words"),
    [
        (["--since", "yesterday"], 2, ["--since", "not a time", "2h"]),
        (["--until", "2026-13-01"], 2, ["--until", "not a time"]),
        (["--verification", "confirmd"], 2, ["confirmd", "confirmed"]),
        (["--limit", "0"], 2, ["--limit"]),
        (["--data", "nowhere"], 1, ["nowhere"]),
        (["--data", "file.txt"], 1, ["file.txt"]),
        (["--data", "junk"], 1, ["junk", "database"]),
    ],
)
def test_mistakes(
    arguments: list[str], code: int, words: list[str], data: Path, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "file.txt").write_text("text")
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "secondsight.db").write_bytes(b"junk" * 1000)
    given = arguments if "--data" in arguments else ["--data", str(data), *arguments]
    done = command("events", *given)
    assert done.returncode == code
    for word in words:
        assert word in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "nowhere").exists(), "reading makes nothing"


def test_a_name_that_no_event_has_may_be_misspelt(data: Path, command: Command) -> None:
    done = command("events", "--data", data, "--kind", "loitring")
    assert done.stdout.strip() == "no events of kind loitring; there are some of intrusion, loitering"
    done = command("events", "--data", data, "--camera", "garden")
    assert done.stdout.strip() == "no events of camera garden; there are some of hall, yard"


def test_a_page_that_cannot_be_written(data: Path, command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = command("events", "--data", data, "--html", "file")
    assert done.returncode == 1
    assert done.stderr.startswith("error: file: the page cannot be written")
    done = command("events", "--data", data, "--html", "page", "--videos", "nowhere")
    assert done.returncode == 2
    assert "--videos: there is no such folder" in done.stderr
