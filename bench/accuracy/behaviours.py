"""`python -m bench behaviours`: how much of each kind of event the rules find before the brain, in the city.

For each group of kinds it films scenes with their events and look-alikes, on seeds that nothing was tuned with,
watches them once with true boxes and once with the real detector, and writes tables: recall of both, and false alarms
per camera-hour; and the same under conditions, which are put on the same events.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.accuracy import behaviour_page as page
from bench.accuracy import behaviour_recordings as material
from bench.accuracy.behaviour_page import Row
from bench.accuracy.behaviour_recordings import CLEAR, GROUPS, Group, Job
from secondsight import log
from secondsight.behaviour import make_behaviours
from secondsight.config import SiteConfig
from secondsight.measure.metrics.evaluation import CameraResult, evaluate_results
from secondsight.measure.metrics.scores import Scores
from secondsight.measure.running.cases import as_found
from secondsight.measure.running.evaluate import watch
from secondsight.measure.running.recordings import Labelled, site_for
from secondsight.records import Candidate

COUNT, HARD_COUNT = 6, 3
CONDITIONS = "night,fog,rain"
Filmed = Mapping[str, Sequence[Labelled]]
"""Recordings of one group by condition."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit code."""
    options = _options(arguments)
    log.configure("error", "text")
    wanted = set(options.kinds)
    groups = [one for one in GROUPS if not wanted or wanted & {one.name, *one.kinds}]
    first = options.first
    jobs = [_jobs(group, first, options) for group in groups]
    films = material.prepare([job for some in jobs for job in some], options.cache, options.workers)
    rows: list[Row] = []
    for group, some in zip(groups, jobs, strict=True):
        filmed = _filmed([next(films) for _ in some])
        kinds = [kind for kind in group.kinds if not wanted or wanted & {group.name, kind}]
        found = list(_measured(group, kinds, filmed, options))
        print(page.by_kind(found), page.by_condition(found), sep="\n", flush=True)
        rows += found
    if options.page:
        page.write(rows, " ".join(["python -m bench behaviours", *(arguments or sys.argv[1:])]), first)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench behaviours", description=__doc__)
    parser.add_argument("kinds", nargs="*", help="kinds of events, or groups of them; all if none is named")
    parser.add_argument("--scenes", type=int, default=COUNT, help="scenes of each group")
    parser.add_argument(
        "--conditions", default=CONDITIONS, help="what makes seeing hard, such as night,rain:0.4"
    )
    parser.add_argument("--hard", type=int, default=HARD_COUNT, help="scenes also seen under conditions")
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument(
        "--first", type=int, default=material.SEEDS, help="seed of the first scene; default: %(default)s"
    )
    seeds.add_argument(
        "--training",
        dest="first",
        action="store_const",
        const=material.TRAINING_SEEDS,
        help="on seeds to develop with",
    )
    parser.add_argument("--true-only", action="store_true", help="without the detector")
    parser.add_argument(
        "--without", nargs="+", default=(), metavar="CLASS", help="classes that true boxes do not have"
    )
    parser.add_argument("--verbose", action="store_true", help="what became of each event")
    parser.add_argument(
        "--cache", type=Path, default=material.default_cache(), help="where recordings are kept"
    )
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 1) - 1))
    parser.add_argument("--page", action="store_true", help="write the tables into docs/results.md")
    return parser.parse_args(arguments)


def _jobs(group: Group, first: int, options: argparse.Namespace) -> list[Job]:
    """A group's scenes, the first few of them also under conditions."""
    hard = tuple(text for text in options.conditions.split(",") if text and group.hard)
    return [
        Job(group, first + number, (CLEAR, *hard) if number < options.hard else (CLEAR,))
        for number in range(options.scenes)
    ]


def _filmed(films: Sequence[Mapping[str, Labelled]]) -> Filmed:
    names = dict.fromkeys(name for film in films for name in film)
    return {name: [film[name] for film in films if name in film] for name in names}


def _measured(group: Group, kinds: Sequence[str], filmed: Filmed, options: argparse.Namespace) -> list[Row]:
    """Rows of each kind: in clear conditions, and of the scenes seen under others under all of them."""
    config, clear = material.site_of(filmed[CLEAR]), filmed[CLEAR]
    true = watched_truly(config, clear, options.without)
    real = None if options.true_only else watched_really(config, clear)
    if options.verbose:
        _explain(kinds, {"true": true} | ({"real": real} if real else {}))
    rows = [_row(group, kind, CLEAR, true, real) for kind in kinds]
    if real is None or len(filmed) == 1:
        return rows
    cameras = {one.recording.camera for name, some in filmed.items() if name != CLEAR for one in some}
    for condition, some in filmed.items():
        if condition == CLEAR:
            seen = [one for one in real if one.recording.camera in cameras]
        else:
            # Bad sight is put over all of it, and so no reason to leave anything out.
            seen = watched_really(config, some)
            if options.verbose:
                _explain(kinds, {condition: seen})
        rows += [replace(_row(group, kind, condition, None, seen), paired=True) for kind in kinds]
    return rows


def _row(
    group: Group,
    kind: str,
    condition: str,
    true: Sequence[CameraResult] | None,
    real: Sequence[CameraResult] | None,
) -> Row:
    watched = true or real or ()
    return Row(
        group=group.name,
        kind=kind,
        condition=condition,
        true=_scores(kind, true) if true else None,
        real=_scores(kind, real) if real else None,
        events=sum(event.kind == kind for one in watched for event in one.recording.events),
        lookalikes=sum(event.resembles == kind for one in watched for event in one.recording.lookalikes),
        scenes=len(watched),
    )


def _scores(kind: str, watched: Sequence[CameraResult]) -> Scores:
    return evaluate_results(kind, watched, brain=False).systems[0].kinds[kind]


def watched_truly(
    config: SiteConfig, labelled: Sequence[Labelled], without: Sequence[str] = ()
) -> list[CameraResult]:
    """What the site's rules suspect on true boxes, of which those of some classes are left out."""
    watched = []
    for one in labelled:
        site = site_for(config, [one], Path(tempfile.gettempdir()), brain=False)
        behaviours = make_behaviours(one.recording.camera, site, "file:bench")
        latest: dict[str, Candidate] = {}
        time = one.recording.start_time
        for look in material.true_observations(one, without):
            time = look.time
            for behaviour in behaviours:
                latest |= {found.id: found for found in behaviour.update(look)}
        for behaviour in behaviours:
            latest |= {found.id: found for found in behaviour.close(time)}
        origin = one.recording.start_time
        watched.append(
            CameraResult(one.recording, tuple(as_found(found, origin) for found in latest.values()))
        )
    return watched


def watched_really(config: SiteConfig, labelled: Sequence[Labelled]) -> list[CameraResult]:
    """What the whole sentinel suspects, from the videos."""
    with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as folder:
        return watch(site_for(config, labelled, Path(folder), brain=False), labelled)


def _explain(kinds: Sequence[str], runs: Mapping[str, Sequence[CameraResult]]) -> None:
    """What became of everything that is one of the kinds, looks like one or was taken for one."""
    for name, watched in runs.items():
        for thing in evaluate_results(name, watched, brain=False).things:
            if {thing.kind, thing.resembles} & set(kinds):
                what = "found" if thing.suspicions else "-"
                times = f"{thing.start:.1f}..{thing.end:.1f}"
                print(f"  {name} {thing.camera} {thing.truth} {thing.kind} {times} {what}")


if __name__ == "__main__":
    sys.exit(main())
