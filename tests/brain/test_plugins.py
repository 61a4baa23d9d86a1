"""A backend of another package: the example of docs/brain.md, word for word, as an installed distribution."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from secondsight.brain import make_brain
from secondsight.brain.factory import _BUILT_IN
from secondsight.clock import SystemClock
from secondsight.config import BrainSettings, load_site
from secondsight.config.sections.brain_backends import BUILT_IN, installed_backends
from secondsight.errors import ConfigError
from secondsight.records import Purpose, ReviewFrame, Verification
from tests.brain.checks.test_guard import review, textured
from tests.brain.samples import TRIGGERED, review_request
from tests.conftest import ROOT

DOCUMENT = ROOT / "docs" / "brain.md"


def example() -> str:
    """The example's module."""
    (code,) = re.findall(
        r"```python\n(# brightness\.py\n.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL
    )
    return str(code)


def entry_points() -> str:
    (text,) = re.findall(
        r'```toml\n(\[project\.entry-points\."secondsight\.brains"\]\n.*?)```',
        DOCUMENT.read_text("utf-8"),
        re.DOTALL,
    )
    name, value = re.findall(r'^(\w+) = "(.*)"$', text, re.MULTILINE)[0]
    return f"[secondsight.brains]\n{name} = {value}\n"


def install(folder: Path, code: str | None = None, points: str | None = None) -> Path:
    """Files as `pip install` leaves them."""
    info = folder / "secondsight_brightness-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: secondsight-brightness\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(points or entry_points())
    (folder / "brightness.py").write_text(code or example())
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = install(tmp_path / "site-packages")
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("brightness", None)


def test_the_example_has_forty_lines() -> None:
    assert len(example().splitlines()) <= 40


def test_its_name_works_as_a_backend_with_settings_of_its_own(installed: Path) -> None:
    calls: list[Any] = []
    settings = BrainSettings.model_validate({"backend": "brightness", "options": {"least": 120}})
    made = make_brain(settings, SystemClock(), {}, calls.append)
    assert made is not None
    assert (made.name, made.remote) == ("brightness", False)
    verdict = review(made, review_request(frames=(ReviewFrame(textured(), TRIGGERED, None),)))
    assert verdict.verification is Verification.CONFIRMED
    assert [call.purpose for call in calls] == [Purpose.VERIFY]
    darker = BrainSettings.model_validate({"backend": "brightness", "options": {"least": 140}})
    other = make_brain(darker, SystemClock())
    assert other is not None
    again = review(other, review_request(frames=(ReviewFrame(textured(), TRIGGERED, None),)))
    assert again.verification is Verification.REJECTED


def test_the_whole_program_finds_it(tmp_path: Path) -> None:
    """`secondsight check`, in a process of its own, with the package on its path and nothing else told."""
    folder = install(tmp_path / "site-packages")
    site = tmp_path / "site.yaml"
    site.write_text(
        f"cameras: {{a: {{source: {tmp_path / 'absent.mp4'}}}}}\n"
        "brain: {backend: brightness, options: {least: 100}}\n"
    )
    environ = {"PYTHONPATH": f"{ROOT}:{folder}", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    command = [sys.executable, "-c", "from secondsight.cli import main; main()", "check", str(site)]
    run = subprocess.run(command, capture_output=True, text=True, env=environ, cwd=tmp_path)
    assert re.search(r"brightness\b.*compares with 100", run.stdout + run.stderr), run.stdout + run.stderr


def test_a_slip_in_its_name_is_told_where_it_stands(installed: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("cameras: {a: {source: x}}\nbrain:\n  backend: brightnes\n")
    with pytest.raises(ConfigError) as caught:
        load_site(site, {})
    assert (caught.value.line, caught.value.key) == (3, "brain.backend")
    assert caught.value.problem.startswith("not a choice here; did you mean `brightness`?")
    site.write_text(site.read_text().replace("brightnes", "zzz"))
    with pytest.raises(ConfigError, match="installed from other packages: brightness"):
        load_site(site, {})


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("raise RuntimeError('secret')\n", "package `secondsight-brightness` cannot be loaded: RuntimeError"),
        ("x = 1\n", "package `secondsight-brightness` cannot be loaded: AttributeError"),
        (
            "def BrightnessBrain(*_):\n    return 3\n",
            "`secondsight-brightness` made no brain: name, remote, reads_questions",
        ),
        (
            "def BrightnessBrain(*_):\n    return 1 / 0\n",
            "`secondsight-brightness` cannot be made: ZeroDivision",
        ),
    ],
)
def test_a_broken_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, problem: str
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path, code)))
    settings = BrainSettings.model_validate({"backend": "brightness"})
    try:
        with pytest.raises(ConfigError, match=problem):
            make_brain(settings, SystemClock())
    finally:
        sys.modules.pop("brightness", None)


def test_a_package_that_is_gone_is_said(installed: Path) -> None:
    settings = BrainSettings.model_validate({"backend": "brightness"})
    next(installed.glob("*.dist-info/entry_points.txt")).unlink()
    with pytest.raises(ConfigError, match="no installed package offers"):
        make_brain(settings, SystemClock())


def test_the_table_of_backends_is_the_one_of_the_site_file() -> None:
    assert ("none", *_BUILT_IN) == BUILT_IN
    assert not set(installed_backends()) & set(BUILT_IN)


def test_a_package_cannot_take_the_place_of_a_backend_that_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(
        str(install(tmp_path, points="[secondsight.brains]\nclip = brightness:BrightnessBrain\n"))
    )
    made = make_brain(BrainSettings.model_validate({"backend": "clip", "model": "city-clip"}), SystemClock())
    assert made is not None
    assert made.name == "clip:city-clip"
