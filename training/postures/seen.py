"""What a camera and a pose model make of skeletons: perspective, the picture's edges, noise, dropouts, confusions."""

from dataclasses import dataclass

import numpy as np

from training.postures.body import Floats

LIMBS = (9, 10, 15, 16, 7, 8, 13, 14)
"""Wrists, ankles, elbows and knees: found less well (Cao et al., "OpenPose", TPAMI 43, 2021, table of parts)."""


@dataclass(frozen=True)
class Camera:
    """Looks from `height` metres at a point of the floor `distance` metres away; angles in degrees.

    Attributes:
        field: vertical angle of view. roll: about its axis. aspect: width of the picture in heights.
    """

    height: float
    distance: float
    aim: float
    field: float
    roll: float
    aspect: float

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Camera":
        """Anything from a table to a lamp post."""
        height = rng.uniform(0.6, 2.0) if rng.random() < 0.4 else rng.uniform(2.0, 5.5)
        return cls(
            height,
            rng.uniform(2.0, 6.0) if rng.random() < 0.5 else rng.uniform(4.0, 15.0),
            rng.uniform(0.2, 1.4),
            rng.uniform(35, 75),
            rng.normal(0, 2.5),
            rng.choice((4 / 3, 16 / 9)),
        )

    def project(self, points: Floats) -> Floats:
        """World (..., 3) in metres, the person about the origin -> picture (..., 2), in picture heights."""
        eye = np.array((-self.distance, 0.0, self.height))
        ahead = np.array((0.0, 0.0, self.aim)) - eye
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        down = np.cross(ahead, right)
        roll = np.radians(self.roll)
        right, down = np.cos(roll) * right + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * right
        relative = points - eye
        depth = np.maximum(relative @ ahead, 0.3)
        focal = 0.5 / np.tan(np.radians(self.field) / 2)
        x = focal * (relative @ right) / depth + self.aspect / 2
        y = focal * (relative @ down) / depth + 0.5
        return np.stack((x, y), axis=-1)


def estimated(points: Floats, aspect: float, rng: np.random.Generator, careless: float = 1.0) -> Floats:
    """Key points (n, 17, 3) of x and y in picture heights and score, as a pose model gives them for (n, 17, 2).

    Args:
        careless: how much worse than usual the model is.
    """
    n = len(points)
    extent = np.ptp(points, axis=1).max(axis=1)
    flat = np.clip(
        np.ptp(points[:, :, 0], axis=1) / np.maximum(np.ptp(points[:, :, 1], axis=1), 1e-6) - 0.8, 0, 1
    )
    # People who lie are rare in what pose models learn from.
    worse = careless * (1 + flat)
    part = np.where(np.isin(np.arange(17), LIMBS), 1.5, 1.0)
    spread = rng.uniform(0.008, 0.025) * extent[:, None] * part * worse[:, None]
    slow = np.cumsum(rng.normal(0, 1, (n, 17, 2)), axis=0)
    slow -= slow.mean(axis=0)
    noisy = (
        points
        + rng.normal(0, 1, (n, 17, 2)) * spread[..., None]
        + 0.3 * slow / np.sqrt(n) * spread[..., None]
    )
    score = np.clip(
        rng.normal(0.6, 0.12) + rng.normal(0, 0.12, (n, 17)) - 0.15 * (part - 1) - 0.1 * flat[:, None],
        0.02,
        0.98,
    )
    wrong = rng.random((n, 17)) < 0.02 * worse[:, None]
    noisy[wrong] += rng.normal(0, 0.25, (int(wrong.sum()), 2)) * np.repeat(extent, wrong.sum(axis=1))[:, None]
    score[wrong] *= rng.uniform(0.2, 0.9, int(wrong.sum()))
    for left in (1, 3, 5, 7, 9, 11, 13, 15):
        swapped = rng.random(n) < 0.02 * worse
        noisy[swapped, left], noisy[swapped, left + 1] = (
            noisy[swapped, left + 1].copy(),
            noisy[swapped, left].copy(),
        )
    _hide(noisy, score, rng, aspect)
    # The whole person is missed, for a while.
    missed = np.zeros(n, bool)
    gone = 0.0
    for row in range(n):
        gone = gone - 1 if gone > 0 else rng.geometric(0.4) if rng.random() < 0.015 * worse[row] else 0
        missed[row] = gone > 0
    score[missed] = 0
    return np.concatenate((noisy, score[..., None]), axis=2)


def _hide(points: Floats, score: Floats, rng: np.random.Generator, aspect: float) -> None:
    """Furniture hides the legs or a side; beyond the picture's edges nothing is seen."""
    n = len(points)
    if rng.random() < 0.3:
        parts = ((13, 14, 15, 16), (11, 12, 13, 14, 15, 16), (15, 16), (5, 7, 9), (6, 8, 10), (0, 1, 2, 3, 4))
        hidden = parts[rng.integers(len(parts))]
        begin, end = sorted(rng.integers(0, n, 2)) if rng.random() < 0.5 else (0, n)
        for number in hidden:
            score[begin:end, number] *= rng.uniform(0, 0.5)
    beyond = (points < 0).any(axis=2) | (points[..., 0] > aspect) | (points[..., 1] > 1)
    score[beyond] *= rng.uniform(0, 0.4)
    points[..., 0] = np.clip(points[..., 0], 0, aspect)
    points[..., 1] = np.clip(points[..., 1], 0, 1)
