"""A backend of another package: the example of docs/brain.md, word for word, as an installed distribution."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from secondsight.brain import make_reviewer
from secondsight.clock import SystemClock
from secondsight.config import BrainSettings, load_site
from secondsight.config.sections.brain import BUILT_IN
from secondsight.config.sections.brain_backends import installed_backends
from secondsight.errors import ConfigError
from secondsight.masking import redact
from secondsight.records import Purpose, ReviewFrame, Verification
from tests.brain.checks.test_guard import review, textured
from tests.brain.samples import TRIGGERED, brain_settings, review_request
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
    settings = brain_settings({"backend": "brightness", "options": {"least": 120}})
    made = make_reviewer(settings, SystemClock(), {}, calls.append)
    assert made is not None
    assert (made.name, made.remote) == ("brightness", False)
    verdict = review(made, review_request(frames=(ReviewFrame(textured(), TRIGGERED, None),)))
    assert verdict.verification is Verification.CONFIRMED
    assert [call.purpose for call in calls] == [Purpose.VERIFY]
    darker = brain_settings({"backend": "brightness", "options": {"least": 140}})
    other = make_reviewer(darker, SystemClock())
    assert other is not None
    again = review(other, review_request(frames=(ReviewFrame(textured(), TRIGGERED, None),)))
    assert again.verification is Verification.REJECTED


@pytest.mark.slow
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
            "`secondsight-brightness` made no brain: name, remote, close",
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
    settings = brain_settings({"backend": "brightness"})
    try:
        with pytest.raises(ConfigError, match=problem):
            make_reviewer(settings, SystemClock())
    finally:
        sys.modules.pop("brightness", None)


def test_a_package_that_is_gone_is_said(installed: Path) -> None:
    settings = brain_settings({"backend": "brightness"})
    next(installed.glob("*.dist-info/entry_points.txt")).unlink()
    with pytest.raises(ConfigError, match="no installed package offers"):
        make_reviewer(settings, SystemClock())


def settings_example() -> str:
    """The example's class of settings, with a secret."""
    (code,) = re.findall(
        r"```python\n(# brightness_settings\.py.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL
    )
    return f"{code}    word: SecretStr | None = None\n".replace("import Field", "import Field, SecretStr")


def with_settings(folder: Path, value: str = "brightness_settings:BrightnessSettings") -> Path:
    """The example's package with its class of settings beside the backend."""
    points = entry_points() + f"[secondsight.brain_settings]\nbrightness = {value}\n"
    install(folder, example().replace('settings.options.get("least", 128)', "settings.least"), points)
    (folder / "brightness_settings.py").write_text(settings_example())
    return folder


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(with_settings(tmp_path / "site-packages")))
    yield
    for module in ("brightness", "brightness_settings"):
        sys.modules.pop(module, None)


def load_brain(folder: Path, lines: str) -> BrainSettings:
    site = folder / "site.yaml"
    site.write_text(f"cameras: {{a: {{source: x}}}}\nbrain:\n  backend: brightness\n{lines}")
    return load_site(site, {}).brain


def test_a_package_s_own_class_of_settings_is_checked_as_any_other(typed: None, tmp_path: Path) -> None:
    settings = load_brain(tmp_path, "  least: 140\n  word: hunter2secret\n")
    assert type(settings).__name__ == "BrightnessSettings"
    assert "hunter2secret" not in redact("they say hunter2secret")
    made = make_reviewer(settings, SystemClock(), {})
    assert made is not None
    assert asyncio.run(made.check()) == "brightness: compares with 140"
    assert TypeAdapter(BrainSettings).dump_python(settings)["least"] == 140
    for lines, key, problem in (
        ("  least: 300\n", "brain.least", "less than or equal to 255"),
        ("  lest: 30\n", "brain.lest", "did you mean `least`"),
        (
            "  base_url: http://x/v1\n",
            "brain.base_url",
            "belongs to backend `openai`; this brain is `brightness`",
        ),
    ):
        with pytest.raises(ConfigError) as caught:
            load_brain(tmp_path, lines)
        assert [(mistake.line, mistake.key) for mistake in caught.value.errors] == [(4, key)]
        assert problem in caught.value.problem


def test_a_panel_asks_a_package_s_backend_with_its_own_settings(typed: None, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    member = "{backend: brightness, least: 7}"
    site.write_text(
        f"cameras: {{a: {{source: x}}}}\nbrain: {{backend: panel, members: {{a: {member}, b: {member}}}}}\n"
    )
    made = make_reviewer(load_site(site, {}).brain, SystemClock(), {})
    assert made is not None
    assert asyncio.run(made.check()) == "a: brightness: compares with 7; b: brightness: compares with 7"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("brightness_settings:Absent", "cannot be loaded: AttributeError"),
        (
            "brightness_settings:SecretStr",
            "cannot be used: brightness_settings:SecretStr is not made from PluginBrain",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_told_with_their_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, problem: str
) -> None:
    monkeypatch.syspath_prepend(str(with_settings(tmp_path / "site-packages", value)))
    try:
        with pytest.raises(ConfigError, match="the settings of backend `brightness` of package") as caught:
            load_brain(tmp_path, "  least: 3\n")
        assert problem in caught.value.problem
        assert caught.value.line == 2
    finally:
        sys.modules.pop("brightness_settings", None)


def test_without_a_class_of_settings_a_key_of_its_own_belongs_under_options(
    installed: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"brain\.least: unknown key"):
        load_brain(tmp_path, "  least: 140\n")


def test_no_installed_package_has_the_name_of_a_backend_that_ships() -> None:
    assert not set(installed_backends()) & set(BUILT_IN)


def test_a_package_cannot_take_the_place_of_a_backend_that_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(
        str(install(tmp_path, points="[secondsight.brains]\nclip = brightness:BrightnessBrain\n"))
    )
    made = make_reviewer(brain_settings({"backend": "clip", "model": "city-clip"}), SystemClock())
    assert made is not None
    assert made.name == "clip:city-clip"
