"""CVAT's "CVAT for images 1.1": one XML file."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from secondsight.errors import RefusedError
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
    root = ElementTree.Element("annotations")
    ElementTree.SubElement(root, "version").text = "1.1"
    labels = ElementTree.SubElement(
        ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "task"), "labels"
    )
    for name in classes:
        ElementTree.SubElement(ElementTree.SubElement(labels, "label"), "name").text = name
    for number, image in enumerate(images):
        about = {
            "id": str(number),
            "name": image.name,
            "width": str(image.width),
            "height": str(image.height),
        }
        picture = ElementTree.SubElement(root, "image", about)
        for box in image.boxes:
            class_of(box.label, classes)
            corners = (f"{value:.2f}" for value in to_pixels(box.box, image))
            place = dict(zip(("xtl", "ytl", "xbr", "ybr"), corners, strict=True))
            fixed = {"label": box.label, "source": "auto", "occluded": "0", "z_order": "0"}
            ElementTree.SubElement(picture, "box", {**fixed, **place})
    path = folder / "annotations.xml"
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    return path


def _read(path: Path) -> list[LabelledImage]:
    text = read_text(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise RefusedError(f"{path} defines entities, which CVAT's files never do; it is not read")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise RefusedError(f"{path} is no XML file: {error}") from None
    with reading(path, "CVAT"):
        if root.tag != "annotations":
            raise ValueError("its root is not `annotations`")
        return [_image(picture) for picture in root.iter("image")]


def _image(picture: ElementTree.Element) -> LabelledImage:
    width, height = int(picture.attrib["width"]), int(picture.attrib["height"])
    boxes = []
    for box in picture.iter("box"):
        x1, y1, x2, y2 = (float(box.attrib[name]) for name in ("xtl", "ytl", "xbr", "ybr"))
        boxes.append(LabelledBox(box.attrib["label"], from_pixels(x1, y1, x2, y2, width, height)))
    return LabelledImage(Path(picture.attrib["name"]).name, width, height, tuple(boxes))


CVAT = LabelFormat("cvat", _write, _read)
