"""A few words to write walks with: people as bottom-centre points, looks as letters, rules as keywords."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from supervision import Detections

from secondsight.behaviour import Behaviour, make_behaviours
from secondsight.config import SiteConfig
from secondsight.records import Candidate, Frame, Observation

T0 = 1_700_000_000.0
FPS = 5.0
LABELS = ("person", "bicycle", "car", "truck", "suitcase", "motorcycle")
ZONE = ((0.4, 0.2), (0.8, 0.2), (0.8, 0.9), (0.4, 0.9))
DOOR = ((0.3, 0.5), (0.7, 0.5))
LINES = ("line_crossing", "climbing", "tailgating")
INSIDE, OUTSIDE = (0.6, 0.6), (0.2, 0.6)


@dataclass(frozen=True)
class Being:
    """One tracked box: number, bottom centre and size (relative), confidence and class."""

    number: int
    x: float
    y: float
    width: float = 0.1
    height: float = 0.3
    confidence: float = 0.8
    label: str = "person"


def look(
    time: float,
    *beings: Being,
    held: bool = False,
    size: tuple[int, int] = (640, 360),
    epoch: int = 0,
    frame: Frame | None = None,
) -> Observation:
    """An observation that shows `beings`, with the pixels of `frame`."""
    w, h = size
    corners = [
        ((b.x - b.width / 2) * w, (b.y - b.height) * h, (b.x + b.width / 2) * w, b.y * h) for b in beings
    ]
    detections = Detections(
        xyxy=np.array(corners, dtype=np.float32).reshape(-1, 4),
        confidence=np.array([b.confidence for b in beings], dtype=np.float32),
        class_id=np.array([LABELS.index(b.label) for b in beings], dtype=int),
        tracker_id=np.array([b.number for b in beings], dtype=int),
    )
    return Observation("hall", epoch, time, w, h, detections, LABELS, held=held, frame=frame)


def pattern(letters: str, number: int = 1, fps: float = FPS, start: float = T0) -> list[Observation]:
    """One look per letter: `i` inside the zone, `o` outside, `-` not seen; capitals are held observations.

    `H` holds whoever the look before showed.
    """
    looks: list[Observation] = []
    shown: tuple[Being, ...] = ()
    for position, letter in enumerate(letters):
        if letter != "H":
            place = {"i": INSIDE, "o": OUTSIDE}.get(letter)
            shown = () if place is None else (Being(number, *place),)
        looks.append(look(start + position / fps, *shown, held=letter == "H"))
    return looks


def staying(seconds: float, *beings: Being, start: float = 0.0) -> list[Observation]:
    """All stay where they are, from `start` seconds on."""
    return [look(T0 + start + step / FPS, *beings) for step in range(round(seconds * FPS))]


def resting(seconds: float, start: float = 0.0, jitter: float = 0.004, **being: object) -> list[Observation]:
    """One object that stays at a place, seen with jitter."""
    made = Being(**{"number": 1, "x": INSIDE[0], "y": INSIDE[1], **being})  # type: ignore[arg-type]
    shown, rng = [], np.random.default_rng(5)
    for step in range(round(seconds * FPS)):
        dx, dy = rng.normal(0, jitter, 2)
        moved = Being(made.number, made.x + dx, made.y + dy, made.width, made.height, 0.8, made.label)
        shown.append(look(T0 + start + step / FPS, moved))
    return shown


def walk(
    points: Iterable[tuple[float, float]], number: int = 1, fps: float = FPS, start: float = T0
) -> list[Observation]:
    """One look per bottom-centre point."""
    return [look(start + i / fps, Being(number, x, y)) for i, (x, y) in enumerate(points)]


def line(
    a: tuple[float, float], b: tuple[float, float], steps: int, jitter: Sequence[float] = ()
) -> list[tuple[float, float]]:
    """`steps` points from a to b, both included; `jitter` is added to their y in turn."""
    shares = np.linspace(0, 1, steps)
    shake = [jitter[i % len(jitter)] if jitter else 0.0 for i in range(steps)]
    return [
        (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]) + s) for t, s in zip(shares, shake, strict=True)
    ]


def site(lost_track: float = 2.0, door: object = DOOR, **rule: object) -> SiteConfig:
    """One camera `hall` with the zone `yard`, the line `door` and one rule `watch`."""
    camera = {
        "source": "a.mp4",
        "zones": {"yard": {"coordinates": ZONE}},
        "lines": {"door": {"coordinates": door}},
    }
    return SiteConfig.model_validate(
        {"cameras": {"hall": camera}, "rules": {"watch": rule}, "sentinel": {"lost_track": lost_track}}
    )


def rule(behaviour: str, **settings: object) -> Behaviour:
    """The one behaviour of such a site."""
    place: dict[str, Any] = {"line": "door"} if behaviour in LINES else {"zone": "yard"}
    if behaviour == "forbidden_operation":
        place["attribute"] = "doing"
    if behaviour == "described":
        place["text"] = "a delivery scooter"
    if behaviour == "wrong_way" and "angle" not in settings:
        settings["line"] = "door"
    (made,) = make_behaviours("hall", site(behaviour=behaviour, **{**place, **settings}), "file:abc")
    return made


def play(behaviour: Behaviour, looks: Iterable[Observation], close: bool = False) -> list[Candidate]:
    """Everything that a behaviour reports over some looks."""
    reports, time = [], T0
    for observation in looks:
        reports += behaviour.update(observation)
        time = observation.time
    return reports + (behaviour.close(time) if close else [])


def times(reports: Sequence[Candidate], fps: float = FPS) -> list[tuple[int, int, int | None]]:
    """(start, triggered, end) of every suspicion, as positions of looks; reports must come in pairs."""
    latest: dict[str, Candidate] = {}
    for report in reports:
        assert (report.id in latest) == (report.end is not None), "one report at the trigger, one at the end"
        assert report.id not in latest or latest[report.id].end is None
        latest[report.id] = report

    def position(time: float) -> int:
        return round((time - T0) * fps)

    return [
        (position(c.start), position(c.triggered), None if c.end is None else position(c.end))
        for c in latest.values()
    ]
