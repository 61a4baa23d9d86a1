"""What stands in `deploy/` fits this program: its options, its paths, its metrics; and the programs that read it."""

import json
import re
import shutil
import socket
import subprocess
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from secondsight.cli.app import app
from secondsight.config import load_site
from secondsight.serve.metrics import SiteMetrics
from tests.conftest import ROOT, require
from tests.serve.conftest import Served

DEPLOY = ROOT / "deploy"
BOARD = DEPLOY / "grafana" / "secondsight.json"
RULES = DEPLOY / "prometheus" / "rules.yml"
UNITS = sorted((DEPLOY / "systemd").glob("secondsight*"))


def parsed(words: list[str]) -> None:
    """Check a command line of ours as the program would, without running it. Raises typer's usage errors."""
    group: Any = typer.main.get_command(app)
    above = group.make_context("secondsight", list(words))
    name, command, rest = group.resolve_command(above, list(words))
    command.make_context(name, rest, parent=above)


def yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def run(*command: object, cwd: Path | None = None) -> None:
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=60, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_option_that_is_none_would_be_noticed() -> None:
    parsed(["run", "site.yaml", "--log-format", "json"])
    with pytest.raises(Exception, match=r"[Nn]o such option"):
        parsed(["run", "site.yaml", "--log-form", "json"])


def test_every_file_parses() -> None:
    found = [path for path in DEPLOY.rglob("*") if path.suffix in (".yml", ".yaml")]
    assert len(found) == 4
    assert all(yaml(path) for path in found)
    assert json.loads(BOARD.read_text())["panels"]


def test_the_compose_file_fits_the_program() -> None:
    compose = yaml(DEPLOY / "compose" / "compose.yaml")
    assert set(compose["services"]) == {"site", "db", "broker"}
    site = compose["services"]["site"]
    parsed(site["command"])
    folder = DEPLOY / "compose"
    assert (folder / site["build"]["context"]).resolve() == ROOT
    assert (ROOT / site["build"]["dockerfile"]).is_file()
    for service in compose["services"].values():
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            assert (folder / source).is_file() if source.startswith("./") else source in compose["volumes"]
    assert set(site["depends_on"]) == {"db", "broker"}


def test_the_site_file_of_compose_is_valid_and_uses_what_compose_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = yaml(DEPLOY / "compose" / "compose.yaml")["services"]["site"]["environment"]
    text = (DEPLOY / "compose" / "site.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+)", text)) <= set(environment)
    monkeypatch.setenv("DB_PASSWORD", "secret")
    monkeypatch.setenv("CAMERA_HALL", "rtsp://10.0.0.5/main")
    shutil.copy(DEPLOY / "compose" / "site.yaml", tmp_path)
    config = load_site(tmp_path / "site.yaml")
    assert config.serve is not None
    assert config.store.url is not None
    assert "@db/" in config.store.url.get_secret_value()
    assert "broker" in config.alerts


def test_the_image_has_what_its_commands_name() -> None:
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    stages = text.split("FROM ")[1:]
    assert len(stages) == 2
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [word.removeprefix("./") for word in re.search(r"COPY (.+) \./\n", text)[1].split()]  # type: ignore[index]
    copied.append("secondsight")
    assert set(copied) == set(allowed)
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {project["readme"], *project["license-files"]} <= set(copied)
    extras = re.search(r"'\.\[(.+)\]'", stages[0])[1].split(",")  # type: ignore[index]
    assert set(extras) <= set(project["optional-dependencies"])
    assert {"clip", "console", "postgres"} <= set(extras)
    assert "pip" not in stages[1].replace("/opt/secondsight", "")
    assert re.search(r"^USER secondsight$", stages[1], re.M)
    command = json.loads(re.search(r"^CMD (\[.+\])$", stages[1], re.M)[1])  # type: ignore[index]
    parsed(command)
    check = json.loads(re.search(r"HEALTHCHECK.*?CMD (\[.+\])$", stages[1], re.M)[1])  # type: ignore[index]
    compile(check[2], "healthcheck", "exec")
    assert ":8410/healthz" in check[2]


