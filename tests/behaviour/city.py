"""The simulated city as a behaviour sees it: true boxes with the faults of a detector, and the pixels."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML
from supervision import Detections

from secondsight.behaviour import make_behaviours
from secondsight.config import SiteConfig
from secondsight.ground_truth import TrueEvent
from secondsight.records import Attribute, Box, Candidate, Observation
from secondsight.sim.output.site_file import rules_text
from secondsight.sim.world import START_TIME, World

LABELS = ("person", "bicycle", "car", "motorcycle", "truck", "suitcase")
EVERY = 2
"""Every second frame is looked at: 5 looks a second."""
HANDS = {"phoning": "phone", "smoking": "smoking"}
"""What a second-stage model calls what people do."""
LEAST_VISIBLE = 0.3
"""Share of an object that must be seen for a detector to find it."""


@dataclass(frozen=True)
class Painted:
    """A `records.Frame` over an array."""

    picture: NDArray[np.uint8]
    time: float
    index: int = 0
    camera: str = "hall"
    epoch: int = 0

    @property
    def width(self) -> int:
        return self.picture.shape[1]

    @property
    def height(self) -> int:
        return self.picture.shape[0]

    def luma(self, step: int = 1) -> NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(self.picture, cv2.COLOR_BGR2GRAY)[::step, ::step], dtype=np.uint8)

    def bgr(self) -> NDArray[np.uint8]:
        return self.picture

    def resized(self, width: int, height: int, order: Literal["bgr", "rgb"] = "bgr") -> NDArray[np.uint8]:
        small = np.asarray(cv2.resize(self.picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        return small if order == "bgr" else np.ascontiguousarray(small[..., ::-1])

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        left, top = int(max(box.x1, 0) * self.width), int(max(box.y1, 0) * self.height)
        right, bottom = max(int(box.x2 * self.width), left + 2), max(int(box.y2 * self.height), top + 2)
        left, top = min(left, self.width - 2), min(top, self.height - 2)
        return np.asarray(cv2.resize(self.picture[top:bottom, left:right], (width, height)), np.uint8)


def observations(world: World, jitter: float = 0.02, misses: float = 0.05) -> Iterator[Observation]:
    """What a good detector and tracker would make of a world.

    Args:
        jitter: standard deviation of each edge, as a share of the box's size.
        misses: share of the boxes that are not found.
    """
    rng = np.random.default_rng(world.seed)
    labels = {actor.number: actor.label for actor in world.actors}
    for index in range(0, world.frames, EVERY):
        picture, truth, _ = world.frame(index)
        rows, numbers, kinds = [], [], []
        said: dict[int, dict[str, Attribute]] = {}
        for one in truth.boxes:
            label = labels[one.object]
            if label not in LABELS or one.visible < LEAST_VISIBLE or rng.random() < misses:
                continue
            size = np.array((one.box.x2 - one.box.x1, one.box.y2 - one.box.y1) * 2)
            rows.append((np.array(one.box) + rng.normal(0, jitter, 4) * size) * (640, 360, 640, 360))
            numbers.append(one.object)
            kinds.append(LABELS.index(label))
            doing = HANDS.get(one.attributes.get("action", ""), "none")
            vest = "vest" if one.attributes.get("vest") == "yes" else "none"
            helmet = "helmet" if one.attributes.get("helmet") == "yes" else "bare"
            said[one.object] = {
                name: Attribute(label, 0.8, 5)
                for name, label in (("hands", doing), ("vest", vest), ("helmet", helmet))
            }
        found = Detections(
            xyxy=np.array(rows, dtype=np.float32).reshape(-1, 4),
            confidence=np.full(len(rows), 0.8, dtype=np.float32),
            class_id=np.array(kinds, dtype=int),
            tracker_id=np.array(numbers, dtype=int),
        )
        time = START_TIME + index / world.frame_rate
        yield Observation(
            "hall", 0, time, 640, 360, found, LABELS, frame=Painted(picture, time, index), attributes=said
        )


def site_of(world: World) -> SiteConfig:
    """The site that the kinds of a world come with."""
    values: dict[str, Any] = YAML(typ="safe").load(rules_text(world.scene.pack, world.kinds))
    truth = world.truth()
    camera = {
        "source": "hall.mp4",
        "zones": {name: {"coordinates": points} for name, points in truth.zones.items()},
        "lines": {name: {"coordinates": points} for name, points in truth.lines.items()},
    }
    second = {
        "hands": {"model": "city-hands", "region": "upper"},
        "helmet": {"model": "city-helmet"},
        "vest": {"model": "city-vest"},
    }
    return SiteConfig.model_validate(
        {"cameras": {"hall": camera}, "rules": values["rules"], "sentinel": {"second_stage": second}}
    )


def suspicions(site: SiteConfig, looks: Iterable[Observation]) -> list[Candidate]:
    """Everything that the rules report, in its final form."""
    behaviours = make_behaviours("hall", site, "file:city")
    latest: dict[str, Candidate] = {}
    time = 0.0
    for look in looks:
        time = look.time
        for behaviour in behaviours:
            latest |= {one.id: one for one in behaviour.update(look)}
    for behaviour in behaviours:
        latest |= {one.id: one for one in behaviour.close(time)}
    return list(latest.values())


def about(candidate: Candidate, event: TrueEvent) -> bool:
    """Whether a suspicion is of an event's time and, if it has tracks, of one of its actors."""
    start, end = candidate.start - START_TIME, (candidate.end or candidate.triggered) - START_TIME
    if end < event.start - 0.5 or start > event.end + 2.0:
        return False
    return not candidate.tracks or any(track.number in event.actors for track in candidate.tracks)


@dataclass(frozen=True)
class Tally:
    """What became of one kind of event: `hits` of `events`, `lookalikes` suspected of so many, others false."""

    events: int = 0
    hits: int = 0
    lookalikes: int = 0
    lookalikes_hit: int = 0
    false: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def tally(world: World, found: Sequence[Candidate], kind: str) -> Tally:
    """Compare suspicions of one kind with the truth."""
    mine = [one for one in found if one.kind == kind]
    events = [event for event in world.events if event.kind == kind]
    alike = [event for event in world.lookalikes if event.resembles == kind]
    explained = [one for one in mine if any(about(one, event) for event in (*events, *alike))]
    return Tally(
        len(events),
        sum(any(about(one, event) for one in mine) for event in events),
        len(alike),
        sum(any(about(one, event) for one in mine) for event in alike),
        len(mine) - len(explained),
    )
