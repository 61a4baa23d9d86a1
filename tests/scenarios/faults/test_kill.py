"""`kill -9` at random instants: nothing is lost, nothing is doubled, nothing broken is kept."""

import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from secondsight.records import Event
from secondsight.store import DATABASE, Store
from tests.servers.brain import BrainServer, ok, slow
from tests.servers.rtsp import RtspServer
from tests.site.sites import (
    Running,
    assert_sound,
    brain_settings,
    secondsight,
    site_file,
    stored,
)

RULES = {
    "reviewed": {"behaviour": "intrusion", "zone": "frame"},
    "accepted": {"behaviour": "intrusion", "zone": "frame", "policy": {"verify": "never"}},
}


@pytest.fixture
def brain() -> Iterator[BrainServer]:
    """In the test's process, so that it survives; slow, so that kills hit calls in flight."""
    with BrainServer(default=slow(0.5, ok("yes"))) as server:
        yield server


class Trial:
    """A site with two cameras and two rules that is killed again and again, and how it ends when left in peace."""

    def __init__(
        self, shorts: Path, models: Path, folder: Path, brain: BrainServer, processes: int = 1
    ) -> None:
        self._models, self._folder, self._rounds = models, folder, 0
        self._read: list[int] = []
        self._cameras = {name: {"source": str(shorts / f"{name}.mp4")} for name in ("one", "two")}
        self._settings = {
            "brain": brain_settings(brain.url, lease=300),
            "rules": RULES,
            "sentinel": {"model": "fastestdet", "fps": 5, "processes": processes},
        }
        self._expected = self.finish(self.fresh())
        assert len(self._expected) == 4

    def fresh(self) -> Path:
        """The file of a site without any past."""
        self._rounds += 1
        self._read = []
        return site_file(self._folder / str(self._rounds), self._cameras, **self._settings)

    def kill(self, path: Path, events: int | None, rng: random.Random) -> list[Event]:
        """Run, kill at a random instant after so many events, or while it starts; and tell what is stored."""
        with Running(self._folder, "run", path, "--once", "--json", models=self._models) as run:
            if events is not None:
                run.until(lambda: run.out, "first line")
                run.until(lambda: len(stored(path.parent / "data")) >= events, "events")
            time.sleep(rng.uniform(0.0, 0.7))
            run.kill()
            self._note(run.lines)
        return stored(path.parent / "data")

    def finish(self, path: Path) -> list[Event]:
        """Let it run to its end; everything has to be in order then."""
        done = secondsight("run", path, "--once", "--json", models=self._models)
        assert done.returncode == 0, done.stderr
        self._note([json.loads(line) for line in done.stdout.splitlines()])
        events = assert_sound(path.parent / "data")
        with Store.open(path.parent / "data" / DATABASE, read_only=True) as store:
            assert set(self._read) == set(range(1, store.steps.last() + 1)), (
                "no step is lost to who reads them"
            )
        return events

    def _note(self, lines: Sequence[dict[str, Any]]) -> None:
        """What one run has written: each step once, in their order."""
        positions = [line["step"]["position"] for line in lines if line["type"] == "event"]
        assert positions == sorted(set(positions))
        self._read += positions

    def finish_and_compare(self, path: Path) -> None:
        """It must end as if nothing had happened."""
        # What a kill in the middle of a file leaves; too short an instant to be hit by chance.
        day = path.parent / "data" / "clips" / "2026-01-02"
        day.mkdir(parents=True, exist_ok=True)
        (day / "unfinished.mp4.0123abcd.part").write_bytes(b"left behind")
        events = self.finish(path)
        assert [event.id for event in events] == [event.id for event in self._expected]
        for event, reference in zip(events, self._expected, strict=True):
            for name in ("verification", "alert", "rule", "start", "triggered", "end", "tracks", "settled"):
                assert getattr(event, name) == getattr(reference, name), name
            assert event.clip is not None
            assert reference.clip is not None
            assert (event.clip.start, event.clip.end) == (reference.clip.start, reference.clip.end)
            assert (event.verdict is None) == (event.rule == "accepted")


def kill_and_finish(kills: Sequence[int | None], trial: Trial, rng: random.Random) -> None:
    """Kill after each of these numbers of events; a site whose work is done in spite of it makes room for a fresh
    one."""
    path = trial.fresh()
    for after in kills:
        events = trial.kill(path, after, rng)
        if len(events) == 4 and all(event.settled for event in events):
            trial.finish_and_compare(path)
            path = trial.fresh()
    trial.finish_and_compare(path)


@pytest.mark.timeout(400)
def test_killed_three_times(shorts: Path, models_dir: Path, tmp_path: Path, brain: BrainServer) -> None:
    """While it starts, before the first event is stored, and in the middle of its work."""
    kill_and_finish((None, 0, 2), Trial(shorts, models_dir, tmp_path, brain), random.Random(1))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("processes", [1, 2])
def test_killed_twenty_times(
    processes: int, shorts: Path, models_dir: Path, tmp_path: Path, brain: BrainServer
) -> None:
    rng = random.Random(2)
    # Mostly while it works, seldom while it starts.
    kills = [rng.choice((0, 1, 2, 4)) if rng.random() < 0.85 else None for _ in range(20)]
    kill_and_finish(kills, Trial(shorts, models_dir, tmp_path, brain, processes), rng)


@pytest.mark.timeout(400)
def test_a_live_case_survives_a_kill_during_its_recording(
    shorts: Path, models_dir: Path, tmp_path: Path, brain: BrainServer
) -> None:
    """The moment is gone for a live camera; the case is not."""
    with RtspServer(file=shorts / "one.mp4") as camera:
        path = site_file(tmp_path, {"gate": camera.url}, brain=brain_settings(brain.url))
        data = tmp_path / "data"
        with Running(tmp_path, "run", path, "--json", models=models_dir) as run:
            run.until(lambda: stored(data), "case")
            run.kill()
    before = stored(data)
    assert len(before) == 1
    assert before[0].clip is None, "the clip ends five seconds after the trigger"
    assert not before[0].settled

    # Again, with the camera gone for good: the case is there, and ends.
    with Running(tmp_path, "run", path, "--json", models=models_dir) as run:
        run.until(lambda: all(event.settled for event in stored(data)), "settled case")
        code, _ = run.interrupt()
    assert code == 0
    after = assert_sound(data)
    assert [event.id for event in after] == [before[0].id]
    assert "interrupted" in (after[0].note or "")
    assert after[0].alert, "on_brain_failure is open: people are told"
