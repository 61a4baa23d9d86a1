"""The example of the README, and the promise that a recording always gives the same events."""

import subprocess
import sys
from pathlib import Path

import pytest

from secondsight.config import load_site
from secondsight.records import Event
from secondsight.site import Site
from tests.conftest import ROOT
from tests.site.sites import assert_sound, environment, site_file


def example(readme: str) -> str:
    """The Python that a README shows."""
    return (ROOT / readme).read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]


def run_site(path: Path) -> list[Event]:
    """The announced events of one run to the end."""
    with Site(load_site(path)) as site:
        announced = list(site.events(once=True))
        site.raise_for_cameras()
    return announced


def test_the_python_example(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    path = site_file(tmp_path / "site", {"hall": shorts / "one.mp4"})
    assert path == tmp_path / "site" / "site.yaml", "as the README calls it"
    (tmp_path / "example.py").write_text(example("README.md"))
    run = subprocess.run(
        [sys.executable, "example.py"],
        cwd=tmp_path,
        env=environment(models_dir),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    events = assert_sound(path.parent / "data")
    assert len(events) == 1
    assert events[0].clip is not None
    assert run.stdout.splitlines() == [
        f"{events[0].id} hall intrusion unverified",
        f"  clip: {events[0].clip.path}",
        "  brain: no verdict",
    ]


def test_the_python_example_is_short_and_the_same_in_both_readmes() -> None:
    assert example("README.md") == example("README.zh-CN.md")
    assert len(example("README.md").strip().splitlines()) <= 15


def test_the_same_file_twice_on_one_data_folder_doubles_nothing(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    path = site_file(tmp_path, {"hall": shorts / "one.mp4"}, models=models_dir)
    first = run_site(path)
    # Announced with its clip, an event may still grow; the store holds its last form.
    stored = assert_sound(path.parent / "data")
    assert [event.id for event in stored] == [event.id for event in first]
    clip = path.parent / "data" / str(first[0].clip and first[0].clip.path)
    written = clip.stat().st_mtime_ns
    assert run_site(path) == [], "an event is announced once"
    assert assert_sound(path.parent / "data") == stored
    assert clip.stat().st_mtime_ns == written


@pytest.mark.slow
@pytest.mark.parametrize("model", ["fastestdet", "yolox-nano"])
def test_events_do_not_depend_on_company_and_load(
    model: str, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    """Also where what is looked at follows from the looks before, as the windows of YOLOX do."""

    def of(folder: str) -> list[tuple[object, ...]]:
        events = [event for event in assert_sound(tmp_path / folder / "data") if event.camera == "hall"]
        return [(e.id, e.start, e.triggered, e.end, e.score, e.tracks, e.clip) for e in events]

    def run(folder: str, cameras: dict[str, object]) -> None:
        run_site(site_file(tmp_path / folder, cameras, models=models_dir, sentinel={"model": model}))

    camera = {"source": str(shorts / "one.mp4")}
    run("alone", {"hall": camera})
    company = {name: {"source": str(shorts / f"{name}.mp4")} for name in ("two", "three")}
    # A second process keeps the machine busy meanwhile.
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as burner:
        try:
            run("busy", {**company, "hall": camera})
        finally:
            burner.kill()
    assert len(assert_sound(tmp_path / "busy" / "data")) == 3
    assert len(of("alone")) == 1
    assert of("busy") == of("alone")
