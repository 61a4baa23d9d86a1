"""That there is too much to watch is told, and taken back."""

from secondsight.site import CameraStatus
from secondsight.site.pipeline.load_meter import LoadMeter
from tests.table import table


def camera(frames: int, looks: int, late: int, busy: int) -> CameraStatus:
    drops = {"late": late, "busy": busy}
    return CameraStatus("hall", "live", frames, looks, 0.0, 0, 0.0, 0, 0, drops, None, None)


@table(
    ("frames", "looks", "late", "busy", "words"),
    [
        (1000, 100, 0, 0, None),
        (1000, 100, 50, 5, None),
        (600, 100, 400, 0, "40% of the pictures are passed over and 0% of the looks"),
        (1000, 50, 0, 50, "0% of the pictures are passed over and 50% of the looks"),
        (0, 0, 0, 0, None),
    ],
)
def test_what_is_told(frames: int, looks: int, late: int, busy: int, words: str | None) -> None:
    now = 0.0
    meter = LoadMeter(lambda: now)
    half = camera(frames // 2, looks // 2, late // 2, busy // 2)
    assert meter.trouble([half, half]) is None, "too early to tell"
    now = 11.0
    told = meter.trouble([half, half])
    assert (told is None) == (words is None)
    assert words is None or words in (told or "")
    now = 15.0
    assert meter.trouble([half, half]) == told, "until the next window is over"
    now = 22.0
    calm = camera(frames + 1000, looks + 100, late // 2, busy // 2)
    assert meter.trouble([calm, calm]) is None


def test_counts_that_fall_when_a_camera_begins_anew_tell_nothing() -> None:
    now = 0.0
    meter = LoadMeter(lambda: now)
    now = 11.0
    meter.trouble([camera(1000, 100, 900, 90)])
    now = 22.0
    assert meter.trouble([camera(10, 1, 0, 0)]) is None
