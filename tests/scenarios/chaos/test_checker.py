"""The checker finds each kind of loss: a chaos run that sees nothing wrong must be able to."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from secondsight.records import CaseState
from tests.scenarios.chaos import checker
from tests.scenarios.chaos.rig import SECRETS, Announced


def event(id: str, **changes: Any) -> Any:
    plain = {
        "id": id,
        "camera": "gate",
        "triggered": 1_767_325_845.0,
        "settled": True,
        "clip": None,
        "note": "the disk was full",
        "key_frames": (),
    }
    return SimpleNamespace(**plain | changes)


class Rig:
    """A history without a fault, in two runs, the first of them killed at 50 s."""

    def __init__(self, folder: Path) -> None:
        self.data, self.events, self.unannounced = folder, [event("a"), event("b")], list[Any]()
        self.cases = {CaseState.SETTLED: 2, CaseState.QUEUED: 0}
        self.reported = [(10.0, "gate", "a"), (60.0, "yard", "b")]
        self.announced = [Announced("a", 0, 20.0), Announced("b", 1, 70.0)]
        self.stops, self.outages = [50.0, 100.0], list[tuple[float, float]]()
        self.calls: list[Any] = []
        self.brain = SimpleNamespace(bodies=[], seen=[])
        self.runs = [self._run(folder, 0, 50.0, -9), self._run(folder, 1, None, 0)]

    def _run(self, folder: Path, number: int, killed: float | None, code: int) -> Any:
        out, err = folder / f"{number}.out", folder / f"{number}.err"
        out.write_text("{}")
        err.write_text("")
        return SimpleNamespace(number=number, killed=killed, code=code, children=set(), out=out, err=err)

    def store(self) -> Any:
        events = SimpleNamespace(find=lambda: self.events)
        steps = SimpleNamespace(unpublished=lambda: self.unannounced, last=lambda: 7, cursor=lambda reader: 7)
        cases, ledger = SimpleNamespace(counts=lambda: self.cases), SimpleNamespace(find=lambda: self.calls)
        return contextlib.nullcontext(SimpleNamespace(events=events, steps=steps, cases=cases, ledger=ledger))


def leave(name: str) -> Callable[[Rig], None]:
    def file(rig: Rig) -> None:
        path = rig.data / name
        path.parent.mkdir(parents=True)
        path.write_text("x")

    return file


def test_nothing_is_wrong_where_nothing_is(tmp_path: Path) -> None:
    assert checker.problems(Rig(tmp_path)) == []  # type: ignore[arg-type]


def test_the_snapshot_of_an_event_is_no_leftover(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    leave("frames/2026-01-02/a/snapshot.jpg")(rig)
    assert checker.problems(rig) == []  # type: ignore[arg-type]
    leave("frames/2026-01-02/nobody/snapshot.jpg")(rig)
    assert checker.problems(rig) == ["frames/2026-01-02/nobody/snapshot.jpg belongs to no event"]  # type: ignore[arg-type]


def test_what_a_kill_may_take_is_no_fault(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.reported.append((49.9, "gate", "c"))
    rig.announced += [Announced("d", 0, 49.5), Announced("d", 1, 65.0)]
    rig.events.append(event("d"))
    assert checker.problems(rig) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (
            lambda rig: rig.reported.append((30.0, "gate", "c")),
            "candidate c of gate was reported and is not stored",
        ),
        (lambda rig: rig.reported.clear(), "nothing was reported"),
        (lambda rig: rig.events.append(event("c", settled=False)), "event c is not settled"),
        (lambda rig: rig.events.append(event("c", note=None)), "event c has no clip and does not say why"),
        (lambda rig: rig.cases.update({CaseState.QUEUED: 1}), "cases wait"),
        (lambda rig: rig.unannounced.append(event("a")), "1 steps were never announced"),
        (lambda rig: rig.announced.append(Announced("b", 1, 71.0)), "event b was announced in runs 1 and 1"),
        (lambda rig: rig.announced.append(Announced("a", 1, 71.0)), "event a was announced in runs 0 and 1"),
        (
            lambda rig: rig.announced.append(Announced("x", 1, 71.0)),
            "event x was announced and is not stored",
        ),
        (lambda rig: rig.calls.append("a call"), "1 calls are booked and the brain saw 0"),
        (leave("clips/lost.mp4"), "clips/lost.mp4 belongs to no event"),
        (leave("journal/1.journal"), "left in the journal"),
        (lambda rig: setattr(rig.runs[1], "code", 1), "run 1 ended with code 1"),
        (lambda rig: rig.runs[0].err.write_text("Traceback (most"), "run 0 showed a traceback"),
        (lambda rig: rig.runs[0].out.write_text(SECRETS[0]), "run 0 printed a secret"),
    ],
)
def test_each_harm_is_found(harm: Callable[[Rig], None], words: str, tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    harm(rig)
    (found,) = checker.problems(rig)  # type: ignore[arg-type]
    assert words in found


def test_a_clip_that_is_gone_or_does_not_play_is_found(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.events.append(event("c", clip=SimpleNamespace(path="clips/c.mp4")))
    found = "\n".join(checker.problems(rig))  # type: ignore[arg-type]
    assert "the clip of c does not play" in found
    assert "clips/c.mp4 is missing" in found
