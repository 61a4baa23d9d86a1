"""A rule is tried on footage, or on clips, and leaves nothing behind."""

import json
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import SiteConfig, load_site
from secondsight.errors import RefusedError
from secondsight.site import Site, trial_material, try_rule
from secondsight.store import DATABASE, Store
from tests.site.sites import RULES, secondsight, site_file

CAMERAS = ("filmed", "clipped")


@pytest.fixture(scope="module")
def ran(shorts: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> SiteConfig:
    """A site that has run: of one camera there is footage, of the other one a clip."""
    cameras: dict[str, Any] = {name: {"source": str(shorts / "one.mp4")} for name in CAMERAS}
    cameras["filmed"]["record"] = "continuous"
    file = site_file(tmp_path_factory.mktemp("ran"), cameras, rules=RULES, models=models_dir)
    config = load_site(file)
    with Site(config) as site:
        assert {event.camera for event in site.events(once=True)} == set(CAMERAS)
    return config


def test_what_it_reports_is_what_the_run_reported(ran: SiteConfig) -> None:
    with Store.open(ran.data / DATABASE, read_only=True) as store:
        material = trial_material(ran.data, store, CAMERAS, 0.0, 4e9)
        before = store.events.find()
        nothing = trial_material(ran.data, store, CAMERAS, 0.0, 1.0)
    assert [(one.camera, one.footage) for one in material] == [("filmed", True), ("clipped", False)]
    tried = list(try_rule(ran, "presence", ran.data, material))
    filmed = [
        (round(one.event.triggered, 3), one.event.score) for one in tried if one.event.camera == "filmed"
    ]
    assert filmed == [(round(one.triggered, 3), one.score) for one in before if one.camera == "filmed"]
    assert all(one.picture for one in tried)
    with Store.open(ran.data / DATABASE, read_only=True) as store:
        assert store.events.find() == before
    assert not list(ran.data.glob("trial-*"))
    with pytest.raises(RefusedError, match="nothing was recorded"):
        list(try_rule(ran, "presence", ran.data, nothing))


def test_the_command_tries_a_rule_that_is_not_there_yet(
    ran: SiteConfig, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.nice", lambda by: by)
    settings = json.dumps({"behaviour": "intrusion", "zone": "frame", "cameras": ["filmed"]})
    site = ran.data.parent / "site.yaml"
    tried = ["try", "waiting", "--site", site, "--settings", settings, "--since", "2020-01-01"]
    done = secondsight(*tried, "--json", "--out", tmp_path / "out", models=models_dir)
    assert done.returncode == 0, done.stderr
    material, *events = map(json.loads, done.stdout.splitlines())
    assert (material["camera"], material["footage"]) == ("filmed", True)
    assert [(one["rule"], one["picture"]) for one in events] == [("waiting", "0.jpg")]
    assert (tmp_path / "out" / "0.jpg").read_bytes().startswith(b"\xff\xd8")
    assert "waiting" not in site.read_text()
    wrong = secondsight("try", "waiting", "--site", site, "--settings", "{", models=models_dir)
    assert wrong.returncode == 2
    assert "--settings: not a JSON object" in wrong.stderr
