"""YOLO's format: `data.yaml` with the classes, and a text file for each picture in `labels`."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from secondsight.errors import RefusedError
from secondsight.learn.datasets.formats.image import (
    LabelFormat,
    LabelledImage,
    class_of,
    from_pixels,
    read_text,
    reading,
)
from secondsight.learn.values import LabelledBox


def _write(images: Sequence[LabelledImage], classes: Sequence[str], folder: Path) -> Path:
    labels = folder / "labels"
    labels.mkdir(exist_ok=True)
    for image in images:
        lines = []
        for box in image.boxes:
            x1, y1, x2, y2 = box.box
            numbers = ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1)
            lines.append(
                f"{class_of(box.label, classes)} {' '.join(f'{number:.6f}' for number in numbers)}\n"
            )
        (labels / f"{Path(image.name).stem}.txt").write_text("".join(lines), encoding="utf-8")
    out = StringIO()
    tree = {"path": ".", "train": "images", "val": "images", "names": dict(enumerate(classes))}
    YAML(typ="safe", pure=True).dump(tree, out)
    path = folder / "data.yaml"
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def _read(path: Path) -> list[LabelledImage]:
    if path.is_dir():
        path = path / "data.yaml"
    classes = _classes(path)
    images = []
    for file in sorted(path.parent.rglob("labels/**/*.txt")):
        boxes = []
        for number, line in enumerate(read_text(file).splitlines(), 1):
            if not line.strip():
                continue
            with reading(Path(f"{file}:{number}"), "YOLO"):
                kind, x, y, width, height = line.split()[:5]
                left, top = float(x) - float(width) / 2, float(y) - float(height) / 2
                place = from_pixels(left, top, left + float(width), top + float(height), 1, 1)
                boxes.append(LabelledBox(classes[int(kind)], place))
        images.append(LabelledImage(f"{file.stem}.jpg", 0, 0, tuple(boxes)))
    return images


def _classes(path: Path) -> dict[int, str]:
    try:
        tree = YAML(typ="safe", pure=True).load(read_text(path))
    except YAMLError:
        raise RefusedError(f"{path} is no YAML file") from None
    with reading(path, "YOLO"):
        names = tree["names"]
        pairs = names.items() if isinstance(names, dict) else enumerate(names)
        return {int(number): str(name) for number, name in pairs}


YOLO = LabelFormat("yolo", _write, _read)