@pytest.mark.parametrize(
    "unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name
)
def test_units_run_commands_that_there_are(unit: Path) -> None:
    (command,) = re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.M)
    program, *words = command.split()
    assert program.endswith("/bin/secondsight")
    parsed(words)


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    require(shutil.which("systemd-analyze"), "systemd-analyze is not installed (Debian package systemd)")
    for unit in UNITS:
        text = unit.read_text().replace("/srv/secondsight/.venv/bin/secondsight", "/bin/true")
        (tmp_path / unit.name).write_text(text.replace("User=secondsight", "User=daemon"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())], capture_output=True, text=True, timeout=60
    )
    about = [line for line in done.stderr.splitlines() if "secondsight" in line]
    assert (done.returncode, about) == (0, [])
    run("systemd-analyze", "security", "--offline=true", "--threshold=30", tmp_path / "secondsight.service")


def expressions() -> Iterator[str]:
    for panel in json.loads(BOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for one in json.loads(BOARD.read_text())["templating"]["list"]:
        yield one.get("definition", "")
    for group in yaml(RULES)["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_dashboard_and_rules_ask_for_metrics_that_there_are(served: Served) -> None:
    there = set(re.findall(r"^# TYPE (\w+)", SiteMetrics(served.site).text().decode(), re.M))
    asked = {name for one in expressions() for name in re.findall(r"\b(?:secondsight|process)_\w+", one)}
    assert len(asked) > 20
    assert asked <= there


def test_dashboard_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(BOARD.read_text())["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_prometheus_takes_configuration_and_rules(tmp_path: Path) -> None:
    require(shutil.which("promtool"), "promtool is not installed (Debian package prometheus)")
    for path in (RULES, DEPLOY / "prometheus" / "prometheus.yml", Path(__file__).with_name("rules_test.yml")):
        shutil.copy(path, tmp_path)
    config = tmp_path / "prometheus.yml"
    (tmp_path / "token").write_text("secret")
    config.write_text(
        config.read_text().replace("/etc/prometheus/secondsight.token", str(tmp_path / "token"))
    )
    run("promtool", "check", "config", config)
    run("promtool", "test", "rules", tmp_path / "rules_test.yml")


def test_mosquitto_takes_its_configuration(tmp_path: Path) -> None:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    require(program, "mosquitto is not installed (Debian package mosquitto)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = (DEPLOY / "compose" / "mosquitto.conf").read_text()
    text = text.replace("listener 1883", f"listener {port} 127.0.0.1").replace(
        "/mosquitto/data/", f"{tmp_path}/"
    )
    (tmp_path / "mosquitto.conf").write_text(text)
    tmp_path.chmod(0o777)
    with subprocess.Popen(
        [str(program), "-c", str(tmp_path / "mosquitto.conf")], stderr=subprocess.PIPE
    ) as broker:
        try:
            assert _answers(port, broker), broker.stderr.read()  # type: ignore[union-attr]
        finally:
            broker.terminate()


def _answers(port: int, process: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


def test_caddy_takes_its_configuration() -> None:
    program = shutil.which("caddy")
    require(program, "caddy is not installed (Debian package caddy)")
    run(str(program), "validate", "--adapter", "caddyfile", "--config", DEPLOY / "proxy" / "Caddyfile")


def test_the_proxy_is_believed_as_it_is_configured() -> None:
    text = (DEPLOY / "proxy" / "Caddyfile").read_text()
    assert re.search(r"^\tflush_interval -1$", text, re.M) or "\t\tflush_interval -1\n" in text
    assert "request_header -X-Remote-User" in text


def test_make_demo_needs_neither_torch_nor_the_tools_of_developers() -> None:
    rules = (ROOT / "Makefile").read_text()
    assert re.search(r"^demo: \$\(DEMO\)", rules, re.M)
    (extras,) = re.findall(r"\$\(DEMO\): pyproject\.toml\n(?:\t.*\n)*?\t.*\"\.\[(.+)\]\"\n", rules)
    optional = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    needed = [package for extra in extras.split(",") for package in optional[extra]]
    assert not [package for package in needed if package.startswith(("torch", "pytest", "transformers"))]
    (command,) = re.findall(r"^\t\$\(BIN\)/secondsight (demo.*)$", rules, re.M)
    parsed(command.split())
