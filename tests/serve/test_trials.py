"""A rule is tried through the API: in a process of its own, one at a time, and it can be stopped."""

import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from secondsight.clock import SystemClock
from secondsight.config import ServeSettings, SiteFile, load_site
from secondsight.serve.app import make_app
from secondsight.serve.auth.authenticator import Authenticator
from secondsight.serve.feed import StepFeed
from secondsight.serve.site import ServedSite
from secondsight.site import Site
from secondsight.store import DATABASE, Store
from tests.site.sites import PATIENCE, site_file

RULE = {"behaviour": "intrusion", "zone": "frame"}


@pytest.fixture
def client(shorts: Path, models_dir: Path, tmp_path: Path) -> Any:
    """A site without users that has recorded its hall."""
    cameras = {"hall": {"source": str(shorts / "one.mp4"), "record": "continuous"}}
    file = site_file(tmp_path, cameras, rules={}, models=models_dir)
    config = load_site(file)
    with Site(config) as site:
        assert list(site.events(once=True)) == []
    clock = SystemClock()
    with Store.open(config.data / DATABASE, clock) as store:
        settings = ServeSettings()
        served = ServedSite(
            store, config.data, settings, clock, Authenticator(store, clock, settings, local=True),
            StepFeed(store.steps.last, 1), config, file=SiteFile(file),
        )  # fmt: skip
        yield TestClient(make_app(served), base_url="http://127.0.0.1:8410", client=("127.0.0.1", 50000))
        served.trials.stop()


def ended(client: TestClient, id: str) -> Any:
    give_up = time.monotonic() + PATIENCE
    while (found := client.get(f"/api/v1/trials/{id}").json())["state"] == "running":
        assert time.monotonic() < give_up
        time.sleep(0.1)
    return found


def test_a_rule_is_tried_and_stopped(client: TestClient) -> None:
    path = "/api/v1/rules/waiting/trial"
    assert client.post(path, json={"settings": {**RULE, "zone": "nowhere"}}).status_code == 422
    # The hall was filmed long ago: in the last hours there is nothing.
    nothing = ended(client, client.post(path, json={"settings": RULE}).json()["id"])
    assert nothing["state"] == "failed"
    assert "nothing was recorded" in nothing["error"]
    served: ServedSite = client.app.state.site  # type: ignore[attr-defined]
    assert served.file is not None
    trial = served.trials.start(served.file.path, served.data, "waiting", RULE, 24.0 * 366 * 60)
    assert client.post(path, json={"settings": RULE}).status_code == 409
    done = ended(client, trial.id)
    assert (done["state"], done["error"]) == ("done", "")
    assert [one["footage"] for one in done["cameras"]] == [True]
    assert [one["has_picture"] for one in done["events"]] == [True]
    picture = client.get(f"/api/v1/trials/{trial.id}/pictures/0")
    assert picture.content.startswith(b"\xff\xd8")
    assert client.get(f"/api/v1/trials/{trial.id}/pictures/1").status_code == 404
    stopped = client.post(path, json={"settings": RULE}).json()["id"]
    assert client.delete("/api/v1/trials").status_code == 204
    assert ended(client, stopped)["state"] == "failed"
