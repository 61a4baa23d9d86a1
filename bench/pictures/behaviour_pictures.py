"""`python -m bench behaviour_pictures`: a key frame of each kind of event, drawn on, for docs/behaviours.md."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.accuracy.behaviour_recordings import GROUPS, TRAINING_SEEDS
from secondsight.config.reading.yaml_document import parse
from secondsight.ground_truth import TrueEvent, TrueFrame
from secondsight.records import area
from secondsight.sim.output.site_file import rules_text
from secondsight.sim.world import World, make_world

OUT = Path(__file__).parents[2] / "docs" / "images" / "behaviours"
LARGEST = 25_000
"""Bytes of a picture: there are many of them."""
SUSPECT, PLACE = (40, 40, 230), (60, 190, 240)
SECONDS, SCENES = 75.0, 2
ALONE = {"landslide": ("landslide", "debris")}
"""What has no look-alike is shown beside something that has."""
_AT = {
    "left_bag": 0.7,
    "removed_object": 0.35,
    "crowd": 0.5,
    "lone_worker": 0.6,
    "landslide": 0.8,
    "jam": 0.7,
}
"""Share of an event at which it is to be seen best; half of it elsewhere."""

Pixels = NDArray[np.uint8]


def main() -> int:
    """Draw and say where. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench behaviour_pictures", description=__doc__)
    parser.add_argument("kinds", nargs="*", help="kinds of events; all if none is named")
    parser.add_argument("--scenes", type=int, default=SCENES, help="to choose from")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    packs = {kind: group.pack for group in GROUPS for kind in group.kinds}
    for kind in options.kinds or packs:
        print(draw(packs[kind], kind, options.out, options.scenes), flush=True)
    return 0


def draw(pack: str, kind: str, out: Path, scenes: int = SCENES) -> Path:
    """Write `out`/KIND.jpg: the largest suspect of some scenes' events at its best moment, its box, and the zone or
    line of the rule.
    """
    kinds = ALONE.get(kind, (kind,))
    worlds = [make_world(pack, TRAINING_SEEDS + number, 0, SECONDS, kinds=kinds) for number in range(scenes)]
    moments = [(_size(moment), number, moment) for number, moment in enumerate(_moments(kind, worlds))]
    _, _, (world, event, frame, picture) = max(moments, key=lambda one: one[:2])
    for points in _places(world, pack, kind):
        corners = np.array([(x * 640, y * 360) for x, y in points]).round().astype(np.int32)
        cv2.polylines(picture, [corners], len(points) > 2, PLACE, 1, cv2.LINE_AA)
    suspects = [box.box for box in frame.boxes if box.object in event.actors]
    for x1, y1, x2, y2 in [*suspects, *([event.box] if event.box else [])]:
        one, other = (round(x1 * 640), round(y1 * 360)), (round(x2 * 640), round(y2 * 360))
        cv2.rectangle(picture, one, other, SUSPECT, 2)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{kind}.jpg"
    path.write_bytes(packed(picture))
    return path


Moment = tuple[World, TrueEvent, TrueFrame, Pixels]


def _moments(kind: str, worlds: Sequence[World]) -> list[Moment]:
    """Each true event of a kind with the frame in which it is to be seen."""
    moments = []
    for world in worlds:
        for event in world.events:
            if event.kind == kind:
                time = event.start + _AT.get(kind, 0.5) * (event.end - event.start)
                image, frame, _ = world.frame(min(round(time * world.frame_rate), world.frames - 1))
                moments.append((world, event, frame, image.copy()))
    return moments


def _size(moment: Moment) -> float:
    """How much of the picture the suspects of an event take, if they are seen well."""
    _, event, frame, _ = moment
    shown = [box.box for box in frame.boxes if box.object in event.actors and box.visible > 0.6]
    return sum(area(box) for box in [*shown, *([event.box] if event.box else [])])


def _places(world: World, pack: str, kind: str) -> list[Sequence[tuple[float, float]]]:
    """Zones and lines that the rules about a kind name."""
    about = world.truth()
    known = {**about.zones, **about.lines}
    rules = parse(rules_text(pack, (kind,)), "rules.yaml").values["rules"]
    named = [rule[key] for rule in rules.values() for key in ("zone", "line") if key in rule]
    return [known[name] for name in named if name in known]


def packed(picture: Pixels) -> bytes:
    """JPEG of at most LARGEST bytes, as good as that allows."""
    for quality in range(88, 20, -6):
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) <= LARGEST:
            break
    return data


if __name__ == "__main__":
    sys.exit(main())
