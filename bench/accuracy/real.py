"""`python -m bench real`: what the rules make of real clips that are labelled by eye, with their defaults.

Every clip is watched by the whole sentinel with a published detector, without a brain. For each rule: false alarms
per hour, in the first five minutes and after; what it finds of what really happens; and suspicions per event. Clips
last between two seconds and two minutes. `--minutes 10` plays each of them forth and back for as long, which shows
how a rule settles; `--change` alters their pictures as real cameras do.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.accuracy import real_clips
from bench.accuracy.behaviour_page import put, table
from bench.common import fixtures, machine
from secondsight import log
from secondsight.config import SiteConfig, make_site
from secondsight.measure.metrics.evaluation import CameraResult
from secondsight.measure.metrics.events import Found, match, shown
from secondsight.measure.running.evaluate import watch
from secondsight.measure.running.recordings import site_for
from secondsight.sentinel import ModelStore

PAGE = Path(__file__).parents[2] / "docs" / "real.md"
BEGIN, END = "<!-- real -->", "<!-- end of real -->"
RULES = ("debris", "fire", "smoke", "landslide", "low_visibility")
MORE = ("fall", "fight")
"""Rules about people, measured where they are named."""
SETTLED = 300.0
"""Seconds after which a camera has been watched for long enough to know what is usual."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one rule.

    Attributes:
        seconds: watched, in the first five minutes of each clip and after them.
        false: alarms about nothing that happens, likewise.
        events: that really happen. found: of them. suspicions: about them.
    """

    rule: str
    seconds: tuple[float, float]
    false: tuple[int, int]
    events: int
    found: int
    suspicions: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit code."""
    options = _options(arguments)
    log.configure("error", "text")
    clips = [
        one
        for one in real_clips.clips(options.clips)
        if set(one.recording.labelled) & set(options.rules) and one.recording.duration >= options.least
    ]
    if not clips:
        named = f" called {', '.join(options.clips)}" if options.clips else ""
        print(
            f"there is no labelled clip{named} in {fixtures.folder() / 'videos'}; SECONDSIGHT_TEST_DATA names the "
            "folder of the videos and models",
            file=sys.stderr,
        )
        return 1
    change = real_clips.CHANGES[options.change] if options.change else None
    with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as scratch:
        folder = Path(scratch)
        if options.minutes or change:
            clips = [real_clips.made(one, folder, options.minutes * 60, change) for one in clips]
        found = watch(site_for(_site(folder, options), clips, folder / "data", brain=False), clips)
    report = "\n\n".join(
        (by_rule([tally(rule, found) for rule in options.rules]), by_clip(found, options.rules))
    )
    print(report, flush=True)
    if options.page:
        command = " ".join(["python -m bench real", *(arguments or sys.argv[1:])])
        PAGE.write_text(
            put(PAGE.read_text(encoding="utf-8"), _section(report, command), BEGIN, END), encoding="utf-8"
        )
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench real", description=__doc__)
    parser.add_argument(
        "--clips", nargs="+", default=(), metavar="NAME", help="clips whose names begin so; default: all"
    )
    parser.add_argument(
        "--rules",
        nargs="+",
        default=RULES,
        choices=RULES + MORE,
        metavar="RULE",
        help=f"of {', '.join(RULES + MORE)}",
    )
    parser.add_argument(
        "--detector", default="yolox_nano", help="a COCO detector of the YOLOX family there, by file name"
    )
    parser.add_argument("--least", type=float, default=0.0, help="leave out clips of fewer seconds")
    parser.add_argument(
        "--minutes", type=float, default=0.0, help="play each clip forth and back for as long"
    )
    parser.add_argument("--change", choices=sorted(real_clips.CHANGES), help="alter the pictures")
    parser.add_argument("--page", action="store_true", help="write the tables into docs/real.md")
    return parser.parse_args(arguments)


