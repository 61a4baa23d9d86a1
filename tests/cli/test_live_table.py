"""The live display: trouble is always visible, whatever the number of cameras and the size of the terminal."""

import io
import logging
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from secondsight.cli.live_table import LinesAbove, LiveTable
from secondsight.cli.output import Screen
from secondsight.cli.stores import RunPlace
from secondsight.config import make_site
from secondsight.log import configure, fields
from secondsight.records import Step, StepKind, Verification, Word
from secondsight.site import CameraStatus, SiteStatus
from tests.serve.alerts.notice import event


def camera(name: str, state: str = "live", error: str | None = None, **drops: int) -> CameraStatus:
    return CameraStatus(name, state, 1000, 100, 9.5, 300, 3.0, 4, 5, drops, None, error)


def screen(width: int = 120, height: int = 24) -> tuple[Screen, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, force_terminal=True, color_system=None)
    return Screen(console=console), out


def shown(display: LiveTable, on: Screen) -> list[str]:
    with on.console.capture() as caught:
        on.console.print(display)
    return caught.get().splitlines()


@given(
    healthy=st.integers(0, 60),
    bad=st.lists(st.sampled_from(["live", "retrying", "failed"]), max_size=30),
    height=st.integers(10, 60),
    elapsed=st.floats(0, 1e6),
)
def test_it_fits_and_the_worst_is_there(healthy: int, bad: list[str], height: int, elapsed: float) -> None:
    on, _ = screen(height=height)
    cameras = [camera(f"fine-{n}") for n in range(healthy)]
    cameras += [camera(f"bad-{n}", state, f"error-{n}") for n, state in enumerate(bad)]
    if not cameras:
        return
    display = LiveTable(on)
    display.show(SiteStatus(tuple(cameras), 3, {}, "the brain is away", elapsed))
    lines = shown(display, on)
    assert len(lines) < height
    text = "\n".join(lines)
    assert "the brain is away" in text or "more trouble" in text
    told = sum(f"error-{n}" in text for n in range(len(bad)))
    assert told == len(bad) or "more trouble" in text
    assert not bad or "bad-" in text


def test_an_error_of_a_camera_that_goes_on_is_shown() -> None:
    on, _ = screen()
    display = LiveTable(on)
    display.show(SiteStatus((camera("hall", "live", "its clock stands still"),), 0, {}, None, 1.0))
    assert any("hall: its clock stands still" in line for line in shown(display, on))


def test_the_others_take_turns() -> None:
    on, _ = screen(height=12)
    display = LiveTable(on)
    cameras = tuple(camera(f"c{n:02d}") for n in range(20))
    seen = set()
    for turn in range(20):
        display.show(SiteStatus(cameras, 0, {}, None, 5.0 * turn))
        seen |= {word for line in shown(display, on) for word in line.split() if word.startswith("c")}
    assert {one.name for one in cameras} <= seen


def test_the_end_has_every_camera_and_the_totals() -> None:
    on, _ = screen(height=12)
    display = LiveTable(on)
    cameras = tuple(camera(f"c{n:02d}", "ended", late=n) for n in range(20))
    display.show(SiteStatus(cameras, 2, {"confirmed": 7}, None, 125.0), last=True)
    text = "\n".join(shown(display, on))
    assert all(one.name in text for one in cameras)
    assert "in all: 20 cameras, 20000 frames, 2000 looks, 80 suspicions in 2:05" in text
    assert "confirmed 7   open cases 2" in text
    assert "drops late 190" in text


def test_names_times_and_words_are_those_of_the_site() -> None:
    site = {"timezone": "Asia/Shanghai", "language": "zh"}
    values = {"site": site, "cameras": {"hall": {"source": "hall.mp4", "title": "车间三号门"}}}
    config = make_site(values, Path())
    on, out = screen()
    with LiveTable(on, lambda: RunPlace(Path(), None, config)) as display:
        display.show(SiteStatus((camera("hall", "retrying", "401"),), 0, {"confirmed": 1}, None, 1.0))
        step = Step("e", 1, StepKind.RAISED, 1.0, Verification.UNVERIFIED, False, word=Word.ALERT)
        display.step(step, event())
        text = "\n".join(shown(display, on)) + out.getvalue()
    for part in ("2026-01-01 16:00:00  车间三号门  闯入", "告警", "重连中", "车间三号门: 401", "复核属实 1"):
        assert part in text
    assert "hall" not in text


def test_log_lines_scroll_above() -> None:
    on, out = screen(width=40)
    handler = configure("warning", "text", LinesAbove(on))
    try:
        with LiveTable(on) as display:
            display.show(SiteStatus((camera("hall"),), 0, {}, None, 1.0))
            logging.getLogger("secondsight.x").warning("a long story " * 9, extra=fields(camera="\x1b[2J"))
    finally:
        logging.getLogger("secondsight").removeHandler(handler)
    assert ("a long story " * 9).strip() in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()
