"""YOLOX's loss: which cells answer for which object (SimOTA), and how wrong they are.

Ge et al. 2021 (arXiv:2107.08430), section 2.1: assignment after OTA (arXiv:2103.14259) with `dynamic k` instead of
the Sinkhorn solver; IoU loss for boxes, binary cross-entropy for objectness and classes, and an L1 loss on
the raw box in the last epochs. Objects too small or too hidden to be asked for are `ignored`: cells inside them are
neither right nor wrong, so that nothing is taught to be background that is none. Where labels are incomplete,
background away from labelled objects weighs less (soft sampling, Wu et al. 2018, arXiv:1806.06986).
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from secondsight.learn.networks.yolox import boxes, cells

RADIUS = 1.5
"""Cells whose centre lies within this number of strides of an object's centre may answer for it."""
CANDIDATES = 10
"""The sum of this number of best overlaps is how many cells an object gets."""
OVERLAP_WEIGHT = 3.0
BOX_WEIGHT = 5.0
_FAR = 1e6


@dataclass(frozen=True, slots=True)
class Targets:
    """What is to be found in one picture.

    Attributes:
        boxes: float (m, 4), pixels: centre x, centre y, width, height.
        classes: int64 (m,).
        ignored: float (k, 4), boxes in which whatever is found counts neither way.
        background: weight of cells that are in no box: below 1 where not everything is labelled.
    """

    boxes: Tensor
    classes: Tensor
    ignored: Tensor
    background: float = 1.0


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss of a batch and its parts, each per answering cell; `cells` counts those."""

    total: Tensor
    box: float
    objectness: float
    kind: float
    cells: int


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of boxes centre x, y, width, height: (..., 4) and (..., 4) -> (...), broadcast."""
    low = torch.maximum(a[..., :2] - a[..., 2:] / 2, b[..., :2] - b[..., 2:] / 2)
    high = torch.minimum(a[..., :2] + a[..., 2:] / 2, b[..., :2] + b[..., 2:] / 2)
    shared = (high - low).clamp(min=0).prod(dim=-1)
    return shared / (a[..., 2:].prod(dim=-1) + b[..., 2:].prod(dim=-1) - shared + 1e-9)


@torch.no_grad()
def assign(
    predicted: Tensor, logits: Tensor, corner: Tensor, stride: Tensor, targets: Targets
) -> tuple[Tensor, Tensor, Tensor]:
    """SimOTA for one picture: every object gets its k cheapest cells, every cell at most one object.

    Args:
        predicted: boxes of all cells in pixels (n, 4); `logits` of objectness and classes (n, 1 + nc).
        corner, stride: of the cells, see `cells`.

    Returns:
        positions of the answering cells (p,), the object each answers for (p,), their overlap with it (p,).
    """
    centre = (corner + 0.5) * stride
    reach = (centre[None] - targets.boxes[:, None, :2]).abs().amax(dim=-1) < RADIUS * stride[:, 0]
    near = reach.any(dim=0).nonzero()[:, 0]
    if not len(near):
        nothing = near.new_zeros(0)
        return nothing, nothing, predicted.new_zeros(0)
    reach = reach[:, near]
    shared = overlap(targets.boxes[:, None], predicted[None, near])
    # The square root of the product of both probabilities, as the published code has it.
    chance = (logits[near, 1:].sigmoid() * logits[near, :1].sigmoid()).sqrt()
    missing = -torch.log1p(-chance.clamp(max=1 - 1e-6))
    right = -chance.clamp(min=1e-6).log()
    kind = (missing.sum(dim=1, keepdim=True) + right - missing).t()[targets.classes]
    cost = kind - OVERLAP_WEIGHT * (shared + 1e-8).log() + _FAR * ~reach
    count = shared.topk(min(CANDIDATES, len(near)), dim=1).values.sum(dim=1).int().clamp(min=1)
    taken = torch.zeros_like(reach)
    for row, k in enumerate(count.tolist()):
        taken[row, cost[row].topk(min(k, len(near)), largest=False).indices] = True
    # An object with fewer cells in reach than its k has taken some out of reach.
    taken &= reach
    cheapest = cost.masked_fill(~taken, float("inf")).argmin(dim=0)
    several = taken.sum(dim=0) > 1
    taken[:, several] = False
    taken[cheapest[several], several] = True
    owner, column = taken.nonzero(as_tuple=True)
    return near[column], owner, shared[owner, column]


def yolox_loss(rows: Tensor, size: tuple[int, int], targets: list[Targets], *, precise: bool = False) -> Loss:
    """The loss of a batch.

    Args:
        rows: raw output of the network, (b, n, 5 + nc).
        size: (width, height) of the pictures.
        precise: adds the L1 loss on the raw box, for the last part of a training.
    """
    corner, stride = cells(*size)
    predicted = boxes(rows, corner, stride)
    counted = rows.new_ones(rows.shape[:2])
    wanted = torch.zeros_like(counted)
    box = kind = fine = rows.new_zeros(())
    found = 0
    for index, target in enumerate(targets):
        if target.background < 1:
            counted[index] = target.background
            counted[index, _within(_grown(target.boxes), (corner + 0.5) * stride)] = 1
        if len(target.ignored):
            counted[index, _within(target.ignored, (corner + 0.5) * stride)] = 0
        if not len(target.boxes):
            continue
        cell, owner, shared = assign(predicted[index], rows[index, :, 4:], corner, stride, target)
        wanted[index, cell], counted[index, cell] = 1, 1
        found += len(cell)
        aim = target.boxes[owner]
        box = box + (1 - overlap(predicted[index, cell], aim).square()).sum()
        soft = F.one_hot(target.classes[owner], rows.shape[2] - 5) * shared[:, None]
        kind = kind + F.binary_cross_entropy_with_logits(rows[index, cell, 5:], soft, reduction="sum")
        if precise:
            raw = torch.cat(
                (aim[:, :2] / stride[cell] - corner[cell], (aim[:, 2:] / stride[cell] + 1e-8).log()), dim=1
            )
            fine = fine + F.l1_loss(rows[index, cell, :4], raw, reduction="sum")
    objectness = F.binary_cross_entropy_with_logits(rows[..., 4], wanted, counted, reduction="sum")
    share = 1 / max(found, 1)
    total = (BOX_WEIGHT * box + objectness + kind + fine) * share
    box_part, some_part, kind_part = (float(part.detach()) * share for part in (box, objectness, kind))
    return Loss(total, box_part, some_part, kind_part, found)


def _grown(areas: Tensor) -> Tensor:
    """Boxes of twice the width and height."""
    return torch.cat((areas[:, :2], 2 * areas[:, 2:]), dim=1)


def _within(areas: Tensor, points: Tensor) -> Tensor:
    """Whether each point (n, 2) lies in any box centre x, y, width, height (k, 4) -> bool (n,)."""
    return ((points[:, None] - areas[None, :, :2]).abs() * 2 < areas[None, :, 2:]).all(dim=-1).any(dim=1)
