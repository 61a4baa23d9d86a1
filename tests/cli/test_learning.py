"""`feedback`, `calibrate`, `filters`: what people say, and what becomes of it, beside a store that is in use."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from secondsight.clock import ManualClock
from secondsight.ground_truth import write_truth
from secondsight.records import Box, Usage, Verification
from secondsight.store import (
    Appearance,
    AttachClip,
    CameraFilter,
    FeedbackEntry,
    FilterState,
    OpenCandidate,
    Screening,
    Shadow,
    Store,
)
from tests.cli.conftest import Command
from tests.measure.samples import event, lookalike, recording
from tests.store.samples import candidate, decision, key_frames, verdict

BEGIN = 1_767_225_600.0
SEEN = Appearance(Box(0.1, 0.2, 0.3, 0.4), (0.6, 0.8))


def add(store: Store, id: str, at: float, raw: float = 0.5, kind: str = "fall") -> None:
    """A settled event `at` seconds after the beginning."""
    made = candidate(id, BEGIN + at + 1, kind=kind, start=BEGIN + at, end=BEGIN + at + 6)
    store.apply([OpenCandidate(made, decision(deadline=None))])
    store.apply([AttachClip(id, None, key_frames(id), "no clip: a test", Screening(SEEN))])
    said = verdict(Verification.REJECTED, raw=raw, model="m", probability_source="clip", usage=Usage())
    store.cases.settle(id, Verification.REJECTED, said)


@pytest.fixture
def data(tmp_path: Path) -> Any:
    """Three events, in a store that a run holds open."""
    folder = tmp_path / "data"
    folder.mkdir()
    with Store.open(folder, ManualClock(BEGIN)) as store:
        for n in range(3):
            add(store, f"e{n}", 100.0 * n)
        yield folder


def said(data: Path) -> dict[str, bool | None]:
    with Store.open(data, read_only=True) as store:
        return {event.id: event.truth for event in store.events.find()}


def test_one_word_shows_everywhere(data: Path, command: Command) -> None:
    done = command("feedback", "e1", "false", "--note", "a coat", "--author", "kim", "--data", data)
    assert (done.returncode, done.stderr.strip()) == (0, "1 word taken down")
    assert said(data) == {"e0": None, "e1": False, "e2": None}
    (line,) = command("feedback", "--list", "--json", "--data", data).stdout.splitlines()
    assert {k: v for k, v in json.loads(line).items() if k != "time"} == {
        "schema": 1,
        "type": "feedback",
        "event": "e1",
        "truth": False,
        "author": "kim",
        "note": "a coat",
    }
    shown = command("feedback", "--list", "--data", data).stdout
    assert "a coat" in shown
    events = [json.loads(line) for line in command("events", "--json", "--data", data).stdout.splitlines()]
    assert [one["truth"] for one in events] == [None, False, None]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ((), "write `secondsight feedback EVENT true`"),
        (("e1",), "write `secondsight feedback EVENT true`"),
        (("e1", "true", "--list"), "write `secondsight feedback EVENT true`"),
        (("e9", "true"), "no event of this data folder is called e9"),
        (("--from", "nowhere"), "no such file or folder"),
    ],
)
def test_mistakes(args: tuple[str, ...], problem: str, data: Path, command: Command) -> None:
    done = command("feedback", *args, "--data", data)
    assert done.returncode == 2
    assert problem in done.stderr
    assert set(said(data).values()) == {None}


def test_nothing_is_made_where_there_is_no_run(tmp_path: Path, command: Command) -> None:
    for line in (("feedback", "e", "true"), ("calibrate",), ("filters",), ("filters", "revoke", "f")):
        done = command(*line, "--data", tmp_path)
        assert done.returncode == 1
        assert "no database" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.csv", "event,truth\ne0,true\ne1,FALSE\n", None),
        ("a.csv", "truth,event,note\nyes,e0,good\n0,e1,\n", None),
        ("a.jsonl", '{"event": "e0", "truth": true}\n\n{"event": "e1", "truth": "false"}\n', None),
        (
            "a.jsonl",
            '{"event": "e0", "truth": 1, "note": 7}\n{"event": "e1", "truth": 0, "note": {}}\n',
            None,
        ),
        ("a.csv", "event,truth\ne0,maybe\n", "a.csv:2: a line needs"),
        ("a.csv", f"event,truth\n{'e' * 200_000},true\n", "this is no CSV"),
        ("a.csv", "id,truth\ne0,true\n", "a.csv:2: a line needs"),
        ("a.jsonl", '{"event": "e0", "truth": true}\n[1]\n', "a.jsonl:2: this line is no JSON object"),
        ("a.jsonl", '{"event": "e0"\n', "a.jsonl:1: this line is no JSON object"),
    ],
)
def test_a_table(
    name: str, text: str, problem: str | None, data: Path, tmp_path: Path, command: Command
) -> None:
    (tmp_path / name).write_text(text)
    done = command("feedback", "--from", tmp_path / name, "--data", data)
    if problem is None:
        assert done.returncode == 0
        assert said(data) == {"e0": True, "e1": False, "e2": None}
    else:
        assert done.returncode == 2
        assert problem in done.stderr
        assert set(said(data).values()) == {None}


def test_a_folder_with_a_side_for_each_truth(data: Path, tmp_path: Path, command: Command) -> None:
    for path in ("true/e0.mp4", "false/e2.mp4", "false/e1.mp4", "false/stranger.mp4"):
        (tmp_path / "sorted" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sorted" / path).touch()
    done = command("feedback", "--from", tmp_path / "sorted", "--data", data)
    assert done.returncode == 2
    assert "stranger" in done.stderr
    assert said(data) == {"e0": True, "e1": False, "e2": False}


def test_labels_of_recordings(data: Path, tmp_path: Path, command: Command) -> None:
    """e0 is a labelled fall, e1 a look-alike, e2 nothing; another camera's labels say nothing of them."""
    made = recording([event(0.0, 5.0)], [lookalike(100.0, 105.0)], start_time=BEGIN)
    write_truth(made, tmp_path / "hall.json")
    write_truth(replace(made, camera="yard"), tmp_path / "yard.json")
    done = command("feedback", "--from", tmp_path / "hall.json", "--data", data)
    assert done.returncode == 0
    assert said(data) == {"e0": True, "e1": False, "e2": False}
    made_city = tmp_path / "city"
    made_city.mkdir()
    write_truth(made, made_city / "hall.json")
    (made_city / "hall.mp4").touch()
    (made_city / "coco.json").write_text("{}")
    assert command("feedback", "--from", made_city, "--data", data).returncode == 0, "as `sim make` writes it"
    (tmp_path / "none").mkdir()
    assert command("feedback", "--from", tmp_path / "none", "--data", data).returncode == 2


