"""A site without a site file."""

from pathlib import Path

import pytest

from secondsight.behaviour.zones.intrusion import IntrusionRule
from secondsight.errors import ConfigError
from secondsight.site import quick_config


@pytest.mark.parametrize(
    ("videos", "names"),
    [
        (["a.mp4"], ["a"]),
        (["x/a.mp4", "y/a.mp4", "z/a.mkv"], ["a", "a-2", "a-3"]),
        (["rtsp://user:pw@host/stream one?token=x"], ["stream-one"]),
        (["rtsp://user:pw@host"], ["host"]),
        (["/dev/video0"], ["video0"]),
        (["录像.mp4"], ["camera"]),
        (["--.mp4"], ["camera"]),
    ],
)
def test_cameras_are_named_after_their_videos(videos: list[str], names: list[str]) -> None:
    assert list(quick_config(videos, data=Path("d")).cameras) == names


def test_the_whole_picture_is_watched_unless_a_zone_is_given() -> None:
    (rule,) = quick_config(["a.mp4"], data=Path("d")).rules.values()
    assert isinstance(rule, IntrusionRule)
    assert rule.zone == "frame"
    config = quick_config(["a.mp4"], data=Path("d"), rule="loitering", zone="0,0,1,0,1,1")
    assert config.cameras["a"].zones["zone"].coordinates == ((0, 0), (1, 0), (1, 1))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rule": "intrsion"}, "--rule: no rule is called `intrsion`; did you mean `intrusion`?"),
        ({"rule": "fall"}, "--rule: no rule is called `fall`; one of: intrusion, loitering, line_crossing"),
        ({"zone": "0,0,1"}, "--zone: an odd count of numbers"),
        ({"zone": "0,0,640,480,5,5"}, "--zone: point 2 lies outside the picture"),
        ({"rule": "line_crossing", "line": "0,0"}, "--line: a line needs exactly 2"),
    ],
)
def test_mistakes_name_their_option(options: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        quick_config(["a.mp4"], data=Path("d"), **options)
    assert str(error.value).startswith(said)
