"""Code of others, one call at a time; and a tracker that never returns."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import load_site
from secondsight.site import Site
from secondsight.site.pipeline.foreign_code import ForeignCode, NeverReturned
from secondsight.site.pipeline.pipeline import CameraPipeline
from secondsight.threads import left_behind
from tests.site.sites import in_time, site_file

SOON = 60.0


@pytest.fixture
def code() -> Iterator[ForeignCode]:
    made = ForeignCode("hall", timeout=0.3)
    yield made
    made.close()


def gone(name: str) -> bool:
    end = time.monotonic() + SOON
    while any(name in one for one in left_behind()):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def spin() -> None:
    while True:
        pass


def test_results_and_errors_come_through(code: ForeignCode) -> None:
    assert code.call("a", lambda: 5) == 5
    with pytest.raises(ZeroDivisionError):
        code.call("a", lambda: 1 // 0)
    threads = {code.call("a", threading.get_ident) for _ in range(3)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_would_end_a_program_is_an_error_of_the_rule(
    code: ForeignCode, kind: type[BaseException]
) -> None:
    def end() -> None:
        raise kind

    with pytest.raises(RuntimeError, match=f"{kind.__name__}, which would end the program"):
        code.call("a", end)
    assert code.call("a", lambda: 5) == 5


def test_a_call_that_takes_too_long_costs_its_rule_alone(code: ForeignCode) -> None:
    with pytest.raises(NeverReturned, match=r"rule a is off: its behaviour took longer than 0\.3 s"):
        code.call("a", spin)
    begin = time.monotonic()
    for _ in range(30):
        with pytest.raises(NeverReturned):
            code.call("a", lambda: 5)
    assert time.monotonic() - begin < 30 * 0.3, "nobody waits for it twice"
    assert code.call("b", lambda: 5) == 5
    assert list(code.off) == ["a"]
    assert gone("hall"), "Python code that spins takes no core for long"


def test_native_code_that_waits_for_ever_is_left_behind(code: ForeignCode) -> None:
    free = threading.Lock()
    free.acquire()
    with pytest.raises(NeverReturned):
        code.call("a", free.acquire)
    assert code.call("b", lambda: 5) == 5
    assert any("hall" in name for name in left_behind())
    free.release()
    assert gone("hall")


def test_a_tracker_that_never_returns_is_said_and_holds_up_its_own_camera_only(
    shorts: Path, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, made, make = threading.Event(), [], CameraPipeline._make_tracker

    class Stuck:
        def __init__(self, tracker: Any) -> None:
            self._tracker = tracker

        def __getattr__(self, name: str) -> Any:
            return getattr(self._tracker, name)

        def update(self, *args: Any, **options: Any) -> Any:
            let_go.wait()
            return self._tracker.update(*args, **options)

    def second_is_stuck(self: CameraPipeline) -> Any:
        """The first is made to load libraries."""
        made.append(make(self))
        return Stuck(made[-1]) if len(made) == 2 else made[-1]

    monkeypatch.setattr(CameraPipeline, "_make_tracker", second_is_stuck)
    path = site_file(
        tmp_path,
        {"hall": shorts / "one.mp4", "yard": shorts / "two.mp4"},
        models=str(models_dir),
        sentinel={"model": "fastestdet", "fps": 5, "look_timeout": "1s"},
    )
    with Site(load_site(path)) as site:
        site.start()
        end = time.monotonic() + SOON
        while True:
            cameras = {camera.name: camera for camera in site.status().cameras}
            stuck = [
                camera for camera in cameras.values() if "one look is being analysed" in (camera.error or "")
            ]
            if stuck and any(camera.state == "ended" for camera in cameras.values()):
                break
            assert time.monotonic() < end, cameras
            time.sleep(0.05)
        (other,) = [camera for camera in cameras.values() if camera is not stuck[0]]
        assert (other.state, other.error) == ("ended", None)
        begin = time.monotonic()
        site.stop()
        assert in_time(time.monotonic() - begin, 15)
        let_go.set()
