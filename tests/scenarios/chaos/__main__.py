"""`python -m tests.scenarios.chaos [--seed N] [--minutes M]`: one chaos run; exit code 1 if anything was wrong."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from secondsight.sentinel import ModelStore
from tests.scenarios.chaos.drive import chaos
from tests.site.sites import cut


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--folder", type=Path, help="Where outputs stay; by default a new folder.")
    asked = parser.parse_args()
    data = Path(os.environ.get("SECONDSIGHT_TEST_DATA", "../shared/data"))
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="chaos-"))
    models, shorts = folder / "models", folder / "shorts"
    shorts.mkdir(parents=True, exist_ok=True)
    ModelStore(models).add(data / "models" / "fastestdet.onnx", "fastestdet", "fastestdet", "coco")
    for name, begin in (("one", 3), ("two", 70), ("three", 120)):
        video = data / "videos" / "one-by-one-person-detection.mp4"
        cut(video, shorts / f"{name}.mp4", begin, begin + 12, "2026-01-02T03:04:05Z")
    print(f"seed {asked.seed}, {folder}", flush=True)
    found = chaos(
        asked.seed, asked.minutes * 60, folder / "run", shorts, models, lambda line: print(line, flush=True)
    )
    for problem in found:
        print(f"wrong: {problem}")
    print(f"seed {asked.seed}: {'all is well' if not found else f'{len(found)} problems'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
