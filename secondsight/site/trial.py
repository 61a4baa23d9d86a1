"""Tries a rule on what was recorded, before it watches anything: a small site of its own in a folder that goes."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from secondsight.config import CameraSettings, LearnSettings, NoBrainSettings, SiteConfig, StoreSettings
from secondsight.errors import RefusedError
from secondsight.media import cut_footage, find_segments, require_space
from secondsight.records import Event, snapshot_path
from secondsight.site.site import Site
from secondsight.store import Store

_MOST_EVENTS = 200
"""A rule that reports more is a rule to be changed; what comes after is not looked at."""


class RecordedStretch(Protocol):
    """A stretch of video in the data folder: a segment of footage, or an event's clip."""

    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def path(self) -> str: ...


@dataclass(frozen=True, slots=True)
class TrialEvent:
    """What the rule would have reported. Attributes: picture: JPEG of its moment; None where there is none."""

    event: Event
    picture: bytes | None


@dataclass(frozen=True, slots=True)
class TrialMaterial:
    """What there is of a camera to try a rule on.

    Attributes:
        stretches: footage; where there is none, clips of events. Oldest first, without overlap.
        seconds: of video in all.
        footage: whether it is footage: clips show only moments at which something happened.
    """

    camera: str
    stretches: Sequence[RecordedStretch]
    seconds: float
    footage: bool


def trial_material(
    data: Path, store: Store, cameras: Sequence[str], since: float, until: float
) -> list[TrialMaterial]:
    """What was recorded of cameras in [since, until); cameras of which there is nothing are left out."""
    found = []
    for camera in cameras:
        stretches: list[RecordedStretch] = [*find_segments(data, camera, since, until)]
        footage = bool(stretches)
        if not footage:
            stretches = _clips(data, store, camera, since, until)
        if stretches:
            seconds = sum(one.end - one.start for one in stretches)
            found.append(TrialMaterial(camera, stretches, seconds, footage))
    return found


def try_rule(
    config: SiteConfig, rule: str, data: Path, material: Sequence[TrialMaterial]
) -> Iterator[TrialEvent]:
    """Run a rule over what was recorded; nothing of it is kept, nobody is told, no large model is asked.

    Args:
        config: the site with the rule, which need not be watched yet.
        data: the data folder, in which the material lies; the copy that is watched goes there, too, and is removed.

    Raises:
        RefusedError: there is nothing to try it on.
        StoreError: the disk has no room for a copy of the material.
        ModelError: a model of the rule cannot be used.
    """
    if not material:
        raise RefusedError(
            "nothing was recorded in that time on the cameras of this rule; give them `record` and try again later"
        )
    with tempfile.TemporaryDirectory(prefix="trial-", dir=data) as folder:
        cameras = {one.camera: _source(config, data, one, Path(folder)) for one in material}
        with Site(_trial_site(config, rule, cameras, Path(folder) / "data"), environ={}) as site:
            shown = 0
            for event in site.events(once=True):
                if event.rule == rule:
                    shown += 1
                    yield TrialEvent(event, _picture(site.config.data, event))
                if shown >= _MOST_EVENTS:
                    return


def _trial_site(config: SiteConfig, rule: str, cameras: dict[str, CameraSettings], data: Path) -> SiteConfig:
    kept = dict(config.rules) if config.rules[rule].behaviour == "combined" else {rule: config.rules[rule]}
    rules = {
        name: one.model_copy(update={"policy": one.policy.model_copy(update={"verify": "never"})})
        for name, one in kept.items()
    }
    return config.model_copy(
        update={
            "cameras": cameras,
            "rules": rules,
            "data": data,
            "brain": NoBrainSettings(),
            "learn": LearnSettings(),
            "store": StoreSettings(),
            "sentinel": config.sentinel.model_copy(update={"processes": 1, "isolate": False}),
            "alerts": {},
            "report": None,
            "queue": None,
            "serve": None,
        }
    )


def _source(config: SiteConfig, data: Path, material: TrialMaterial, folder: Path) -> CameraSettings:
    """The camera as it is configured, on a copy of the material."""
    first, last = material.stretches[0], material.stretches[-1]
    size = sum((data / one.path).stat().st_size for one in material.stretches if (data / one.path).exists())
    require_space(folder, size, config.retention.min_free)
    target = folder / f"{material.camera}.mp4"
    with target.open("wb") as file:
        for piece in cut_footage(data, material.stretches, first.start, last.end + 1.0):
            file.write(piece)
    return config.cameras[material.camera].model_copy(
        update={
            "source": SecretStr(str(target)),
            "start_time": datetime.fromtimestamp(first.start, UTC),
            "pace": "fast",
            "loop": False,
            "record": None,
            "stream": "main",
        }
    )


def _clips(data: Path, store: Store, camera: str, since: float, until: float) -> list[RecordedStretch]:
    """Clips of events, oldest first; of those that overlap the first."""
    chosen: list[RecordedStretch] = []
    clips = [event.clip for event in store.events.find(camera=camera, since=since, until=until) if event.clip]
    for clip in sorted(clips, key=lambda one: one.start):
        if (data / clip.path).is_file() and (not chosen or clip.start >= chosen[-1].end):
            chosen.append(clip)
    return chosen


def _picture(data: Path, event: Event) -> bytes | None:
    for path in (snapshot_path(event), *(frame.path for frame in event.key_frames)):
        try:
            return (data / path).read_bytes()
        except OSError:
            continue
    return None
