"""Random outputs in each family's published layout, the model that gives them, and the independent answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.sentinel import references
from tests.sentinel.graphs import constant_model, rt_detr_model
from tests.sentinel.references import Row

WIDTH, HEIGHT = 96, 64
CELLS = 96 + 24 + 6
"""Cells of a 96x64 picture at strides 8, 16, 32."""
ULTRALYTICS = {"task": "detect", "names": "{0: 'a', 1: 'b', 2: 'c'}", "description": "Ultralytics YOLO11n"}


@dataclass(frozen=True)
class Layout:
    """One layout of one family.

    Attributes:
        make: (random generator, path) -> raw outputs by name; writes the model.
        answer: (raw outputs, threshold) -> rows in model pixels before NMS.
        labels: how many labels the model gets.
        suppressed: whether NMS follows.
        classes: what the layout says of its count of classes.
    """

    name: str
    family: str
    make: Callable[[np.random.Generator, Path], Mapping[str, NDArray[Any]]]
    answer: Callable[[Mapping[str, NDArray[Any]], float], list[Row]]
    labels: int = 3
    suppressed: bool = True
    classes: int | None = 3

    def __str__(self) -> str:
        return self.name


def _scores(rng: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    """Mostly low, some high, as a trained model gives them."""
    return (rng.random(shape) ** 2).astype(np.float32)


def _centres(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Relative centre and size of boxes that crowd around three places, so that many overlap."""
    place = rng.random((3, 2))[rng.integers(0, 3, count)]
    return np.concatenate(
        (place + rng.normal(0, 0.03, (count, 2)), rng.uniform(0.1, 0.5, (count, 2))), axis=1
    ).astype(np.float32)


