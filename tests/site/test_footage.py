"""A site records its cameras as their `record` says, beside the watching."""

import socket
import time
from pathlib import Path

import av

from secondsight.config import load_site
from secondsight.media import connect_live, find_segments, live_codec
from secondsight.site import Site
from tests.media.helpers import wait_for
from tests.site.sites import site_file


def test_cameras_are_recorded_as_they_say(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    source = str(shorts / "one.mp4")
    cameras = {
        "all": {"source": source, "record": "continuous"},
        "moving": {"source": source, "record": "motion"},
        "eventful": {"source": source, "record": "events"},
        "uneventful": {"source": source, "record": "events"},
        "none": {"source": source},
    }
    rules = {"presence": {"behaviour": "intrusion", "zone": "frame", "cameras": ["eventful"]}}
    config = load_site(site_file(tmp_path, cameras, rules=rules, models=models_dir))
    with Site(config) as site:
        events = list(site.events(once=True))
        assert not any(camera.drops.get("footage") for camera in site.status().cameras)
    found = {name: find_segments(config.data, name, 0.0, time.time() + 86400) for name in cameras}
    with av.open(source) as video:
        assert video.duration is not None
        length = video.duration / av.time_base
    assert events
    assert found["all"][-1].end - found["all"][0].start >= length - 0.5
    assert any(one.moving for one in found["all"])
    for one, name in ((one, name) for one in events for name in ("all", "moving", "eventful")):
        assert any(segment.start <= one.triggered < segment.end for segment in found[name]), name
    assert found["uneventful"] == found["none"] == []


def test_others_see_cameras_that_are_watched_in_processes_of_their_own(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    """Video as it comes, and the pictures that were looked at; nothing is left of it when the site ends."""
    source = {"source": str(shorts / "one.mp4"), "loop": True, "pace": "realtime"}
    file = site_file(
        tmp_path,
        {"one": source, "two": source},
        sentinel={"model": "fastestdet", "fps": 5, "processes": 2},
        models=models_dir,
    )
    config = load_site(file)
    with Site(config) as site:
        site.start()
        wait_for(lambda: all(live_codec(config.data, name) == "h264" for name in ("one", "two")))
        found = connect_live(config.data, "two", "mp4")
        assert found is not None
        with found[1] as connected:
            assert connected.recv(12)[4:8] == b"ftyp"
        found = connect_live(config.data, "one", "jpeg")
        assert found is not None
        with found[1] as connected:
            connected.settimeout(60)
            assert connected.recv(6, socket.MSG_WAITALL)[4:] == b"\xff\xd8"
    assert live_codec(config.data, "one") is None
    assert not list((config.data / "live").iterdir())
