"""Many cameras' writes on their way to a store that hangs, refuses or keeps up: nothing is lost in silence."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from secondsight.cascade.recording import intake, journal
from secondsight.cascade.recording.intake import LOST, Intake
from secondsight.cascade.recording.journal import DEAD_LETTERS, FOLDER, Journal, decode, encode, replay
from secondsight.clock import ManualClock
from secondsight.errors import RecordError, StoreError
from secondsight.records import Action, Box, Counter, KeyFrame
from secondsight.store import (
    AddCounters,
    Answer,
    Appearance,
    AttachClip,
    CloseCandidate,
    OpenCandidate,
    Screening,
    Store,
    Write,
)
from tests.store.samples import candidate, clip, decision


class Gate:
    """A store that can hang, fail or refuse a candidate.

    Attributes:
        failure: raised instead of an answer. poison: id of a candidate for which `refusal` is raised.
        sizes: writes of each transaction.
    """

    def __init__(self, store: Store) -> None:
        self._store, self.open = store, threading.Event()
        self.open.set()
        self.failure: Exception | None = None
        self.poison, self.refusal = "", RecordError("it does not fit")
        self.sizes: list[int] = []

    def apply(self, writes: Sequence[Write]) -> list[Answer]:
        self.open.wait()
        if self.failure is not None:
            raise self.failure
        if any(isinstance(one, OpenCandidate) and one.candidate.id == self.poison for one in writes):
            raise self.refusal
        self.sizes.append(len(writes))
        return self._store.apply(writes)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "test.db", ManualClock()) as opened:
        yield opened


@pytest.fixture
def gate(store: Store) -> Iterator[Gate]:
    made = Gate(store)
    yield made
    made.open.set()


def eventually(condition: Callable[[], object], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not come about in time"
        time.sleep(0.01)


def opening(id: str, camera: str = "hall", **changes: float) -> OpenCandidate:
    return OpenCandidate(candidate(id, camera=camera), replace(decision(), **changes))  # type: ignore[arg-type]


def ids(store: Store) -> list[str]:
    return [event.id for event in store.events.find()]


def journaled(folder: Path) -> list[Write]:
    """What stands in the journals of a data folder by now and was not given up."""
    lines = [
        line for path in (folder / FOLDER).glob("*.journal") for line in path.read_bytes().splitlines(True)
    ]
    # The last line may be half written at this moment.
    return [decode(line) for line in lines if line.endswith(b"\n") and not line.startswith(b"-")]


def test_what_waits_together_is_committed_together(gate: Gate, store: Store, tmp_path: Path) -> None:
    gate.open.clear()
    taken = Intake(gate, Journal(tmp_path))
    for number in range(40):
        taken.submit("hall", opening(f"c{number}"))
    gate.open.set()
    eventually(lambda: taken.idle)
    assert len(ids(store)) == 40
    assert len(gate.sizes) <= 3
    taken.close(5.0)
    assert not list((tmp_path / FOLDER).glob("*.journal")), "nothing is left to be stored"


def test_a_store_that_hangs_keeps_nothing_from_being_durable(
    gate: Gate, store: Store, tmp_path: Path
) -> None:
    gate.open.clear()
    taken = Intake(gate, Journal(tmp_path))
    closing = CloseCandidate(candidate("c", end=995.0))
    writes: list[Write] = [opening("c"), AttachClip("c", clip(), (), None), closing]
    for write in writes:
        taken.submit("hall", write)
    eventually(lambda: len(journaled(tmp_path)) == 3)
    assert journaled(tmp_path) == writes
    gate.open.set()
    eventually(lambda: taken.idle)
    eventually(lambda: not journaled(tmp_path))
    assert ids(store) == ["c"]
    taken.close(5.0)


def test_a_killed_process_loses_nothing_of_what_the_store_had_missed(store: Store, tmp_path: Path) -> None:
    """Nor does what was stored already come twice, nor what a process that lives still has in its journal."""
    code = (
        "import sys, time, threading, pathlib\n"
        "from secondsight.cascade.recording.intake import Intake\n"
        "from secondsight.cascade.recording.journal import Journal\n"
        "from tests.cascade.recording.test_intake import opening, AttachClip, clip, journaled\n"
        "class Hung:\n"
        "    def apply(self, writes): threading.Event().wait()\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "taken = Intake(Hung(), Journal(folder))\n"
        "for n in range(3): taken.submit('hall', opening(f'c{n}'))\n"
        "taken.submit('hall', AttachClip('c1', clip('c1')))\n"
        "while len(journaled(folder)) < 4: time.sleep(0.01)\n"
        "print('durable', flush=True); time.sleep(60)\n"
    )
    import subprocess
    import sys

    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "durable\n"
        assert replay(tmp_path, store.apply) == 0, "its process lives"
        process.kill()
    store.apply([OpenCandidate(candidate("c0"), decision())])
    assert replay(tmp_path, store.apply) == 4
    assert sorted(ids(store)) == ["c0", "c1", "c2"]
    stored = store.events.get("c1")
    assert stored is not None
    assert stored.clip == clip("c1")
    assert replay(tmp_path, store.apply) == 0
    assert not list((tmp_path / FOLDER).iterdir())


def test_a_store_that_is_away_while_replaying_loses_nothing(store: Store, tmp_path: Path) -> None:
    _leave_behind(tmp_path, opening("c"))

    def away(writes: list[Write]) -> None:
        raise StoreError("away", retryable=True)

    with pytest.raises(StoreError, match="away"):
        replay(tmp_path, away)
    assert replay(tmp_path, store.apply) == 1
    assert ids(store) == ["c"]


def _leave_behind(data: Path, *writes: Write, tail: bytes = b"") -> Path:
    (data / FOLDER).mkdir()
    path = data / FOLDER / "1-0.journal"
    path.write_bytes(b"".join(map(encode, writes)) + tail)
    return path


def test_a_torn_last_line_costs_nothing_and_a_damaged_one_is_kept(store: Store, tmp_path: Path) -> None:
    torn = encode(opening("torn"))[:-20]
    path = _leave_behind(tmp_path, opening("a"), tail=torn)
    assert replay(tmp_path, store.apply) == 1
    assert not path.exists()
    broken = encode(opening("b")).replace(b'"b"', b'"x"')
    path.write_bytes(broken + encode(opening("c")))
    assert replay(tmp_path, store.apply) == 1
    assert path.with_suffix(".damaged").read_bytes().startswith(broken)
    assert ids(store) == ["a", "c"]


@pytest.mark.parametrize("failure", [StoreError("away", retryable=True), RuntimeError("whatever this is")])
def test_an_error_that_nobody_foresaw_is_tried_again(
    failure: Exception, gate: Gate, store: Store, tmp_path: Path
) -> None:
    gate.failure = failure
    taken = Intake(gate, Journal(tmp_path))
    taken.submit("hall", opening("a"))
    taken.submit("hall", opening("b"))
    eventually(lambda: taken.trouble == str(failure))
    gate.failure = None
    eventually(lambda: taken.idle)
    assert ids(store) == ["a", "b"]
    assert taken.trouble is None
    assert not taken.drops
    taken.close(5.0)


def test_only_the_record_that_is_refused_is_set_aside(gate: Gate, store: Store, tmp_path: Path) -> None:
    gate.poison = "bad"
    gate.open.clear()
    taken = Intake(gate, Journal(tmp_path))
    heard: list[object] = []
    taken.submit("hall", opening("a"))
    taken.submit("hall", opening("bad"), heard.append)
    taken.submit("gate", opening("c", "gate"))
    gate.open.set()
    eventually(lambda: taken.idle)
    assert sorted(ids(store)) == ["a", "c"]
    assert heard == [LOST]
    assert taken.drops == {"hall": {"refused": 1}}
    (line,) = (tmp_path / FOLDER / DEAD_LETTERS).read_text().splitlines()
    letter = json.loads(line)
    assert (letter["what"], letter["error"]) == ("OpenCandidate", "it does not fit")
    assert letter["write"]["candidate"]["id"] == "bad"
    taken.close(5.0)


def test_an_unknown_error_of_one_record_stops_no_other_and_keeps_the_order_of_its_case(
    gate: Gate, store: Store, tmp_path: Path
) -> None:
    gate.poison, gate.refusal = "odd", ValueError("who knows")  # type: ignore[assignment]
    taken = Intake(gate, Journal(tmp_path))
    taken.submit("hall", opening("odd"))
    taken.submit("hall", CloseCandidate(candidate("odd", end=995.0)))
    for number in range(5):
        taken.submit("gate", opening(f"c{number}", "gate"))
    eventually(lambda: len(ids(store)) == 5)
    gate.poison = ""
    eventually(lambda: taken.idle)
    stored = store.events.get("odd")
    assert stored is not None
    assert stored.end == 995.0, "its end was not stored before it"
    taken.close(5.0)


def test_a_record_that_no_database_can_hold_is_refused(store: Store) -> None:
    with pytest.raises(RecordError):
        store.apply([replace(opening("a"), candidate=candidate("a", start="yesterday"))])
    with pytest.raises(RecordError):
        store.apply([OpenCandidate(candidate("a", epoch=2**80), decision())])
    assert ids(store) == []


def test_a_flooding_camera_loses_its_own_least_and_the_calm_one_nothing(
    gate: Gate, store: Store, tmp_path: Path
) -> None:
    gate.open.clear()
    taken = Intake(gate, Journal(tmp_path), quota=20)
    taken.submit("calm", opening("calm", "calm"))
    for number in range(100):
        taken.submit("flood", opening(f"f{number:02}", "flood", value=number / 100))
        taken.submit("flood", AddCounters((Counter("flood", 0, "frames", 1.0),)))
    gate.open.set()
    eventually(lambda: taken.idle)
    flood = sorted(id for id in ids(store) if id != "calm")
    assert "calm" in ids(store)
    assert set(taken.drops) == {"flood"}
    assert len(flood) + len(store.observations.counters()) <= 20 + 64
    assert {f"f{number}" for number in range(90, 100)} <= set(flood), "those that are worth most"
    assert taken.drops["flood"]["intake_full"] >= 100
    taken.close(5.0)


def test_what_follows_a_candidate_that_was_shed_goes_with_it(gate: Gate, tmp_path: Path) -> None:
    gate.open.clear()
    taken = Intake(gate, Journal(tmp_path), quota=2)
    taken.submit("hall", opening("x"))  # under way
    eventually(lambda: not len(taken._queue))
    heard: list[object] = []
    taken.submit("hall", opening("low", value=0.1), heard.append)
    taken.submit("hall", AttachClip("low", None), heard.append)
    taken.submit("hall", opening("high", value=0.9))
    assert heard == [LOST, LOST]
    gate.open.set()
    eventually(lambda: taken.idle)
    taken.close(5.0)


def test_what_was_shed_after_it_was_journaled_does_not_come_back(
    gate: Gate, store: Store, tmp_path: Path
) -> None:
    """It was counted as lost, and its clip is removed."""
    gate.open.clear()
    taken = Intake(gate, Journal(tmp_path), quota=2)
    taken.submit("hall", opening("x"))  # under way
    eventually(lambda: not len(taken._queue))
    taken.submit("hall", opening("low", value=0.1))
    held = taken.hold("hall", AttachClip("low", clip("low")))
    eventually(lambda: held.line is not None)
    taken.submit("hall", opening("high", value=0.8))
    taken.submit("hall", opening("higher", value=0.9))
    taken.discard(held)
    taken.close(0.0)
    gate.open.set()
    assert replay(tmp_path, store.apply) >= 2
    assert sorted(ids(store)) == ["high", "higher", "x"]
    assert taken.drops == {"hall": {"intake_full": 1}}
    assert not list((tmp_path / FOLDER).iterdir())


@pytest.mark.parametrize(("mode", "folder", "file"), [(0o700, 0o700, 0o600), (0o750, 0o750, 0o640)])
def test_a_journal_is_as_open_as_its_data_folder(mode: int, folder: int, file: int, tmp_path: Path) -> None:
    tmp_path.chmod(mode)
    Journal(tmp_path).append([encode(opening("a"))])
    (path,) = (tmp_path / FOLDER).iterdir()
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == folder
    assert path.stat().st_mode & 0o777 == file


def test_a_full_journal_sheds_the_flooder_s_least(gate: Gate, tmp_path: Path) -> None:
    gate.open.clear()
    size = len(encode(opening("c00")))
    taken = Intake(gate, Journal(tmp_path, limit=12 * size))
    taken.submit("calm", opening("c01", "calm"))  # under way
    eventually(lambda: not len(taken._queue))
    for number in range(30):
        taken.submit("flood", opening(f"f{number:02}", "flood"))
    taken.submit("calm", opening("c00", "calm"))
    eventually(lambda: all(opening(id, "calm") in journaled(tmp_path) for id in ("c00", "c01")))
    assert len(journaled(tmp_path)) <= 12
    assert set(taken.drops) == {"flood"}


def test_at_the_end_the_rest_is_left_to_the_journal_at_once(gate: Gate, store: Store, tmp_path: Path) -> None:
    gate.open.clear()
    taken = Intake(gate, Journal(tmp_path))
    taken.submit("hall", opening("a"))
    held = taken.hold("hall", AttachClip("a", clip("a")))
    taken.submit("hall", AddCounters((Counter("hall", 0, "frames", 1.0),)))
    begun = time.monotonic()
    taken.close(120.0)
    assert time.monotonic() - begun < 60.0
    assert held.line is not None
    assert taken.drops == {"hall": {"write_failed": 1}}, "counts are not kept, and that is said"
    left = journaled(tmp_path)
    assert left == [opening("a"), AttachClip("a", clip("a"))]


def test_a_journal_is_compacted_when_most_of_it_is_stored(tmp_path: Path) -> None:
    book = Journal(tmp_path, limit=1000)
    lines = [encode(opening(f"c{number}")) for number in range(6)]
    found = book.append(lines)
    book.forget(found[:-1])
    assert book.wasteful
    assert book.size == len(lines[-1])
    (kept,) = book.rewrite(found[-1:])
    assert kept.offset == 0
    assert journaled(tmp_path) == [opening("c5")]
    book.forget([kept])
    book.close()
    assert not list((tmp_path / FOLDER).iterdir())


def test_a_disk_that_cannot_be_written_keeps_writes_in_memory(
    gate: Gate, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def full(*_: object) -> None:
        failed.set()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal, "_write_all", full)
    gate.open.clear()
    taken = Intake(gate, Journal(tmp_path))
    taken.submit("hall", opening("a"))
    assert failed.wait(60)
    gate.open.set()
    eventually(lambda: taken.idle)
    assert ids(store) == ["a"]
    taken.close(5.0)


def test_every_write_of_a_case_comes_back_as_it_was() -> None:
    seen = Screening(Appearance(Box(0, 0, 1, 1), (0.1, 0.2)), "f", True, 0.5)
    frames = (KeyFrame("p", 1.0, None, (("person", Box(0, 0, 0.5, 1)),)),)
    dropped = OpenCandidate(candidate("d", scores={"a": float("inf")}), decision(Action.DROP))
    for write in (
        opening("c"),
        dropped,
        CloseCandidate(candidate()),
        AttachClip("c", clip(), frames, "é", seen),
    ):
        assert decode(encode(write)) == write


def test_the_pace_of_the_journal_keeps_the_promise() -> None:
    assert intake._SPILL_AFTER + intake._SPILL_EVERY < 0.5
