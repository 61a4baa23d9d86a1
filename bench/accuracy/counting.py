"""`python -m bench counting`: how many cross a line on real clips, against a count by eye, for each detector there.

Every clip is watched by the whole sentinel with its defaults and one `line_crossing` rule for what its labels count.
What is right, missed and too much is told by the seconds of each crossing.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.accuracy import real_clips
from bench.accuracy.behaviour_page import put, table
from bench.common import fixtures
from secondsight import log
from secondsight.config import make_site
from secondsight.errors import SecondSightError
from secondsight.measure.metrics.events import match
from secondsight.measure.running.evaluate import watch
from secondsight.measure.running.recordings import Labelled, site_for
from secondsight.sentinel import ModelStore

PAGE = Path(__file__).parents[2] / "docs" / "real.md"
BEGIN, END = "<!-- counting -->", "<!-- end of counting -->"
KIND = "line_crossing"
DETECTORS = {
    "yolox_nano": "coco",
    "person-vehicle-bike-detection-crossroad-0078": "background,person,vehicle,bike",
    "person-vehicle-bike-detection-2000": "background,vehicle,person,bike",
    "vehicle-detection-0200": "background,vehicle",
    "person-detection-retail-0013": "background,person",
}
"""Files of detectors, and their class names."""


@dataclass(frozen=True, slots=True)
class Count:
    """Crossings of one clip with one detector: by eye, counted, and how many of these are at the right second."""

    clip: str
    true: int
    counted: int
    right: int

    def __str__(self) -> str:
        missed, more = self.true - self.right, self.counted - self.right
        return f"{self.counted} (missed {missed}, too many {more})" if missed or more else f"{self.counted}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit code."""
    options = _options(arguments)
    log.configure("error", "text")
    clips = [one for one in real_clips.clips(options.clips) if KIND in one.recording.labelled]
    if not clips:
        print(f"there is no clip with counted crossings in {fixtures.folder() / 'videos'}", file=sys.stderr)
        return 1
    counts = {name: counted(name, clips, options) for name in options.detectors}
    report = by_clip(clips, counts)
    print(report, flush=True)
    if options.page:
        command = " ".join(["python -m bench counting", *(arguments or sys.argv[1:])])
        page = put(PAGE.read_text(encoding="utf-8"), f"    {command}\n\n{report}", BEGIN, END)
        PAGE.write_text(page, encoding="utf-8")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench counting", description=__doc__)
    parser.add_argument("--clips", nargs="+", default=(), metavar="NAME", help="whose names begin so")
    parser.add_argument("--detectors", nargs="+", default=[*DETECTORS], choices=[*DETECTORS], metavar="NAME")
    parser.add_argument("--fps", type=float, default=5.0, help="looks a second")
    parser.add_argument("--tracker", default="bytetrack")
    parser.add_argument("--page", action="store_true", help="write the table into docs/real.md")
    return parser.parse_args(arguments)


def counted(detector: str, clips: Sequence[Labelled], options: argparse.Namespace) -> dict[str, Count]:
    """What a detector makes of each clip; those are left out whose things it has no class for."""
    with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as scratch:
        folder = Path(scratch)
        file = fixtures.folder() / "models" / f"{detector}.onnx"
        family = "yolox" if DETECTORS[detector] == "coco" else "ssd"
        model = ModelStore(folder / "models").add(file, "detector", family, DETECTORS[detector])
        known = [
            one for one in clips if _what(one) in (_WHAT[group] for group in set(model.groups) & _WHAT.keys())
        ]
        if not known:
            return {}
        rules = {one.recording.camera: _rule(one) for one in known}
        config = make_site(
            {
                "models": folder / "models",
                "cameras": {
                    one.recording.camera: {"source": "none.mp4", "lines": _lines(one)} for one in known
                },
                "rules": rules,
                "sentinel": {"model": "detector", "fps": options.fps, "tracker": options.tracker},
                "retention": {"min_free": 0},
            },
            folder,
        )
        watched = watch(site_for(config, known, folder / "data", brain=False), known)
    counts = {}
    for one in watched:
        true = [event for event in one.recording.events if event.kind == KIND]
        found = [each for each in one.found if each.kind == KIND]
        counts[one.recording.camera] = Count(
            one.recording.camera, len(true), len(found), len(match(true, found))
        )
    return counts


_WHAT = {"people": "person", "vehicles": "vehicle"}


def _what(one: Labelled) -> str:
    """What crosses the line of a clip: `person` or `vehicle`."""
    return one.recording.objects[0].label


def _lines(one: Labelled) -> dict[str, object]:
    return {name: {"coordinates": line} for name, line in one.recording.lines.items()}


def _rule(one: Labelled) -> dict[str, object]:
    camera = one.recording.camera
    line = next(event.zone for event in one.recording.events if event.kind == KIND)
    return {"behaviour": KIND, "line": line, "cameras": [camera], "classes": [_what(one)], "cooldown": 0}


def by_clip(clips: Sequence[Labelled], counts: dict[str, dict[str, Count]]) -> str:
    """A row for each clip, a column for each detector, and the error over all clips below."""
    rows = []
    for one in clips:
        name = one.recording.camera
        true = sum(event.kind == KIND for event in one.recording.events)
        cells = [str(found.get(name, "-")) for found in counts.values()]
        rows.append([name, f"{true} {_what(one)}s" if true > 1 else f"{true} {_what(one)}", *cells])
    rows.append(["error of all counts", "", *(_error(list(found.values())) for found in counts.values())])
    return table(("clip", "by eye", *counts), rows)


def _error(counts: Sequence[Count]) -> str:
    """Sum of the counts' errors, as a share of all that crossed."""
    true = sum(one.true for one in counts)
    return f"{sum(abs(one.counted - one.true) for one in counts) / true:.0%} of {true}" if true else "-"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SecondSightError as error:
        sys.exit(str(error))
