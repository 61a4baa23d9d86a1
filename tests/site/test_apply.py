"""A running site takes over cameras and rules of another configuration, and all other cameras go on undisturbed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import SiteConfig, load_site
from secondsight.errors import ConfigError, ModelError
from secondsight.records import Event
from secondsight.site import CameraStatus, Site
from tests.media.helpers import wait_for
from tests.site.sites import PATIENCE, RULES, site_file

PROCESSES = [
    pytest.param({"processes": 1}, id="in the site's process"),
    pytest.param({"processes": 2}, id="in two processes", marks=pytest.mark.slow),
]


class Watched:
    """A site that runs, with what it reports."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.events: list[Event] = []
        threading.Thread(target=self._follow, daemon=True).start()

    def camera(self, name: str) -> CameraStatus | None:
        return next((one for one in self.site.status().cameras if one.name == name), None)

    def frames(self, name: str) -> int:
        camera = self.camera(name)
        return 0 if camera is None else camera.frames

    def reported(self, camera: str, rule: str = "presence") -> bool:
        return any((event.camera, event.rule) == (camera, rule) for event in list(self.events))

    def _follow(self) -> None:
        self.events.extend(self.site.events(poll=0.05))


@contextmanager
def watched(config: SiteConfig) -> Iterator[Watched]:
    with Site(config) as site:
        yield Watched(site)


def until(condition: Callable[[], object]) -> None:
    wait_for(condition, PATIENCE)


@pytest.fixture
def configured(shorts: Path, models_dir: Path, tmp_path: Path) -> Callable[..., SiteConfig]:
    """Makes the configuration of a site whose cameras film one of the short videos again and again."""

    def make(cameras: dict[str, str], **sections: Any) -> SiteConfig:
        settings = {
            name: {"source": str(shorts / f"{video}.mp4"), "pace": "realtime", "loop": True}
            for name, video in cameras.items()
        }
        return load_site(site_file(tmp_path, settings, models=models_dir, **sections))

    return make


@pytest.mark.parametrize("processes", PROCESSES)
def test_cameras_come_go_and_change_while_others_go_on(
    processes: dict[str, object],
    configured: Callable[..., SiteConfig],
) -> None:
    sentinel = {"model": "fastestdet", "fps": 5, **processes}
    before = configured({"hall": "one", "yard": "two"}, sentinel=sentinel)
    rules = {
        **RULES,
        "late": {"behaviour": "loitering", "zone": "frame", "loitering_time": "1s", "cameras": ["gate"]},
    }
    after = configured({"hall": "one", "gate": "three"}, sentinel=sentinel, rules=rules)
    with watched(before) as running:
        until(lambda: running.reported("hall") and running.frames("yard") > 5)
        seen = running.frames("hall")
        found = running.site.apply(after)
        assert (set(found.cameras), found.restart) == ({"yard", "gate"}, ())
        assert running.frames("hall") >= seen, "it went on"
        assert running.camera("yard") is None
        until(lambda: running.reported("gate") and running.reported("gate", "late"))
        until(lambda: running.frames("hall") > seen)
        assert list(running.site.config.cameras) == ["hall", "gate"]


def test_a_changed_rule_holds_at_once_and_what_needs_a_restart_is_named(
    configured: Callable[..., SiteConfig],
) -> None:
    none = {"presence": {**RULES["presence"], "classes": ["dog"]}}
    before = configured({"hall": "one"}, rules=none)
    after = configured({"hall": "one"}, clips={"pre_capture": "7s"})
    with watched(before) as running:
        until(lambda: running.frames("hall") > 20)
        assert not running.events
        found = running.site.apply(after)
        assert (found.cameras, found.restart) == (("hall",), ("clips",))
        until(lambda: running.reported("hall"))
        assert running.site.config.clips == before.clips
        assert running.site.apply(running.site.config).cameras == (), "nothing more to do"


@pytest.mark.parametrize(
    "processes", [{"processes": 1}, pytest.param({"processes": 2}, marks=pytest.mark.slow)]
)
def test_a_model_that_cannot_be_used_changes_nothing(
    processes: dict[str, object],
    configured: Callable[..., SiteConfig],
) -> None:
    stage = {"plates": {"model": "no-such-model", "classes": ["car"]}}
    sentinel = {"model": "fastestdet", "fps": 5, "second_stage": stage, **processes}
    cameras = {"hall": "one", "yard": "two"}
    rules = {**RULES, "wanted": {"behaviour": "intrusion", "zone": "frame", "attributes": ["plates"]}}
    before = configured(cameras, sentinel=sentinel)
    after = configured(cameras, sentinel=sentinel, rules=rules)
    with watched(before) as running:
        until(lambda: running.frames("hall") > 5)
        for _ in range(2):  # it can be tried again
            with pytest.raises(ModelError, match="no-such-model"):
                running.site.apply(after)
            assert running.site.config.rules == before.rules
        seen = running.frames("hall")
        until(lambda: running.frames("hall") > seen)


def test_what_is_drawn_cannot_change(configured: Callable[..., SiteConfig], tmp_path: Path) -> None:
    with Site(configured({"hall": "one"}), annotate=tmp_path / "drawn") as site:
        with pytest.raises(ConfigError, match="annotated"):
            site.apply(configured({"hall": "two"}))
        assert site.apply(site.config).cameras == ()
