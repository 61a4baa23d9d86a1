"""Labels to other tools and back."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondsight.errors import RefusedError
from secondsight.learn import (
    FORMATS,
    LabelledBox,
    LabelSource,
    LearnCatalogue,
    build_dataset,
    export_dataset,
    export_samples,
    format_named,
    import_labels,
    merge,
)
from secondsight.learn.datasets.formats.image import LabelledImage
from secondsight.records import Box
from tests.learn.loops import clock_at, keep, say, site

CLASSES = ("person", "car", "delivery scooter")
EDGE = st.integers(0, 99)
BOXES = st.builds(
    lambda x, y, w, h, kind, track: LabelledBox(
        CLASSES[kind], Box(x / 100, y / 100, min(1.0, (x + w) / 100), min(1.0, (y + h) / 100)), 1.0, track
    ),
    EDGE,
    EDGE,
    st.integers(1, 50),
    st.integers(1, 50),
    st.integers(0, 2),
    st.none() | st.integers(0, 99),
)
IMAGES = st.lists(st.lists(BOXES, max_size=4), min_size=1, max_size=4)


@pytest.mark.parametrize("name", FORMATS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(IMAGES)
def test_what_is_written_is_read_again(name: str, tmp_path_factory, boxes: list[list[LabelledBox]]) -> None:
    folder = tmp_path_factory.mktemp(name)
    images = [LabelledImage(f"hall-{n}.jpg", 1000, 500, tuple(some)) for n, some in enumerate(boxes)]
    read = FORMATS[name].read(FORMATS[name].write(images, CLASSES, folder))
    assert [image.name for image in read] == [image.name for image in images]
    for one, other in zip(read, images, strict=True):
        assert [box.label for box in one.boxes] == [box.label for box in other.boxes]
        for mine, theirs in zip(one.boxes, other.boxes, strict=True):
            assert mine.box == pytest.approx(theirs.box, abs=1e-4)


COCO_OF_CVAT = """{"licenses": [{"name": "", "id": 0, "url": ""}], "info": {"contributor": "", "version": ""},
 "categories": [{"id": 1, "name": "person", "supercategory": ""}],
 "images": [{"id": 1, "width": 200, "height": 100, "file_name": "images/a.jpg", "license": 0, "date_captured": 0}],
 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [], "area": 200.0,
  "bbox": [20.0, 10.0, 40.0, 50.0], "iscrowd": 0, "attributes": {"occluded": false, "rotation": 0.0}}]}"""
CVAT_OWN = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><job><id>3</id><labels><label><name>person</name><color>#fff</color>
<attributes></attributes></label></labels></job></meta>
<image id="0" name="images/a.jpg" width="200" height="100">
<box label="person" source="manual" occluded="0" xtl="20.00" ytl="10.00" xbr="60.00" ybr="60.00" z_order="0"></box>
</image></annotations>"""
STUDIO = """[{"id": 5, "annotations": [{"id": 2, "was_cancelled": false, "result": [{"original_width": 200,
 "original_height": 100, "image_rotation": 0, "value": {"x": 10.0, "y": 10.0, "width": 20.0, "height": 50.0,
 "rotation": 0, "rectanglelabels": ["person"]}, "id": "kOq", "from_name": "label", "to_name": "image",
 "type": "rectanglelabels", "origin": "manual"}]}], "file_upload": "3f0c1a2b-a.jpg",
 "data": {"image": "/data/upload/1/3f0c1a2b-a.jpg"}, "predictions": []}]"""


@pytest.mark.parametrize(
    ("form", "file", "text"),
    [("coco", "a.json", COCO_OF_CVAT), ("cvat", "a.xml", CVAT_OWN), ("label-studio", "a.json", STUDIO)],
)
def test_files_as_the_tools_themselves_write_them(tmp_path: Path, form: str, file: str, text: str) -> None:
    (tmp_path / file).write_text(text)
    (image,) = format_named(form).read(tmp_path / file)
    assert (image.name, image.width, image.height) == ("a.jpg", 200, 100)
    assert [box.label for box in image.boxes] == ["person"]
    assert image.boxes[0].box == pytest.approx((0.1, 0.1, 0.3, 0.6))