def _pixels(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    return boxes * np.array([WIDTH, HEIGHT, WIDTH, HEIGHT], np.float32)


def _save(path: Path, outputs: Mapping[str, NDArray[Any]], **options: Any) -> Mapping[str, NDArray[Any]]:
    constant_model(path, outputs, **{"shape": (1, 3, HEIGHT, WIDTH), **options})
    return outputs


def _yolox(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    boxes = rng.normal(0, 1, (1, CELLS, 4)).astype(np.float32)
    return _save(path, {"output": np.concatenate((boxes, _scores(rng, 1, CELLS, 4)), axis=2)})


def _pixel_rows(name: str, count: int, **options: Any) -> Callable[..., Mapping[str, NDArray[Any]]]:
    def make(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
        rows = np.concatenate((_pixels(_centres(rng, count)), _scores(rng, count, 4)), axis=1)
        return _save(path, {name: rows[None]}, **options)

    return make


def _yolov8(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    rows = np.concatenate((_pixels(_centres(rng, CELLS)), _scores(rng, CELLS, 3)), axis=1)
    return _save(path, {"output0": np.ascontiguousarray(rows.T[None])}, metadata=ULTRALYTICS)


def _yolo_e2e(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    corners = np.sort(rng.uniform(-5, 90, (300, 2, 2)), axis=1).reshape(300, 4)
    score = np.sort(_scores(rng, 300))[::-1, None]
    rows = np.concatenate((corners, score, rng.integers(0, 3, (300, 1))), axis=1).astype(np.float32)
    return _save(path, {"output0": rows[None]})


def _fastestdet(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    score, boxes = _scores(rng, 1, 1, 4, 6), rng.normal(0, 1, (1, 4, 4, 6))
    table = np.concatenate((score, boxes, _scores(rng, 1, 3, 4, 6)), axis=1).astype(np.float32)
    return _save(path, {"758": table}, image="input.1", operators=("Softmax",))


def _yunet(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    outputs = {}
    for part, columns in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
        for stride in (8, 16, 32):
            count = (WIDTH // stride) * (HEIGHT // stride)
            scores = part in ("cls", "obj")
            values = _scores(rng, 1, count, 1) if scores else rng.normal(0, 1, (1, count, columns))
            outputs[f"{part}_{stride}"] = values.astype(np.float32)
    return _save(path, outputs, image="input")


def _retinaface(points: int) -> Callable[[np.random.Generator, Path], Mapping[str, NDArray[Any]]]:
    def make(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
        count = 2 * CELLS
        sought = _scores(rng, 1, count, 1)
        outputs = {
            "points": rng.normal(0, 1, (1, count, points)).astype(np.float32),
            "scores": np.concatenate((1 - sought, sought), axis=2),
            "boxes": rng.normal(0, 1, (1, count, 4)).astype(np.float32),
        }
        return _save(path, outputs, image="image")

    return make


def _retinaface_answer(
    *sides: tuple[int, int],
) -> Callable[[Mapping[str, NDArray[Any]], float], list[Row]]:
    def answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
        rows, at = [], 0
        for stride, both in zip((8, 16, 32), sides, strict=True):
            for y in range(HEIGHT // stride):
                for x in range(WIDTH // stride):
                    for side in both:
                        dx, dy, dw, dh = outputs["boxes"][0, at].astype(float)
                        score = outputs["scores"][0, at, 1]
                        at += 1
                        if score < threshold:
                            continue
                        cx, cy = (x + 0.5) * stride + 0.1 * dx * side, (y + 0.5) * stride + 0.1 * dy * side
                        w, h = side * np.exp(0.2 * dw), side * np.exp(0.2 * dh)
                        rows.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, float(score), 0))
        return rows

    return answer


DISTRIBUTED = {stride: -(-WIDTH // stride) * -(-HEIGHT // stride) for stride in (8, 16, 32, 64)}
"""Cells of each grid of a 96x64 picture whose sides are rounded up."""


def _picodet(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    cells = DISTRIBUTED.values()
    scores = {f"scores{n}": _scores(rng, 1, count, 3) for n, count in enumerate(cells)}
    sides = {
        f"sides{n}": rng.normal(0, 2, (1, count, 32)).astype(np.float32) for n, count in enumerate(cells)
    }
    return _save(path, {**sides, **scores}, image="image")


def _picodet_answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
    scores, sides = (
        np.concatenate([outputs[f"{part}{n}"][0] for n in range(4)]) for part in ("scores", "sides")
    )
    return references.distributed(scores, sides, WIDTH, HEIGHT, 0.5, threshold)


def _nanodet(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    count = sum(DISTRIBUTED.values())
    rows = np.concatenate((_scores(rng, count, 3), rng.normal(0, 2, (count, 32))), axis=1).astype(np.float32)
    return _save(path, {"output": rows[None]}, image="data")


def _nanodet_answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
    rows = outputs["output"][0]
    return references.distributed(rows[:, :3], rows[:, 3:], WIDTH, HEIGHT, 0.0, threshold)


def _rtmdet(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    corners = np.sort(rng.uniform(-5, 90, (100, 2, 2)), axis=1).reshape(100, 4)
    dets = np.concatenate((corners, _scores(rng, 100, 1)), axis=1).astype(np.float32)
    return _save(path, {"dets": dets[None], "labels": rng.integers(0, 3, (1, 100))}, image="input")


def _rtmdet_answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
    rows = zip(outputs["dets"][0].tolist(), outputs["labels"][0].tolist(), strict=True)
    return [(*row, int(label)) for row, label in rows if row[4] >= threshold]


PROTOTYPES = (32, HEIGHT // 4, WIDTH // 4)


def _yolov5_seg(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    count = 3 * CELLS
    table = (_pixels(_centres(rng, count)), _scores(rng, count, 4), rng.normal(0, 1, (count, 32)))
    rows = np.concatenate(table, axis=1).astype(np.float32)
    return _save(
        path,
        {"output0": rows[None], "output1": _prototypes(rng)},
        metadata={**ULTRALYTICS, "task": "segment"},
    )


def _yolov8_seg(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    table = (_pixels(_centres(rng, CELLS)), _scores(rng, CELLS, 3), rng.normal(0, 1, (CELLS, 32)))
    rows = np.concatenate(table, axis=1).astype(np.float32)
    return _save(path, {"output1": _prototypes(rng), "output0": np.ascontiguousarray(rows.T[None])})


def _prototypes(rng: np.random.Generator) -> NDArray[np.float32]:
    return rng.normal(0, 1, (1, *PROTOTYPES)).astype(np.float32)


def _yolo_pose(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    points = rng.uniform(0, 90, (CELLS, 51))
    rows = np.concatenate((_pixels(_centres(rng, CELLS)), _scores(rng, CELLS, 1), points), axis=1)
    metadata = {"task": "pose", "names": "{0: 'person'}"}
    return _save(path, {"output0": np.ascontiguousarray(rows.T[None], np.float32)}, metadata=metadata)


def _multipose(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    points, corners, ends = rng.random((6, 51)), rng.random((6, 2)) / 2, 0.5 + rng.random((6, 2)) / 2
    table = np.concatenate((points, corners, ends, _scores(rng, 6, 1)), axis=1)
    return _save(path, {"output_0": table[None].astype(np.float32)})


def _multipose_answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
    rows = []
    for *_, top, left, bottom, right, score in outputs["output_0"][0].tolist():
        if score**0.5 >= threshold:
            rows.append((left * WIDTH, top * HEIGHT, right * WIDTH, bottom * HEIGHT, score**0.5, 0))
    return rows


def _queries(boxes: str, logits: str, slots: int, image: str) -> Callable[..., Mapping[str, NDArray[Any]]]:
    def make(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
        values = rng.normal(-2, 2, (1, 300, slots)).astype(np.float32)
        return _save(path, {boxes: _centres(rng, 300)[None], logits: values}, image=image)

    return make


def _rt_detr(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    corners = np.sort(rng.random((300, 2, 2)), axis=1).transpose(0, 1, 2).reshape(1, 300, 4)
    outputs: dict[str, NDArray[Any]] = {
        "labels": rng.integers(0, 80, (1, 300)),
        "boxes": corners.astype(np.float32),
        "scores": _scores(rng, 1, 300),
    }
    rt_detr_model(path, outputs["labels"], outputs["boxes"], outputs["scores"])
    return outputs


def _rt_detr_answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
    rows = []
    for box, score, label in zip(
        *(outputs[k][0].tolist() for k in ("boxes", "scores", "labels")), strict=True
    ):
        if score >= threshold:
            x1, y1, x2, y2 = box
            rows.append((x1 * WIDTH, y1 * HEIGHT, x2 * WIDTH, y2 * HEIGHT, score, label))
    return rows


def _rt_detr_ultralytics(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    rows = np.concatenate((_centres(rng, 300), _scores(rng, 300, 3)), axis=1)[None]
    return _save(path, {"output0": rows}, metadata={**ULTRALYTICS, "description": "Ultralytics RT-DETR-l"})


def _rt_detr_ultralytics_answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
    turned = np.ascontiguousarray(outputs["output0"].transpose(0, 2, 1))
    turned[:, :4] *= np.array([WIDTH, HEIGHT, WIDTH, HEIGHT], np.float32).reshape(1, 4, 1)
    return references.yolov8(turned, WIDTH, HEIGHT, threshold)


def _ssd(rng: np.random.Generator, path: Path) -> Mapping[str, NDArray[Any]]:
    corners = np.sort(rng.random((50, 2, 2)), axis=1).reshape(50, 4)
    rows = np.concatenate(
        (np.zeros((50, 1)), rng.integers(0, 21, (50, 1)), _scores(rng, 50, 1), corners), axis=1
    )
    rows[40] = -1
    return _save(path, {"detection_out": rows[None, None].astype(np.float32)}, image="data")


def _seg_answer(
    reference: Callable[[NDArray[Any], int, int, float], list[Row]], rows: bool
) -> Callable[[Mapping[str, NDArray[Any]], float], list[Row]]:
    """The boxes alone; what the coefficients say has tests of its own."""

    def answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
        table = outputs["output0"]
        return reference(table[:, :, :-32] if rows else table[:, :-32], WIDTH, HEIGHT, threshold)

    return answer


def _pose_answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
    return references.yolov8(outputs["output0"][:, :5], WIDTH, HEIGHT, threshold)


def _only(
    reference: Callable[[NDArray[Any], int, int, float], list[Row]],
) -> Callable[[Mapping[str, NDArray[Any]], float], list[Row]]:
    def answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
        (output,) = outputs.values()
        return reference(output, WIDTH, HEIGHT, threshold)

    return answer


def _query_answer(
    boxes: str, logits: str, classes: int
) -> Callable[[Mapping[str, NDArray[Any]], float], list[Row]]:
    def answer(outputs: Mapping[str, NDArray[Any]], threshold: float) -> list[Row]:
        return references.queries(outputs[boxes], outputs[logits], WIDTH, HEIGHT, threshold, classes)

    return answer


LAYOUTS = (
    Layout("yolox", "yolox", _yolox, _only(references.yolox)),
    Layout(
        "yolox-decoded",
        "yolox-decoded",
        _pixel_rows("output", CELLS, operators=("Exp",)),
        _only(references.pixel_rows),
    ),
    Layout("yolov5", "yolov5", _pixel_rows("output0", 3 * CELLS), _only(references.pixel_rows)),
    Layout("yolov8", "yolov8", _yolov8, _only(references.yolov8)),
    Layout("yolo-e2e", "yolo-e2e", _yolo_e2e, _only(references.end_to_end), suppressed=False, classes=None),
    Layout("fastestdet", "fastestdet", _fastestdet, _only(references.fastestdet)),
    Layout("picodet", "picodet", _picodet, _picodet_answer),
    Layout("nanodet", "nanodet", _nanodet, _nanodet_answer),
    Layout("rtmdet", "rtmdet", _rtmdet, _rtmdet_answer, suppressed=False, classes=None),
    Layout(
        "yunet",
        "yunet",
        _yunet,
        lambda outputs, threshold: references.yunet(outputs, WIDTH, HEIGHT, threshold),
        labels=1,
        classes=1,
    ),
    Layout(
        "retinaface",
        "retinaface",
        _retinaface(10),
        _retinaface_answer((16, 32), (64, 128), (256, 512)),
        labels=1,
        classes=1,
    ),
    Layout(
        "retinaface-plate",
        "retinaface-plate",
        _retinaface(8),
        _retinaface_answer((24, 48), (96, 192), (288, 384)),
        labels=1,
        classes=1,
    ),
    Layout("yolov5-seg", "yolov5-seg", _yolov5_seg, _seg_answer(references.pixel_rows, True)),
    Layout("yolov8-seg", "yolov8-seg", _yolov8_seg, _seg_answer(references.yolov8, False)),
    Layout("yolo-pose", "yolo-pose", _yolo_pose, _pose_answer, labels=1, classes=1),
    Layout("movenet-multipose", "movenet-multipose", _multipose, _multipose_answer, labels=1, classes=1),
    Layout("rt-detr", "rt-detr", _rt_detr, _rt_detr_answer, labels=80, suppressed=False, classes=None),
    Layout(
        "rt-detr-hugging-face",
        "rt-detr",
        _queries("pred_boxes", "logits", 80, "pixel_values"),
        _query_answer("pred_boxes", "logits", 80),
        labels=80,
        suppressed=False,
        classes=80,
    ),
    Layout(
        "rt-detr-ultralytics",
        "rt-detr",
        _rt_detr_ultralytics,
        _rt_detr_ultralytics_answer,
        suppressed=False,
    ),
    Layout(
        "rf-detr-coco",
        "rf-detr",
        _queries("dets", "labels", 91, "input"),
        _query_answer("dets", "labels", 91),
        labels=91,
        suppressed=False,
        classes=91,
    ),
    Layout(
        "rf-detr-own-three-classes",
        "rf-detr",
        _queries("dets", "labels", 4, "input"),
        _query_answer("dets", "labels", 3),
        suppressed=False,
        classes=4,
    ),
    Layout(
        "mobilenet-ssd",
        "mobilenet-ssd",
        _ssd,
        _only(references.ssd),
        labels=21,
        suppressed=False,
        classes=None,
    ),
)
