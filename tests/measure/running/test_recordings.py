"""Folders of labelled recordings, and the site that watches them."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import SiteConfig, make_site
from secondsight.errors import ConfigError
from secondsight.ground_truth import write_truth
from secondsight.measure.running.recordings import Labelled, read_folder, site_for, unwatched
from tests.measure.samples import recording


def label(folder: Path, camera: str, **more: Any) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{camera}.mp4").write_bytes(b"")
    write_truth(recording(camera=camera, **more), folder / f"{camera}.json")


def test_every_video_with_its_labels_and_nothing_else(tmp_path: Path) -> None:
    label(tmp_path, "b")
    label(tmp_path, "a")
    (tmp_path / "coco.json").write_text("{}")
    (tmp_path / "mot").mkdir()
    assert [(one.recording.camera, one.video) for one in read_folder(tmp_path)] == [
        ("a", tmp_path / "a.mp4"),
        ("b", tmp_path / "b.mp4"),
    ]


def test_what_can_be_wrong_with_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    with pytest.raises(ConfigError, match="no such folder"):
        read_folder(folder)
    folder.mkdir()
    with pytest.raises(ConfigError, match="no video in this folder"):
        read_folder(folder)
    label(folder, "a")
    shutil.copy(folder / "a.mp4", folder / "b.mp4")
    with pytest.raises(ConfigError, match=r"no labels for b\.mp4; write b\.json"):
        read_folder(folder)
    shutil.copy(folder / "a.json", folder / "b.json")
    with pytest.raises(ConfigError, match=r"b\.json.*camera: `a` is also the camera of a\.mp4"):
        read_folder(folder)
    labels = json.loads((folder / "a.json").read_text())
    (folder / "b.json").write_text(json.dumps({**labels, "camera": "b", "video": "c.mp4"}))
    with pytest.raises(ConfigError, match=r"b\.json: video: there is no video `c\.mp4`"):
        read_folder(folder)
    (folder / "b.json").write_text(json.dumps({**labels, "duration": "long"}))
    with pytest.raises(ConfigError, match=r"b\.json.*duration"):
        read_folder(folder)


@pytest.fixture
def config(tmp_path: Path) -> SiteConfig:
    return make_site(
        {
            "cameras": {
                "a": {"source": "rtsp://a", "zones": {"door": {"coordinates": "0,0,1,0,1,1"}}},
                "gone": {"source": "rtsp://gone"},
            },
            "rules": {
                "door": {"behaviour": "intrusion", "zone": "door", "policy": {"deadline": "1s"}},
                "some": {"behaviour": "intrusion", "zone": "frame", "cameras": ["a", "gone"]},
                "elsewhere": {"behaviour": "intrusion", "zone": "frame", "cameras": ["gone"]},
            },
            "brain": {"backend": "openai", "base_url": "http://localhost:1/v1", "model": "m"},
            "store": {"url": "postgresql://somewhere/real"},
            "retention": {"age": "1d"},
        },
        tmp_path,
    )


def test_the_same_site_watches_recordings_instead(config: SiteConfig, tmp_path: Path) -> None:
    zone = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5))
    labelled = [
        Labelled(recording(camera="a", zones={"door": zone}), tmp_path / "a.mp4"),
        Labelled(recording(camera="new", zones={"door": zone}), tmp_path / "new.mp4"),
    ]
    site = site_for(config, labelled, tmp_path / "data", brain=True)
    assert site.cameras["a"].source.get_secret_value() == str(tmp_path / "a.mp4")
    start = site.cameras["new"].start_time
    assert start is not None
    assert start.timestamp() == 1_700_000_000
    assert site.cameras["a"].zones["door"].coordinates[0] == (0.0, 0.0), "the site's own zone"
    assert site.cameras["new"].zones["door"].coordinates == zone, "that of the labels"
    assert set(site.rules_of("a")) == {"door", "some"}
    assert set(site.rules_of("new")) == {"door"}
    assert "elsewhere" not in site.rules
    assert site.rules["door"].policy.deadline > 1e8
    assert site.store.url is None
    assert site.data == tmp_path / "data"
    assert site.brain.backend == "openai"
    assert site_for(config, labelled, tmp_path, brain=False).brain.backend == "none"


def test_kinds_that_no_rule_reports(config: SiteConfig, tmp_path: Path) -> None:
    labelled = [Labelled(recording(camera="a", labelled=("intrusion", "fall")), tmp_path / "a.mp4")]
    assert unwatched(config, labelled) == ["fall"]


def test_recordings_that_no_rule_watches(config: SiteConfig, tmp_path: Path) -> None:
    stranger = Labelled(replace(recording(camera="new")), tmp_path / "new.mp4")
    with pytest.raises(ConfigError, match=r"no rule of this site watches.*new"):
        site_for(config, [stranger], tmp_path, brain=True)
