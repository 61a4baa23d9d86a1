"""Trains the embedded sentinel `city-nano` on clear days of the simulated city, from nothing.

Night, fog, rain, occlusion and the rare classes are left out on purpose: that is the gap between any shipped detector
and a site, which the rest of the product is there to close.
"""

import argparse
import os
import shutil
from collections.abc import Callable
from pathlib import Path

# Before torch is loaded: one core for the training, one for the frames.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
import torch

from secondsight.learn.export.onnx import export_yolox
from secondsight.learn.export.published import read_published, thaw
from secondsight.learn.networks.yolox import Plan, Yolox
from secondsight.learn.training.augment import Jitter, LabelledPicture, augment
from secondsight.learn.training.trainer import Progress, TrainingSchedule, to_tensors, train
from secondsight.sentinel.models.catalogue import EMBEDDED
from secondsight.sentinel.models.lockfile import InstalledModel, read_lock, write_lock
from secondsight.sentinel.runtime.formats import sha256_of
from training.detector.frames import LABELS, NAME, Shards

SIZE = (384, 224)
"""Width and height of the network's picture; a 16:9 frame fills all but its last eight rows."""
PLAN = Plan(len(LABELS), width=0.125, depth=0.33, depthwise=False)
"""Narrower than the published Nano, but dense: depthwise convolutions train slowly on a CPU. On the same drawn
pictures and after the same 100 s on one core the box loss was 0.47 against Nano's 0.70.
"""
BATCH = 8
STEPS = 10_000
SEED = 1000
THAWED = 64
"""Pictures that give a model's normalisations their first statistics, when it learns more."""


def main(arguments: list[str]) -> int:
    """Train, report as it goes, and put the model where the store finds it."""
    parser = argparse.ArgumentParser(prog="python -m training detector", description=__doc__)
    parser.add_argument("--out", type=Path, default=EMBEDDED, help="model folder; default: %(default)s")
    parser.add_argument("--work", type=Path, default=Path("build/detector"), help="frames and checkpoint")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--minutes", type=float, help="time budget; the schedule then follows the clock")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--start", type=Path, help="a trained model that learns more, not one from nothing")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(options.seed)
    shards = Shards(options.work, options.seed, options.steps, first=32, growth=0.07)
    file: Path = options.work / f"{NAME}.onnx"

    def batch(step: int) -> list[LabelledPicture]:
        rng = np.random.default_rng((options.seed, step))
        return [augment(sample, SIZE, Jitter(), rng) for sample in shards.draw(step, rng, BATCH)]

    def saved(network: Yolox, step: int) -> None:
        facts = {
            "trained_on": "simulated city, clear days",
            "seed": str(options.seed),
            "steps": str(step),
            "budget": f"{options.minutes:g} minutes" if options.minutes else "none",
        }
        export_yolox(network, file, SIZE, LABELS, facts)

    schedule = TrainingSchedule(
        options.steps,
        options.minutes * 60 if options.minutes else None,
        rate=2e-3 if options.start else 4e-3,
        warmup=200,
    )
    with shards.rendering():
        network = _learned(options.start, batch) if options.start else Yolox(PLAN)
        train(network, batch, schedule, options.work / "checkpoint.pt", report=_tell, saved=saved)
    model = install(file, options.out)
    print(f"{model.path}: {model.bytes / 1e6:.2f} MB, sha256 {model.sha256}", flush=True)
    return 0


def _learned(file: Path, batch: Callable[[int], list[LabelledPicture]]) -> Yolox:
    images, _ = to_tensors([sample for step in range(THAWED // BATCH) for sample in batch(step)])
    return thaw(read_published(file), images)


def install(file: Path, folder: Path) -> InstalledModel:
    """Put a trained model into a model folder, under the name, family and labels it has here."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.onnx"
    shutil.copyfile(file, path)
    model = InstalledModel(
        name=NAME,
        path=path,
        family="yolox",
        labels=LABELS,
        sha256=sha256_of(path),
        bytes=path.stat().st_size,
        licence="Apache-2.0",
        source="python -m training detector",
        pinned=True,
    )
    write_lock(folder, {**read_lock(folder), NAME: model})
    return model


def _tell(at: Progress) -> None:
    print(
        f"step {at.step}/{at.steps}  {at.seconds:.0f} s  loss {at.loss:.2f}  box {at.box:.3f}  "
        f"objectness {at.objectness:.2f}  class {at.kind:.2f}",
        flush=True,
    )
