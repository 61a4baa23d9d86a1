"""Labels and pictures to other tools, and labels back."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from secondsight.errors import RefusedError
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.datasets.build import Dataset
from secondsight.learn.datasets.formats.coco import COCO
from secondsight.learn.datasets.formats.cvat import CVAT
from secondsight.learn.datasets.formats.image import LabelFormat, LabelledImage
from secondsight.learn.datasets.formats.label_studio import LABEL_STUDIO
from secondsight.learn.datasets.formats.mot import MOT
from secondsight.learn.datasets.formats.yolo import YOLO
from secondsight.learn.datasets.splits import Split
from secondsight.learn.labels.merge import merge
from secondsight.learn.pictures import read_sample
from secondsight.learn.values import LabelSource, Sample, SampleLabel

FORMATS = {one.name: one for one in (COCO, YOLO, CVAT, LABEL_STUDIO, MOT)}


def format_named(name: str) -> LabelFormat:
    """A format. Raises RefusedError with those that there are."""
    if name not in FORMATS:
        raise RefusedError(f"no format is called {name}; known: {', '.join(FORMATS)}", unknown=True)
    return FORMATS[name]


def export_samples(
    catalogue: LearnCatalogue,
    samples: Iterable[Sample],
    form: LabelFormat,
    folder: Path,
    classes: Sequence[str] = (),
) -> Path:
    """Write samples with what is known of them into a new folder, for another tool to open.

    A sample without a label goes with what the sentinel saw, so that a person corrects instead of drawing.

    Args:
        classes: that another tool is to offer, beside those that occur.

    Returns:
        The file of labels; the pictures lie in `images` beside it.

    Raises:
        RefusedError: the folder is not empty.
        StoreError: a sample is gone.
    """
    if folder.exists() and any(folder.iterdir()):
        raise RefusedError(f"{folder} is not empty; choose another folder")
    (folder / "images").mkdir(parents=True)
    labels = catalogue.labels()
    images = []
    for sample in samples:
        known = merge(labels.get(sample.id, ()))
        boxes = known.boxes if known is not None else sample.seen
        name = f"{sample.id}.jpg"
        (folder / "images" / name).write_bytes(read_sample(catalogue.data, sample))
        images.append(LabelledImage(name, sample.width, sample.height, boxes))
    found = {box.label for image in images for box in image.boxes}
    return form.write(images, [*classes, *sorted(found - set(classes))], folder)


def export_dataset(dataset: Dataset, form: LabelFormat, folder: Path) -> list[Path]:
    """Write a dataset for another tool: a folder for each side, with pictures and labels.

    Returns:
        The files of labels.

    Raises:
        RefusedError: the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise RefusedError(f"{folder} is not empty; choose another folder")
    written = []
    for split in Split:
        images = []
        for item in dataset.of(split):
            (folder / split / "images").mkdir(parents=True, exist_ok=True)
            name = Path(item.picture).name
            shutil.copyfile(dataset.folder / item.picture, folder / split / "images" / name)
            images.append(LabelledImage(name, item.width, item.height, item.boxes))
        if images:
            written.append(form.write(images, dataset.card.classes, folder / split))
    return written


def import_labels(
    catalogue: LearnCatalogue, form: LabelFormat, path: Path, *, author: str, now: float
) -> list[SampleLabel]:
    """Take people's labels from another tool's file; all of them, or none.

    Raises:
        RefusedError: the file is of another form, or names a picture that is no sample.
    """
    images = form.read(path)
    known = {sample.id for sample in catalogue.samples()}
    labels = []
    for image in images:
        sample = Path(image.name).stem
        if sample not in known:
            raise RefusedError(
                f"{path}: {image.name} is no sample of this site; export samples first, and keep their names"
            )
        labels.append(SampleLabel(sample, image.boxes, LabelSource.HUMAN, author, 1.0, True, now))
    catalogue.add_labels(labels)
    return labels