def test_yolo_as_ultralytics_writes_it(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("train: ../train/images\nnc: 2\nnames: ['person', 'car']\n")
    labels = tmp_path / "train" / "labels"
    labels.mkdir(parents=True)
    (labels / "a.txt").write_text("1 0.5 0.5 0.2 0.4\n\n")
    (image,) = format_named("yolo").read(tmp_path)
    assert image.boxes[0].label == "car"
    assert image.boxes[0].box == pytest.approx((0.4, 0.3, 0.6, 0.7))


@pytest.mark.parametrize(
    ("form", "file", "text", "said"),
    [
        ("coco", "a.json", "{", "a.json is not as COCO writes it"),
        ("coco", "a.json", "{}", "'categories' is missing"),
        ("coco", "a.json", COCO_OF_CVAT.replace("40.0, 50.0", "0, 0"), "without an area"),
        ("cvat", "a.xml", "<annotations>", "is no XML file"),
        ("cvat", "a.xml", '<!DOCTYPE a [<!ENTITY b "c">]><annotations/>', "defines entities"),
        ("cvat", "a.xml", "<other/>", "its root is not"),
        ("label-studio", "a.json", STUDIO.replace('"rotation": 0', '"rotation": 30'), "rotated rectangle"),
        ("yolo", "data.yaml", "names: [person]", ""),
        ("yolo", "data.yaml", "other: 1", "'names' is missing"),
    ],
)
def test_files_of_another_form_are_refused(
    tmp_path: Path, form: str, file: str, text: str, said: str
) -> None:
    (tmp_path / file).write_text(text)
    if not said:
        assert format_named(form).read(tmp_path / file) == []
        return
    with pytest.raises(RefusedError, match=said):
        format_named(form).read(tmp_path / file)


def test_a_line_of_yolo_that_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("names: [person]")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.1 0.1\n0 zero 0.5 0.1 0.1\n")
    with pytest.raises(RefusedError, match=r"a\.txt:2 is not as YOLO"):
        format_named("yolo").read(tmp_path)


def test_unknown_formats_are_refused() -> None:
    with pytest.raises(RefusedError, match="known: coco, yolo"):
        format_named("voc")


@pytest.mark.parametrize("name", FORMATS)
def test_samples_go_out_and_come_back_as_peoples_labels(tmp_path: Path, name: str) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    with LearnCatalogue(data, make=True) as catalogue:
        sample, truth = keep(catalogue, 1)
        keep(catalogue, 2)
        say(catalogue, sample, truth, LabelSource.TEACHER)
        path = export_samples(catalogue, catalogue.samples(), FORMATS[name], out, ("person",))
        assert len(list((out / "images").iterdir())) == 2
        said = import_labels(catalogue, FORMATS[name], path, author="ann", now=9.0)
        assert len(said) == 2
        known = merge(catalogue.labels()[sample.id])
        assert known is not None
        assert (known.source, known.author) == (LabelSource.HUMAN, "ann")
        assert sorted(box.label for box in known.boxes) == sorted(box.label for box in truth)
        with pytest.raises(RefusedError, match="is not empty"):
            export_samples(catalogue, [], FORMATS[name], out)


def test_labels_of_unknown_pictures_are_refused_as_a_whole(tmp_path: Path) -> None:
    with LearnCatalogue(tmp_path, make=True) as catalogue:
        sample, truth = keep(catalogue, 1)
        images = [
            LabelledImage(f"{sample.id}.jpg", 384, 224, truth),
            LabelledImage("other.jpg", 384, 224, ()),
        ]
        (tmp_path / "out").mkdir()
        path = FORMATS["coco"].write(images, (*CLASSES, "bicycle"), tmp_path / "out")
        with pytest.raises(RefusedError, match=r"other\.jpg is no sample of this site"):
            import_labels(catalogue, FORMATS["coco"], path, author="ann", now=0.0)
        assert catalogue.labels() == {}


def test_a_dataset_is_exported_side_by_side(tmp_path: Path) -> None:
    with LearnCatalogue(tmp_path / "data", make=True) as catalogue:
        for seed in range(40):
            say(catalogue, *keep(catalogue, seed, day=seed))
        dataset = build_dataset(catalogue, site(tmp_path / "data").learn, clock_at(40))
    files = export_dataset(dataset, FORMATS["coco"], tmp_path / "out")
    read = [image for file in files for image in FORMATS["coco"].read(file)]
    assert sorted(image.name for image in read) == sorted(Path(item.picture).name for item in dataset.items)
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 40