def _site(folder: Path, options: argparse.Namespace) -> SiteConfig:
    """All rules over the whole picture, with their defaults."""
    file = fixtures.folder() / "models" / f"{options.detector}.onnx"
    ModelStore(folder / "models").add(file, "detector", "yolox", "coco")
    rules: Mapping[str, Any] = {rule: {"behaviour": rule, "zone": "frame"} for rule in options.rules}
    return make_site(
        {
            "models": folder / "models",
            "cameras": {"none": {"source": "none.mp4"}},
            "rules": rules,
            "sentinel": {"model": "detector"},
            "retention": {"min_free": 0},
        },
        folder,
    )


def tally(rule: str, watched: Sequence[CameraResult]) -> Tally:
    """Count what became of one rule on the clips that label it."""
    early = late = false_early = false_late = events = found = suspicions = 0.0
    for one in watched:
        if rule not in one.recording.labelled:
            continue
        early += min(one.recording.duration, SETTLED)
        late += max(one.recording.duration - SETTLED, 0.0)
        true = [event for event in one.recording.events if event.kind == rule]
        mine = [each for each in one.found if each.kind == rule]
        for each in false_alarms(one, rule):
            false_early += each.triggered < SETTLED
            false_late += each.triggered >= SETTLED
        events += len(true)
        found += len(match(true, mine))
        suspicions += len(mine) - len(list(false_alarms(one, rule)))
    return Tally(
        rule, (early, late), (int(false_early), int(false_late)), int(events), int(found), int(suspicions)
    )


def false_alarms(one: CameraResult, rule: str) -> Iterator[Found]:
    """What a rule suspects while nothing of its kind happens."""
    for each, truth in zip(one.found, shown(one.recording, one.found), strict=True):
        if each.kind == rule and (truth is None or truth.resembles is not None):
            yield each


def by_rule(tallies: Sequence[Tally]) -> str:
    """The table of rules."""
    head = (
        *("rule", "minutes watched", "false alarms", "per hour, first 5 minutes", "minutes after these"),
        *("false alarms after", "per hour, after", "true events", "found", "suspicions per event found"),
    )
    return table(head, [_row(one) for one in tallies])


def _row(one: Tally) -> tuple[str, ...]:
    (early, late), (first, then) = one.seconds, one.false
    each = f"{one.suspicions / one.found:.1f}" if one.found else "-"
    return (
        *(one.rule, f"{early / 60:.1f}", f"{first}", rate(first, early)),
        *(f"{late / 60:.1f}", f"{then}", rate(then, late)),
        *(f"{one.events}", f"{one.found}" if one.events else "-", each),
    )


def rate(count: int, seconds: float) -> str:
    """Events per hour with the exact 95 % interval of a Poisson count (Garwood, Biometrika 28, 1936)."""
    if not seconds:
        return "-"
    from scipy.stats import chi2

    hours = seconds / 3600
    low = float(chi2.ppf(0.025, 2 * count)) / 2 / hours if count else 0.0
    high = float(chi2.ppf(0.975, 2 * count + 2)) / 2 / hours
    return f"{count / hours:.0f} ({low:.0f} to {high:.0f})"


def by_clip(watched: Sequence[CameraResult], rules: Sequence[str]) -> str:
    """The table of clips: what each rule suspects in it, and how much of that is false."""
    rows = []
    for one in watched:
        cells = [one.recording.camera, f"{one.recording.duration:.0f}"]
        for rule in rules:
            false = len(list(false_alarms(one, rule)))
            right = sum(each.kind == rule for each in one.found) - false
            cells.append(
                ""
                if rule not in one.recording.labelled
                else f"{false}" + (f" (+{right} right)" if right else "")
            )
        rows.append(cells)
    return table(("clip", "seconds", *(f"{rule}, false" for rule in rules)), rows)


def _section(report: str, command: str) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in machine.facts().items() if name != "load")
    return f"    {command}\n\nMeasured on: {facts}.\n\n{report}"


if __name__ == "__main__":
    sys.exit(main())
