"""`python -m bench real_pictures`: rules of the packs at work on the real videos of `SECONDSIGHT_TEST_DATA`; a frame
of each annotated video is what docs/behaviours.md shows.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench.common import fixtures
from bench.pictures.behaviour_pictures import packed
from secondsight import log
from secondsight.config import make_site
from secondsight.records import Candidate
from secondsight.sentinel import ModelStore
from secondsight.site import Site
from secondsight.store import Store

OUT = Path(__file__).parents[2] / "docs" / "images" / "real"
CAMERA, MODEL = "camera", "model"
FROM_ABOVE: dict[str, Any] = {
    "model": "person-vehicle-bike-detection-crossroad-0078",
    "family": "ssd",
    "labels": "background,person,vehicle,bike",
    "threshold": 0.8,
}
"""A detector that knows vehicles from above, where those of COCO take them for phones and suitcases."""
VEHICLES = ["vehicle"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A real video and the rules that watch it.

    Attributes:
        places: the camera's `zones` and `lines`.
        at: seconds of the frame to show.
        family: of the model.
        labels: of the model; its weights lie in the folder of models under its name.
        threshold: least confidence of a detection that is tracked, and drawn.
    """

    video: str
    model: str
    fps: float
    places: Mapping[str, Any]
    rules: Mapping[str, Mapping[str, Any]]
    at: float
    family: str = "yolox"
    labels: str = "coco"
    threshold: float = 0.25


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules suspected, and the sums of what they counted."""

    candidates: tuple[Candidate, ...]
    counts: Mapping[str, float]


ALL = {
    "worker": Shown(
        "worker-zone-detection.gif",
        "yolox_nano",
        10,
        {"zones": {"left": {"coordinates": [[0.02, 0.3], [0.5, 0.45], [0.2, 0.99], [0.0, 0.99]]}}},
        {
            "helmets": {"behaviour": "no_helmet", "zone": "frame"},
            "vests": {"behaviour": "no_vest", "zone": "frame"},
            "white-helmets": {"behaviour": "no_helmet", "zone": "frame", "colours": ["white"]},
            "yellow-vests": {"behaviour": "no_vest", "zone": "frame", "colours": ["yellow"]},
            "behind-the-stripe": {"behaviour": "intrusion", "zone": "left"},
        },
        3.5,
    ),
    "street": Shown(
        video="person-bicycle-car-detection.gif",
        fps=20,
        places={"lines": {"entrance": {"coordinates": [[0.05, 0.75], [0.6, 0.75]]}}},
        rules={
            "cars": {"behaviour": "counting", "line": "entrance", "classes": VEHICLES},
            "against": {
                **{"behaviour": "wrong_way", "zone": "frame", "classes": VEHICLES, "angle": 180},
                "kind": "wrong_way_vehicle",
            },
            "along": {"behaviour": "wrong_way", "zone": "frame", "classes": VEHICLES, "angle": 0},
        },
        at=0.8,
        **FROM_ABOVE,
    ),
    "room": Shown(
        video="one-by-one-person-detection.mp4",
        model="yolox_nano",
        fps=5,
        places={"zones": {"table": {"coordinates": [[0.35, 0.55], [0.8, 0.55], [0.8, 0.99], [0.35, 0.99]]}}},
        rules={
            "guests": {"behaviour": "counting", "zone": "table"},
            "stays": {"behaviour": "loitering", "zone": "table", "loitering_time": "5s"},
        },
        at=16.0,
    ),
    "cars": Shown(
        video="car-detection.mp4",
        fps=12,
        places={"lines": {"middle": {"coordinates": [[0.05, 0.5], [0.95, 0.5]]}}},
        rules={
            "cars": {"behaviour": "counting", "line": "middle", "classes": VEHICLES},
            "park": {"behaviour": "counting", "zone": "frame", "classes": VEHICLES},
            "stopped": {"behaviour": "stopped", "zone": "frame", "classes": VEHICLES},
        },
        at=16.9,
        **FROM_ABOVE,
    ),
}


def watch(shown: Shown, folder: Path, *, annotate: Path | None = None) -> Seen:
    """Run the rules over the video, with what is written kept in `folder`."""
    store = ModelStore(folder / "models")
    store.add(fixtures.folder() / "models" / f"{shown.model}.onnx", MODEL, shown.family, shown.labels)
    camera = {"source": str(fixtures.folder() / "videos" / shown.video), "gate": {"enabled": False}}
    rules = {name: {**rule, "policy": {"verify": "never"}} for name, rule in shown.rules.items()}
    config = make_site(
        {
            "models": folder / "models",
            "cameras": {CAMERA: {**camera, **shown.places, "start_time": "2026-01-01T08:00:00Z"}},
            "rules": rules,
            "sentinel": {"model": MODEL, "fps": shown.fps, "threshold": shown.threshold},
            "retention": {"min_free": 0},
        },
        folder,
    )
    with Site(config, annotate=annotate) as site:
        list(site.events(once=True))
        site.raise_for_cameras()
        site.render()
    sums: dict[str, float] = {}
    with Store.open(config.data, read_only=True) as kept:
        candidates = tuple(one.candidate for one in kept.events.candidates(camera=CAMERA))
        for one in kept.observations.counters(camera=CAMERA):
            sums[one.name] = sums.get(one.name, 0.0) + one.value
    return Seen(candidates, {name: value for name, value in sums.items() if ":" in name})


def main() -> int:
    """Watch, draw, and say what was found. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench real_pictures", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(ALL)}; all if none is named")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    log.configure("error", "text")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names or ALL:
        with tempfile.TemporaryDirectory() as folder:
            seen = watch(ALL[name], Path(folder), annotate=Path(folder) / "drawn")
            picture = frame_at(Path(folder) / "drawn" / f"{CAMERA}.mp4", ALL[name].at)
        (options.out / f"{name}.jpg").write_bytes(packed(picture))
        print(name, sorted(one.rule for one in seen.candidates), dict(seen.counts), flush=True)
    return 0


def frame_at(video: Path, seconds: float) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The first frame at or after a moment, BGR; the last one if there is none."""
    with closing(av.open(str(video))) as source:
        for frame in source.decode(video=0):
            if frame.time is not None and frame.time >= seconds:
                break
        return np.ascontiguousarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)


if __name__ == "__main__":
    sys.exit(main())
