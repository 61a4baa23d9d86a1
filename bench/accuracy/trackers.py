"""`python -m bench trackers`: HOTA of our trackers and of the plain `trackers` package, in the simulated city.

Boxes come from a simulated detector over true boxes of two scenes, at 30 and at 5 looks a second. Everybody looks
alike, which is the hardest for `deepsort`.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from supervision import Detections

from bench.accuracy.behaviour_page import table
from secondsight.ground_truth import TrueFrame
from secondsight.measure.metrics.tracking import BoxPair, track_quality
from secondsight.records import Frame, groups_of
from secondsight.sentinel import make_tracker
from secondsight.sim import make_world
from secondsight.sim.detections import LABELS, VISIBLE, SimulatedDetector, plain_frame

PACKS = ("motorway", "metro")
FIRST_SEED = 1001701
"""Nothing was tuned with it."""
KINDS = ("bytetrack", "ocsort", "sort", "botsort", "deepsort")
_GREY = cast(
    "Frame",
    SimpleNamespace(width=640, height=360, crop=lambda box, w, h: np.full((h, w, 3), 128, np.uint8)),
)

Look = tuple[float, Detections, Detections]
"""Seconds, boxes of the simulated detector, true boxes."""
Follow = Callable[[Detections, float], Detections]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench trackers", description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="of each scene")
    parser.add_argument("--looks", nargs="+", type=int, default=[30, 5], help="a second")
    options = parser.parse_args(arguments)
    rows = []
    for rate in options.looks:
        scenes = [list(looks(pack, options.seconds, rate)) for pack in PACKS]
        for kind in KINDS:
            for name, make in (("ours", ours), ("plain", plain)):
                if make is plain and kind == "deepsort":
                    continue
                quality = track_quality([_followed(scene, make(kind, rate)) for scene in scenes])
                assert quality is not None
                rows.append(
                    [
                        f"{rate}",
                        kind,
                        name,
                        f"{quality.hota:.3f}",
                        f"{quality.idf1:.3f}",
                        f"{quality.switches}",
                    ]
                )
    print(table(("looks a second", "tracker", "of", "HOTA", "IDF1", "switches"), rows), flush=True)
    return 0


def looks(pack: str, seconds: int, rate: int) -> Iterator[Look]:
    """A scene as a simulated detector sees it."""
    world = make_world(pack, FIRST_SEED, camera=0, seconds=seconds)
    about = world.truth()
    detector = SimulatedDetector(about)
    labels = {thing.number: thing.label for thing in about.objects}
    finer = replace(world, frame_rate=float(rate))
    for number in range(seconds * rate):
        frame = plain_frame(finer, number)
        found = detector.observation(detector.found(frame), number / rate).detections
        found.tracker_id = None
        yield number / rate, found, _true(frame, labels, (about.width, about.height))


def _true(frame: TrueFrame, labels: dict[int, str], size: tuple[int, int]) -> Detections:
    boxes = [one for one in frame.boxes if labels[one.object] in LABELS and one.visible >= VISIBLE]
    corners = np.array([one.box for one in boxes], np.float64).reshape(-1, 4) * (*size, *size)
    return Detections(
        xyxy=corners.astype(np.float32),
        confidence=np.ones(len(boxes), np.float32),
        class_id=np.array([LABELS.index(labels[one.object]) for one in boxes], int),
        tracker_id=np.array([one.object for one in boxes], int),
    )


def ours(kind: Any, rate: int) -> Follow:
    """One of our trackers."""
    tracker = make_tracker(kind, rate, groups=groups_of(LABELS))
    return lambda found, time: tracker.update(found, time, frame=_GREY)


def plain(kind: str, rate: int) -> Follow:
    """The package's own, with its defaults."""
    import trackers

    names = {"bytetrack": "ByteTrack", "ocsort": "OCSORT", "sort": "SORT", "botsort": "BoTSORT"}
    options = {"enable_cmc": False} if kind == "botsort" else {}
    tracker = getattr(trackers, f"{names[kind]}Tracker")(frame_rate=rate, **options)

    def follow(found: Detections, time: float) -> Detections:
        rows = tracker.update(found, timestamp=time)
        return cast("Detections", rows[rows.tracker_id >= 0])

    return follow


def _followed(scene: Sequence[Look], follow: Follow) -> list[BoxPair]:
    return [
        (follow(cast("Detections", found[np.arange(len(found))]), time), true) for time, found, true in scene
    ]


if __name__ == "__main__":
    sys.exit(main())
