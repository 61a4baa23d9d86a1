"""`python -m bench.filters`: what learned rejection saves in the simulated city, and what it misses.

Long recordings of held-out seeds go through the real pipeline once, every case with a verdict of its own. Then these
cases, in the order of their triggers, with the same verdicts, go through the store and the filters again: without
filters, and with them for several seeds of the audits. Prints Markdown.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from secondsight import log
from secondsight.cascade import CameraFilters
from secondsight.clock import ManualClock
from secondsight.config import Filters, SiteConfig, load_site
from secondsight.measure.assess import assess
from secondsight.measure.evaluate import collect, watch
from secondsight.measure.labelled import Labelled, read_folder, site_for
from secondsight.measure.suites import Suite, named, prepare
from secondsight.records import Action, Event, PolicyDecision, Verification
from secondsight.sim.city import FIRST_TEST_SEED
from secondsight.store import CameraFilter, FilterState, Store, StoredCandidate

PACKS = ("metro", "industrial", "retail", "motorway")
SEED = FIRST_TEST_SEED + 500
"""First seed of the long recordings; no suite uses it."""
SEEDS = range(5)
"""Of the audits."""
HEAD = (
    "suite (simulated)",
    "filters",
    "calls per camera-day",
    "calls",
    "held back",
    "of these true",
    "recall",
    "false alarms per camera-hour",
    "filters made / refused / revoked",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one way of treating the cases led to."""

    calls_per_day: float
    calls: float
    held_back: int
    held_back_true: int
    recall: float | None
    false_alarms: float | None
    filters: tuple[CameraFilter, ...]


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.filters", description=__doc__)
    parser.add_argument("--cache", type=Path, help="where suites are kept (default: the user's cache folder)")
    parser.add_argument("--packs", nargs="+", choices=PACKS, default=PACKS)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1800.0, help="of each camera's recording")
    parser.add_argument("--radius", type=float, nargs="+", default=[Filters().radius])
    options = parser.parse_args()
    log.configure("error", "text")
    rows: list[Sequence[str]] = []
    for number, pack in enumerate(PACKS):
        if pack in options.packs:
            conditions = named(f"{pack}-full").conditions[: options.cameras]
            suite = Suite(f"{pack}-long", pack, SEED + number, options.seconds, conditions)
            rows += measured(suite, options.cache, options.radius)
            print(f"{pack} done", file=sys.stderr, flush=True)
    lines = [HEAD, ["---", *("---:" for _ in HEAD[1:])], *rows]
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))
    return 0


def measured(suite: Suite, cache: Path | None, radii: Sequence[float]) -> list[Sequence[str]]:
    """The rows of one suite: without filters, and with each radius."""
    folder = prepare(suite, cache)
    labelled = read_folder(folder)
    with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as work:
        config = alone(site_for(load_site(folder / "site.yaml"), labelled, Path(work) / "data", brain=True))
        watch(config, labelled)
        off = replayed(config, labelled, Filters(mode="off"), 0)
        rows = [_row(suite.name, "off", [off])]
        for radius in radii:
            settings = Filters(mode="auto", radius=radius)
            rows.append(
                _row("", f"auto, radius {radius:g}", [replayed(config, labelled, settings, s) for s in SEEDS])
            )
    return rows


def alone(config: SiteConfig) -> SiteConfig:
    """Without shared and reused verdicts, which save calls as well, and without filters."""
    budget = config.budget.model_copy(
        update={
            "merge": config.budget.merge.model_copy(update={"window": 0.0}),
            "reuse": config.budget.reuse.model_copy(update={"within": 0.0}),
        }
    )
    return config.model_copy(update={"budget": budget, "filters": Filters(mode="off")})


def replayed(config: SiteConfig, labelled: Sequence[Labelled], settings: Filters, seed: int) -> Outcome:
    """The cases of a finished run once more, from its data folder, one after the other."""
    with Store.open(config.data, read_only=True) as before:
        cases = sorted(before.candidates(), key=lambda one: one.candidate.triggered)
        events = {event.id: event for event in before.events()}
    with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as again:
        clock = ManualClock(cases[0].candidate.triggered if cases else 0.0)
        with Store.open(Path(again), clock) as store:
            filters = CameraFilters(store.learned, settings, config.data, seed)
            held_back = [
                case.candidate.id
                for case in cases
                if _treat(store, clock, filters, case, events.get(case.candidate.id))
            ]
            learned = tuple(store.learned.filters())
        watched = collect(config.model_copy(update={"data": Path(again)}), labelled)
    judged = assess("", watched, brain=True)
    figures, things = judged.systems[1].overall.figures, judged.things
    true = {id for thing in things if thing.truth == "event" for id in thing.suspicions}
    calls = sum(found.calls for one in watched for found in one.found)
    hours = sum(one.recording.duration for one in labelled) / 3600
    p_miss = figures["p_miss"].value
    return Outcome(
        calls_per_day=calls / hours * 24,
        calls=calls,
        held_back=len(held_back),
        held_back_true=len(true & set(held_back)),
        recall=None if p_miss is None else 1 - p_miss,
        false_alarms=figures["false_alarms_per_hour"].value,
        filters=learned,
    )


def _treat(
    store: Store, clock: ManualClock, filters: CameraFilters, stored: StoredCandidate, event: Event | None
) -> bool:
    """What recorder and reviewer do with one case; whether it was held back."""
    candidate, decision = stored.candidate, _fresh(stored.decision)
    clock.advance(max(candidate.triggered - clock.now(), 0.0))
    store.open_candidate(candidate, decision)
    if event is None or decision.action is Action.DROP:
        return False
    screening = filters.screen(candidate, decision, event.key_frames)
    store.attach_clip(candidate.id, event.clip, event.key_frames, event.note, screening)
    if candidate.end is not None:
        store.close_candidate(candidate)
    case = store.case(candidate.id)
    if case is None:
        return False
    if screening is not None and screening.hold_back:
        return True
    store.settle_case(candidate.id, event.verification, event.verdict)
    if event.verification in (Verification.CONFIRMED, Verification.REJECTED):
        filters.settled(case, event.verification)
    return False


def _fresh(decision: PolicyDecision) -> PolicyDecision:
    return replace(decision, deadline=None, probability=1.0)


def _row(name: str, how: str, outcomes: Sequence[Outcome]) -> Sequence[str]:
    def mean(values: Sequence[float | None], form: str) -> str:
        known = [value for value in values if value is not None]
        return form.format(np.mean(known)) if known else "-"

    made = [sum(one.state is not FilterState.REFUSED for one in o.filters) for o in outcomes]
    refused = [sum(one.state is FilterState.REFUSED for one in o.filters) for o in outcomes]
    revoked = [sum(one.state is FilterState.REVOKED for one in o.filters) for o in outcomes]
    return (
        name,
        how,
        mean([o.calls_per_day for o in outcomes], "{:.0f}"),
        mean([o.calls for o in outcomes], "{:.1f}"),
        mean([o.held_back for o in outcomes], "{:.1f}"),
        mean([o.held_back_true for o in outcomes], "{:.1f}"),
        mean([o.recall for o in outcomes], "{:.1%}"),
        mean([o.false_alarms for o in outcomes], "{:.1f}"),
        f"{np.mean(made):.1f} / {np.mean(refused):.1f} / {np.mean(revoked):.1f}",
    )


if __name__ == "__main__":
    sys.exit(main())
