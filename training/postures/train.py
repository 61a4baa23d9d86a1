"""Trains `postures`: what one person does, out of 3 s of key points."""

import argparse
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

# Before torch is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from secondsight.sentinel.second.postures import FILE, LOOKS, STEP, normalised
from training.postures.acts import KINDS, RATE, act
from training.postures.body import KEYPOINTS, Floats, joints
from training.postures.seen import Camera, estimated

SECONDS = 14.0
WINDOWS = 20
"""Windows out of each timeline."""
MIRROR = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
"""Key points by the number that their mirror image has."""
PEOPLE, TEST_PEOPLE, FIRST_TEST_SEED = 4000, 300, 1_000_000
EPOCHS, BATCH, LEARNING_RATE = 12, 128, 2e-3


def somebody(seed: int) -> tuple[Floats, NDArray[np.int64]] | None:
    """Key points (n, 17, 3) of x, y in picture heights and score, and kinds (n,); None if the camera misses them."""
    rng = np.random.default_rng(seed)
    angles, yaws, places, kinds = act(rng, SECONDS, falls=rng.random() < 0.6)
    body = joints(angles, yaws, rng.normal(1.68, 0.1) if rng.random() < 0.93 else rng.uniform(1.0, 1.4))
    body[:, :, :2] += (places - np.median(places, axis=0) + rng.normal(0, 0.5, 2))[:, None]
    camera = Camera.random(rng)
    flat = camera.project(body)
    inside = ((flat > 0) & (flat < (camera.aspect, 1.0))).all(axis=2).mean()
    if inside < 0.6 or np.median(np.ptp(flat[:, :, 1], axis=1)) < 0.06:
        return None
    return estimated(flat, camera.aspect, rng, rng.uniform(0.5, 2.0)), kinds


def draw(seeds: Sequence[int]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Windows (n, LOOKS, 51) and kinds of their last moments (n,)."""
    windows, kinds = [], []
    every = round(STEP * RATE)
    for seed in seeds:
        found = somebody(seed)
        if found is None:
            continue
        points, truth = found
        rng = np.random.default_rng((seed, 1))
        # Moments of falls and of getting up are few.
        weight = np.where(truth == 0, 1.0, np.where(truth == 2, 1.5, 4.0))
        weight[: every * 4] = 0
        for last in rng.choice(len(truth), WINDOWS, p=weight / weight.sum()):
            rows = (
                last
                - every * np.arange(LOOKS - 1, -1, -1)
                + np.append(rng.integers(-1, 2, LOOKS - 1), 0) * (rng.random() < 0.5)
            )
            looks = np.where((rows >= 0)[:, None, None], points[np.maximum(rows, 0)], 0)
            looks[rng.random(LOOKS) < 0.04] = 0
            if rng.random() < 0.2:
                looks[: rng.integers(1, LOOKS - 3)] = 0  # a track that began late
            if rng.random() < 0.5:
                looks[..., 0] *= -1
                looks = looks[:, MIRROR]
            windows.append(normalised(looks))
            kinds.append(truth[last])
    return np.stack(windows), np.array(kinds)


class Head(nn.Module):
    """Dilated convolutions over time (Bai, Kolter and Koltun, "An empirical evaluation of generic convolutional and
    recurrent networks for sequence modeling", 2018); the last look and the strongest responses decide."""

    def __init__(self, channels: int, kinds: int, width: int = 64) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                nn.Conv1d(channels, width, 3, padding=1),
                nn.Conv1d(width, width, 3, padding=2, dilation=2),
                nn.Conv1d(width, width, 3, padding=4, dilation=4),
            ]
        )
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(3 * width, kinds)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """(n, LOOKS, channels) -> logits (n, kinds)."""
        x = windows.transpose(1, 2)
        for layer in self.layers:
            x = functional.relu(layer(x))
        features = torch.cat((x[:, :, -1], x[:, :, -4:].mean(2), x.amax(2)), dim=1)
        logits: torch.Tensor = self.last(self.drop(features))
        return logits


def fit(windows: NDArray[np.float32], kinds: NDArray[np.int64], count: int, seed: int, epochs: int) -> Head:
    """Train from nothing."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    head = Head(windows.shape[2], count)
    inputs, answers = torch.from_numpy(windows), torch.from_numpy(kinds)
    optimiser = torch.optim.AdamW(head.parameters(), lr=LEARNING_RATE, weight_decay=1e-3)
    steps = epochs * len(windows) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        rows = torch.randint(len(windows), (BATCH,), generator=generator)
        loss = functional.cross_entropy(head(inputs[rows]), answers[rows], label_smoothing=0.02)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return head.eval()


def export(head: Head, path: Path) -> None:
    """Write a network with its softmax: `windows` (1, LOOKS, channels) to `kinds` (1, kinds)."""
    still = nn.Sequential(head, nn.Softmax(dim=1)).eval()
    with warnings.catch_warnings():
        # The newer exporter needs one more package.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            still,
            (torch.zeros(1, LOOKS, 3 * KEYPOINTS),),
            path,
            input_names=["windows"],
            output_names=["kinds"],
            opset_version=17,
            dynamo=False,
        )


def confusion(found: NDArray[np.int64], kinds: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Share of each true kind (rows) that is taken for each kind."""
    table = np.zeros((count, count))
    np.add.at(table, (kinds, found), 1)
    return np.asarray(table / np.maximum(table.sum(axis=1, keepdims=True), 1))


def main(arguments: Sequence[str]) -> int:
    """Train, and write the network and its card where the package finds them."""
    parser = argparse.ArgumentParser(prog="python -m training postures", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path, default=FILE, help="default: %(default)s")
    parser.add_argument("--card", action="store_true", help="train nothing, measure what is there")
    options = parser.parse_args(arguments)
    # It asks this module for its timelines.
    from training.postures.measure import write_card

    if not options.card:
        windows, kinds = draw(range(options.people))
        print(
            f"{len(windows)} windows: {dict(zip(KINDS, np.bincount(kinds).tolist(), strict=True))}",
            flush=True,
        )
        export(fit(windows, kinds, len(KINDS), options.seed, options.epochs), options.out)
    test, truth = draw(range(FIRST_TEST_SEED, FIRST_TEST_SEED + TEST_PEOPLE))
    session = onnxruntime.InferenceSession(options.out, providers=["CPUExecutionProvider"])
    found = np.array([session.run(None, {"windows": each[None]})[0].argmax() for each in test])
    write_card(options.out, confusion(found, truth, len(KINDS)), options.people)
    return 0
