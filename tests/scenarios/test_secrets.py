"""Secrets of every alphabet in every setting that can hold one; then all that was written is searched for them."""

import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from pydantic import SecretStr

from secondsight.config import load_site
from secondsight.config.reading import key_index as schema
from secondsight.config.reading.confidential import secrets_in
from secondsight.errors import ConfigError
from secondsight.masking import redact
from secondsight.store import DATABASE, Store
from tests.servers.brain import BrainServer
from tests.site.sites import Running, brain_settings, secondsight, site_file
from tests.test_masking import ALPHABETS

SOURCES = (
    "rtsp://viewer:{}@127.0.0.1:9/live",
    "http://127.0.0.1:9/cgi?loginuse=viewer&loginpas={}",
    "http://127.0.0.1:9/snap?psw={}&size=2",
    "rtsp://127.0.0.1:9/{}/live",
    "rtmp://127.0.0.1:9/app/{}",
)
PLANTED = {
    "source": "rtsp://viewer:{}@127.0.0.1:9/live",
    "url": "postgresql://viewer:{}@127.0.0.1:9/db",
    "base_url": "http://viewer:{}@127.0.0.1:9/v1",
    "api_key": "{}",
    "password": "{}",
    "client_secret": "{}",
    "secret": "{}",
    "endpoint": "http://viewer:{}@127.0.0.1:9/v1/traces",
}
"""How a secret stands in each kind of setting that can hold one."""


def secret_settings() -> list[schema.Path]:
    return [path for path, field in schema.all_keys() if SecretStr in schema.kinds_of(field.annotation)]


def traces(secret: str, text: str) -> list[str]:
    """What of a secret stands in a text, in any of the ways in which it may be written."""
    ways = {secret, quote(secret, safe=""), quote(secret), html.escape(secret), repr(secret)[1:-1]}
    ways |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    # A part of it is a secret told as well.
    ways |= {part[:40] for part in re.findall(r"\w{6,}", secret)}
    folded = re.sub(r"[\s\u2502]+", "", text)  # a table may break it over lines
    return [way for way in ways if way in text or (len(way) > 6 and re.sub(r"\s", "", way) in folded)]


def said(*args: object, cwd: Path, **variables: str) -> str:
    """All that a command writes."""
    done = secondsight(*args, cwd=cwd, environ=variables)
    return done.stdout + done.stderr


def test_every_setting_that_can_hold_a_secret_is_planted() -> None:
    missing = [".".join(path) for path in secret_settings() if path[-1] not in PLANTED]
    assert not missing, "say in PLANTED how a secret stands in this new setting"
    assert len(secret_settings()) >= 4


@pytest.mark.parametrize("secret", ALPHABETS)
@pytest.mark.parametrize("path", secret_settings(), ids=".".join)
def test_the_values_of_every_setting_are_known_when_a_site_is_loaded(
    path: schema.Path, secret: str, tmp_path: Path
) -> None:
    """Both through a variable and as they stand in the file, whether or not the rest of the file is right."""
    for value, environ in ((PLANTED[path[-1]].format("${PLANT}"), {"PLANT": secret}), (None, {})):
        written = value or PLANTED[path[-1]].format(secret)
        values: dict[str, Any] = {"cameras": {"hall": {"source": "x.mp4"}}, "no such key": 1}
        here = values
        for part in path[:-1]:
            here = here.setdefault("hall" if part == schema.ANY else part, {})
        here[path[-1]] = written
        file = tmp_path / "site.yaml"
        file.write_text(json.dumps(values))
        with pytest.raises(ConfigError) as mistake:
            load_site(file, environ)
        assert not traces(secret, str(mistake.value))
        for text in (f"a {secret} b", f"a {quote(secret, safe='')} b", f"a {secret!r} b"):
            assert not traces(secret, redact(text)), (path, text)


