"""Videos that are broken among good ones, and addresses that hold secrets."""

import json
import socket
from pathlib import Path

import pytest

from tests.site.sites import Running, assert_sound, pictures, secondsight, site_file, stored, verified

SECRET = "sEcr3t-pässword"


def truncated(video: bytes) -> bytes:
    """The index of an MP4 stands at one end: without it nothing can be read."""
    return video[: len(video) // 2]


def corrupted(video: bytes) -> bytes:
    """Noise over the middle third of the picture data; the index is whole."""
    third = len(video) // 3
    return video[:third] + bytes(i * 7919 % 251 for i in range(third)) + video[2 * third :]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("truncated.mp4", truncated),
        ("empty.mp4", lambda video: b""),
        ("garbage.mp4", lambda video: bytes(range(256)) * 400),
        pytest.param("text.mp4", lambda video: b"this is not a video\n" * 1000, marks=pytest.mark.slow),
        ("missing.mp4", None),
    ],
)
def test_a_file_that_cannot_be_read_fails_alone(
    name: str, content: object, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    bad = tmp_path / name
    if content is not None:
        bad.write_bytes(content((shorts / "two.mp4").read_bytes()))  # type: ignore[operator]
    path = site_file(tmp_path, {"bad": bad, "good": shorts / "one.mp4"})
    done = secondsight("run", path, "--once", "--json", models=models_dir)
    assert done.returncode == 1
    error = done.stderr.strip().splitlines()[-1]
    assert error.startswith("error: camera bad")
    assert name in error
    events = assert_sound(tmp_path / "data")
    assert [event.camera for event in events] == ["good"]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    last = [line for line in lines if line["type"] == "progress"][-1]
    states = {camera["name"]: camera["state"] for camera in last["cameras"]}
    assert states == {"bad": "failed", "good": "ended"}
    assert verified(lines) == [events[0].id]


def test_a_damaged_file_is_read_as_far_as_it_goes(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    bad = tmp_path / "damaged.mp4"
    bad.write_bytes(corrupted((shorts / "two.mp4").read_bytes()))
    path = site_file(tmp_path, {"bad": bad, "good": shorts / "one.mp4"})
    done = secondsight("run", path, "--once", "--json", models=models_dir)
    assert done.returncode in (0, 1)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    last = [line for line in lines if line["type"] == "progress"][-1]
    bad_camera, good_camera = last["cameras"]
    assert bad_camera["drops"].get("corrupt", 0) > 0 or bad_camera["state"] == "failed"
    assert good_camera["state"] == "ended"
    assert not good_camera["drops"]
    events = {event.camera: event for event in stored(tmp_path / "data")}
    assert "good" in events
    assert all(event.settled for event in events.values())
    clip = events["good"].clip
    assert clip is not None
    assert pictures(tmp_path / "data" / clip.path)[0]


def test_check_says_which_file_is_broken(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"")
    path = site_file(tmp_path, {"bad": bad, "good": shorts / "one.mp4"})
    done = secondsight("check", path, "--json", models=models_dir)
    assert done.returncode == 1
    lines = map(json.loads, done.stdout.splitlines())
    found = {line["name"]: line for line in lines if line["part"] == "camera"}
    assert found["good"]["fine"]
    assert "h264 768x432" in found["good"]["detail"]
    assert not found["bad"]["fine"]
    assert "bad.mp4" in found["bad"]["detail"]


@pytest.mark.slow
def test_no_secret_of_an_address_gets_out(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    """Everything that is printed, logged or written is searched for the password, byte by byte."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    # Nothing listens there any more.
    quoted = "sEcr3t-p%C3%A4ssword"
    addresses = {
        "plain": f"rtsp://user:{SECRET}@127.0.0.1:{port}/live",
        "quoted": f"http://user:{quoted}@127.0.0.1:{port}/video.mjpg",
        "query": f"http://127.0.0.1:{port}/cam.m3u8?user=u&password={SECRET}&x=1",
        "token": f"rtsp://127.0.0.1:{port}/live?token={SECRET}",
    }
    site = tmp_path / "site"
    site.mkdir()
    variables = {name: f"CAM_{name.upper()}" for name in addresses}
    (site / ".env").write_text("".join(f"{variables[n]}='{a}'\n" for n, a in addresses.items()))
    data = tmp_path / "data"
    cameras = {
        name: {"source": f"${{{variables[name]}}}", "reconnect_min": "100ms", "reconnect_max": "300ms"}
        for name in addresses
    }
    path = site_file(
        site,
        {**cameras, "good": shorts / "one.mp4"},
        data=str(data),
        brain={
            "backend": "openai",
            "base_url": f"http://user:{SECRET}@127.0.0.1:{port}/v1",
            "model": "m",
            "retries": 0,
        },
        rules={"presence": {"behaviour": "intrusion", "zone": "frame", "policy": {"deadline": "6s"}}},
    )
    (tmp_path / "out").mkdir()
    with Running(tmp_path / "out", "run", path, "--json", "--log-level", "debug", models=models_dir) as run:
        # All cameras have failed to connect more than once, and the good one's event has settled.
        run.until(lambda: stored(data) and all(event.settled for event in stored(data)), "event")
        run.until(
            lambda: all((run.progress(name) or {}).get("error") for name in addresses), "errors of cameras"
        )
        assert run.interrupt()[0] == 0
    events = stored(data)
    assert len(events) == 1
    assert events[0].verification.value == "expired"
    outputs = [
        secondsight("check", path, models=models_dir),
        secondsight("check", path, "--json", models=models_dir),
        secondsight("events", "--data", data, "--json", models=models_dir),
        secondsight("events", "--data", data, "--html", tmp_path / "page", models=models_dir),
        secondsight("run", "--video", addresses["plain"], "--once", "--rule", "intrusoin", models=models_dir),
    ]
    assert [done.returncode for done in outputs] == [1, 1, 0, 0, 2]
    assert "***" in outputs[0].stdout, "addresses are shown, without their secrets"
    for done in outputs:
        assert_no_secret(done.stdout.encode() + done.stderr.encode(), " ".join(map(str, done.args)))
    files = [
        file
        for folder in (data, tmp_path / "page", tmp_path / "out")
        for file in folder.rglob("*")
        if file.is_file()
    ]
    assert len(files) > 5
    for file in files:
        assert_no_secret(file.read_bytes(), str(file))


def assert_no_secret(data: bytes, where: str) -> None:
    for text in ("sEcr3t", SECRET):
        for form in (text.encode(), text.encode("utf-16-le"), json.dumps(text).strip('"').encode()):
            assert form not in data, where
