"""`secondsight models export-clip`: a CLIP or SigLIP checkpoint as the folder that backend `clip` serves."""

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import say

if TYPE_CHECKING:
    from PIL.Image import Image

_TIMES = (5.0, 15.0, 25.0)
"""Seconds of the simulated recordings that pictures are taken from."""
_OBJECTS = 4
"""Objects of each frame that pictures are cut around."""
_ENDINGS = frozenset({".jpg", ".jpeg", ".png"})


class Quantize(StrEnum):
    """How weights are written."""

    INT8 = "int8"
    NONE = "none"


def export_clip(
    source: Annotated[
        Path, typer.Argument(metavar="HF_DIR", help="Folder of a Hugging Face CLIP or SigLIP.")
    ],
    out: Annotated[Path, typer.Option("--out", help="New folder; `brain.model` names it.")],
    quantize: Annotated[Quantize, typer.Option("--quantize", help="Weights as int8, or as they are.")],
    prune_layers: Annotated[
        int, typer.Option("--prune-layers", min=0, metavar="N", help="Drop N layers of the picture encoder.")
    ] = 0,
    pictures: Annotated[
        Path | None,
        typer.Option("--pictures", help="Folder with pictures of your site (default: the simulated city)."),
    ] = None,
) -> None:
    """Export a CLIP model for `brain.backend: clip`, smaller if wanted, and compare it with the original."""
    from secondsight.brain.backends.clip import Agreement, ClipModel, agreement
    from secondsight.brain.backends.clip import export_clip as export
    from secondsight.clock import SystemClock

    @cache
    def seen() -> "list[Image]":
        return city_pictures() if pictures is None else own_pictures(pictures)

    found: list[Agreement] = []

    def compare(original: Path, made: Path) -> None:
        found.append(
            agreement(ClipModel.open(str(original)), ClipModel.open(str(made)), seen(), SystemClock())
        )

    made = export(source, out, quantize.value, prune_layers, seen, compare)
    (same,) = found
    dropped = ", ".join(str(position + 1) for position in made.dropped)
    lines = {
        "model": f"{made.folder}, {made.family}, {quantize.value}",
        "layers": f"{made.layers - len(made.dropped)} of {made.layers}"
        + (f"; dropped {dropped}: of all in a row, those that change least" if dropped else ""),
        "size": f"{made.bytes / 1e6:.1f} MB, original {made.original_bytes / 1e6:.1f} MB",
        "a picture": f"{same.ms:.1f} ms, original {same.original_ms:.1f} ms",
        "cosine": f"{same.cosine:.4f} mean, {same.least_cosine:.4f} least, of {same.pictures} pictures "
        f"({'the simulated city' if pictures is None else pictures})",
        "answers": f"{same.answers:.1%} the same, of {same.questions} questions to each picture; "
        f"probabilities {same.probability:.3f} apart",
    }
    for key, value in lines.items():
        say(f"{key:10} {value}")


def city_pictures() -> "list[Image]":
    """Pictures of the four packs, whole and cut around objects, always the same ones. Square, RGB."""
    from PIL import Image

    from secondsight.brain.backends.clip import views
    from secondsight.sim import PACKS, make_world, test_seeds

    (seed,) = test_seeds(1)
    found: list[Image.Image] = []
    for pack in PACKS:
        world = make_world(pack, seed, 0, _TIMES[-1] + 1.0)
        rate = world.truth().frame_rate
        for time in _TIMES:
            bgr, frame, _ = world.frame(round(time * rate))
            picture = Image.fromarray(bgr[:, :, ::-1])
            for box in (None, *(one.box for one in frame.boxes[:_OBJECTS])):
                found += views(picture, box, (128, 128, 128))
    return found


def own_pictures(folder: Path) -> "list[Image]":
    """The pictures of a folder, each as a square around its middle.

    Raises:
        ConfigError: there are none, or one cannot be read.
    """
    from PIL import Image

    from secondsight.brain.backends.clip import views
    from secondsight.errors import ConfigError

    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in _ENDINGS)
    if not paths:
        raise ConfigError(f"no pictures (.jpg, .png) in {folder}", key="--pictures")
    found: list[Image.Image] = []
    for path in paths:
        try:
            with Image.open(path) as opened:
                found += views(opened.convert("RGB"), None, (128, 128, 128))
        except (OSError, SyntaxError, ValueError):
            raise ConfigError(f"{path} is no picture that can be read", key="--pictures") from None
    return found
