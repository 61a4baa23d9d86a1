"""Events as a large model is shown them: what is known of them, in words, and a share of their key frames each."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from secondsight.ask.grammar import SiteClock
from secondsight.brain import ScenePicture, quoted
from secondsight.cascade import EgressGate
from secondsight.errors import BrainError
from secondsight.event_words import Language, kind_in_words
from secondsight.records import (
    Egress,
    Event,
    KeyFrame,
    Outline,
    ReviewFrame,
    ReviewRequest,
    Verification,
)

_MOST_FRAMES = 3
"""Key frames of one event."""
_KNOWN = {
    Verification.CONFIRMED: "a second look confirmed it",
    Verification.REJECTED: "a second look rejected it",
}


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event that is shown.

    Attributes:
        facts: a line of JSON about it.
        frames: numbers of the key frames that are shown.
        egress: how much of its camera may leave.
    """

    event: Event
    facts: str
    pictures: tuple[ScenePicture, ...]
    frames: tuple[int, ...]
    egress: Egress


@dataclass(frozen=True, slots=True)
class SceneMaker:
    """Reads key frames and lets through what may leave.

    Attributes:
        data: folder that the key frames' paths begin in.
        gate: releases pictures to the brain.
        level: what of a camera may leave.
    """

    data: Path
    gate: EgressGate
    level: Callable[[str], Egress]

    def scenes(
        self, events: Sequence[Event], most: int, clock: SiteClock, language: Language
    ) -> tuple[ShownEvent, ...]:
        """At most `most` of the events with pictures that may leave: confirmed ones first, then the newest.

        Blocks for the disk, and for redaction.
        """
        in_order = sorted(
            events, key=lambda one: (one.verification is not Verification.CONFIRMED, -one.triggered)
        )
        made: list[ShownEvent] = []
        for event in in_order:
            scene = self._scene(len(made), event, clock, language)
            if scene is not None:
                made.append(scene)
            if len(made) == most:
                break
        return tuple(made)

    def _scene(self, number: int, event: Event, clock: SiteClock, language: Language) -> ShownEvent | None:
        chosen = _spread(event.key_frames)
        readable = [(index, jpeg) for index in chosen if (jpeg := self._read(event.key_frames[index]))]
        if not readable:
            return None
        keys = [event.key_frames[index] for index, _ in readable]
        request = ReviewRequest(
            case_id=event.id,
            kind=event.kind,
            camera=event.camera,
            label=event.label,
            zone=event.zone,
            start=event.start,
            triggered=event.triggered,
            frames=tuple(
                ReviewFrame(jpeg, key.time, key.box) for key, (_, jpeg) in zip(keys, readable, strict=True)
            ),
            questions=(),
            source=event.camera,
        )
        try:
            released = self.gate.release(request, keys, self.level(event.camera))
        except BrainError:  # nothing of this camera may leave
            return None
        if released.egress is Egress.REDACTED:
            released = replace(released, camera="")
        pictures = tuple(
            ScenePicture(number, frame, _path(event.key_frames, frame.time)) for frame in released.frames
        )
        frames = tuple(index for index, _ in readable)
        return ShownEvent(event, _facts(event, released, clock, language), pictures, frames, released.egress)

    def _read(self, frame: KeyFrame) -> bytes | None:
        root = self.data.resolve()
        path = (root / frame.path).resolve()
        try:
            return path.read_bytes() if path.is_relative_to(root) else None
        except OSError:  # retention has removed it
            return None


def shared(scenes: Sequence[ShownEvent], most: int) -> tuple[tuple[ScenePicture, int], ...]:
    """At most `most` pictures of all scenes with the numbers of their key frames; each scene gets its share.

    The first picture of every scene comes before the second of any.
    """
    rounds = ([(scene, at) for scene in scenes if at < len(scene.pictures)] for at in range(_MOST_FRAMES))
    chosen = [one for some in rounds for one in some][:most]
    in_order = sorted(chosen, key=lambda one: (one[0].pictures[one[1]].scene, one[1]))
    return tuple((scene.pictures[at], scene.frames[at]) for scene, at in in_order)


def _facts(event: Event, released: ReviewRequest, clock: SiteClock, language: Language) -> str:
    verdict = event.verdict
    values = {
        "kind": kind_in_words(event.kind, language),
        "time": f"{clock.local(event.triggered):%Y-%m-%d %H:%M:%S}",
        "seconds": None if event.end is None else f"{event.end - event.start:.0f}",
        "camera": released.camera,
        "zone": released.zone,
        "known": _KNOWN.get(event.verification, "nobody has checked it"),
        "seen before": verdict.summary if verdict is not None and released.egress is Egress.FULL else None,
    }
    return (
        "{" + ", ".join(f"{json.dumps(key)}: {quoted(value)}" for key, value in values.items() if value) + "}"
    )


def _path(frames: Iterable[KeyFrame], until: float) -> Outline:
    """Where the suspect stood in each key frame so far."""
    boxes = [one.box for one in frames if one.box is not None and one.time <= until]
    return tuple(((box.x1 + box.x2) / 2, box.y2) for box in boxes)


def _spread(frames: Sequence[KeyFrame]) -> list[int]:
    """Numbers of the key frames that tell most: the middle one, then the last and the first."""
    count = len(frames)
    return sorted(dict.fromkeys([count // 2, count - 1, 0]), key=[count // 2, count - 1, 0].index)[:count]
