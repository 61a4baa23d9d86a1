"""The same labels in the forms that other tools read: MOTChallenge folders and COCO JSON.

Both are written frame by frame, so that an hour of labels never has to fit into memory. Pictures are not written;
the names in the files are those that `ffmpeg -i NAME.mp4 FOLDER/%06d.jpg` gives.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from secondsight.ground_truth import Recording, TrueFrame
from secondsight.records import Box

MOT_CLASSES: Mapping[str, int] = {"person": 1, "car": 3, "bicycle": 4, "motorcycle": 5}
"""Numbers that MOTChallenge gives; other labels are counted from `MOT_OTHERS` on, in alphabetical order."""

MOT_OTHERS = 14


class MotWriter:
    """`gt/gt.txt`, `seqinfo.ini` and `labels.txt` of one recording.

    A line of gt.txt: frame (from 1), object, left, top, width, height (pixels, the first pixel is 1), 1, class,
    visible share. Use it as a context manager.

    Args:
        recording: of which only what stands outside its frames is used.
        folder: of this sequence, made if need be.
    """

    def __init__(self, recording: Recording, folder: Path) -> None:
        self._recording, self._folder = recording, folder
        self._labels = {one.number: one.label for one in recording.objects}
        self._classes = _mot_classes(self._labels.values())
        self._length = 0
        (folder / "gt").mkdir(parents=True, exist_ok=True)
        self._file = (folder / "gt" / "gt.txt").open("w", encoding="ascii", newline="\n")

    def add(self, frame: TrueFrame) -> None:
        """Write one frame's objects."""
        self._length += 1
        for box in frame.boxes:
            left, top, width, height = _pixels(box.box, self._recording)
            number = self._classes[self._labels[box.object]]
            self._file.write(
                f"{frame.index + 1},{box.object},{left + 1:.2f},{top + 1:.2f},{width:.2f},{height:.2f},"
                f"1,{number},{box.visible:.3f}\n"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is not None:
            return
        about = self._recording
        lines = {
            "name": about.camera,
            "imDir": "img1",
            "frameRate": f"{about.frame_rate:g}",
            "seqLength": self._length,
            "imWidth": about.width,
            "imHeight": about.height,
            "imExt": ".jpg",
        }
        text = "[Sequence]\n" + "".join(f"{key}={value}\n" for key, value in lines.items())
        (self._folder / "seqinfo.ini").write_text(text, encoding="utf-8")
        labels = sorted((number, label) for label, number in self._classes.items())
        (self._folder / "labels.txt").write_text(
            "".join(f"{number} {label}\n" for number, label in labels), encoding="utf-8"
        )


class CocoWriter:
    """One COCO JSON file for all recordings of a folder; masks become uncompressed run lengths.

    An annotation also carries `object` (the identity) and `visible`. Call `begin` before a recording's frames. Use it
    as a context manager.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write('{"info":{"description":"secondsight"},"annotations":[')
        self._annotations = self._images = 0
        self._categories: dict[str, int] = {}
        self._sequences: list[tuple[Recording, int, int]] = []
        self._labels: dict[int, str] = {}

    def begin(self, recording: Recording) -> None:
        """The frames that follow are of this recording, of which only what stands outside its frames is used."""
        self._end_sequence()
        self._sequences.append((replace(recording, frames=()), self._images, 0))
        self._labels = {one.number: one.label for one in recording.objects}

    def add(self, frame: TrueFrame) -> None:
        """Write one frame's objects."""
        recording, _, _ = self._sequences[-1]
        self._images += 1
        for box in frame.boxes:
            left, top, width, height = (round(side, 2) for side in _pixels(box.box, recording))
            label = self._labels[box.object]
            category = self._categories.setdefault(label, len(self._categories) + 1)
            annotation: dict[str, object] = {
                "id": self._annotations + 1,
                "image_id": self._images,
                "category_id": category,
                "bbox": [left, top, width, height],
                "area": round(width * height, 2) if box.mask is None else sum(box.mask[1::2]),
                "iscrowd": 0,
                "object": box.object,
                "visible": box.visible,
            }
            if box.mask is not None:
                size = [recording.height, recording.width]
                annotation["segmentation"] = {"size": size, "counts": list(box.mask)}
            self._file.write(",\n" * (self._annotations > 0) + _dump(annotation))
            self._annotations += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._file:
            if kind is None:
                self._finish()

    def _end_sequence(self) -> None:
        if self._sequences:
            recording, first, _ = self._sequences[-1]
            self._sequences[-1] = (recording, first, self._images - first)

    def _finish(self) -> None:
        self._end_sequence()
        self._file.write('],"images":[')
        for recording, first, count in self._sequences:
            for i in range(count):
                image = {
                    "id": first + i + 1,
                    "file_name": f"{recording.camera}/{i + 1:06d}.jpg",
                    "width": recording.width,
                    "height": recording.height,
                }
                self._file.write(",\n" * (first + i > 0) + _dump(image))
        categories = [{"id": number, "name": label} for label, number in self._categories.items()]
        self._file.write('],"categories":' + _dump(categories) + "}\n")


def with_masks(frame: TrueFrame, ids: NDArray[np.uint16]) -> TrueFrame:
    """The frame with the mask of every object, from the number of the object at each pixel, (height, width)."""
    runs = run_lengths(ids)
    nothing = (ids.size,)
    return replace(
        frame, boxes=tuple(replace(box, mask=runs.get(box.object, nothing)) for box in frame.boxes)
    )


def run_lengths(ids: NDArray[np.uint16]) -> dict[int, tuple[int, ...]]:
    """COCO's uncompressed run lengths of every object: column by column, pixels outside and inside in turn, outside
    first.
    """
    flat = ids.ravel(order="F")
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
    ends = np.append(starts[1:], flat.size)
    numbers = flat[starts]
    found: dict[int, tuple[int, ...]] = {}
    for number in np.unique(numbers[numbers > 0]).tolist():
        own = numbers == number
        edges = np.stack([starts[own], ends[own]], axis=1).ravel()
        runs = np.diff(edges, prepend=0, append=flat.size).tolist()
        found[number] = tuple(runs if runs[-1] else runs[:-1])
    return found


def _mot_classes(labels: Iterable[str]) -> dict[str, int]:
    names = sorted(set(labels))
    others = (name for name in names if name not in MOT_CLASSES)
    known = {name: MOT_CLASSES[name] for name in names if name in MOT_CLASSES}
    return known | {name: MOT_OTHERS + i for i, name in enumerate(others)}


def _pixels(box: Box, recording: Recording) -> tuple[float, float, float, float]:
    """Left, top, width, height in pixels."""
    left, right = box[0] * recording.width, box[2] * recording.width
    top, bottom = box[1] * recording.height, box[3] * recording.height
    return left, top, right - left, bottom - top


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
