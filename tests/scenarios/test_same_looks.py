"""The same recording gives the same looks however fast the machine is: a run again finds what is stored already."""

import time
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import load_site
from secondsight.site import Site
from secondsight.site.pipeline.pipeline import CameraPipeline
from tests.site.sites import cut, site_file


def test_a_recording_is_looked_at_when_and_where_it_was_before_however_slowly_it_is_judged(
    data_dir: Path, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = data_dir / "videos" / "one-by-one-person-detection.mp4"
    video = cut(room, tmp_path / "room.mp4", 4.0, 20.0, "2026-01-01T08:00:00Z")
    deliver = CameraPipeline._deliver
    looks: list[tuple[float, Any, int]] = []

    def noted(self: CameraPipeline, camera: str, frame: Any, result: Any, tag: Any) -> None:
        if frame is not None:
            time.sleep(pause)
            looks.append((frame.time, tag.letterbox, len(result)))
        deliver(self, camera, frame, result, tag)

    monkeypatch.setattr(CameraPipeline, "_deliver", noted)
    seen = []
    for pause in (0.0, 0.1):
        folder = tmp_path / f"judged in {pause} s"
        file = site_file(folder, {"room": video}, models=str(models_dir), sentinel={"model": "yolox-nano"})
        with Site(load_site(file)) as site:
            list(site.events(once=True))
        seen.append(looks.copy())
        looks.clear()
    assert len(seen[0]) > 20
    assert seen[0] == seen[1]
