"""Independent decoders, one plain loop each, written from the published layouts and sharing nothing with ours.

Every one returns rows (x1, y1, x2, y2, score, class) in model pixels, before NMS.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Row = tuple[float, float, float, float, float, int]


def _box(cx: float, cy: float, w: float, h: float, score: float, label: int) -> Row:
    return cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score, label


def _best(scores: NDArray[Any]) -> tuple[int, float]:
    best = max(range(len(scores)), key=lambda i: float(scores[i]))
    return best, float(scores[best])


def yolox(output: NDArray[Any], width: int, height: int, threshold: float) -> list[Row]:
    rows, at = [], 0
    for stride in (8, 16, 32):
        for y in range(height // stride):
            for x in range(width // stride):
                row = output[0, at]
                at += 1
                label, score = _best(row[5:])
                score *= float(row[4])
                if score >= threshold:
                    w, h = math.exp(float(row[2])) * stride, math.exp(float(row[3])) * stride
                    rows.append(
                        _box((float(row[0]) + x) * stride, (float(row[1]) + y) * stride, w, h, score, label)
                    )
    assert at == output.shape[1]
    return rows


def yunet(outputs: Mapping[str, NDArray[Any]], width: int, height: int, threshold: float) -> list[Row]:
    rows = []
    for stride in (8, 16, 32):
        at = 0
        for y in range(height // stride):
            for x in range(width // stride):
                face, there = (float(outputs[f"{part}_{stride}"][0, at, 0]) for part in ("cls", "obj"))
                dx, dy, w, h = (float(value) for value in outputs[f"bbox_{stride}"][0, at])
                at += 1
                score = math.sqrt(face * there)
                if score >= threshold:
                    sides = math.exp(w) * stride, math.exp(h) * stride
                    rows.append(_box((x + dx) * stride, (y + dy) * stride, *sides, score, 0))
    return rows


def pixel_rows(output: NDArray[Any], width: int, height: int, threshold: float) -> list[Row]:
    """YOLOv5, and YOLOX decoded in the graph."""
    rows = []
    for row in output[0].tolist():
        label, score = _best(np.array(row[5:]))
        if score * row[4] >= threshold:
            cx, cy, w, h = row[:4]
            rows.append(_box(cx, cy, w, h, score * row[4], label))
    return rows


def yolov8(output: NDArray[Any], width: int, height: int, threshold: float) -> list[Row]:
    rows = []
    for column in range(output.shape[2]):
        values = [float(v) for v in output[0, :, column]]
        label, score = _best(np.array(values[4:]))
        if score >= threshold:
            cx, cy, w, h = values[:4]
            rows.append(_box(cx, cy, w, h, score, label))
    return rows


def end_to_end(output: NDArray[Any], width: int, height: int, threshold: float) -> list[Row]:
    return [(*row[:4], row[4], int(row[5])) for row in output[0].tolist() if row[4] >= threshold]


def fastestdet(output: NDArray[Any], width: int, height: int, threshold: float) -> list[Row]:
    rows = []
    _, _, grid_h, grid_w = output.shape
    for y in range(grid_h):
        for x in range(grid_w):
            values = [float(v) for v in output[0, :, y, x]]
            label, score = _best(np.array(values[5:]))
            score = values[0] ** 0.6 * score**0.4
            if score >= threshold:
                cx = (x + math.tanh(values[1])) / grid_w * width
                cy = (y + math.tanh(values[2])) / grid_h * height
                w, h = (1 / (1 + math.exp(-v)) for v in values[3:5])
                rows.append(_box(cx, cy, w * width, h * height, score, label))
    return rows


def queries(
    boxes: NDArray[Any], logits: NDArray[Any], width: int, height: int, threshold: float, classes: int
) -> list[Row]:
    """The DETR line: relative boxes, logits, best class of each query among the first `classes`."""
    rows = []
    for box, values in zip(boxes[0].tolist(), logits[0].tolist(), strict=True):
        label, value = _best(np.array(values[:classes]))
        score = 1 / (1 + math.exp(-value))
        if score >= threshold:
            cx, cy, w, h = box
            rows.append(_box(cx * width, cy * height, w * width, h * height, score, label))
    return rows


def distributed(
    scores: NDArray[Any], sides: NDArray[Any], width: int, height: int, offset: float, threshold: float
) -> list[Row]:
    """PicoDet and NanoDet-Plus, cell by cell."""
    rows, cell = [], 0
    for stride in (8, 16, 32, 64):
        for y in range(math.ceil(height / stride)):
            for x in range(math.ceil(width / stride)):
                label = max(range(scores.shape[1]), key=lambda n: float(scores[cell, n]))
                if scores[cell, label] >= threshold:
                    left, top, right, bottom = (
                        sum(bin * math.exp(value) for bin, value in enumerate(side))
                        / sum(map(math.exp, side))
                        * stride
                        for side in sides[cell].reshape(4, 8).tolist()
                    )
                    a, b = (x + offset) * stride, (y + offset) * stride
                    score = float(scores[cell, label])
                    rows.append((a - left, b - top, a + right, b + bottom, score, label))
                cell += 1
    return rows


def ssd(output: NDArray[Any], width: int, height: int, threshold: float) -> list[Row]:
    rows = []
    for picture, label, score, x1, y1, x2, y2 in output[0, 0].tolist():
        if picture < 0:
            break
        if score >= threshold and label > 0:
            rows.append((x1 * width, y1 * height, x2 * width, y2 * height, score, int(label)))
    return rows


def iou(a: Sequence[float], b: Sequence[float]) -> float:
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(w, 0) * max(h, 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union > 0 else 0.0


def nms(rows: list[Row], limit: float) -> list[Row]:
    """Greedy, class by class, best first."""
    kept: list[Row] = []
    for row in sorted(rows, key=lambda r: -r[4]):
        if all(other[5] != row[5] or iou(other, row) <= limit for other in kept):
            kept.append(row)
    return kept


def onto_frame(
    rows: list[Row], frame: tuple[int, int], inner: tuple[int, int], left: int, top: int
) -> list[Row]:
    """Boxes in frame pixels, clipped; what lies outside is gone."""
    moved = []
    for x1, y1, x2, y2, score, label in rows:
        xs = [min(max((x - left) * frame[0] / inner[0], 0), frame[0]) for x in (x1, x2)]
        ys = [min(max((y - top) * frame[1] / inner[1], 0), frame[1]) for y in (y1, y2)]
        if xs[1] > xs[0] and ys[1] > ys[0]:
            moved.append((xs[0], ys[0], xs[1], ys[1], score, label))
    return moved


def assert_same(detections: Any, rows: list[Row], *, pixels: float = 1.0, score: float = 1e-3) -> None:
    """The same set of boxes: each of one side has its own partner on the other."""
    found = [
        (*map(float, box), float(confidence), int(label))
        for box, confidence, label in zip(
            detections.xyxy, detections.confidence, detections.class_id, strict=True
        )
    ]
    assert len(found) == len(rows), f"{len(found)} boxes, reference has {len(rows)}"
    left = list(found)
    for row in rows:
        partner = min(
            (f for f in left if f[5] == row[5]),
            key=lambda f: max(abs(a - b) for a, b in zip(f[:4], row[:4], strict=True)),
            default=None,
        )
        assert partner is not None, f"no box for {row}"
        assert max(abs(a - b) for a, b in zip(partner[:4], row[:4], strict=True)) <= pixels, (partner, row)
        assert abs(partner[4] - row[4]) <= score, (partner, row)
        left.remove(partner)
