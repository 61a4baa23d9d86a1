"""Finds recordings with their labels in a folder, and makes the site that watches them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from secondsight.config import CameraSettings, Line, NoBrainSettings, SiteConfig, Zone
from secondsight.errors import ConfigError
from secondsight.ground_truth import Recording, read_truth, videos_of

_FOR_EVER = 100 * 365 * 86400.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """A recording's labels, and where its video lies."""

    recording: Recording
    video: Path


def read_folder(folder: Path) -> list[Labelled]:
    """Find every video of a folder with its labels, `<video's name>.json` beside it.

    Args:
        folder: of videos and labels.

    Returns:
        The recordings, sorted by camera.

    Raises:
        ConfigError: there is no video, a video has no labels, labels have a mistake or name a video that is
            not there, or two name the same camera.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.ground_truth import Recording, write_truth
        >>> from secondsight.measure.running.recordings import read_folder
        >>> folder = Path("labelled")
        >>> folder.mkdir()
        >>> (folder / "hall.mp4").touch()  # the video
        >>> start = 1_767_254_400.0
        >>> recording = Recording("hall", "hall.mp4", 1920, 1080, 25.0, 60.0, start, labelled=("fall",))
        >>> write_truth(recording, folder / "hall.json")
        >>> [(one.recording.camera, one.video.name) for one in read_folder(folder)]
        [('hall', 'hall.mp4')]
    """
    if not folder.is_dir():
        raise ConfigError("there is no such folder", file=str(folder))
    videos = videos_of(folder)
    if not videos:
        raise ConfigError("there is no video in this folder", file=str(folder))
    bare = [video.name for video in videos if not video.with_suffix(".json").is_file()]
    if bare:
        first = Path(bare[0]).with_suffix(".json").name
        raise ConfigError(
            f"no labels for {', '.join(bare)}; write {first} (docs/truth.md) or move the video away",
            file=str(folder),
        )
    found: dict[str, Labelled] = {}
    for video in videos:
        file = video.with_suffix(".json")
        recording = read_truth(file)
        named = file.parent / recording.video
        if not named.is_file():
            raise ConfigError(f"there is no video `{recording.video}` beside it", file=str(file), key="video")
        if recording.camera in found:
            raise ConfigError(
                f"`{recording.camera}` is also the camera of {found[recording.camera].video.name}",
                file=str(file),
                key="camera",
            )
        found[recording.camera] = Labelled(recording, named)
    return [found[camera] for camera in sorted(found)]


def unwatched(config: SiteConfig, labelled: Sequence[Labelled]) -> list[str]:
    """Kinds that are labelled and that no rule of the site reports: everything of them will count as missed."""
    kinds = {rule.kind or rule.behaviour for rule in config.rules.values()}
    return sorted({kind for one in labelled for kind in one.recording.labelled} - kinds)


def site_for(config: SiteConfig, labelled: Sequence[Labelled], data: Path, *, brain: bool) -> SiteConfig:
    """The same site, watching these recordings instead of its cameras.

    A recording of a camera that the site has is watched with that camera's zones, lines, masks and gate; any other
    with the zones and lines of its labels. Rules keep what they say; of the cameras they name those remain that are
    recorded, and a rule whose cameras are all gone goes too. No verdict expires for lateness, since a recording is
    worked off faster than it was filmed and its cases come in a crowd; nothing is removed for age.

    Raises:
        ConfigError: no rule watches any of the recordings.
    """
    cameras = {one.recording.camera: _camera(config, one) for one in labelled}
    rules = {}
    for name, rule in config.rules.items():
        named = tuple(camera for camera in rule.cameras if camera in cameras)
        if named or not rule.cameras:
            policy = rule.policy.model_copy(update={"deadline": _FOR_EVER})
            rules[name] = rule.model_copy(update={"cameras": named, "policy": policy})
    watching = config.model_copy(
        update={
            "data": data,
            "cameras": cameras,
            "rules": rules,
            "brain": config.brain if brain else NoBrainSettings(),
            "retention": config.retention.model_copy(update={"age": _FOR_EVER, "disk_budget": 2**60}),
            "store": config.store.model_copy(update={"url": None}),
        }
    )
    if not any(watching.rules_of(camera) for camera in cameras):
        raise ConfigError(
            "no rule of this site watches any of these recordings: neither their cameras nor their zones and lines "
            f"are known to it ({', '.join(cameras)})"
        )
    return watching


def _camera(config: SiteConfig, one: Labelled) -> CameraSettings:
    recording = one.recording
    known = config.cameras.get(recording.camera)
    if known is None:
        zones = {name: Zone(coordinates=points) for name, points in recording.zones.items()}
        lines = {name: Line(coordinates=(points[0], points[-1])) for name, points in recording.lines.items()}
        known = CameraSettings(source=SecretStr(str(one.video)), zones=zones, lines=lines)
    return known.model_copy(
        update={
            "source": SecretStr(str(one.video.resolve())),
            "start_time": datetime.fromtimestamp(recording.start_time, UTC),
            "pace": "fast",
            "loop": False,
        }
    )
