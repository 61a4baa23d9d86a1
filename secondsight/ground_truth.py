"""Labels of a recording: what really happened, frame by frame and event by event, in one documented JSON form.

The simulated city writes it, people who label their own recordings write it, and `measure` reads both alike
(docs/truth.md). Times are seconds from the recording's first frame; boxes and polygons are relative, 0..1, origin
top left, as everywhere in the records.
"""

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from secondsight.errors import ConfigError
from secondsight.records import Box

FORMAT: Final = "secondsight-truth/1"
"""Stands in every file under `format`; a reader refuses any other."""

_STRICT = ConfigDict(extra="forbid")
_VIDEOS = frozenset({".mp4", ".mkv", ".mov", ".avi", ".ts", ".m4v", ".webm"})


@dataclass(frozen=True, slots=True)
class TrueBox:
    """One object in one frame.

    Attributes:
        object: number of the object, see `TrueObject`.
        box: what is seen of the object, relative corners, cut off at the picture's edge.
        visible: share of the object's pixels that nothing hides, 0..1; 1 if unknown.
        attributes: what holds at this moment: `posture`, `action`, `helmet`, `vest`, `carrying` ...
        mask: its visible pixels as COCO run lengths (column by column, uncompressed), if asked for.
    """

    __pydantic_config__ = _STRICT
    object: int
    box: Box
    visible: float = 1.0
    attributes: Mapping[str, str] = field(default_factory=dict)
    mask: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class TrueFrame:
    """All labelled objects of one frame."""

    __pydantic_config__ = _STRICT
    index: int
    time: float
    boxes: tuple[TrueBox, ...] = ()


@dataclass(frozen=True, slots=True)
class TrueObject:
    """One object over the whole recording; `label` is its class, `caption` one sentence about it."""

    __pydantic_config__ = _STRICT
    number: int
    label: str
    caption: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """Something that happened, or something that only looks like it.

    Attributes:
        kind: what it is, such as `fall`; for a look-alike what it really is, such as `tying_shoe`.
        start, end: seconds from the first frame.
        actors: numbers of the objects that take part, the main one first.
        zone: name of the zone or line where it happens, if it has one.
        box: where in the picture, for what is not an object (smoke, a slope); else None.
        answers: the true answer to each question of the kind's sheet, by key; what is unknown is absent.
        resembles: for a look-alike the kind it may be taken for; None for a real event.
        caption: one sentence that says what is to be seen.
    """

    __pydantic_config__ = _STRICT
    id: str
    kind: str
    start: float
    end: float
    actors: tuple[int, ...] = ()
    zone: str | None = None
    box: Box | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    resembles: str | None = None
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """What made seeing hard, from `start` to `end` seconds; `strength` 0..1."""

    __pydantic_config__ = _STRICT
    name: str
    strength: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Geometry:
    """A pinhole camera over the ground plane z = 0 (metres; x right, y away, z up).

    Attributes:
        position: of the lens, metres.
        pan: degrees clockwise from looking along +y; `tilt`: degrees below the horizon.
        focal: focal length in units of the picture's width.
        distortion: first radial coefficient k1 (Brown), on normalised image coordinates.
    """

    __pydantic_config__ = _STRICT
    position: tuple[float, float, float]
    pan: float
    tilt: float
    focal: float
    distortion: float = 0.0


