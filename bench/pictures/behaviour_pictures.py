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
from secondsight.records import Box, area
from secondsight.sim.output.site_file import rules_text
from secondsight.sim.world import World, make_world

OUT = Path(__file__).parents[2] / "docs" / "images" / "behaviours"
LARGEST = 25_000
"""Bytes of a picture: there are many of them."""
SUSPECT, PLACE = (40, 40, 230), (60, 190, 240)
SECONDS, SCENES = 75.0, 4
INSET, SMALL = 3, 70
"""A suspect lower than SMALL pixels is also shown INSET times as large, in a corner."""
WHOLE = {"low_visibility"}
"""Kinds about the whole picture: its left half shows the view as it usually is, its right half the event."""
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
    if kind in WHOLE:
        picture[:, :320] = _clear(world)[:, :320]
        cv2.line(picture, (320, 0), (320, 359), PLACE, 1)
    plain = picture.copy()
    for points in _places(world, pack, kind):
        corners = np.array([(x * 640, y * 360) for x, y in points]).round().astype(np.int32)
        cv2.polylines(picture, [corners], len(points) > 2, PLACE, 1, cv2.LINE_AA)
    suspects = [box.box for box in frame.boxes if box.object in event.actors]
    for x1, y1, x2, y2 in [*suspects, *([event.box] if event.box else [])]:
        one, other = (round(x1 * 640), round(y1 * 360)), (round(x2 * 640), round(y2 * 360))
        cv2.rectangle(picture, one, other, SUSPECT, 2)
    if suspects and max(box.y2 - box.y1 for box in suspects) * 360 < SMALL:
        _enlarge(picture, plain, max(suspects, key=area))
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{kind}.jpg"
    path.write_bytes(packed(picture))
    return path


def _clear(world: World) -> Pixels:
    """The view at its clearest: the frame with most contrast, of one every two seconds."""
    frames = range(0, world.frames, round(2 * world.frame_rate))
    return max((world.frame(number)[0].copy() for number in frames), key=lambda image: float(image.std()))


def _enlarge(picture: Pixels, plain: Pixels, box: Box) -> None:
    """Show what is around a box, as it was before anything was drawn, larger and in the corner away from it."""
    side = round(max((box.x2 - box.x1) * 640, (box.y2 - box.y1) * 360) * 1.2)
    left = min(max(round((box.x1 + box.x2) * 320) - side // 2, 0), 640 - side)
    top = min(max(round((box.y1 + box.y2) * 180) - side // 2, 0), 360 - side)
    part = plain[top : top + side, left : left + side]
    large = cv2.resize(part, None, fx=INSET, fy=INSET, interpolation=cv2.INTER_CUBIC)
    high, wide = large.shape[:2]
    x, y = (640 - wide - 8 if left + side // 2 < 320 else 8), 8
    picture[y : y + high, x : x + wide] = large
    cv2.rectangle(picture, (x, y), (x + wide, y + high), SUSPECT, 2)


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
