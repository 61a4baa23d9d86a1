"""Teaches a small classifier what a teacher answers, and what it has seen: outputs and features.

Soft cross-entropy with the teacher's probabilities (Hinton et al. 2015, arXiv:1503.02531), and where the teacher has
embeddings, cosine and smooth L1 distance between them and a projection of the student's features (hints, Romero et
al. 2015, arXiv:1412.6550). The projection is thrown away: the classifier that is exported is as small as any.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from secondsight.learn.networks.attribute_classifier import AttributeNet

_BATCH = 64
_RATE = 2e-3
_FEATURES = 0.5
"""Weight of the distance between embeddings, beside that of the answers."""


def train_student(
    pictures: NDArray[np.uint8],
    probabilities: NDArray[np.float32],
    embeddings: NDArray[np.float32] | None,
    *,
    steps: int,
    seed: int,
) -> AttributeNet:
    """A classifier from nothing; answers are drawn evenly, however rare. The same seed gives the same weights.

    Args:
        pictures: RGB (n, h, w, 3), h and w multiples of 16.
        probabilities: the teacher's (n, k). embeddings: the teacher's (n, d), each of length 1.

    Returns:
        The network in evaluation mode.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = AttributeNet(probabilities.shape[1]).train()
    projection = nn.Linear(network.head.in_features, 1 if embeddings is None else embeddings.shape[1])
    learned = [*network.parameters(), *projection.parameters()]
    optimiser = torch.optim.AdamW(learned, lr=_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    answers = probabilities.argmax(axis=1)
    weights = 1.0 / np.bincount(answers, minlength=probabilities.shape[1])[answers]
    for _ in range(steps):
        rows = rng.choice(len(pictures), _BATCH, p=weights / weights.sum())
        varied = to_tensor(np.stack([varied_crop(pictures[row], rng) for row in rows]))
        features = network.features(varied)
        wanted = torch.from_numpy(probabilities[rows])
        loss = -(wanted * network.head(features).log_softmax(dim=1)).sum(dim=1).mean()
        if embeddings is not None:
            loss = loss + _FEATURES * _distance(projection(features), torch.from_numpy(embeddings[rows]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


def _distance(found: Tensor, wanted: Tensor) -> Tensor:
    """Cosine and smooth L1 distance; numbers of unit vectors are scaled to about one for the latter."""
    scale = wanted.shape[1] ** 0.5
    cosine = 1 - F.cosine_similarity(found, wanted).mean()
    return cosine + F.smooth_l1_loss(F.normalize(found) * scale, wanted * scale)


@torch.no_grad()
def answers_of(network: AttributeNet, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities (n, k) of RGB pictures (n, h, w, 3)."""
    parts = [network(to_tensor(pictures[i : i + 256])).softmax(dim=1) for i in range(0, len(pictures), 256)]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def to_tensor(pictures: NDArray[np.uint8]) -> Tensor:
    """RGB pictures (n, h, w, 3) as the classifier takes them: float32 (n, 3, h, w) in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).float() / 255


def varied_crop(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Mirrored, shifted, zoomed, and in other light: a tracker's boxes jump, and so does the weather."""
    height, width = picture.shape[:2]
    zoom, dx, dy = rng.uniform(0.85, 1.2), *rng.uniform(-0.08, 0.08, 2)
    flip = -1.0 if rng.random() < 0.5 else 1.0
    matrix = np.array(
        [
            [flip * zoom, 0, width * (0.5 - flip * zoom * 0.5 + dx)],
            [0, zoom, height * (0.5 - zoom * 0.5 + dy)],
        ]
    )
    moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    lit = (moved.astype(np.float32) - 128) * rng.uniform(0.7, 1.3) + 128 + rng.uniform(-30, 30)
    return np.asarray(np.clip(lit + rng.normal(0, rng.uniform(0, 6), lit.shape), 0, 255), np.uint8)
