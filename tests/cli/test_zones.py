"""`secondsight zones`: what is configured for a camera, over a picture of it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.behaviour import make_ground
from secondsight.config import CameraSettings
from secondsight.site.drawing.zone_overlay import draw_plan
from tests.cli.conftest import Command
from tests.servers.videos import make_video

GROUND = "{camera_height: 4, tilt: 30, fov: 70}"
SITE = """\
cameras:
  hall:
    source: {source}
    zones: {{yard: {{coordinates: "0.1,0.4,0.5,0.4,0.5,0.9,0.1,0.9"}}}}
    lines: {{door: {{coordinates: "0.6,0.8,0.9,0.5"}}}}
    masks: ["0.7,0.0,0.9,0.0,0.9,0.2"]
    ground: {ground}
"""


def drawn(command: Command, folder: Path, source: str, *arguments: object) -> NDArray[np.uint8]:
    (folder / "site.yaml").write_text(SITE.format(source=source, ground=GROUND), encoding="utf-8")
    done = command("zones", "hall", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("wrote ")
    return np.asarray(cv2.imread(str(folder / done.stdout.split()[1])), np.uint8)


def test_a_picture_of_the_source_with_all_of_it(command: Command, tmp_path: Path) -> None:
    make_video(tmp_path / "v.mp4", 10, width=640, height=360, gop=10)
    picture = drawn(command, tmp_path, "v.mp4")
    assert picture.shape == (360, 640, 3)
    assert (tmp_path / "hall-zones.png").is_file()
    again = drawn(command, tmp_path, "v.mp4", "--out", "new/plan.png", "--site", "site.yaml")
    assert np.array_equal(picture, again)


def camera(**settings: object) -> CameraSettings:
    return CameraSettings.model_validate({"source": "a.mp4", **settings})


def changed(**settings: object) -> NDArray[np.bool_]:
    """Where something is drawn onto a grey picture."""
    grey = np.full((360, 640, 3), 128, np.uint8)
    plan = draw_plan(grey, camera(**settings))
    assert (grey == 128).all(), "the picture itself is left as it is"
    return np.any(plan != 128, axis=2)


def test_nothing_is_drawn_where_nothing_is_configured() -> None:
    assert not changed().any()


def test_zones_and_masks_are_filled() -> None:
    for settings in (
        {"zones": {"yard": {"coordinates": "0.1,0.4,0.5,0.4,0.5,0.9,0.1,0.9"}}},
        {"masks": ["0.1,0.4,0.5,0.4,0.5,0.9,0.1,0.9"]},
    ):
        where = changed(**settings)
        assert where[150:320, 70:315].mean() > 0.99, "but for the ink of its name"
        assert not where[:140].any()
        assert not where[:, 330:].any()


def test_lines_have_a_direction() -> None:
    one, other = (
        changed(lines={"door": {"coordinates": ends}}) for ends in ("0.2,0.5,0.8,0.5", "0.8,0.5,0.2,0.5")
    )
    assert one[179:182, 140:500].any(axis=0).all()
    assert (one != other).sum() > 100
    assert one[:, 400:].sum() > one[:, :240].sum(), "its head is at the right"


@pytest.mark.parametrize(
    "ground",
    [
        {"camera_height": 4, "tilt": 30, "fov": 70},
        {"camera_height": 200, "tilt": 80, "fov": 20},
        {"camera_height": 1, "tilt": 2, "fov": 120},
        {
            "points": [
                {"picture": picture, "metres": metres}
                for picture, metres in (
                    ([0.1, 0.9], [0, 0]),
                    ([0.9, 0.9], [5, 0]),
                    ([0.7, 0.3], [5, 20]),
                    ([0.3, 0.3], [0, 20]),
                )
            ]
        },
    ],
)
def test_the_grid_runs_through_full_metres(ground: dict[str, object]) -> None:
    settings = camera(ground=ground)
    where = changed(ground=ground)
    assert 500 < where[40:].sum() < 0.5 * where.size
    plane = make_ground(settings.ground)
    if ground.get("camera_height") == 4:  # its grid has a line in every metre near the camera
        for x, y in ((0, 5), (1, 5), (-1, 6), (0, 8)):
            (there,) = (plane.picture(np.array([[x, y]], dtype=np.float64)) * (640, 360)).astype(int).tolist()
            assert where[there[1] - 2 : there[1] + 3, there[0] - 2 : there[0] + 3].any(), (x, y)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["hal"], ["did you mean `hall`?"]),
        (["hall", "--site", "none.yaml"], ["no such file"]),
        (["hall"], ["no such file", "none.mp4"]),
        ([], ["CAMERA"]),
    ],
)
def test_mistakes(arguments: list[str], words: list[str], command: Command, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE.format(source="none.mp4", ground=GROUND), encoding="utf-8")
    done = command("zones", *arguments)
    assert done.returncode in (1, 2)
    for word in words:
        assert word in done.stderr
    assert not list(tmp_path.glob("*.png"))


def test_a_source_that_does_not_answer_keeps_its_secret(command: Command, tmp_path: Path) -> None:
    text = SITE.format(source="rtsp://admin:hunter2secret@127.0.0.1:9/x", ground=GROUND)
    (tmp_path / "site.yaml").write_text(text + "    stall_timeout: 1s\n", encoding="utf-8")
    done = command("zones", "hall")
    assert done.returncode == 1
    assert "hall" in done.stderr
    assert "hunter2secret" not in done.stderr + done.stdout
