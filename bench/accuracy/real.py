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
from secondsight.records import Box, iou
from secondsight.sentinel import ModelStore
from secondsight.store import Store

PAGE = Path(__file__).parents[2] / "docs" / "real.md"
RULES = ("debris", "fire", "smoke", "landslide", "low_visibility")
MORE = ("fall", "fight")
"""Rules about people, measured where they are named."""
POSE_SIZE = (320, 320)
"""Picture of a pose model that leaves it open."""
SETTLED = 300.0
"""Seconds after which a camera has been watched for long enough to know what is usual."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one rule.

    Attributes:
        seconds: watched, in the first five minutes of each clip and after them.
        false: alarms about nothing that happens, likewise.
        events: that really happen. found: of them. suspicions: about them.
        boxed: of those found, how many are labelled with their place. placed: how many of these are marked there.
    """

    rule: str
    seconds: tuple[float, float]
    false: tuple[int, int]
    events: int
    found: int
    suspicions: int
    boxed: int = 0
    placed: int = 0


Marks = Mapping[str, Sequence[Box]]
"""Boxes of the suspects in an event's key frames, by the event's id."""


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
        site = site_for(_site(folder, options), clips, folder / "data", brain=False)
        found = watch(site, clips)
        marked = marks(site)
    report = "\n\n".join(
        (by_rule([tally(rule, found, marked) for rule in options.rules]), by_clip(found, options.rules))
    )
    print(report, flush=True)
    if options.page:
        command = " ".join(["python -m bench real", *(arguments or sys.argv[1:])])
        part = "real" if set(options.rules) <= set(RULES) else f"people, {options.detector}"
        page = put(
            PAGE.read_text(encoding="utf-8"),
            _section(report, command),
            f"<!-- {part} -->",
            f"<!-- end of {part} -->",
        )
        PAGE.write_text(page, encoding="utf-8")
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
        "--detector",
        default="yolox_nano",
        help="a detector there, by its file's name without the ending: of COCO and the YOLOX family, or of poses",
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
    file, store = fixtures.folder() / "models" / f"{options.detector}.onnx", ModelStore(folder / "models")
    if file.is_file():
        store.add(file, "detector", "yolox", "coco")
    else:
        store.add(file.with_suffix(".tflite"), "detector", size=POSE_SIZE)
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


def marks(site: SiteConfig) -> Marks:
    """Where the suspects of a finished run are marked, out of its data folder."""
    with Store.open(site.data, read_only=True) as store:
        return {
            event.id: [frame.box for frame in event.key_frames if frame.box is not None]
            for event in store.events.find()
        }


def is_marked(place: Box, boxes: Sequence[Box]) -> bool:
    """Whether the middle of one of the boxes lies in a labelled place, and overlaps it by a tenth or more."""
    return any(
        place[0] <= (x1 + x2) / 2 <= place[2]
        and place[1] <= (y1 + y2) / 2 <= place[3]
        and iou(place, (x1, y1, x2, y2)) >= 0.1
        for x1, y1, x2, y2 in boxes
    )


def tally(rule: str, watched: Sequence[CameraResult], marked: Marks | None = None) -> Tally:
    """Count what became of one rule on the clips that label it."""
    early = late = false_early = false_late = events = found = suspicions = 0.0
    boxed = placed = 0
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
        pairs = match(true, mine)
        found += len(pairs)
        for known, suspected in pairs:
            place = true[known].box
            if place is not None and marked is not None:
                boxed += 1
                placed += is_marked(Box(*place), marked.get(mine[suspected].id, ()))
        suspicions += len(mine) - len(list(false_alarms(one, rule)))
    return Tally(
        rule,
        (early, late),
        (int(false_early), int(false_late)),
        int(events),
        int(found),
        int(suspicions),
        boxed,
        placed,
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
        "marked at the right place",
    )
    return table(head, [_row(one) for one in tallies])


def _row(one: Tally) -> tuple[str, ...]:
    (early, late), (first, then) = one.seconds, one.false
    each = f"{one.suspicions / one.found:.1f}" if one.found else "-"
    return (
        *(one.rule, f"{early / 60:.1f}", f"{first}", rate(first, early)),
        *(f"{late / 60:.1f}", f"{then}", rate(then, late)),
        *(f"{one.events}", f"{one.found}" if one.events else "-", each),
        f"{one.placed} of {one.boxed}" if one.boxed else "not judged",
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
