"""A site records its cameras as their `record` says, beside the watching."""

import time
from pathlib import Path

from secondsight.config import load_site
from secondsight.media import Packet, find_segments
from secondsight.site import Site
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
    seen: list[Packet] = []
    with Site(config) as site:
        leave = site.follow("all", seen.append)
        assert leave is not None
        events = list(site.events(once=True))
        leave()
        assert site.follow("elsewhere", seen.append) is None
        assert not any(camera.drops.get("footage") for camera in site.status().cameras)
    found = {name: find_segments(config.data, name, 0.0, time.time() + 86400) for name in cameras}
    packets = [packet for packet in seen if packet.size]
    assert events
    assert packets
    assert found["all"][0].start == round(packets[0].time, 3)
    assert found["all"][-1].end >= max(packet.time for packet in packets)
    assert any(one.moving for one in found["all"])
    for one, name in ((one, name) for one in events for name in ("all", "moving", "eventful")):
        assert any(segment.start <= one.triggered < segment.end for segment in found[name]), name
    assert found["uneventful"] == found["none"] == []
