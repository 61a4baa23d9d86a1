"""Rules in words at work in a site: the model opened when one needs it, what is usual kept, priced by `check`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from supervision import Detections

from secondsight.config import SiteConfig, make_site
from secondsight.errors import ConfigError, ModelError
from secondsight.site import Site
from secondsight.site.check import check_site
from secondsight.site.pipeline.described import Descriptions, usual_file
from tests.sentinel.second.test_described import LEFT, Colours, picture, tracks

RULE = {"behaviour": "described", "text": "a red thing", "zone": "frame", "false_alarms": 0.5, "votes": 1}


def site(folder: Path, *, source: object = "hall.mp4", **rules: dict[str, Any]) -> SiteConfig:
    left = {"left": {"coordinates": "0,0,0.5,0,0.5,1,0,1"}}
    values = {
        "cameras": {"hall": {"source": str(source), "zones": left}, "gate": {"source": "gate.mp4"}},
        "rules": rules,
        "retention": {"min_free": 0},
    }
    return make_site(values, folder)


class Model(Colours):
    """Opened by its name."""

    name = "colours"

    def parts(self, jpeg: bytes, boxes: object) -> np.ndarray:
        raise AssertionError("nobody asks for it")


def opened(config: SiteConfig) -> Descriptions:
    return Descriptions(config, config.data, make=lambda name: Model())


def test_a_site_without_such_rules_opens_no_model(tmp_path: Path) -> None:
    def none(name: str) -> Model:
        raise AssertionError(name)

    config = site(tmp_path, plain={"behaviour": "intrusion", "zone": "frame"})
    made = Descriptions(config, tmp_path, make=none)
    assert made.of("hall", ("person",), (), block=True) is None
    made.close()


def test_what_is_usual_outlives_the_run(tmp_path: Path) -> None:
    """And begins anew with another text, on each camera by itself."""
    config = site(tmp_path, red=RULE)
    first = opened(config)
    matcher = first.of("hall", ("person",), (), block=True)
    assert matcher is not None
    matcher.look(picture(0.0), tracks(LEFT))
    assert matcher.known()["red"][0].limit is None
    matcher.close()
    first.close()
    kept = json.loads(usual_file(config.data, "hall", "red").read_bytes())
    assert (kept["text"], kept["model"], len(kept["scores"])) == ("a red thing", "colours", 1)
    for text, camera, known in (
        ("a red thing", "hall", True),
        ("a red box", "hall", False),
        ("a red thing", "gate", False),
    ):
        second = opened(site(tmp_path, red={**RULE, "text": text}))
        matcher = second.of(camera, ("person",), (), block=True)
        assert matcher is not None
        matcher.look(picture(0.0), tracks(LEFT))
        assert (matcher.known()["red"][0].limit is not None) is known
        second.close()


@pytest.mark.parametrize("broken", [b"", b"[]", b'{"text": 1}', b"\xff\xfe"])
def test_a_broken_file_is_learned_anew(
    tmp_path: Path, broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    config = site(tmp_path, red=RULE)
    file = usual_file(config.data, "hall", "red")
    file.parent.mkdir(parents=True)
    file.write_bytes(broken)
    made = opened(config)
    assert made.of("hall", ("person",), (), block=True) is not None
    made.close()
    assert "learned anew" in caplog.text


def test_only_tracks_of_the_zone_are_compared(tmp_path: Path) -> None:
    made = opened(site(tmp_path, red={**RULE, "zone": "left"}))
    matcher = made.of("hall", ("person",), (), block=True)
    assert matcher is not None
    matcher.look(picture(0.0), tracks(LEFT, (180.0, 40.0, 200.0, 80.0)))
    assert set(matcher.known()["red"]) == {0}
    assert made.of("gate", ("person",), (), block=True) is None
    matcher.look(picture(0.1), Detections.empty())
    made.close()


def test_a_running_site_takes_over_other_words(tmp_path: Path) -> None:
    made = opened(site(tmp_path))
    assert made.of("hall", (), (), block=True) is None
    made.take(site(tmp_path, red=RULE))
    assert made.of("hall", (), (), block=True) is not None
    made.close()


def test_mistakes_are_told_with_their_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rules\.red\.text: .*English"):
        Descriptions(site(tmp_path, red={**RULE, "text": "外卖电动车"}), tmp_path)
    config = make_site(
        {
            "cameras": {"hall": {"source": "a.mp4"}},
            "rules": {"red": RULE},
            "find": {"model": str(tmp_path / "none")},
        },
        tmp_path,
    )
    with pytest.raises(ModelError, match="no such folder with a CLIP model"):
        Descriptions(config, tmp_path)
    (found,) = [one for one in check_site(config) if one.part == "described"]
    assert not found.fine
    assert "no such folder" in found.detail


def test_check_says_what_it_costs_and_what_is_learned(tmp_path: Path) -> None:
    rules = {
        "red": {**RULE, "false_alarms": 0.02},
        "own": {**RULE, "limit": 0.1},
        "fog": {**RULE, "of": "scene", "zone": "left"},
    }
    found = {one.name: one.detail for one in check_site(site(tmp_path, **rules)) if one.part == "described"}
    assert set(found) == {"red on hall", "red on gate", "own on hall", "own on gate", "fog on hall"}
    assert found["red on hall"].startswith("city-clip: ")
    assert "learns what is usual: 0 of 49 tracks, and reports nothing before" in found["red on hall"]
    assert found["own on gate"].endswith("the limit is the rule's own")
    assert " ms a picture, every 1 s; learns what is usual: 0 of 1 minutes" in found["fog on hall"]


def test_from_the_video_to_the_event(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    """A limit of one's own that everything exceeds: every person is an event, with its likeness."""
    config = make_site(
        {
            "models": models_dir,
            "cameras": {"hall": {"source": str(shorts / "one.mp4")}},
            "rules": {"people": {**RULE, "text": "a person", "limit": -1.9, "duration": 0.1}},
            "sentinel": {"model": "fastestdet", "lost_track": "8s"},
            "retention": {"min_free": 0},
        },
        tmp_path,
    )
    with Site(config) as running:
        events = list(running.events(once=True))
        running.raise_for_cameras()
    assert {event.kind for event in events} == {"described"}
    assert usual_file(config.data, "hall", "people").is_file()
