import numpy as np
import pytest

from secondsight.errors import ModelError
from secondsight.sentinel.families import FAMILIES, family_named, recognise
from secondsight.sentinel.runtime.base import ModelInfo, TensorSpec
from secondsight.sentinel.runtime.opening import describe
from tests.sentinel.families.layouts import LAYOUTS, Layout
from tests.table import table


def info(
    outputs: dict[str, tuple[int, ...]],
    *,
    image: str = "images",
    size: tuple[int, int] = (640, 640),
    operators: frozenset[str] = frozenset({"Conv"}),
    more: dict[str, tuple[int, ...]] | None = None,
    **metadata: str,
) -> ModelInfo:
    inputs = {image: (1, 3, size[1], size[0]), **(more or {})}
    return ModelInfo(
        tuple(TensorSpec(name, shape, "float32") for name, shape in inputs.items()),
        tuple(TensorSpec(name, shape, "float32") for name, shape in outputs.items()),
        metadata,
        operators,
    )


SIZES: dict[str, tuple[int, ...]] = {"orig_target_sizes": (1, 2)}


@table("layout", [each for each in LAYOUTS if each.family != "mobilenet-ssd"], ids=str)
def test_each_layout_is_recognised_from_its_file(tmp_path, layout: Layout):
    layout.make(np.random.default_rng(0), tmp_path / "m.onnx")
    assert recognise(describe(tmp_path / "m.onnx")).name == layout.family


@table(
    ("model", "family"),
    [
        (info({"output": (1, 8400, 85)}), "yolox"),
        (info({"output": (1, 3549, 85)}, size=(416, 416)), "yolox"),
        (info({"output": (1, 8400, 6)}), "yolox"),
        (info({"output": (1, 8400, 85)}, operators=frozenset({"Exp"})), "yolox-decoded"),
        (info({"output0": (1, 25200, 85)}), "yolov5"),
        (info({"output": (1, 25200, 6)}), "yolov5"),
        (info({"output0": (1, 102000, 85)}, size=(1280, 1280)), "yolov5"),
        (info({"output0": (1, 84, 8400)}), "yolov8"),
        (info({"output0": (1, 5, 8400)}), "yolov8"),
        (info({"output0": (1, 300, 6)}), "yolo-e2e"),
        (info({"output0": (1, 100, 6)}), "yolo-e2e"),
        (info({"labels": (1, 300), "boxes": (1, 300, 4), "scores": (1, 300)}, more=SIZES), "rt-detr"),
        (info({"logits": (1, 300, 80), "pred_boxes": (1, 300, 4)}, image="pixel_values"), "rt-detr"),
        (info({"dets": (1, 300, 4), "labels": (1, 300, 91)}, image="input", size=(384, 384)), "rf-detr"),
        (info({"labels": (1, 300, 4), "dets": (1, 300, 4)}, image="input", size=(384, 384)), "rf-detr"),
        (info({"dets": (1, 100, 4), "labels": (1, 100, 91), "masks": (1, 100, 78, 78)}), "rf-detr"),
        (info({"detection_out": (1, 1, 100, 7)}, image="data", size=(300, 300)), "mobilenet-ssd"),
        (
            info(
                {"758": (1, 85, 22, 22)}, image="input.1", size=(352, 352), operators=frozenset({"Softmax"})
            ),
            "fastestdet",
        ),
        (info({"output0": (1, 116, 8400), "output1": (1, 32, 160, 160)}), "yolov8-seg"),
        (info({"output1": (1, 32, 160, 160), "output0": (1, 116, 8400)}, task="segment"), "yolov8-seg"),
        (info({"output0": (1, 25200, 117), "output1": (1, 32, 160, 160)}), "yolov5-seg"),
        (info({"output0": (1, 56, 8400)}, task="pose"), "yolo-pose"),
        (info({"simcc_x": (1, 17, 384), "simcc_y": (1, 17, 512)}, size=(192, 256)), "simcc"),
        (info({"simcc_y": (1, 26, 512), "simcc_x": (1, 26, 384)}, size=(192, 256)), "simcc"),
        (info({"output_0": (1, 1, 17, 3)}, size=(192, 192)), "movenet"),
        (info({"output_0": (1, 6, 56)}, size=(320, 192)), "movenet-multipose"),
        (
            info({"output0": (1, 3)}, size=(224, 224), task="classify", names="['a', 'b', 'c']"),
            "classifier-plain",
        ),
    ],
)
def test_published_layouts_are_recognised(model, family):
    assert recognise(model).name == family


