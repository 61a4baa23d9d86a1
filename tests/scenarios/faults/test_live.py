"""Live cameras that drop, stall and change, during a run that never ends by itself."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.servers.rtsp import RtspServer
from tests.site.sites import Running, assert_sound, in_time, site_file, stored

PATIENCE = {"stall_timeout": "2s", "reconnect_min": "200ms", "reconnect_max": "1s"}


def wait_for_state(run: Running, camera: str, *states: str) -> None:
    run.until(lambda: run.progress(camera).get("state") in states, f"{camera} {states}")


@pytest.mark.timeout(180)
def test_a_camera_that_drops_stalls_and_changes_its_picture(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with RtspServer(file=shorts / "one.mp4") as faulty, RtspServer(rate=10) as steady:
        path = site_file(
            tmp_path,
            {
                "faulty": {"source": faulty.url, **PATIENCE},
                "steady": {"source": steady.url, **PATIENCE},
                "absent": {"source": "rtsp://127.0.0.1:9/none", **PATIENCE},
            },
            clips={"pre_capture": 1, "post_capture": 1},
        )
        with Running(tmp_path, "run", path, "--json", models=models_dir) as run:
            run.until(lambda: len(stored(data)) == 1, "first event")
            begin = run.progress("steady")

            faulty.drop()
            run.until(lambda: len(stored(data)) == 2, "event after a drop")

            faulty.stall()
            wait_for_state(run, "faulty", "retrying", "connecting")
            faulty.kill()
            faulty.start(file="", width=640, height=480)
            wait_for_state(run, "faulty", "live")
            faulty.kill()
            faulty.start(file=str(shorts / "two.mp4"))
            run.until(lambda: len(stored(data)) == 3, "event after another picture size")
            run.until(lambda: stored(data)[-1].settled, "clip of it")

            end = run.progress("steady")
            assert run.process.poll() is None
            assert run.progress("absent")["state"] in ("retrying", "connecting")
            times = [line["elapsed"] for line in run.lines if line["type"] == "progress"]
            code, seconds = run.interrupt()
        assert code == 0, run.err
        assert in_time(seconds, 10)
    events = assert_sound(data)
    assert [event.camera for event in events] == ["faulty"] * 3
    epochs = [event.tracks[0].epoch for event in events]
    assert epochs == sorted(set(epochs)), "each connection is an epoch of its own"
    assert all(a.triggered < b.triggered for a, b in pairwise(events))
    assert events[-1].clip is not None
    # Ten frames a second came from the steady camera all the while.
    assert end["frames"] - begin["frames"] >= 0.8 * 10 * (times[-1] - times[0] - 5)
    assert end["error"] is None


def test_ctrl_c_ends_a_live_run_soon_even_without_its_cameras(models_dir: Path, tmp_path: Path) -> None:
    path = site_file(tmp_path, {"absent": "rtsp://127.0.0.1:9/none"})
    with Running(tmp_path, "run", path, "--json", models=models_dir) as run:
        run.until(lambda: run.progress("absent").get("error"), "error of the camera")
        code, seconds = run.interrupt()
    assert code == 0
    assert in_time(seconds, 5)
    assert "Traceback" not in run.err
