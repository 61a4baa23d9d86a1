"""COCO's object detection format: one JSON file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from secondsight.learn.datasets.formats.image import (
    LabelFormat,
    LabelledImage,
    class_of,
    from_pixels,
    read_text,
    reading,
    to_pixels,
)
from secondsight.learn.values import LabelledBox


def _write(images: Sequence[LabelledImage], classes: Sequence[str], folder: Path) -> Path:
    annotations: list[dict[str, Any]] = []
    for number, image in enumerate(images, 1):
        for box in image.boxes:
            x1, y1, x2, y2 = to_pixels(box.box, image)
            annotation: dict[str, Any] = {
                "id": len(annotations) + 1,
                "image_id": number,
                "category_id": class_of(box.label, classes) + 1,
                "bbox": [round(value, 3) for value in (x1, y1, x2 - x1, y2 - y1)],
                "area": round((x2 - x1) * (y2 - y1), 3),
                "iscrowd": 0,
                "score": box.confidence,
            }
            if box.track is not None:
                annotation["attributes"] = {"track_id": box.track}
            annotations.append(annotation)
    tree = {
        "images": [
            {"id": number, "file_name": image.name, "width": image.width, "height": image.height}
            for number, image in enumerate(images, 1)
        ],
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for number, name in enumerate(classes, 1)],
    }
    path = folder / "annotations.json"
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


def _read(path: Path) -> list[LabelledImage]:
    text = read_text(path)
    with reading(path, "COCO"):
        tree = json.loads(text)
        names = {one["id"]: str(one["name"]) for one in tree["categories"]}
        pictures = {one["id"]: one for one in tree["images"]}
        boxes: dict[Any, list[LabelledBox]] = {number: [] for number in pictures}
        for one in tree["annotations"]:
            if one.get("iscrowd"):
                continue
            picture = pictures[one["image_id"]]
            x, y, width, height = (float(value) for value in one["bbox"])
            place = from_pixels(x, y, x + width, y + height, picture["width"], picture["height"])
            track = (one.get("attributes") or {}).get("track_id")
            score = float(one.get("score", 1.0))
            boxes[one["image_id"]].append(LabelledBox(names[one["category_id"]], place, score, track))
        return [
            LabelledImage(Path(one["file_name"]).name, one["width"], one["height"], tuple(boxes[number]))
            for number, one in pictures.items()
        ]


COCO = LabelFormat("coco", _write, _read)