@dataclass(frozen=True, slots=True)
class Recording:
    """The labels of one camera's recording.

    Attributes:
        camera: name of the camera.
        video: file name of the video, relative to the label file.
        width: of the picture, pixels.
        height: of the picture, pixels.
        frame_rate: frames per second.
        duration: seconds.
        start_time: UTC seconds of the first frame.
        labelled: kinds of events that were labelled; what is found of other kinds is neither right nor wrong.
        frames: the labelled frames, in the order of time.
        objects: the objects that frames and events name.
        events: what really happened.
        lookalikes: what may be taken for it.
        conditions: what made seeing hard.
        zones: relative polygons, by name, as in the site file.
        lines: relative segments, by name, as in the site file.
        geometry: how the camera stands, if known.
        caption: one sentence about the recording.
        pack: of the simulated city; empty for a real recording.
        seed: of the simulated city; None for a real recording.
        simulated: whether the recording comes from the simulated city.
        format: name and version of this form.

    Examples:
        >>> from secondsight.ground_truth import Recording, TrueEvent
        >>> recording = Recording(
        ...     camera="hall",
        ...     video="hall.mp4",
        ...     width=1920,
        ...     height=1080,
        ...     frame_rate=25.0,
        ...     duration=60.0,
        ...     start_time=1_767_254_400.0,
        ...     labelled=("fall",),
        ...     events=(TrueEvent("hall-1", "fall", start=12.0, end=17.5),),
        ... )
        >>> recording.events[0].end - recording.events[0].start  # seconds
        5.5
    """

    __pydantic_config__ = _STRICT
    camera: str
    video: str
    width: int
    height: int
    frame_rate: float
    duration: float
    start_time: float
    labelled: tuple[str, ...]
    frames: tuple[TrueFrame, ...] = ()
    objects: tuple[TrueObject, ...] = ()
    events: tuple[TrueEvent, ...] = ()
    lookalikes: tuple[TrueEvent, ...] = ()
    conditions: tuple[Condition, ...] = ()
    zones: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    lines: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    geometry: Geometry | None = None
    caption: str = ""
    pack: str = ""
    seed: int | None = None
    simulated: bool = False
    format: Literal["secondsight-truth/1"] = FORMAT


_ADAPTER = TypeAdapter(Recording)
_FRAME = TypeAdapter(TrueFrame)


