"""`python -m bench described`: rules in words on classes that the detector never learned, in simulated cities.

`city-nano` finds people, vehicles and suitcases; scooters, smoke, fire and landslides it was never shown.
For each text: the share of its tracks (or of the moments of the scene that show it) above the limit, and of all
others, at the limit that was learned on other scenes without labels, and how well the score tells them apart at any
limit.

Other scenes are other cameras, so what is usual was learned elsewhere: on one camera it is learned on the spot.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import av
import numpy as np
from numpy.typing import NDArray
from supervision import Detections, box_iou_batch

from bench.accuracy.behaviour_page import table
from secondsight.brain import Embedder, make_embedder
from secondsight.ground_truth import TrueFrame
from secondsight.media.frames.frame import Converter, DecodedFrame
from secondsight.records import SCENE, Box
from secondsight.sentinel import (
    Description,
    Detector,
    ModelStore,
    UsualScores,
    WordMatcher,
    WordScorer,
    make_tracker,
)
from secondsight.sim.world import FIRST_TEST_SEED, World, make_world

SECONDS, STEP = 90.0, 2
"""Length of a scene, and frames of it to a look: five looks a second."""
OVERLAP = 0.3
"""Intersection over union from which a track's box is that of a true object."""
THRESHOLD, IOU = 0.3, 0.45
QUIET, BUSY = 0.2, 3.0
"""Events and look-alikes per minute: where it is learned what is usual, and where it is judged."""
EVERY, VOTES = 2.0, 3
_WHOLE = Box(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Text:
    """What is looked for.

    Attributes:
        labels: of the objects that show it.
        kinds: of the events that show it, for scenes.
    """

    text: str
    pack: str
    labels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


TEXTS = (
    Text("a person on a delivery scooter", "industrial", labels=("scooter",)),
    Text("dark smoke rises", "motorway", kinds=("smoke",)),
    Text("flames", "motorway", kinds=("fire",)),
    Text("a landslide of rock and mud beside the road", "motorway", kinds=("landslide",)),
)


@dataclass(slots=True)
class Scores:
    """Best scores of tracks, or scores of moments: of those that show it, and of all others."""

    shown: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    def auc(self) -> float:
        """Probability that one that shows it scores higher than one that does not."""
        if not self.shown or not self.others:
            return float("nan")
        pairs = np.array(self.shown)[:, None] - np.array(self.others)[None]
        return float((pairs > 0).mean() + (pairs == 0).mean() / 2)


def looks(world: World, step: int) -> Iterator[tuple[DecodedFrame, TrueFrame]]:
    """Drawn frames, every `step`-th."""
    converter = Converter()
    for index in range(0, world.frames, step):
        bgr, about, _ = world.frame(index)
        image = av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv420p")
        yield DecodedFrame("city", 0, index, index / world.frame_rate, image, converter), about


def everything(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """No zone."""
    return np.ones(len(boxes), bool)


def describe(embedder: Embedder, texts: Sequence[Text]) -> list[Description]:
    """The rules, each with a memory of its own."""
    return [
        Description(
            one.text,
            embedder.words(one.text),
            _WHOLE if one.kinds else None,
            (),
            EVERY,
            VOTES,
            everything,
            UsualScores(0.5),
        )
        for one in texts
    ]


def tracks_of(
    world: World,
    detector: Detector,
    scorer: WordScorer,
    embedder: Embedder,
    texts: Sequence[Text],
    found: dict[str, Scores],
) -> None:
    """Best scores of the tracks of one scene."""
    descriptions = describe(embedder, texts)
    matcher = WordMatcher(scorer, descriptions, detector.labels, detector.groups, block=True)
    tracker = make_tracker("bytetrack", 5.0, groups=detector.groups)
    labels = {one.number: one.label for one in world.truth().objects}
    seen: dict[int, Counter[str]] = {}
    best: dict[tuple[str, int], float] = {}
    for frame, about in looks(world, STEP):
        tensor, letterbox = detector.prepare(frame)
        detections = detector.submit(tensor, letterbox, THRESHOLD, IOU).result()
        tracked = tracker.update(detections, frame.time, frame=frame)
        matcher.look(frame, tracked)
        for number, label in _shown(tracked, about, labels, frame):
            seen.setdefault(number, Counter())[label] += 1
        for text, known in matcher.known().items():
            for number, one in known.items():
                if one.looks == VOTES:
                    best[text, number] = max(best.get((text, number), -np.inf), one.score)
    for (name, number), score in best.items():
        wanted = next(one for one in texts if one.text == name).labels
        labels_seen = seen.get(number)
        shows = labels_seen is not None and labels_seen.most_common(1)[0][0] in wanted
        (found[name].shown if shows else found[name].others).append(score)


def _shown(
    tracked: Detections, about: TrueFrame, labels: dict[int, str], frame: DecodedFrame
) -> Iterator[tuple[int, str]]:
    """Tracks with the labels of the true objects that they are."""
    if tracked.tracker_id is None:
        return
    size = (frame.width, frame.height)
    true = np.array([one.box for one in about.boxes]).reshape(-1, 4) * np.tile(size, 2)
    shared = box_iou_batch(tracked.xyxy, true)
    for number, overlaps in zip(tracked.tracker_id.tolist(), shared, strict=True):
        if overlaps.size and overlaps.max() >= OVERLAP:
            yield number, labels.get(about.boxes[int(overlaps.argmax())].object, "")


def scenes_of(
    world: World, scorer: WordScorer, embedder: Embedder, texts: Sequence[Text], found: dict[str, Scores]
) -> None:
    """Scores of the moments of one scene."""
    matcher = WordMatcher(scorer, describe(embedder, texts), (), (), block=True)
    step = round(EVERY * world.frame_rate)
    events = world.truth().events
    for frame, _ in looks(world, step):
        matcher.look(frame, Detections.empty())
        for one in texts:
            known = matcher.known()[one.text].get(SCENE)
            if known is None or known.looks < VOTES:
                continue
            shows = any(
                each.kind in one.kinds
                and each.start <= frame.time - EVERY * (VOTES - 1)
                and frame.time <= each.end
                for each in events
            )
            near = any(
                each.kind in one.kinds and each.start <= frame.time <= each.end + EVERY * VOTES
                for each in events
            )
            if shows:
                found[one.text].shown.append(known.score)
            elif not near:
                found[one.text].others.append(known.score)


def measure(seeds: Sequence[int], share: float, model: str) -> list[tuple[str, ...]]:
    """Rows of the table: the first half of the scenes teaches what is usual, the second half is judged."""
    embedder = make_embedder(model)
    scorer = WordScorer(embedder)
    detector = Detector.open(ModelStore("models").resolve("city-nano"))
    rows = []
    half = len(seeds) // 2
    for pack in dict.fromkeys(one.pack for one in TEXTS):
        texts = [one for one in TEXTS if one.pack == pack]
        learned, judged = ({one.text: Scores() for one in texts} for _ in range(2))
        for number, seed in enumerate(seeds):
            world = make_world(pack, seed, 0, SECONDS, (), density=QUIET if number < half else BUSY)
            found = learned if number < half else judged
            if texts[0].kinds:
                scenes_of(world, scorer, embedder, texts, found)
            else:
                tracks_of(world, detector, scorer, embedder, texts, found)
        for one in texts:
            usual = UsualScores(share, [*learned[one.text].shown, *learned[one.text].others])
            rows.append(_row(one, judged[one.text], usual))
    detector.close()
    scorer.close()
    return rows


def _row(one: Text, found: Scores, usual: UsualScores) -> tuple[str, ...]:
    limit, both = usual.limit, (found.shown, found.others)
    shares = ["-", "-"]
    if limit is not None:
        shares = [f"{sum(score > limit for score in some)} of {len(some)}" for some in both]
    return (
        one.text,
        "moments" if one.kinds else "tracks",
        f"{len(usual.scores)}",
        "-" if limit is None else f"{limit:.3f}",
        *shares,
        f"{found.auc():.2f}",
    )


def main() -> int:
    """Draw, compare, print."""
    parser = argparse.ArgumentParser(prog="python -m bench described", description=__doc__)
    parser.add_argument(
        "--scenes", type=int, default=8, help="of each pack; half of them only teach what is usual"
    )
    parser.add_argument(
        "--share", type=float, default=0.1, help="of what is usual that may be above the limit"
    )
    parser.add_argument("--model", default="city-clip", help="embedded model or folder")
    options = parser.parse_args()
    seeds = range(FIRST_TEST_SEED + 700, FIRST_TEST_SEED + 700 + options.scenes)
    rows = measure(seeds, options.share, options.model)
    print(f"simulated; {options.scenes} scenes of {SECONDS:g} s of each pack; share {options.share:g}")
    print(table(("text", "of", "learned from", "limit", "shown: above", "others: above", "AUC"), rows))
    return 0
