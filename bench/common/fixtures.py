"""What is measured with: real videos, a real model, and sites made of them."""

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from secondsight.config import SiteConfig
from secondsight.sentinel import ModelStore

_DEFAULT_DATA = Path(__file__).parents[3] / "shared" / "data"
MODEL = "yolox-nano"
QUIET = (120, 178)
"""Frames of car-detection.mp4, from a key frame on, in which nothing moves."""


@dataclass(frozen=True, slots=True)
class Video:
    """A recording and the rule that watches it. `zone` in relative coordinates."""

    file: str
    frames: int
    seconds: float
    zone: tuple[tuple[float, float], ...]
    classes: tuple[str, ...]

    @property
    def path(self) -> Path:
        return folder() / "videos" / self.file

    @property
    def camera(self) -> str:
        return self.file.split(".")[0]


_WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_FLOOR = ((0.02, 0.35), (0.98, 0.35), (0.98, 1.0), (0.02, 1.0))
ROOM = Video("one-by-one-person-detection.mp4", 1394, 139.4, _FLOOR, ("person",))
CARS = Video("car-detection.mp4", 377, 30.16, _WHOLE, ("car", "truck", "bus"))
VIDEOS = (
    ROOM,
    CARS,
    Video("people-detection.gif", 23, 1.91, _WHOLE, ("person",)),
    Video("person-bicycle-car-detection.gif", 41, 3.41, _WHOLE, ("person", "bicycle", "car")),
    Video("worker-zone-detection.gif", 71, 4.74, _WHOLE, ("person",)),
)


def folder() -> Path:
    """Where the videos and models are (../shared/data, or SECONDSIGHT_TEST_DATA)."""
    return Path(os.environ.get("SECONDSIGHT_TEST_DATA", _DEFAULT_DATA)).resolve()


def model_file() -> Path:
    """The detector that all figures use."""
    return folder() / "models" / "yolox_nano.onnx"


def site(
    scratch: Path, cameras: Mapping[str, Video], *, camera: Mapping[str, Any] = {}, **sentinel: Any
) -> SiteConfig:
    """A site in `scratch` with the rule of each video on its camera, and a model store with the model.

    Args:
        camera: further settings of every camera. sentinel: settings of the sentinel.
    """
    store = ModelStore(scratch / "models")
    if MODEL not in store.installed():
        store.add(model_file(), name=MODEL, family="yolox", labels="coco")
    began = datetime.now(UTC) - timedelta(days=1)
    return SiteConfig.model_validate(
        {
            "data": scratch / "data",
            "models": scratch / "models",
            "cameras": {
                name: {
                    "source": str(video.path),
                    "start_time": began,
                    "zones": {"zone": {"coordinates": video.zone}},
                    **camera,
                }
                for name, video in cameras.items()
            },
            "rules": {
                f"rule-{name}": {
                    "behaviour": "intrusion",
                    "zone": "zone",
                    "cameras": (name,),
                    "classes": video.classes,
                }
                for name, video in cameras.items()
            },
            "sentinel": {"model": MODEL, **sentinel},
            "retention": {"min_free": "100MB", "disk_budget": "200MB"},
        }
    )


def quiet_video(target: Path, copies: int) -> Video:
    """The quiet part of car-detection.mp4, `copies` times in a row, copied packet by packet into `target`."""
    import av

    first, end = QUIET
    tick = Fraction(1, 12500)
    with closing(av.open(str(CARS.path))) as source:
        packets = [bytes(p) for p in source.demux(video=0) if p.size][first:end]
    with closing(av.open(str(CARS.path))) as source, closing(av.open(str(target), "w")) as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for number, data in enumerate(packets * copies):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, tick
            packet.pts = packet.dts = number * 1000
            packet.duration = 1000
            packet.is_keyframe = number % len(packets) == 0
            output.mux(packet)
    count = len(packets) * copies
    return Video(str(target), count, count / 12.5, _WHOLE, CARS.classes)
