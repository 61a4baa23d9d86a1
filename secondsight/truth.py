"""Labels of a recording: what really happened, frame by frame and event by event, in one documented JSON form.

The simulated city writes it, people who label their own recordings write it, and `measure` reads both alike
(docs/truth.md). Times are seconds from the recording's first frame; boxes and polygons are relative, 0..1, origin
top left, as everywhere in the records.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from secondsight.errors import ConfigError
from secondsight.records import Box

FORMAT: Final = "secondsight-truth/1"
"""Stands in every file under `format`; a reader refuses any other."""

_STRICT = ConfigDict(extra="forbid")


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
        video: file name of the video, relative to the label file.
        start_time: UTC seconds of the first frame.
        zones, lines: relative polygons and segments, by name, as in the site file.
        events: what really happened. `lookalikes`: what may be taken for it.
        labelled: kinds of events that were labelled; what is found of other kinds is neither right nor wrong.
        simulated: whether the recording comes from the simulated city.
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
    """Write labels as JSON, numbers rounded by whoever made them; the same labels give the same bytes.

    Args:
        frames: written instead of the recording's own, one by one, so that not all need be in memory. The file
            appears under its name when it is complete.

    Raises:
        OSError: the file cannot be written.
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
    """Read labels.

    Raises:
        ConfigError: the file cannot be read, is not this format, or has a mistake; the first few are named by key.
    """
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read these labels: {error.strerror}", file=str(path)) from None
    except ValidationError as error:
        mistakes = [
            ConfigError(
                mistake["msg"], file=str(path), key=".".join(str(part) for part in mistake["loc"]) or None
            )
            for mistake in error.errors(include_url=False)[:5]
        ]
        raise ConfigError(
            f"{mistakes[0].problem}; docs/truth.md shows the form",
            file=str(path),
            key=mistakes[0].key,
            others=mistakes[1:],
        ) from None
