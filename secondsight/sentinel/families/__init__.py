"""Model families. In: a model's description (names, shapes, properties), then its outputs. Out: the family,
and what its task predicts, such as boxes in the model's own pixels. A family is a frozen value of plain functions
(`base.Family`), one module per family or a few related ones; add yours to `FAMILIES`. An ambiguous model is
refused, never decoded by guess.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from secondsight.errors import ModelError
from secondsight.sentinel.families.base import FINDS, Boxes, Family, names_of
from secondsight.sentinel.families.box_shares import IN_SHARES, in_shares
from secondsight.sentinel.families.detr import RF_DETR, RT_DETR
from secondsight.sentinel.families.distributed import NANODET, PICODET, RTMDET
from secondsight.sentinel.families.faces import RETINAFACE, RETINAFACE_PLATE, YUNET
from secondsight.sentinel.families.fastestdet import FASTESTDET
from secondsight.sentinel.families.heads import CLASSIFIER, CLASSIFIER_PLAIN, CLASSIFIER_TF, CTC, LPRNET, REID
from secondsight.sentinel.families.pose import MOVENET, MOVENET_MULTIPOSE, SIMCC, YOLO_POSE
from secondsight.sentinel.families.semantic import BISENET, DEEPLAB, PP_LITESEG, UNET
from secondsight.sentinel.families.ssd import MOBILENET_SSD, SSD
from secondsight.sentinel.families.yolo import YOLO_E2E, YOLOV5, YOLOV8
from secondsight.sentinel.families.yolo_seg import YOLOV5_SEG, YOLOV8_SEG
from secondsight.sentinel.families.yolox import YOLOX, YOLOX_DECODED
from secondsight.sentinel.runtime.base import ModelInfo

FAMILIES: tuple[Family[Any], ...] = (
    YOLOX,
    YOLOX_DECODED,
    YOLOV5,
    YOLOV8,
    YOLO_E2E,
    RT_DETR,
    RF_DETR,
    MOBILENET_SSD,
    SSD,
    FASTESTDET,
    PICODET,
    NANODET,
    RTMDET,
    YUNET,
    RETINAFACE,
    RETINAFACE_PLATE,
    YOLOV5_SEG,
    YOLOV8_SEG,
    YOLO_POSE,
    SIMCC,
    MOVENET,
    MOVENET_MULTIPOSE,
    CLASSIFIER,
    CLASSIFIER_PLAIN,
    CLASSIFIER_TF,
    REID,
    LPRNET,
    CTC,
    DEEPLAB,
    BISENET,
    PP_LITESEG,
    UNET,
)


def recognise(info: ModelInfo) -> Family[Any]:
    """The family of a model by its names, shapes and properties.

    Raises:
        ModelError: none fits, or several do and would read it differently; the text lists the choices.
    """
    certain = [family for family in FAMILIES if family.certain(info)]
    if len(certain) == 1:
        return certain[0]
    possible = [family for family in FAMILIES if family.fits(info)]
    _check_names(info, possible)
    if possible:
        choices = "; ".join(f"{family.name} ({family.summary})" for family in possible)
        raise ModelError(f"{_layout(info)}: it may be one of {choices}. State its family: --family NAME")
    _check_surplus(info)
    known = ", ".join(family.name for family in FAMILIES)
    task = info.metadata.get("task")
    if task not in (None, "detect"):
        raise ModelError(
            f"{_layout(info)}: no known family has this layout for the task `{task}`. Known: {known}"
        )
    raise ModelError(f"{_layout(info)}: no known family has this layout. Known: {known}")


def _check_surplus(info: ModelInfo) -> None:
    """Raises ModelError where a model would be of a known family without its further inputs or outputs."""
    cut = "or cut the model there (onnx.utils.extract_model)"
    further = info.outputs[1:]
    if len(further) > 1 and all(len(spec.shape) in (4, 5) for spec in further):
        names = _certain(replace(info, outputs=info.outputs[:1]))
        if len(names) == 1:
            raise ModelError(
                f"{_layout(info)}: its first output alone would be {names[0]}. Leave out the further outputs: export "
                f"it without the raw maps, {cut}"
            )
    if len(info.inputs) > 1:
        names = _certain(replace(info, inputs=info.inputs[:1]))
        if len(names) == 1:
            others = ", ".join(f"`{spec.name}`" for spec in info.inputs[1:])
            raise ModelError(
                f"{_layout(info)}: without {others} it would be {names[0]}. Export it with the picture alone, {cut}"
            )


def _certain(info: ModelInfo) -> list[str]:
    return [family.name for family in FAMILIES if family.certain(info)]


def _check_names(info: ModelInfo, possible: Sequence[Family[Any]]) -> None:
    """Raises ModelError where the file names another number of classes than its outputs can speak of."""
    names, counts = names_of(info), {family.classes(info) for family in possible}
    if names and counts and None not in counts and len(names) not in counts:
        several = " or ".join(str(count) for count in sorted(counts - {None}, key=lambda count: count or 0))
        raise ModelError(
            f"{_layout(info)}: it has {several} classes, but its `names` property lists {len(names)}; correct the "
            "property, or state both: --family NAME --labels FILE"
        )


def family_named(name: str, info: ModelInfo | None = None) -> Family[Any]:
    """The family of a stated name or alias, checked against the model if given.

    Raises:
        ModelError: no such family, or the model cannot be of it.
    """
    names = {alias: family for family in (*FAMILIES, *IN_SHARES) for alias in (family.name, *family.aliases)}
    family = names.get(name.lower())
    if family is None:
        near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
        hint = f"did you mean `{near[0]}`? " if near else ""
        raise ModelError(f"unknown family `{name}`; {hint}Known: {', '.join(names)}")
    if info is not None and not family.fits(info):
        raise ModelError(f"{_layout(info)}: that is not {family.name}, which has {family.summary}")
    return family


def _layout(info: ModelInfo) -> str:
    inputs, outputs = ("; ".join(map(str, specs)) for specs in (info.inputs, info.outputs))
    return f"the model takes {inputs} and gives {outputs}"


__all__ = ["FAMILIES", "FINDS", "Boxes", "Family", "family_named", "in_shares", "names_of", "recognise"]