def write_truth(recording: Recording, path: Path, frames: Iterable[TrueFrame] | None = None) -> None:
    """Write labels as JSON. Numbers are written as they are; the same labels give the same bytes.

    Args:
        recording: the labels.
        path: the file. It appears under its name when it is complete.
        frames: written instead of the recording's own, one by one, so that they need not all be in memory.

    Raises:
        OSError: the file cannot be written.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.ground_truth import Recording, TrueEvent, read_truth, write_truth
        >>> recording = Recording(
        ...     camera="hall",
        ...     video="hall.mp4",
        ...     width=1920,
        ...     height=1080,
        ...     frame_rate=25.0,
        ...     duration=60.0,
        ...     start_time=1_767_254_400.0,
        ...     labelled=("fall",),
        ...     events=(TrueEvent("hall-1", "fall", start=12.0, end=17.5),),
        ... )
        >>> write_truth(recording, Path("hall.json"))
        >>> read_truth(Path("hall.json")) == recording
        True
    """
    around = _ADAPTER.dump_json(replace(recording, frames=()))
    # A quote within a text is escaped, so this stands where the frames belong and nowhere else.
    before, after = around.split(b'"frames":[]', 1)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(before + b'"frames":[')
            for number, frame in enumerate(recording.frames if frames is None else frames):
                file.write(b"," * (number > 0) + _FRAME.dump_json(frame))
            file.write(b"]" + after + b"\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_truth(path: Path) -> Recording:
    """Read and check labels.

    Args:
        path: the file, as docs/truth.md describes it.

    Returns:
        The labels.

    Raises:
        ConfigError: the file cannot be read, is not this format, or has a mistake; the first few are named by
            key.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.errors import ConfigError
        >>> from secondsight.ground_truth import Recording, TrueEvent, read_truth, write_truth
        >>> recording = Recording(
        ...     camera="hall",
        ...     video="hall.mp4",
        ...     width=1920,
        ...     height=1080,
        ...     frame_rate=25.0,
        ...     duration=60.0,
        ...     start_time=1_767_254_400.0,
        ...     labelled=("fall",),
        ...     events=(TrueEvent("hall-1", "fall", start=12.0, end=17.5),),
        ... )
        >>> write_truth(recording, Path("hall.json"))
        >>> [(event.kind, event.start) for event in read_truth(Path("hall.json")).events]
        [('fall', 12.0)]
        >>> text = Path("hall.json").read_text()
        >>> _ = Path("hall.json").write_text(text.replace('"duration":60.0', '"duration":0.0'))
        >>> try:
        ...     read_truth(Path("hall.json"))
        ... except ConfigError as error:
        ...     print(error.key)
        duration
    """
    try:
        recording = _ADAPTER.validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read these labels: {error.strerror}", file=str(path)) from None
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise _first([_misread(detail, path) for detail in details[:_SHOWN]]) from None
    check_truth(recording, path)
    return recording


def check_truth(recording: Recording, path: Path) -> None:
    """Check that labels can be meant, such as before they are written.

    Args:
        recording: the labels.
        path: the file that is named in the error.

    Raises:
        ConfigError: something cannot be meant; the first few mistakes are named by key.
    """
    mistakes = [ConfigError(problem, file=str(path), key=key) for key, problem in _mistakes(recording)]
    if mistakes:
        raise _first(mistakes[:_SHOWN])


def videos_of(folder: Path) -> list[Path]:
    """The videos of a folder, in the order of their names."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _VIDEOS)


_SHOWN = 5
"""The number of mistakes of one file that are named at once."""


def _first(mistakes: list[ConfigError]) -> ConfigError:
    """All mistakes as one error that says where the form is described."""
    first = mistakes[0]
    problem = f"{first.problem} (docs/truth.md shows the form)"
    return ConfigError(problem, file=first.file, line=first.line, key=first.key, others=mistakes[1:])


def _misread(detail: ErrorDetails, path: Path) -> ConfigError:
    """What does not have the form: the line of broken JSON, or the key of a wrong value."""
    key = ".".join(str(part) for part in detail["loc"]) or None
    problem, line = detail["msg"], None
    if detail["type"] == "unexpected_keyword_argument":
        near = difflib.get_close_matches(str(detail["loc"][-1]), _KEYS, n=1)
        problem = "there is no such key" + (f"; did you mean `{near[0]}`?" if near else "")
    elif detail["type"] == "json_invalid" and (at := re.search(r" at line (\d+)", problem)):
        line = int(at[1])
    return ConfigError(problem, file=str(path), line=line, key=key)


def _mistakes(recording: Recording) -> Iterator[tuple[str, str]]:
    """Key and problem of whatever has the right form and cannot be meant."""
    for name in ("width", "height", "frame_rate", "duration"):
        value = getattr(recording, name)
        if not 0 < value < math.inf:
            yield name, "must be a number above 0"
    if not 0 <= recording.start_time < _LATEST:
        yield "start_time", "must be UTC seconds (Unix time), such as 1767225600.0"
    yield from _mistaken_events(recording)
    for group, least in (("zones", 3), ("lines", 2)):
        for name, points in getattr(recording, group).items():
            if len(set(points)) < least:
                yield f"{group}.{name}", f"{least} different points are needed"
    yield from _mistaken_boxes(recording)


def _mistaken_boxes(recording: Recording) -> Iterator[tuple[str, str]]:
    known = {one.number for one in recording.objects}
    for i, frame in enumerate(recording.frames):
        for j, seen in enumerate(frame.boxes):
            at = f"frames.{i}.boxes.{j}"
            if seen.object not in known:
                yield f"{at}.object", f"`objects` has no number {seen.object}"
            if not (seen.box[0] < seen.box[2] and seen.box[1] < seen.box[3]):
                yield f"{at}.box", "write left, top, right, bottom, in 0 to 1 of the picture"


def _mistaken_events(recording: Recording) -> Iterator[tuple[str, str]]:
    for group in ("events", "lookalikes"):
        for i, event in enumerate(getattr(recording, group)):
            if not (math.isfinite(event.start) and event.start <= event.end < math.inf):
                yield f"{group}.{i}.end", "it ends before it starts"
            elif event.end < 0 or event.start > recording.duration:
                yield f"{group}.{i}.start", "times are seconds from the first frame; this one lies outside"
    for i, event in enumerate(recording.events):
        if event.kind not in recording.labelled:
            near = difflib.get_close_matches(event.kind, recording.labelled, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "name it there, or it would not count"
            yield f"events.{i}.kind", f"`labelled` does not name `{event.kind}`; {hint}"
    for i, event in enumerate(recording.lookalikes):
        if event.resembles is None:
            yield f"lookalikes.{i}.resembles", "name the kind that it may be taken for"


_LATEST = 253_402_300_800.0
"""The year 10000, with which calendars end."""
_KEYS = sorted(
    {
        one.name
        for form in (Recording, TrueFrame, TrueBox, TrueObject, TrueEvent, Condition, Geometry)
        for one in fields(form)
    }
)
