"""MOT Challenge's ground truth: lines of frame, track and box, as CVAT writes them too (`gt/gt.txt`).

Frames are numbers there: `gt/images.txt` says which picture is which.
"""

from collections.abc import Sequence
from pathlib import Path

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
    gt = folder / "gt"
    gt.mkdir(exist_ok=True)
    lines = []
    for frame, image in enumerate(images, 1):
        for number, box in enumerate(image.boxes, 1):
            x1, y1, x2, y2 = to_pixels(box.box, image)
            track = box.track if box.track is not None else -number
            kind = class_of(box.label, classes) + 1
            lines.append(f"{frame},{track},{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},1,{kind},1.0\n")
    (gt / "gt.txt").write_text("".join(lines), encoding="utf-8")
    (gt / "labels.txt").write_text("".join(f"{name}\n" for name in classes), encoding="utf-8")
    names = (f"{image.name},{image.width},{image.height}\n" for image in images)
    (gt / "images.txt").write_text("".join(names), encoding="utf-8")
    return gt / "gt.txt"


def _read(path: Path) -> list[LabelledImage]:
    classes = read_text(path.with_name("labels.txt")).split("\n")
    pictures = []
    for number, line in enumerate(read_text(path.with_name("images.txt")).splitlines(), 1):
        with reading(Path(f"{path.with_name('images.txt')}:{number}"), "MOT"):
            name, wide, high = line.rsplit(",", 2)
            pictures.append((name, int(wide), int(high)))
    boxes: list[list[LabelledBox]] = [[] for _ in pictures]
    for number, line in enumerate(read_text(path).splitlines(), 1):
        with reading(Path(f"{path}:{number}"), "MOT"):
            frame, track, x, y, width, height, counts, kind = (float(value) for value in line.split(",")[:8])
            if not counts:
                continue
            _, picture_width, picture_height = pictures[int(frame) - 1]
            place = from_pixels(x, y, x + width, y + height, picture_width, picture_height)
            label = classes[int(kind) - 1]
            boxes[int(frame) - 1].append(LabelledBox(label, place, track=int(track) if track >= 0 else None))
    return [
        LabelledImage(name, width, height, tuple(found))
        for (name, width, height), found in zip(pictures, boxes, strict=True)
    ]


MOT = LabelFormat("mot", _write, _read)
