"""A watching process knows no secret but those of its own cameras: whoever breaks into a decoder finds no other."""

from __future__ import annotations

import os
import pickle
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from secondsight.config import make_site
from secondsight.config.sections.site import CameraSettings
from secondsight.media import is_remote
from secondsight.site import Site
from secondsight.site.processes.rpc import WorkerConfig
from secondsight.site.processes.supervisor import isolated, share
from secondsight.site.services.review_service import PolicyInputs

OWN, OTHER = "0wn-camera-pass-7Qx", "0ther-camera-pass-8Rz"
KEY, BASE, LOOSE = "sk-brain-key-5Tn2Lw", "store-pass-6Vm1", "loose-token-4Ub9"


def sections(folder: Path) -> dict[str, Any]:
    """A site with a secret of each kind."""
    (folder / "key.txt").write_text(KEY)
    return {
        "cameras": {
            "near": {"source": f"rtsp://viewer:{OWN}@127.0.0.1:9/live"},
            "far": {"source": f"rtsp://viewer:{OTHER}@127.0.0.1:9/live?token={LOOSE}"},
        },
        "rules": {"presence": {"behaviour": "intrusion", "zone": "frame"}},
        "brain": {
            "backend": "openai",
            "model": "m",
            "base_url": "http://127.0.0.1:9/v1",
            "api_key_file": str(folder / "key.txt"),
        },
        "retention": {"min_free": 0},
    }


def test_what_is_sent_to_a_worker_holds_no_other_secret(tmp_path: Path) -> None:
    values = sections(tmp_path) | {"store": {"url": f"postgresql://site:{BASE}@127.0.0.1/site"}}
    config = make_site(values, tmp_path)
    message = WorkerConfig(
        share(config, ("near",)), ("near",), tmp_path, PolicyInputs(brain=True, prices={}), 20
    )
    sent = pickle.dumps(message)
    assert OWN.encode() in sent  # it can be found where it is
    for secret in (OTHER, LOOSE, KEY, BASE, "key.txt"):
        assert secret.encode() not in sent


@contextmanager
def watched(folder: Path, **sentinel: Any) -> Iterator[list[psutil.Process]]:
    """The processes that watch the cameras of a running site."""
    config = make_site(sections(folder) | {"sentinel": {"model": "fastestdet", **sentinel}}, folder)
    site = Site(config)
    with site:
        site.start()
        end = time.monotonic() + 60
        while not all(c.state == "retrying" for c in site.status().cameras):
            assert time.monotonic() < end, site.status()
            time.sleep(0.05)
        mine = psutil.Process().children()
        yield [process for process in mine if "secondsight.site.processes.worker" in process.cmdline()]


def memory(process: int) -> Iterator[bytes]:
    """All that a process has written into its memory."""
    with Path(f"/proc/{process}/maps").open() as maps, Path(f"/proc/{process}/mem").open("rb", 0) as held:
        for line in maps:
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if area is None:
                continue
            at, end = int(area[1], 16), int(area[2], 16)
            try:
                held.seek(at)
                yield held.read(end - at)
            except (OSError, ValueError, OverflowError):
                continue


def holds(process: int, secret: str) -> bool:
    return any(secret.encode() in part for part in memory(process))


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc here")
def test_a_worker_s_memory_and_environment(
    tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECONDSIGHT_MODELS", str(models_dir))
    monkeypatch.setenv("BRAIN", KEY)
    monkeypatch.setenv("PGPASSWORD", BASE)
    monkeypatch.setenv("DATABASE", f"postgresql://site:{BASE}@127.0.0.1/site")
    monkeypatch.setenv("HARMLESS", "h4rmless-value")
    with watched(tmp_path, processes=2) as workers:
        assert len(workers) == 2
        with_own = [worker for worker in workers if holds(worker.pid, OWN)]
        assert len(with_own) == 1  # it can be found where it is
        (worker,) = with_own
        for secret in (OTHER, LOOSE, KEY, BASE):
            assert not holds(worker.pid, secret), secret
        environment = Path(f"/proc/{worker.pid}/environ").read_bytes()
        arguments = Path(f"/proc/{worker.pid}/cmdline").read_bytes()
        assert b"h4rmless-value" in environment
        for secret in (OWN, OTHER, LOOSE, KEY, BASE):
            assert secret.encode() not in environment + arguments
        assert holds(os.getpid(), KEY)


def test_one_camera_can_be_isolated(
    tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECONDSIGHT_MODELS", str(models_dir))
    with watched(tmp_path, processes=1, isolate=True) as workers:
        assert len(workers) == 1
        assert holds(workers[0].pid, OWN)
        assert not holds(workers[0].pid, KEY)


@pytest.mark.parametrize(
    ("source", "remote"),
    [
        ("rtsp://10.1.2.3/live", False),
        ("rtsp://u:p@192.168.0.7:554/live", False),
        ("http://127.0.0.1:80/x", False),
        ("rtsp://[fd00::1]:554/live", False),
        ("rtsp://[::1]/live", False),
        ("rtsp://100.64.0.9/live", False),
        ("rtsp://camera/live", False),
        ("rtsp://hall.lan/live", False),
        ("video.mp4", False),
        ("/dev/video0", False),
        ("file:///srv/video.mp4", False),
        ("rtsp://8.8.8.8/live", True),
        ("rtsp://u:p@8.8.8.8:554/live", True),
        ("https://[2001:4860::1]/live", True),
        ("https://cameras.example.com/live.m3u8", True),
    ],
)
def test_which_cameras_are_remote(source: str, remote: bool, tmp_path: Path) -> None:
    camera = CameraSettings.model_validate({"source": source})
    assert is_remote(camera) is remote
    values = {"cameras": {"a": {"source": source}}}
    assert isolated(make_site(values, tmp_path)) is remote
    assert isolated(make_site(values | {"sentinel": {"isolate": True}}, tmp_path))
    assert not isolated(make_site(values | {"sentinel": {"isolate": False}}, tmp_path))