@table(
    ("model", "choices"),
    [
        # YOLOv6 writes YOLOX's shape under other names, with other colours.
        (info({"outputs": (1, 8400, 85)}), ["yolox", "yolox-decoded", "yolov5"]),
        # Without operators, raw and decoded boxes cannot be told apart.
        (info({"output": (1, 8400, 85)}, operators=frozenset()), ["yolox", "yolox-decoded"]),
        # DETR and Deformable DETR write the same names with other colours.
        (
            info({"logits": (1, 300, 91), "pred_boxes": (1, 300, 4)}, image="pixel_values"),
            ["rt-detr", "rf-detr"],
        ),
        (info({"detection_out": (1, 1, 200, 7)}, image="image", size=(544, 320)), ["mobilenet-ssd", "ssd"]),
        # A pose head, or a detector of 52 classes.
        (info({"output0": (1, 56, 8400)}, names="{0: 'person'}"), ["yolov8", "yolo-pose"]),
        (info({"output0": (1, 56, 8400)}), ["yolov8", "yolo-pose"]),
        # A vector may be scores or an embedding, and nothing tells the colours that a classifier wants.
        (
            info({"out": (1, 1000)}, image="x", size=(224, 224)),
            ["classifier", "classifier-plain", "classifier-tf", "reid"],
        ),
        (info({"out": (1, 1000, 1, 1)}, image="x", size=(227, 227)), ["classifier", "reid"]),
        (info({"out": (1, 21, 65, 65)}, size=(513, 513)), ["deeplab", "bisenet", "pp-liteseg", "unet"]),
        (info({"aux": (1, 21, 520, 520), "out": (1, 21, 520, 520)}, size=(520, 520)), ["deeplab", "unet"]),
        (info({"out": (1, 512, 1024)}, size=(1024, 512)), ["bisenet", "pp-liteseg"]),
        (info({"out": (1, 1, 90, 160)}, size=(640, 360)), ["deeplab", "unet"]),
        # FastestDet's stride is also one of segmentation models; its softmax is missing here.
        (info({"out": (1, 85, 22, 22)}, size=(352, 352)), ["fastestdet", "deeplab"]),
        (info({"output0": (1, 84, 84)}, size=(64, 64)), ["yolov8", "yolox"]),
    ],
)
def test_an_ambiguous_model_is_refused_with_the_choices(model, choices):
    with pytest.raises(ModelError) as caught:
        recognise(model)
    text = str(caught.value)
    assert "--family" in text
    assert all(f"{choice} (" in text for choice in choices)
    for choice in choices:
        assert family_named(choice, model).name == choice


@table(
    ("model", "words"),
    [
        (info({"output0": (1, 56, 8400)}, task="obb"), "task `obb`"),
        (info({"output0": (1, 20, 8400)}, task="pose"), "task `pose`"),
        (info({"output0": (1, 116, 8400), "output1": (1, 32, 160, 90)}), "no known family"),
        (info({"output0": (1, 36, 8400), "output1": (1, 32, 160, 160)}), "no known family"),
        (info({"simcc_x": (1, 17, 192), "simcc_y": (1, 17, 256)}, size=(192, 256)), "no known family"),
        (info({"out": (1, 1)}, size=(224, 224)), "no known family"),
        (info({"out": (1, 21, 65, 20)}, size=(513, 513)), "no known family"),
        (info({"output0": (1, 300, 38)}, task="segment"), "task `segment`"),
        (info({"logits": (1, 300, 80)}), "no known family"),
        (
            info(
                {
                    "out": (1, 25200, 85),
                    "a": (1, 3, 80, 80, 85),
                    "b": (1, 3, 40, 40, 85),
                    "c": (1, 3, 20, 20, 85),
                }
            ),
            "first output alone would be yolov5. Leave out the further outputs",
        ),
        (
            info({"output0": (1, 7, 8400), "a": (1, 3, 80, 80, 8), "b": (1, 3, 40, 40, 8)}),
            "first output alone would be yolov8. Leave out the further outputs",
        ),
        (
            info({"output0": (1, 7, 8400)}, more={"scale_factor": (1, 2)}),
            "without `scale_factor` it would be yolov8. Export it with the picture alone",
        ),
        (
            info({"output0": (1, 7, 8400)}, names="{0: 'a', 1: 'b'}"),
            "3 classes, but its `names` property lists 2",
        ),
    ],
)
def test_what_no_family_reads_is_refused(model, words):
    with pytest.raises(ModelError, match=words):
        recognise(model)


@table(
    ("name", "family"),
    [
        ("yolo11", "yolov8"),
        ("YOLOv10", "yolo-e2e"),
        ("yolo26", "yolo-e2e"),
        ("d-fine", "rt-detr"),
        ("RF-DETR", "rf-detr"),
    ],
)
def test_families_answer_to_the_names_users_know(name, family):
    assert family_named(name).name == family


def test_names_and_aliases_are_unique():
    names = [name for family in FAMILIES for name in (family.name, *family.aliases)]
    assert len(names) == len(set(names))


def test_an_unknown_family_suggests_the_nearest():
    with pytest.raises(ModelError, match="did you mean `yolox`"):
        family_named("yolo-x")


def test_a_stated_family_that_cannot_be_is_refused():
    with pytest.raises(ModelError, match=r"1x84x8400.*not yolox"):
        family_named("yolox", info({"output0": (1, 84, 8400)}))
