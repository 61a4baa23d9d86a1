"""Every real video through the whole product, with both models."""

from pathlib import Path

import pytest

from secondsight.config import make_site
from secondsight.site import Site
from tests.site.sites import assert_sound

# Frames as FFmpeg counts them (`ffprobe -count_frames`).
VIDEOS = {
    "car-detection.mp4": 377,
    "one-by-one-person-detection.mp4": 1394,
    "worker-zone-detection.gif": 71,
    "people-detection.gif": 23,
    "person-bicycle-car-detection.gif": 41,
}


@pytest.mark.slow
@pytest.mark.parametrize("model", ["yolox-nano", "fastestdet"])
def test_all_videos_at_once(model: str, data_dir: Path, models_dir: Path, tmp_path: Path) -> None:
    config = make_site(
        {
            "models": models_dir,
            "cameras": {Path(name).stem: {"source": str(data_dir / "videos" / name)} for name in VIDEOS},
            "rules": {
                "somebody": {
                    "behaviour": "intrusion",
                    "zone": "frame",
                    "classes": ["person", "car", "truck"],
                },
                "stays": {"behaviour": "loitering", "zone": "frame", "loitering_time": 2},
            },
            "sentinel": {"model": model, "fps": 2},
            "retention": {"min_free": 0},
        },
        tmp_path,
    )
    with Site(config) as site:
        announced = [event.id for event in site.events(once=True)]
        site.raise_for_cameras()
        status = site.status()
    assert {camera.name: camera.frames for camera in status.cameras} == {
        Path(name).stem: frames for name, frames in VIDEOS.items()
    }
    assert all(camera.state == "ended" and camera.position == 1.0 for camera in status.cameras)
    assert not any(camera.drops for camera in status.cameras), "recordings drop nothing"
    events = assert_sound(config.data)
    assert sorted(announced) == sorted(event.id for event in events)
    seen = {(event.camera, event.kind) for event in events}
    # What the small models make of the others is their own affair; here both see the same people come and stay.
    room = "one-by-one-person-detection"
    assert {(room, "intrusion"), (room, "loitering")} <= seen
