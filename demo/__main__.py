"""The main job on real video: cameras in, events out, to look at.

Needs real videos and a detector; until the project brings its own they are taken from a folder laid out as
`videos/*.mp4` and `models/*.onnx` (../shared/data, or SECONDSIGHT_TEST_DATA). There is no large model here, so the
events stay `unverified`; point `brain:` of the written site file at a server to see verdicts.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

_DEFAULT_DATA = Path(__file__).parents[2] / "shared" / "data"

_SITE = """\
# Written by `make demo`. Run it again yourself: secondsight run {out}/site.yaml --once
site:
  name: demo
data: data
models: models
cameras:
  room:
    source: {videos}/one-by-one-person-detection.mp4
    description: a bare room that people cross one at a time
    start_time: 2026-01-01T08:00:00Z
    zones:
      room:
        coordinates: 0.02,0.35,0.98,0.35,0.98,1,0.02,1
  car-park:
    source: {videos}/car-detection.mp4
    description: a car park seen from above
    start_time: 2026-01-01T08:00:00Z
    lines:
      lane:
        coordinates: 0.02,0.55,0.98,0.55
  factory:
    source: {videos}/worker-zone-detection.gif
    description: a marked factory floor with a worker
    start_time: 2026-01-01T08:00:00Z
    zones:
      floor:
        coordinates: 0.05,0.3,0.95,0.3,0.95,1,0.05,1
rules:
  somebody-in-room:
    behaviour: intrusion
    zone: room
  something-crosses:
    behaviour: line_crossing
    line: lane
    # Every class: seen from above, cars are phones and suitcases to a detector that has only met them from the side.
    classes: []
  worker-stays:
    behaviour: loitering
    zone: floor
    loitering_time: 3s
retention:
  min_free: 100MB
"""


def main() -> int:
    """Prepare the demo folder, run the cascade, write the page. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo-out"))
    out = parser.parse_args().out.resolve()
    source = Path(os.environ.get("SECONDSIGHT_TEST_DATA", _DEFAULT_DATA)).resolve()
    if not (source / "videos").is_dir():
        print(
            f"the demo needs real videos and finds none in {source}; set SECONDSIGHT_TEST_DATA to a folder with "
            "videos/ and models/",
            file=sys.stderr,
        )
        return 1
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    site = out / "site.yaml"
    site.write_text(_SITE.format(out=out.name, videos=source / "videos"), encoding="utf-8")
    models = {**os.environ, "SECONDSIGHT_MODELS": str(out / "models")}
    model = source / "models" / "yolox_nano.onnx"
    steps: list[list[object]] = [
        ["models", "add", model, "--name", "yolox-nano", "--family", "yolox", "--labels", "coco"],
        ["check", site],
        ["run", site, "--once", "--annotate", out / "annotated"],
        ["events", "--data", out / "data", "--html", out / "page", "--videos", out / "annotated"],
        ["events", "--data", out / "data"],
    ]
    for step in steps:
        command = [sys.executable, "-m", "secondsight", *map(str, step)]
        print(f"\n$ secondsight {' '.join(map(str, step))}", flush=True)
        done = subprocess.run(command, env=models, check=False)
        if done.returncode:
            return done.returncode
    print(f"\nlook at {out / 'page' / 'index.html'} and the videos in {out / 'annotated'}")
    return 0


sys.exit(main())
