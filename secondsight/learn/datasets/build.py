"""Builds a version of the dataset, reads it, and proves that nobody has changed it."""

import hashlib
import json
import os
import shutil
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from secondsight.clock import Clock, iso
from secondsight.config import LearnSettings
from secondsight.errors import RefusedError, StoreError
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.catalogue.connection import FOLDER
from secondsight.learn.datasets.splits import Split, split_all
from secondsight.learn.labels.merge import merge
from secondsight.learn.values import LabelledBox, LabelSource, Sample, SampleLabel
from secondsight.media import make_folder, write_atomic
from secondsight.records import Box, iou

DATASETS = f"{FOLDER}/datasets"
_CARD, _ITEMS = "card.json", "items.json"
_SAME = 0.5
"""Intersection over union from which two boxes are of one thing."""


@dataclass(frozen=True, slots=True)
class DatasetItem:
    """One labelled picture of a dataset.

    Attributes:
        sample: its id. picture: its file, relative to the dataset's folder.
        split: the side it stands on.
        day: the camera-day; condition: `dark` or `bright`.
        probability: with which the sample was drawn.
        source, confidence: of the label; complete: whether everything in the picture is labelled.
        ignored: where the sentinel saw something of which an incomplete label says nothing.
    """

    sample: str
    picture: str
    split: Split
    day: str
    condition: str
    reason: str
    probability: float
    width: int
    height: int
    boxes: tuple[LabelledBox, ...]
    source: LabelSource
    confidence: float
    complete: bool
    ignored: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """What a version holds.

    Attributes:
        classes: that occur in its labels.
        pictures, boxes, days: number by side.
        reasons, sources: number of pictures by why they were kept and by who labelled them.
        files: hash of every file but the card.
    """

    version: int
    created: str
    classes: tuple[str, ...]
    pictures: dict[str, int]
    boxes: dict[str, int]
    days: dict[str, int]
    reasons: dict[str, int]
    sources: dict[str, int]
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A version that has been checked against its hashes.

    Attributes:
        folder: where it lies.
    """

    folder: Path
    card: DatasetCard
    items: tuple[DatasetItem, ...]

    def of(self, split: Split) -> list[DatasetItem]:
        """The pictures of one side."""
        return [item for item in self.items if item.split is split]


def build_dataset(catalogue: LearnCatalogue, settings: LearnSettings, clock: Clock) -> Dataset:
    """Make the next version of all samples that have a label; replaces nothing.

    Raises:
        RefusedError: nothing is labelled.
        StoreError: the folder cannot be written.
    """
    labels = catalogue.labels()
    labelled = [
        (sample, label)
        for sample in catalogue.samples()
        if (label := merge(labels.get(sample.id, ()))) is not None
    ]
    sides = split_all(labelled, settings.reference)
    if not sides[Split.TRAIN] and not sides[Split.VALIDATION] and not sides[Split.REFERENCE]:
        raise RefusedError("no sample has a label yet; label some with `secondsight label`")
    version = max(catalogue.datasets(), default=0) + 1
    folder = catalogue.data / DATASETS / f"v{version:04}"
    part = folder.with_name(f".{folder.name}.part")
    # A build that was killed left it; the index knows no such version.
    for leftover in (part, folder):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        items, files = _link(catalogue.data, sides, part)
        card = _card(version, clock, items, files)
        content = _encoded(asdict(card))
        write_atomic(part / _CARD, content, 0)
        part.rename(folder)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}") from None
    catalogue.add_dataset(version, hashlib.sha256(content).hexdigest(), clock.now())
    return Dataset(folder, card, items)


def read_dataset(catalogue: LearnCatalogue, version: int | None = None) -> Dataset:
    """A version, the newest by default, after every file of it has been hashed.

    Raises:
        RefusedError: there is no such version, or it was changed by hand; the text names the file.
    """
    known = catalogue.datasets()
    version = max(known, default=0) if version is None else version
    if version not in known:
        made = (
            f"there are {', '.join(map(str, known))}"
            if known
            else "make one with `secondsight learn dataset`"
        )
        raise RefusedError(f"there is no dataset {version}; {made}", unknown=True)
    folder = catalogue.data / DATASETS / f"v{version:04}"
    content = _content(folder, _CARD, known[version])
    tree = json.loads(content)
    card = DatasetCard(**{**tree, "classes": tuple(tree["classes"])})
    for name, digest in card.files.items():
        _content(folder, name, digest)
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if added := sorted(present - {*card.files, _CARD}):
        raise _changed(folder, added[0], "was added")
    items = tuple(_item(tree) for tree in json.loads((folder / _ITEMS).read_bytes()))
    return Dataset(folder, card, items)


def _content(folder: Path, name: str, digest: str) -> bytes:
    """A file that has the hash it must have. Raises RefusedError."""
    try:
        content = (folder / name).read_bytes()
    except OSError:
        raise _changed(folder, name, "is missing") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise _changed(folder, name, "was changed")
    return content


def _changed(folder: Path, name: str, how: str) -> RefusedError:
    return RefusedError(
        f"{folder / name} {how} after the dataset was made; versions never change: import your labels with "
        "`secondsight label --import` and make a new one with `secondsight learn dataset`"
    )


def _link(
    data: Path, sides: dict[Split, list[tuple[Sample, SampleLabel]]], part: Path
) -> tuple[tuple[DatasetItem, ...], dict[str, str]]:
    items, files = [], {}
    for split, members in sides.items():
        make_folder(part / split)
        for sample, label in members:
            name = f"{split}/{sample.id}.jpg"
            _link_or_copy(data / sample.path, part / name)
            files[name] = sample.sha256
            items.append(
                DatasetItem(
                    sample=sample.id,
                    picture=name,
                    split=split,
                    day=sample.day,
                    condition=sample.condition,
                    reason=sample.reason,
                    probability=sample.probability,
                    width=sample.width,
                    height=sample.height,
                    boxes=label.boxes,
                    source=label.source,
                    confidence=label.confidence,
                    complete=label.complete,
                    ignored=() if label.complete else _unnamed(sample, label),
                )
            )
    content = _encoded([asdict(item) for item in items])
    write_atomic(part / _ITEMS, content, 0)
    files[_ITEMS] = hashlib.sha256(content).hexdigest()
    return tuple(items), files


def _unnamed(sample: Sample, label: SampleLabel) -> tuple[Box, ...]:
    named = [box.box for box in label.boxes]
    return tuple(seen.box for seen in sample.seen if all(iou(seen.box, box) < _SAME for box in named))


def _link_or_copy(source: Path, target: Path) -> None:
    """A picture that stays when retention removes the sample."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise StoreError(
            f"{source} is missing; `secondsight learn samples --tidy` forgets such samples"
        ) from None
    except OSError:
        shutil.copyfile(source, target)


def _card(version: int, clock: Clock, items: tuple[DatasetItem, ...], files: dict[str, str]) -> DatasetCard:
    return DatasetCard(
        version=version,
        created=iso(clock.now()),
        classes=tuple(sorted({box.label for item in items for box in item.boxes})),
        pictures=dict(Counter(item.split.value for item in items)),
        boxes=dict(Counter(item.split.value for item in items for _ in item.boxes)),
        days={split.value: len({item.day for item in items if item.split is split}) for split in Split},
        reasons=dict(Counter(item.reason for item in items)),
        sources=dict(Counter(item.source.value for item in items)),
        files=files,
    )


def _encoded(tree: Any) -> bytes:
    return json.dumps(tree, indent=1, sort_keys=True).encode()


def _item(tree: dict[str, Any]) -> DatasetItem:
    boxes = tuple(LabelledBox(**{**box, "box": Box(*box["box"])}) for box in tree["boxes"])
    ignored = tuple(Box(*box) for box in tree["ignored"])
    split, source = Split(tree["split"]), LabelSource(tree["source"])
    return DatasetItem(**{**tree, "boxes": boxes, "ignored": ignored, "split": split, "source": source})
