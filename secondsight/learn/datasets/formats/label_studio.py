"""Label Studio's JSON: a list of tasks with rectangles in percent."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from secondsight.learn.datasets.formats.image import (
    LabelFormat,
    LabelledImage,
    class_of,
    from_pixels,
    read_text,
    reading,
)
from secondsight.learn.values import LabelledBox

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts in front of the name of an uploaded file."""


def _write(images: Sequence[LabelledImage], classes: Sequence[str], folder: Path) -> Path:
    tasks = [
        {
            "id": number,
            "data": {"image": f"/data/local-files/?d=images/{image.name}"},
            "annotations": [{"result": [_result(box, image, classes) for box in image.boxes]}],
        }
        for number, image in enumerate(images, 1)
    ]
    path = folder / "tasks.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


def _result(box: LabelledBox, image: LabelledImage, classes: Sequence[str]) -> dict[str, Any]:
    class_of(box.label, classes)
    x1, y1, x2, y2 = (100 * value for value in box.box)
    return {
        "type": "rectanglelabels",
        "from_name": "label",
        "to_name": "image",
        "original_width": image.width,
        "original_height": image.height,
        "value": {
            "x": x1,
            "y": y1,
            "width": x2 - x1,
            "height": y2 - y1,
            "rotation": 0,
            "rectanglelabels": [box.label],
        },
    }


def _read(path: Path) -> list[LabelledImage]:
    text = read_text(path)
    with reading(path, "Label Studio"):
        return [image for task in json.loads(text) if (image := _image(task)) is not None]


def _image(task: dict[str, Any]) -> LabelledImage | None:
    """The newest annotation of a task; None for one that nobody has annotated, or that was skipped."""
    done = [one for one in task["annotations"] if not one.get("was_cancelled")]
    if not done:
        return None
    width = height = 0
    boxes = []
    for result in done[-1]["result"]:
        if result["type"] != "rectanglelabels":
            continue
        value = result["value"]
        if value.get("rotation"):
            raise ValueError("a rotated rectangle, which has no place here")
        width, height = result["original_width"], result["original_height"]
        left, top = value["x"], value["y"]
        place = from_pixels(left, top, left + value["width"], top + value["height"], 100, 100)
        boxes.append(LabelledBox(str(value["rectanglelabels"][0]), place))
    return LabelledImage(_name(str(task["data"]["image"])), width, height, tuple(boxes))


def _name(address: str) -> str:
    parts = urlsplit(address)
    local = parts.query.removeprefix("d=") if parts.path.endswith("local-files/") else parts.path
    return _UPLOADED.sub("", Path(unquote(local)).name)


LABEL_STUDIO = LabelFormat("label-studio", _write, _read)
