"""What people say of one recording, and its label file beside the video."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from secondsight.clock import Clock
from secondsight.errors import ConfigError
from secondsight.ground_truth import Recording, TrueEvent, check_truth, read_truth, videos_of, write_truth
from secondsight.records import Box
from secondsight.serve.truth.preview import RecordingFacts, make_preview


@dataclass(frozen=True, slots=True)
class SaidEvent:
    """One event as a person marked it.

    Attributes:
        id: of an event that the file has, or a new one.
        kind: what it is; of a look-alike what it really is.
        start, end: seconds from the first frame.
        box: where in the picture, relative; None if not marked.
        resembles: of a look-alike the kind that it may be taken for; None for a real event.
    """

    id: str
    kind: str
    start: float
    end: float
    box: Box | None = None
    resembles: str | None = None


class LabelFile:
    """One video with its labels. Safe in any thread.

    Args:
        video: the recording; its labels lie beside it as `NAME.json`.
        preview: where what the browser plays is written.
        clock: see `make_preview`.
    """

    def __init__(self, video: Path, preview: Path, clock: Clock) -> None:
        self.video, self.path = video, video.with_suffix(".json")
        self.preview = preview
        self._clock, self._lock = clock, threading.Lock()
        self._facts: RecordingFacts | None = None

    def open(self) -> Recording:
        """The labels as they are, empty ones if there are none yet. Makes the preview at the first call.

        Raises:
            ConfigError: the label file has a mistake; it is left as it is.
            SourceError: the video cannot be read.
        """
        with self._lock:
            if self._facts is None:
                self._facts = make_preview(self.video, self.preview, self._clock)
            return self._read(self._facts)

    def save(self, labelled: Sequence[str], said: Sequence[SaidEvent]) -> Recording:
        """Write what a person says of events; frames, objects, zones and all else of the file stay.

        Args:
            labelled: kinds that the person looked for, found or not.
            said: all events and look-alikes.

        Raises:
            ConfigError: something said cannot be meant; the file is left as it was.
        """
        before = self.open()
        known = {event.id: event for event in (*before.events, *before.lookalikes)}
        made = [_event(one, known) for one in sorted(said, key=lambda one: one.start)]
        if len({one.id for one in made}) < len(made):
            raise ConfigError("two events have one id; load the page again", file=str(self.path))
        after = replace(
            before,
            labelled=tuple(dict.fromkeys(labelled)),
            events=tuple(one for one in made if one.resembles is None),
            lookalikes=tuple(one for one in made if one.resembles is not None),
        )
        check_truth(after, self.path)
        with self._lock:
            write_truth(after, self.path)
        return after

    def _read(self, facts: RecordingFacts) -> Recording:
        if self.path.is_file():
            return read_truth(self.path)
        return Recording(
            camera=self.video.stem,
            video=self.video.name,
            width=facts.width,
            height=facts.height,
            frame_rate=facts.frame_rate,
            duration=facts.duration,
            start_time=facts.start_time,
            labelled=(),
        )


def _event(said: SaidEvent, known: Mapping[str, TrueEvent]) -> TrueEvent:
    """What was known of it beyond what was said stays."""
    before = known.get(said.id) or TrueEvent(said.id, said.kind, said.start, said.end)
    return replace(
        before, kind=said.kind, start=said.start, end=said.end, box=said.box, resembles=said.resembles
    )


def open_files(places: Sequence[Path], previews: Path, clock: Clock) -> list[LabelFile]:
    """The label files of videos and of folders of videos.

    Raises:
        ConfigError: a path is no video and no folder, a folder holds no video, or two videos share a label file.
    """
    found: dict[Path, Path] = {}
    for place in places:
        videos = videos_of(place) if place.is_dir() else [place]
        if not videos:
            raise ConfigError("there is no video in this folder", file=str(place))
        for video in videos:
            if not video.is_file():
                raise ConfigError("there is no such video or folder", file=str(place))
            other = found.setdefault(video.with_suffix(".json").resolve(), video)
            if other.resolve() != video.resolve():
                raise ConfigError(f"its labels would lie where those of {other.name} do", file=str(video))
    return [LabelFile(video, previews / f"{at}.mp4", clock) for at, video in enumerate(found.values())]
