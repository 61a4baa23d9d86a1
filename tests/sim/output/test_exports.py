"""Masks and exports, read back by other people's code where there is some."""

import json
from pathlib import Path

import numpy as np
import pytest
import supervision as sv
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from trackers import load_mot_file

from secondsight.ground_truth import Recording, TrueBox, TrueFrame, TrueObject
from secondsight.records import Box
from secondsight.sim.output.exports import CocoWriter, MotWriter, run_lengths, with_masks
from tests.detections import class_ids

ABOUT = Recording(
    camera="yard",
    video="yard.mp4",
    width=200,
    height=100,
    frame_rate=10.0,
    duration=0.3,
    start_time=0.0,
    labelled=(),
    objects=(
        TrueObject(1, "person"),
        TrueObject(2, "suitcase"),
        TrueObject(3, "car"),
        TrueObject(4, "box"),
    ),
)
FRAMES = (
    TrueFrame(0, 0.0, (TrueBox(1, Box(0, 0.1, 0.25, 0.5), 0.75), TrueBox(3, Box(0.5, 0.5, 1, 1)))),
    TrueFrame(1, 0.1, ()),
    TrueFrame(2, 0.2, (TrueBox(4, Box(0.1, 0.1, 0.2, 0.3)), TrueBox(2, Box(0.1, 0.5, 0.2, 0.9)))),
)


@given(
    arrays.arrays(
        np.uint16, arrays.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.integers(0, 3)
    )
)
def test_run_lengths_are_the_masks(ids: NDArray[np.uint16]) -> None:
    found = run_lengths(ids)
    assert set(found) == set(np.unique(ids).tolist()) - {0}
    for number, runs in found.items():
        mask = sv.rle_to_mask(list(runs), (ids.shape[1], ids.shape[0]))
        assert np.array_equal(mask, ids == number)
        assert all(run > 0 for run in runs[1:])


def test_masks_of_a_frame() -> None:
    ids = np.zeros((100, 200), np.uint16)
    ids[10:50, 0:50] = 1
    ids[40:60, 30:60] = 3
    first, second = with_masks(FRAMES[0], ids).boxes
    assert first.mask is not None
    assert second.mask is not None
    assert sum(first.mask[1::2]) == 40 * 50 - 10 * 20
    assert sum(second.mask[1::2]) == 20 * 30
    hidden = with_masks(FRAMES[0], np.zeros_like(ids)).boxes[0]
    assert hidden.mask == (100 * 200,)


def test_motchallenge(tmp_path: Path) -> None:
    with MotWriter(ABOUT, tmp_path / "yard") as writer:
        for frame in FRAMES:
            writer.add(frame)
    found = load_mot_file(tmp_path / "yard" / "gt" / "gt.txt")
    assert {number: frame.ids.tolist() for number, frame in found.items()} == {1: [1, 3], 3: [4, 2]}
    assert found[1].boxes.tolist() == [[1, 11, 50, 40], [101, 51, 100, 50]]
    lines = (tmp_path / "yard" / "gt" / "gt.txt").read_text().splitlines()
    assert lines[0] == "1,1,1.00,11.00,50.00,40.00,1,1,0.750"
    assert [line.split(",")[7] for line in lines] == ["1", "3", "14", "15"]
    assert (tmp_path / "yard" / "labels.txt").read_text() == "1 person\n3 car\n14 box\n15 suitcase\n"
    assert (tmp_path / "yard" / "seqinfo.ini").read_text() == (
        "[Sequence]\nname=yard\nimDir=img1\nframeRate=10\nseqLength=3\nimWidth=200\nimHeight=100\nimExt=.jpg\n"
    )


@pytest.mark.parametrize("masks", [False, True])
def test_coco(tmp_path: Path, masks: bool) -> None:
    ids = np.zeros((100, 200), np.uint16)
    ids[10:50, 0:50] = 1
    with CocoWriter(tmp_path / "coco.json") as writer:
        for _ in range(2):
            writer.begin(ABOUT)
            for frame in FRAMES:
                writer.add(with_masks(frame, ids) if masks else frame)
    found = json.loads((tmp_path / "coco.json").read_text())
    names = {one["id"]: one["name"] for one in found["categories"]}
    images = {one["id"]: one["file_name"] for one in found["images"]}
    assert list(images.items())[2:4] == [(3, "yard/000003.jpg"), (4, "yard/000001.jpg")]
    assert [one["id"] for one in found["annotations"]] == [1, 2, 3, 4, 5, 6, 7, 8]
    seen = [(one["image_id"], names[one["category_id"]], one["object"]) for one in found["annotations"]]
    assert seen[:4] == [(1, "person", 1), (1, "car", 3), (3, "box", 4), (3, "suitcase", 2)]
    assert [image for image, _, _ in seen[4:]] == [4, 4, 6, 6]
    first = found["annotations"][0]
    assert (first["bbox"], first["area"], first["visible"]) == ([0, 10, 50, 40], 2000, 0.75)
    assert ("segmentation" in first) == masks
    if masks:
        shape = first["segmentation"]["size"]
        mask = sv.rle_to_mask(first["segmentation"]["counts"], (shape[1], shape[0]))
        assert np.array_equal(mask, ids == 1)


@pytest.mark.parametrize("masks", [False, True])
def test_coco_as_another_reader_takes_it(tmp_path: Path, masks: bool) -> None:
    ids = np.zeros((100, 200), np.uint16)
    ids[10:50, 0:50] = 1
    ids[50:, 100:] = 3
    with CocoWriter(tmp_path / "coco.json") as writer:
        writer.begin(ABOUT)
        writer.add(with_masks(FRAMES[0], ids) if masks else FRAMES[0])
    read = sv.DetectionDataset.from_coco(str(tmp_path), str(tmp_path / "coco.json"), force_masks=masks)
    (found,) = read.annotations.values()
    assert [read.classes[number] for number in class_ids(found)] == ["person", "car"]
    assert found.xyxy.tolist() == [[0, 10, 50, 50], [100, 50, 200, 100]]
    if masks:
        assert found.mask is not None
        assert np.array_equal(found.mask[0], ids == 1)
        assert np.array_equal(found.mask[1], ids == 3)


def test_nothing_seen_is_a_whole_file_too(tmp_path: Path) -> None:
    with CocoWriter(tmp_path / "coco.json") as writer:
        writer.begin(ABOUT)
    assert json.loads((tmp_path / "coco.json").read_text())["images"] == []