def test_calibrate_fits_what_was_said_and_a_run_reads_it(data: Path, command: Command) -> None:
    with Store.open(data) as store:
        for n in range(60):
            add(store, f"c{n}", 1000.0 + 10 * n, raw=0.9 if n % 3 else 0.3)
        words = [FeedbackEntry(f"c{n}", n % 6 in (1, 2)) for n in range(60)]
        store.feedback.add(words)
    tried = [
        json.loads(line)
        for line in command("calibrate", "--dry-run", "--json", "--data", data).stdout.splitlines()
    ]
    assert [(one["kind"], one["labels"], one["version"]) for one in tried] == [("fall", 60, None)]
    with Store.open(data, read_only=True) as store:
        assert store.calibrations.all_newest() == []
    shown = command("calibrate", "--data", data)
    assert shown.returncode == 0
    assert "platt" in shown.stdout
    with Store.open(data, read_only=True) as store:
        (known,) = store.calibrations.all_newest()
    assert (known.kind, known.model, known.source, known.samples, known.version) == (
        "fall",
        "m",
        "clip",
        60,
        1,
    )
    assert known.ece_after < known.ece_before
    again = json.loads(command("calibrate", "--json", "--kind", "fall", "--data", data).stdout)
    assert again["version"] == 2
    assert command("calibrate", "--json", "--kind", "fight", "--data", data).stdout == ""


def test_calibrate_says_what_is_missing(data: Path, command: Command) -> None:
    assert "secondsight feedback" in command("calibrate", "--data", data).stdout
    command("feedback", "e0", "true", "--data", data)
    done = command("calibrate", "--data", data)
    assert done.returncode == 0
    assert "1 labels; 20 are needed" in done.stdout


def proposed(data: Path, state: FilterState = FilterState.PROPOSED) -> None:
    made = CameraFilter(
        "hall-fall-1",
        "hall",
        "fall",
        state,
        SEEN,
        0.5,
        0.1,
        ("e0", "e1"),
        Shadow(3, 3),
        1e6,
        0.0,
        0.0,
        note="why",
    )
    with Store.open(data) as store:
        assert store.filters.propose(made, [])


def state_of(data: Path) -> FilterState:
    with Store.open(data, read_only=True) as store:
        (one,) = store.filters.find()
    return one.state


def test_filters_are_listed_shown_approved_and_revoked(data: Path, command: Command) -> None:
    assert "no filters" in command("filters", "--data", data).stdout
    proposed(data)
    for line in (("filters",), ("filters", "list")):
        assert "hall-fall-1" in command(*line, "--data", data).stdout
    shown = command("filters", "show", "hall-fall-1", "--data", data).stdout
    assert "3 settled cases, 3 of them held back" in shown
    assert "frames/1970-01-01/e0/0.jpg" in shown
    assert "walks along the fence" in shown
    assert command("filters", "approve", "hall-fall-1", "--data", data).returncode == 0
    assert state_of(data) is FilterState.ACTIVE
    twice = command("filters", "approve", "hall-fall-1", "--data", data)
    assert (twice.returncode, "is active" in twice.stderr) == (2, True)
    why = ("--note", "[/b] by hand")
    assert command("filters", "revoke", "hall-fall-1", *why, "--data", data).returncode == 0
    assert state_of(data) is FilterState.REVOKED
    assert "[/b] by hand" in command("filters", "--data", data).stdout, "a note is no markup"
    assert command("filters", "revoke", "hall-fall-1", "--data", data).returncode == 2
    near = command("filters", "show", "hall-fall-2", "--data", data)
    assert (near.returncode, "did you mean `hall-fall-1`?" in near.stderr) == (2, True)


def test_what_has_become_true_meanwhile_is_not_approved(data: Path, command: Command) -> None:
    proposed(data)
    command("feedback", "e2", "true", "--data", data)
    done = command("filters", "approve", "hall-fall-1", "--data", data)
    assert done.returncode == 2
    assert "1 true" in done.stderr
    assert state_of(data) is FilterState.PROPOSED
