"""`python -m bench filters`: what learned rejection saves in the simulated city, and what it misses.

Days before cameras where something false stands (`static_scenes`) get their verdicts from `city-clip`. Then the
cases, in the order of their triggers, with these verdicts, go through store and filters on a clock of their own:
without filters, and with them for several seeds of the audits. A true event is found if people are told of it, with
filters or without: the brain's own misses count in both. Prints Markdown.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.accuracy.static_scenes import HELD_OUT, TRAINING, DayCase, days_of
from bench.accuracy.verdict_cases import PACKS
from secondsight import log
from secondsight.brain import make_reviewer
from secondsight.cascade import CameraFilters
from secondsight.clock import ManualClock, SystemClock
from secondsight.config import ClipBrainSettings, FilterSettings
from secondsight.records import Action, KeyFrame, PolicyDecision, Verdict, Verification
from secondsight.store import AttachClip, CloseCandidate, FilterState, OpenCandidate, Store

HEAD = (
    "pack (simulated)",
    "cases per camera-day",
    "of the standing thing",
    "of these the brain rejects",
    "calls per camera-day: off",
    "auto",
    "auto, last day",
    "recall: off",
    "auto",
    "held back",
    "of these true",
    "filters made / refused / revoked",
)

Asked = tuple[DayCase, Verdict]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What filters did with one camera's days.

    Attributes:
        asked: calls of each day. told: true events of which people were told.
        filters: made, refused, revoked.
    """

    asked: tuple[int, ...]
    told: int
    held_back: int
    held_back_true: int
    filters: tuple[int, int, int]


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench filters", description=__doc__)
    parser.add_argument("--packs", nargs="+", choices=PACKS, default=PACKS)
    parser.add_argument("--cameras", type=int, default=2, help="of each pack")
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3, help="seeds of the audits")
    parser.add_argument("--training", action="store_true", help="on the seeds that settings were chosen with")
    parser.add_argument("--radius", type=float, nargs="+", default=[FilterSettings().radius])
    parser.add_argument("--overlap", type=float, nargs="+", default=[FilterSettings().overlap])
    parser.add_argument("--keep", type=Path, help="folder for drawn cases; empty it when the city changes")
    options = parser.parse_args()
    log.configure("error", "text")
    first = TRAINING if options.training else HELD_OUT
    cameras: list[tuple[str, list[Asked]]] = []
    for pack in options.packs:
        for seed in range(first, first + options.cameras):
            cameras.append((pack, asked(days_of(pack, seed, options.days, options.keep))))
    for radius in options.radius:
        for overlap in options.overlap:
            settings = FilterSettings(mode="auto", radius=radius, overlap=overlap)
            print(f"\nRadius {radius:g}, overlap {overlap:g}:\n")
            print(_table(cameras, options.days, settings, options.runs), flush=True)
    return 0


def asked(cases: Sequence[DayCase]) -> list[Asked]:
    """Every case with its verdict; those that nothing was asked about are left out."""
    brain = make_reviewer(ClipBrainSettings(model="city-clip"), SystemClock())
    assert brain is not None

    async def ask() -> list[Asked]:
        return [(case, await brain.review(case.request)) for case in cases]

    return [(case, verdict) for case, verdict in asyncio.run(ask()) if verdict.usage.calls]


def _table(cameras: Sequence[tuple[str, list[Asked]]], days: int, settings: FilterSettings, runs: int) -> str:
    off = [replayed(cases, days, FilterSettings(mode="off"), 0) for _, cases in cameras]
    auto = [[replayed(cases, days, settings, seed) for seed in range(runs)] for _, cases in cameras]
    packs = list(dict.fromkeys(pack for pack, _ in cameras))
    lines: list[Sequence[str]] = [HEAD, ("---", *("---:" for _ in HEAD[1:]))]
    for name in (*packs, "all"):
        mine = [i for i, (pack, _) in enumerate(cameras) if name in (pack, "all")]
        some = [one for i in mine for one in cameras[i][1]]
        with_filters = [outcome for i in mine for outcome in auto[i]]
        lines.append(_row(name, some, [off[i] for i in mine], with_filters, len(mine) * days))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _row(
    name: str, cases: Sequence[Asked], off: Sequence[Outcome], auto: Sequence[Outcome], camera_days: int
) -> Sequence[str]:
    standing = [verdict.verification for case, verdict in cases if case.of == "standing"]
    events = sum(case.of == "event" for case, _ in cases)
    runs = len(auto) / len(off)
    rejected = sum(one is Verification.REJECTED for one in standing)
    return (
        name,
        f"{len(cases) / camera_days:.1f}",
        f"{len(standing) / camera_days:.1f}",
        f"{rejected / max(len(standing), 1):.0%}",
        f"{sum(sum(one.asked) for one in off) / camera_days:.1f}",
        f"{sum(sum(one.asked) for one in auto) / runs / camera_days:.1f}",
        f"{np.mean([one.asked[-1] for one in auto]):.1f}",
        f"{sum(one.told for one in off) / events:.1%}",
        f"{sum(one.told for one in auto) / runs / events:.1%}",
        f"{sum(one.held_back for one in auto) / runs:.1f}",
        f"{sum(one.held_back_true for one in auto) / runs:.1f}",
        " / ".join(f"{sum(one.filters[i] for one in auto) / runs:.1f}" for i in range(3)),
    )


def replayed(cases: Sequence[Asked], days: int, settings: FilterSettings, seed: int) -> Outcome:
    """One camera's cases, one after the other."""
    calls, told, held, held_true = [0] * days, 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as folder:
        data, clock = Path(folder), ManualClock(cases[0][0].candidate.triggered)
        with Store.open(data, clock) as store:
            filters = CameraFilters(store.filters, settings, data, seed)
            for case, verdict in cases:
                back = _treat(store, clock, filters, case, verdict, data)
                true = case.of == "event"
                calls[case.day] += not back
                told += true and not back and verdict.verification is not Verification.REJECTED
                held += back
                held_true += back and true
            states = [one.state for one in store.filters.find()]
    made = sum(state is not FilterState.REFUSED for state in states)
    ended = (states.count(FilterState.REFUSED), states.count(FilterState.REVOKED))
    return Outcome(tuple(calls), told, held, held_true, (made, *ended))


def _treat(
    store: Store, clock: ManualClock, filters: CameraFilters, case: DayCase, verdict: Verdict, data: Path
) -> bool:
    """What recorder and reviewer do with one case; whether it was held back."""
    candidate, decision = case.candidate, PolicyDecision(Action.REVIEW, "", "bench")
    clock.advance(max(candidate.triggered - clock.now(), 0.0))
    store.apply([OpenCandidate(candidate, decision)])
    frames = _written(case, data)
    screening = filters.screen(candidate, decision, frames)
    store.apply([AttachClip(candidate.id, None, frames, "no clip: a bench", screening)])
    store.apply([CloseCandidate(candidate)])
    if screening is not None and screening.hold_back:
        return True
    stored = store.cases.get(candidate.id)
    assert stored is not None
    store.cases.settle(candidate.id, verdict.verification, verdict)
    filters.on_settled(stored, verdict.verification)
    return False


def _written(case: DayCase, data: Path) -> tuple[KeyFrame, ...]:
    frames = []
    for number, frame in enumerate(case.request.frames):
        path = f"{case.candidate.id}-{number}.jpg"
        (data / path).write_bytes(frame.jpeg)
        frames.append(KeyFrame(path, frame.time, frame.box, ()))
    return tuple(frames)


if __name__ == "__main__":
    sys.exit(main())
