"""A key in the site file works, and is complained of once per start without being shown."""

import logging
from pathlib import Path

import pytest

from secondsight.config import OpenAIBrainSettings, load_site
from tests.config.sample import ENVIRON, SITE, written

BRAIN = "  base_url: http://token:hunter2secret@localhost:8000/v1\n"


def warnings(folder: Path, lines: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    assert SITE.count(BRAIN) == 1
    file = written(folder, SITE.replace(BRAIN, lines))
    with caplog.at_level(logging.WARNING):
        load_site(file, {**ENVIRON, "KEY": "sk-environment-1", "URL": "http://u:hunter2secret@localhost/v1"})
    return [record.getMessage().removeprefix(f"{file}:") for record in caplog.records]


@pytest.mark.parametrize(
    ("lines", "keys"),
    [
        ("  base_url: http://localhost:8000/v1\n", []),
        ("  base_url: http://localhost:8000/v1\n  api_key_env: KEY\n", []),
        ("  base_url: http://localhost:8000/v1\n  api_key: ${KEY}\n", []),
        ("  base_url: http://user:${KEY}@localhost:8000/v1\n", []),
        ("  base_url: ${URL}\n", []),
        ("  base_url: http://user@localhost:8000/v1/a@b:c\n", []),
        ("  base_url: http://localhost:8000/v1\n  api_key: sk-hunter2secret\n", ["brain.api_key"]),
        ("  base_url: http://user:hunter2secret@localhost:8000/v1\n", ["brain.base_url"]),
        (
            "  base_url: http://u:hunter2secret@localhost/v1\n  api_key: hunter2secret\n",
            ["brain.api_key", "brain.base_url"],
        ),
    ],
)
def test_what_stands_in_clear_is_named_by_line_and_not_shown(
    lines: str, keys: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = warnings(tmp_path, lines, caplog)
    assert len(told) == len(keys)
    for text, key in zip(told, keys, strict=True):
        assert f"{key}: a key stands here in clear" in text
        number = int(text.partition(":")[0])
        assert key.rpartition(".")[2] in (tmp_path / "site.yaml").read_text().splitlines()[number - 1]
    assert "hunter2secret" not in caplog.text


def test_the_key_in_clear_is_used_and_stays_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = SITE.replace(BRAIN, "  base_url: http://localhost:8000/v1\n  api_key: sk-hunter2secret\n")
    site = load_site(written(tmp_path, text), ENVIRON)
    assert isinstance(site.brain, OpenAIBrainSettings)
    assert site.brain.api_key is not None
    assert site.brain.api_key.get_secret_value() == "sk-hunter2secret"
    assert "hunter2secret" not in repr(site)
    assert "hunter2secret" not in caplog.text
