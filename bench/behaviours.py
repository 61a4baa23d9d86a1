"""`python -m bench behaviours`: how much of each kind of event the rules find before the brain, in the city.

For each kind it makes recordings with the event and its look-alikes, on seeds that nothing was tuned with, watches
them once with true boxes and once with the real detector, and writes a table: recall of both, and false alarms per
camera-hour of the detector, look-alikes included.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import behaviour_material as material
from bench.behaviour_material import Job
from secondsight import log
from secondsight.behaviour import make_behaviours
from secondsight.config import SiteConfig, load_site
from secondsight.measure.assess import Watched, assess
from secondsight.measure.evaluate import watch
from secondsight.measure.events import Found, What
from secondsight.measure.labelled import Labelled, site_for
from secondsight.measure.scores import Scores
from secondsight.records import Candidate, Verification

COUNT = 10
HEAD = (
    "kind",
    "events",
    "recall, true boxes",
    "recall, detector",
    "false alarms per camera-hour, true boxes",
    "false alarms per camera-hour, detector",
)


@dataclass(frozen=True, slots=True)
class Row:
    """What was found of one kind; None where it was not measured."""

    kind: str
    true: Scores
    real: Scores | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit code."""
    options = _options(arguments)
    log.configure("error", "text")
    kinds = options.kinds or [kind for kinds in material.KINDS.values() for kind in kinds]
    first = material.TRAINING_SEEDS if options.training else material.SEEDS
    hard = tuple(text for text in options.conditions.split(",") if text)
    jobs = [Job(material.pack_of(kind), kind, first, options.scenes, hard) for kind in kinds]
    folders = material.prepare(jobs, options.cache, options.workers)
    print(f"| {' | '.join(HEAD)} |")
    print("|---|---:|---:|---:|---:|---:|")
    for job, folder in zip(jobs, folders, strict=True):
        row = measure_kind(job.kind, folder, real=not options.true_only)
        print(text_of(row), flush=True)
        if options.verbose:
            _explain(job.kind, folder, real=not options.true_only)
        if options.pictures:
            from bench.behaviour_pictures import draw

            print(draw(job.kind, folder, options.pictures), file=sys.stderr)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench behaviours", description=__doc__)
    parser.add_argument("kinds", nargs="*", help="kinds of events; all if none is named")
    parser.add_argument("--scenes", type=int, default=COUNT, help="recordings of each kind")
    parser.add_argument("--conditions", default="", help="what makes seeing hard, such as night,rain:0.4")
    parser.add_argument("--training", action="store_true", help="on seeds to develop with")
    parser.add_argument("--true-only", action="store_true", help="without the detector")
    parser.add_argument("--verbose", action="store_true", help="what became of each event")
    parser.add_argument(
        "--cache", type=Path, default=material.default_cache(), help="where recordings are kept"
    )
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 1) - 1))
    parser.add_argument("--pictures", type=Path, help="folder for a key frame of each kind, drawn on")
    return parser.parse_args(arguments)


def measure_kind(kind: str, folder: Path, *, real: bool = True) -> Row:
    """Watch a job's recordings with true boxes and, if asked for, with the detector."""
    labelled = material.recordings(folder)
    config = load_site(folder / "site.yaml")
    return Row(
        kind,
        _scores(kind, watched_truly(config, labelled)),
        _scores(kind, watched_really(config, labelled)) if real else None,
    )


def _scores(kind: str, watched: Sequence[Watched]) -> Scores:
    return assess(kind, watched, brain=False).systems[0].kinds[kind]


def text_of(row: Row) -> str:
    """One line of the table."""
    true, real = row.true.figures, row.real.figures if row.real else None
    events = row.true.figures["recall"]
    counted = sum(row.true.counts[what] for what in (What.HIT, What.MISS))
    cells = [
        row.kind,
        f"{counted:.0f}",
        _number(events.value, "{:.2f}"),
        _number(real["recall"].value, "{:.2f}") if real else "-",
        _number(true["false_alarms_per_hour"].value, "{:.0f}"),
        _number(real["false_alarms_per_hour"].value, "{:.0f}") if real else "-",
    ]
    return f"| {' | '.join(cells)} |"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def watched_truly(config: SiteConfig, labelled: Sequence[Labelled]) -> list[Watched]:
    """What the site's rules suspect on true boxes."""
    watched = []
    for one in labelled:
        site = site_for(config, [one], Path(tempfile.gettempdir()), brain=False)
        behaviours = make_behaviours(one.recording.camera, site, "file:bench")
        latest: dict[str, Candidate] = {}
        time = one.recording.start_time
        for look in material.true_observations(one):
            time = look.time
            for behaviour in behaviours:
                latest |= {found.id: found for found in behaviour.update(look)}
        for behaviour in behaviours:
            latest |= {found.id: found for found in behaviour.close(time)}
        origin = one.recording.start_time
        watched.append(Watched(one.recording, tuple(_found(found, origin) for found in latest.values())))
    return watched


def _found(candidate: Candidate, origin: float) -> Found:
    triggered = candidate.triggered - origin
    return Found(
        id=candidate.id,
        kind=candidate.kind,
        start=candidate.start - origin,
        end=max((candidate.end or candidate.triggered) - origin, triggered),
        triggered=triggered,
        score=candidate.score,
        told=triggered,
        alert=True,
        verification=Verification.UNVERIFIED,
    )


def watched_really(config: SiteConfig, labelled: Sequence[Labelled]) -> list[Watched]:
    """What the whole sentinel suspects, from the videos."""
    with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as folder:
        return watch(site_for(config, labelled, Path(folder), brain=False), labelled)


def _explain(kind: str, folder: Path, *, real: bool) -> None:
    labelled = material.recordings(folder)
    config = load_site(folder / "site.yaml")
    runs = [("true", watched_truly(config, labelled))]
    if real:
        runs.append(("real", watched_really(config, labelled)))
    for name, watched in runs:
        for thing in assess(kind, watched, brain=False).things:
            if kind in (thing.kind, thing.resembles):
                what = "found" if thing.suspicions else "-"
                print(
                    f"  {name} {thing.camera} {thing.truth} {thing.kind} {thing.start:.1f}..{thing.end:.1f} {what}"
                )


if __name__ == "__main__":
    sys.exit(main())
