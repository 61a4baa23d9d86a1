"""A camera's thread on pictures in which nothing moves."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from secondsight.config import load_site
from secondsight.media.writing.encode import encode_pictures
from secondsight.sentinel import LookPlan, StaticFrame
from secondsight.site import Site
from secondsight.site.pipeline.pipeline import CameraPipeline
from tests.site.sites import site_file

SECONDS, RATE = 8.0, 10.0


def frozen(source: Path, target: Path, second: float) -> Path:
    """A video of one picture of another, which stands for SECONDS."""
    with av.open(str(source)) as video:
        picture = next(frame for frame in video.decode(video=0) if (frame.time or 0.0) >= second)
    with av.open(str(target), "w") as out:
        encode_pictures(out, ((picture, number / RATE) for number in range(int(SECONDS * RATE))), RATE)
    return target


@pytest.mark.parametrize(
    ("second", "somebody"), [(10.0, True), (0.0, False)], ids=["somebody stands", "nobody"]
)
def test_twice_a_second_the_rules_hear_that_who_stands_still_does(
    second: float,
    somebody: bool,
    data_dir: Path,
    models_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    video = frozen(data_dir / "videos" / "one-by-one-person-detection.mp4", tmp_path / "frozen.mp4", second)
    deliver, held, looks = CameraPipeline._deliver, [], []

    def noted(self: CameraPipeline, camera: str, frame: Any, result: Any, tag: Any) -> None:
        if isinstance(tag, StaticFrame):
            held.append(tag.time)
        elif isinstance(tag, LookPlan):
            looks.append(frame.time)
        deliver(self, camera, frame, result, tag)

    monkeypatch.setattr(CameraPipeline, "_deliver", noted)
    file = site_file(
        tmp_path / "site", {"room": video}, models=str(models_dir), sentinel={"model": "yolox-nano"}
    )
    with Site(load_site(file)) as site:
        list(site.events(once=True))
    apart = [round(later - earlier, 1) for earlier, later in pairwise(held)]
    if somebody:
        # Looks at 5 a second: the first at or after half a second, or later where a look came in between.
        assert set(apart) <= {0.6, 0.8}
        assert len(held) + len(looks) >= SECONDS / 0.8
    else:
        assert not held
        assert len(looks) == 1
