"""Finds and reads the files of a CLIP or SigLIP model in the layout that Hugging Face's ONNX exports have.

Only what scoring needs is read: the rest of those files differs from exporter to exporter.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from secondsight.brain.backends.clip.preprocessing import Preprocessing
from secondsight.errors import ModelError

_CLIP_SCALE = math.log(100.0)
"""OpenAI's CLIPs and their followers were trained with the scale clipped at 100 and ended there (Radford et al. 2021,
section 2.5); their ONNX exports do not hold it."""
_Form = TypeVar("_Form", bound=BaseModel)
_COLOURS = Field(min_length=3, max_length=3)


@dataclass(frozen=True, slots=True)
class ClipModelFiles:
    """Where the parts lie and what the configuration says.

    Attributes:
        family: `clip` compares texts with each other (softmax), `siglip` judges each by itself (sigmoid).
        scale, bias: of the logits: scale * cosine + bias. SigLIP alone has a bias.
        text_length: most tokens of a text.
        padding: number of the token that fills a text up to `text_length`; None where texts stay short.
    """

    folder: Path
    vision: Path
    text: Path
    tokenizer: Path
    preprocessing: Preprocessing
    family: Literal["clip", "siglip"]
    scale: float
    bias: float
    text_length: int
    padding: int | None


def find_model(model: str) -> Path:
    """Folder of an embedded model by its bare name, or of one on disk by a path with a slash.

    Raises:
        ModelError: there is no such model or folder.
    """
    embedded = Path(str(files("secondsight.brain").joinpath("embedded")))
    if "/" not in model:
        names = (
            sorted(folder.name for folder in embedded.iterdir() if folder.is_dir())
            if embedded.is_dir()
            else []
        )
        if model in names:
            return embedded / model
        raise ModelError(
            f"no embedded CLIP model `{model}`; there is {', '.join(names) or 'none'}. A folder is written with a "
            f"slash, such as ./{model}"
        )
    if not Path(model).is_dir():
        raise ModelError(f"no such folder with a CLIP model: {model}")
    return Path(model)


def read_files(folder: Path) -> ClipModelFiles:
    """Everything but the networks themselves.

    Raises:
        ModelError: a file is missing or says something that cannot be used; the text names it.
    """
    config = _read(folder, "config.json", _Config)
    texts = config.text_config
    siglip = config.model_type.startswith("siglip")
    if siglip and (config.logit_scale is None or config.logit_bias is None):
        raise ModelError(
            f"{folder / 'config.json'}: a SigLIP model needs its `logit_scale` and `logit_bias`; ONNX exports leave "
            "them out: copy both numbers from the checkpoint"
        )
    return ClipModelFiles(
        folder=folder,
        vision=_network(folder, "vision_model"),
        text=_network(folder, "text_model"),
        tokenizer=_file(folder, "tokenizer.json"),
        preprocessing=_read(folder, "preprocessor_config.json", _Preprocessor).checked(folder),
        family="siglip" if siglip else "clip",
        scale=math.exp(_CLIP_SCALE if config.logit_scale is None else config.logit_scale),
        bias=config.logit_bias or 0.0 if siglip else 0.0,
        text_length=texts.max_position_embeddings or (64 if siglip else 77),
        padding=(1 if texts.pad_token_id is None else texts.pad_token_id) if siglip else None,
    )


class _TextConfig(BaseModel):
    max_position_embeddings: int | None = Field(default=None, ge=1)
    pad_token_id: int | None = None


class _Config(BaseModel):
    """`logit_scale` is the parameter of that name in the checkpoint: a natural logarithm."""

    model_type: Literal["clip", "siglip", "siglip2"]
    logit_scale: float | None = Field(default=None, ge=-10, le=10)
    logit_bias: float | None = None
    text_config: _TextConfig = _TextConfig()


class _Preprocessor(BaseModel):
    size: int | Mapping[str, int]
    crop_size: int | Mapping[str, int] | None = None
    do_center_crop: bool = False
    do_rescale: bool = True
    do_normalize: bool = True
    resample: int = Field(default=3, ge=0, le=5)
    rescale_factor: float = Field(default=1 / 255, gt=0)
    image_mean: tuple[float, ...] = _COLOURS
    image_std: tuple[float, ...] = _COLOURS

    def checked(self, folder: Path) -> Preprocessing:
        scaled = _sides(self.size, folder, "size")
        size = scaled
        if self.do_center_crop and self.crop_size is not None:
            size = _sides(self.crop_size, folder, "crop_size")
        if min(size) < 1 or size[0] > scaled[0] or size[1] > scaled[1]:
            raise ModelError(f"{folder / 'preprocessor_config.json'}: `crop_size` must lie within `size`")
        mean, std = (self.image_mean, self.image_std) if self.do_normalize else ((0.0,) * 3, (1.0,) * 3)
        return Preprocessing(
            scaled,
            size,
            self.resample,
            self.rescale_factor if self.do_rescale else 1.0,
            _three(mean),
            _three(std),
        )


def _sides(value: int | Mapping[str, int], folder: Path, key: str) -> tuple[int, int]:
    """(width, height); of a square picture the shortest side is every side."""
    if isinstance(value, int):
        return value, value
    if "shortest_edge" in value:
        return value["shortest_edge"], value["shortest_edge"]
    if "height" in value and "width" in value:
        return value["width"], value["height"]
    raise ModelError(
        f"{folder / 'preprocessor_config.json'}: `{key}` needs `shortest_edge`, or `height` and `width`"
    )


def _three(values: tuple[float, ...]) -> tuple[float, float, float]:
    red, green, blue = values
    return red, green, blue


def _file(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(f"{folder} has no {names[0]}; a CLIP model needs it")


def _network(folder: Path, name: str) -> Path:
    kinds = (f"{name}.onnx", f"{name}_quantized.onnx")
    return _file(folder, *kinds, *(f"onnx/{kind}" for kind in kinds))


def _read(folder: Path, name: str, form: type[_Form]) -> _Form:
    path = _file(folder, name)
    try:
        values: Any = json.loads(path.read_text(encoding="utf-8"))
        return form.model_validate(values)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        mistake = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in mistake["loc"])
        raise ModelError(f"{path}: {key or 'the file'}: {mistake['msg']}") from None
    except ValueError as error:
        raise ModelError(f"{path} is no JSON: {error}") from None