def test_options_of_other_packages_are_secret_by_variable_or_by_name() -> None:
    tree = {
        "brain": {
            "backend": "x",
            "options": {"api_token": "Abcdef12", "size": "large", "dsn": "x://u:Pw12@h/"},
        }
    }
    assert secrets_in(tree) == {"Abcdef12", "Pw12", "u:Pw12"}


def test_hosts_folders_and_names_are_no_secrets(tmp_path: Path) -> None:
    file = site_file(
        tmp_path, {"hall": "rtsp://${CAMERA_USER}:${CAMERA_PASSWORD}@${CAMERA_HOST}/live"}, data="${DATA}"
    )
    load_site(
        file,
        {
            "CAMERA_USER": "guard7",
            "CAMERA_PASSWORD": "Sesame77",
            "CAMERA_HOST": "cam7.example",
            "DATA": "Folder7",
        },
    )
    assert redact("cam7.example in Folder7: guard7, Sesame77") == "cam7.example in Folder7: ***, ***"


def test_check_shows_none(tmp_path: Path) -> None:
    variables = {f"PLANT_{number}": secret for number, secret in enumerate(ALPHABETS)}
    cameras = {
        f"c{number}-{kind}": source.format(f"${{PLANT_{number}}}")
        for number in range(len(ALPHABETS))
        for kind, source in enumerate(SOURCES)
    }
    brain = brain_settings("http://viewer:${PLANT_0}@127.0.0.1:9/v1", retries=0)
    site = site_file(
        tmp_path, cameras, brain=brain, store={"url": "postgresql://viewer:${PLANT_0}@127.0.0.1:9/db"}
    )
    for how in ((), ("--json",)):
        text = said("check", site, *how, cwd=tmp_path, **variables)
        assert {secret: found for secret in ALPHABETS if (found := traces(secret, text))} == {}
        assert "%2F as" in text or "/ as %2F" in text.replace("\n", " "), (
            "says how such a password is written"
        )


@pytest.fixture
def written(tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """The folder of a run whose cameras cannot be reached, and what its processes were given."""
    for number, secret in enumerate(ALPHABETS):
        monkeypatch.setenv(f"PLANT_{number}", secret)
    (tmp_path / ".env").write_text("PLANT_BRAIN=Key/of-the-Brain7\n")
    cameras = {
        f"c{number}": {
            "source": SOURCES[number % len(SOURCES)].format(f"${{PLANT_{number}}}"),
            "reconnect_max": 1,
            "description": "a hall",
        }
        for number in range(len(ALPHABETS))
    }
    with BrainServer() as server:
        brain = brain_settings(server.url, api_key="${PLANT_BRAIN}")
        site = site_file(
            tmp_path, cameras, brain=brain, sentinel={"model": "fastestdet", "fps": 5, "processes": 2}
        )
        with Running(tmp_path, "run", site, "--json", "--log-level", "debug", models=models_dir) as run:
            run.until(
                lambda: (
                    run.out.count('"retrying"') >= len(cameras)
                    and run.err.count("camera lost") >= len(cameras)
                ),
                "trouble of every camera",
            )
            children = psutil.Process(run.process.pid).children(recursive=True)
            assert len(children) >= 2
            given = " ".join(
                " ".join([*child.cmdline(), *map(" ".join, child.environ().items())]) for child in children
            )
            assert run.interrupt()[0] in (0, 1)
    return tmp_path, given


def test_a_run_writes_none(written: tuple[Path, str]) -> None:
    folder, given = written
    with Store.open(folder / "data" / DATABASE, read_only=True) as store:
        assert len(store.observations.cameras()) == len(ALPHABETS), "it did write"
    for secret in (*ALPHABETS, "Key/of-the-Brain7"):
        assert not traces(secret, given), "arguments and environment of child processes"
        for file in folder.rglob("*"):
            if file.is_file() and file.name != ".env":
                assert not traces(secret, file.read_bytes().decode("utf-8", "replace")), (file, secret)
