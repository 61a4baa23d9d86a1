"""A real Prometheus reads a served site with the configuration that ships, with a viewer's token."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from secondsight.clock import SystemClock
from secondsight.config import ServeSettings
from secondsight.serve import ApiServer
from secondsight.serve.auth.authenticator import Authenticator
from secondsight.store import DATABASE, Store, User, UserRole
from tests.conftest import ROOT, require

SHIPPED = ROOT / "deploy" / "prometheus"
SERVE = ServeSettings(port=0)


class Prometheus:
    """A server with the shipped files, aimed at one site; scrapes every second."""

    def __init__(self, folder: Path, target: str, token: str) -> None:
        (folder / "token").write_text(token)
        shutil.copy(SHIPPED / "rules.yml", folder)
        config = YAML(typ="safe").load(SHIPPED / "prometheus.yml")
        config["global"] = {"scrape_interval": "3s", "evaluation_interval": "1s"}
        (job,) = config["scrape_configs"]
        job["static_configs"] = [{"targets": [target]}]
        job["authorization"]["credentials_file"] = str(folder / "token")
        YAML(typ="safe").dump(config, folder / "prometheus.yml")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._api = f"http://127.0.0.1:{port}/api/v1"
        self._log = folder / "log"
        options = [f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={folder / 'data'}"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["prometheus", f"--config.file={folder / 'prometheus.yml'}", *options], stderr=log, stdout=log
            )

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def until(self, path: str, accepted: Callable[[Any], Any]) -> Any:
        """Ask until it is up and the answer is accepted; returns what `accepted` makes of it."""
        end = time.monotonic() + 60
        answer: object = None
        while time.monotonic() < end and self._process.poll() is None:
            try:
                answer = httpx.get(f"{self._api}/{path}", timeout=5).json()["data"]
            except (httpx.HTTPError, ValueError):
                answer = None
            if answer is not None and (found := accepted(answer)):
                return found
            time.sleep(0.05)
        pytest.fail(f"last answer: {answer}\n{self._log.read_text()[-2000:]}")


@pytest.fixture
def prometheus(data: Path, tmp_path: Path) -> Iterator[Prometheus]:
    require(shutil.which("prometheus"), "prometheus is not installed (Debian package prometheus)")
    with Store.open(data / DATABASE) as store:
        store.accounts.add(User("graphs", UserRole.VIEWER, None), None, "test")
        maker = Authenticator(store, SystemClock(), SERVE, local=True)
        _, token = maker.new_token("graphs", "prometheus", None, "test")
    with ApiServer(SERVE, data) as server:
        scraping = Prometheus(tmp_path, server.url.removeprefix("http://"), token)
        try:
            yield scraping
        finally:
            scraping.stop()


def test_it_scrapes_a_site_and_evaluates_the_shipped_rules(prometheus: Prometheus) -> None:
    (target,) = prometheus.until(
        "targets", lambda found: [one for one in found["activeTargets"] if one["health"] == "up"]
    )
    assert target["lastError"] == ""
    events = prometheus.until(
        "query?query=secondsight_events_total",
        lambda found: {one["metric"]["camera"]: float(one["value"][1]) for one in found["result"]},
    )
    assert events == {"hall": 4, "yard": 4}

    def judged(found: Any) -> Any:
        rules = [rule for group in found["groups"] for rule in group["rules"]]
        return rules if all(rule["health"] != "unknown" for rule in rules) else None

    assert {rule["health"] for rule in prometheus.until("rules", judged)} == {"ok"}
