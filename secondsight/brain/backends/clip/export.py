"""From a Hugging Face CLIP or SigLIP to the folder that backend `clip` serves, smaller if wanted.

Torch, transformers and onnx are needed here and nowhere after: what is served runs without them.
"""

import json
import math
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from secondsight.brain.backends.clip.files import read_files
from secondsight.brain.backends.clip.preprocessing import Preprocessing
from secondsight.errors import ModelError

MISSING = "models export-clip needs more packages ({}): pip install 'secondsight[local-brain]'"
FAMILIES = ("clip", "siglip")
OPSET = 17
_LEAST_KEPT = 3
"""The first third of the layers is never dropped."""
_SMALL = 1024
"""Numbers of a matrix that is not worth it."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was made.

    Attributes:
        layers: count of layers of the picture encoder before.
        dropped: positions of those left out, from 0.
        bytes: of both networks together, as they are now.
        original_bytes: of both networks in float32 with all layers.
    """

    folder: Path
    family: str
    layers: int
    dropped: tuple[int, ...]
    bytes: int
    original_bytes: int


def export_clip(
    source: Path,
    out: Path,
    quantize: Literal["int8", "none"],
    prune: int,
    pictures: Callable[[], Sequence[Image.Image]],
    compare: Callable[[Path, Path], None] = lambda original, made: None,
) -> Exported:
    """Write the folder `out`; nothing is left of it if anything fails.

    Layers are dropped from the picture encoder alone: each sentence is encoded once and kept. See `_weakest` for
    which.

    Args:
        source: folder of the checkpoint. It is never looked up on a hub.
        prune: count of layers to drop.
        pictures: gives square RGB pictures, on which it is found what the layers do.
        compare: given the folders of the original, exported in float32 with all layers, and of what was made.

    Raises:
        ModelError: a package is missing, `source` is no such model, `prune` is too much, or `out` is in the way.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ModelError(f"{out} is there already; give a new folder to --out")
    model, preprocessing, tokenizer = _open(source)
    layers = model.vision_model.encoder.layers
    count = len(layers)
    most = max(0, count - 1 - math.ceil(count / _LEAST_KEPT))
    if not 0 <= prune <= most:
        raise ModelError(f"--prune-layers {prune}: of this model's {count} layers at most {most} can go")
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as room:
        original, made = Path(room) / "original", Path(room) / "made"
        _write(model, preprocessing, tokenizer, original)
        dropped: tuple[int, ...] = ()
        if prune:
            dropped = _weakest(model, read_files(original).preprocessing, pictures(), prune)
            for position in reversed(dropped):
                del layers[position]
            _write(model, preprocessing, tokenizer, made)
        else:
            shutil.copytree(original, made)
        if quantize == "int8":
            for name in ("vision_model.onnx", "text_model.onnx"):
                _quantize(made / name)
        compare(original, made)
        sizes = _size(made), _size(original)
        if out.exists():
            out.rmdir()
        made.rename(out)
    return Exported(out, model.config.model_type, count, dropped, *sizes)


def _open(source: Path) -> tuple[Any, Any, Any]:
    """Model, picture preprocessor and tokenizer of a checkpoint's folder. Raises ModelError."""
    try:
        import onnx  # noqa: F401
        import torch

        library: Any = import_module("transformers")
    except ImportError as error:
        raise ModelError(MISSING.format(error.name)) from None
    if not (source / "config.json").is_file():
        raise ModelError(f"{source} has no config.json; give the folder of a Hugging Face CLIP or SigLIP")
    library.utils.logging.disable_progress_bar()
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = library.AutoConfig.from_pretrained(source, **options)
        if config.model_type not in FAMILIES:
            raise ModelError(
                f"{source} is a model of type `{config.model_type}`; only {' and '.join(FAMILIES)} can be exported"
            )
        # Plain attention: the fused one is traced into operators that are neither smaller nor quantised.
        model = library.AutoModel.from_pretrained(
            source, dtype=torch.float32, attn_implementation="eager", **options
        )
        pictures = library.AutoImageProcessor.from_pretrained(source, backend="pil", **options)
        tokenizer = library.AutoTokenizer.from_pretrained(source, **options)
    except ModelError:
        raise
    except Exception as error:  # of the library and of what it reads files with; it has no common kind
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise ModelError(f"{source} cannot be read as a CLIP or SigLIP model: {reason}") from None
    if not hasattr(tokenizer, "backend_tokenizer"):
        raise ModelError(f"{source} has no tokenizer.json, and none can be made of what it has")
    return model.eval(), pictures, tokenizer


def _write(model: Any, pictures: Any, tokenizer: Any, folder: Path) -> None:
    """The five files, in float32, for any count of pictures and any length of text."""
    folder.mkdir()
    pictures.to_json_file(folder / "preprocessor_config.json")
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    texts = model.config.text_config
    config = {
        "model_type": model.config.model_type,
        "logit_scale": model.logit_scale.item(),
        **({"logit_bias": model.logit_bias.item()} if model.config.model_type == "siglip" else {}),
        "text_config": {
            "max_position_embeddings": texts.max_position_embeddings,
            "pad_token_id": texts.pad_token_id,
        },
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    _trace(model, folder)


def _trace(model: Any, folder: Path) -> None:
    import torch

    class Vision(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, pixel_values: torch.Tensor) -> Any:
            return _embeddings(self.model.get_image_features(pixel_values=pixel_values))

    class Words(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor) -> Any:
            return _embeddings(self.model.get_text_features(input_ids=input_ids))

    height, width = _sides(model.config.vision_config.image_size)
    length = model.config.text_config.max_position_embeddings
    texts = torch.arange(2 * length).reshape(2, length) % model.config.text_config.vocab_size
    samples = [
        (Vision(), torch.zeros(2, 3, height, width), "vision_model", "pixel_values", "image_embeds", {}),
        (Words(), texts, "text_model", "input_ids", "text_embeds", {1: "words"}),
    ]
    for network, sample, name, source, result, more in samples:
        if model.config.model_type == "siglip":
            more = {}  # always filled up to its full length
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of checks on sizes that are fixed here
            torch.onnx.export(
                network.eval(),
                (sample,),
                str(folder / f"{name}.onnx"),
                input_names=[source],
                output_names=[result],
                dynamic_axes={source: {0: "batch", **more}, result: {0: "batch"}},
                opset_version=OPSET,
                dynamo=False,
            )


def _embeddings(result: Any) -> Any:
    """Of either form that the library has had: the embeddings themselves, or an object that holds them."""
    return getattr(result, "pooler_output", result)


def _sides(size: Any) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def _weakest(
    model: Any, preprocessing: Preprocessing, pictures: Sequence[Image.Image], count: int
) -> tuple[int, ...]:
    """Positions of the `count` layers in a row that change least, and so are missed least.

    Measured by the angle between what goes in and what comes out (Gromov et al. 2024, The Unreasonable
    Ineffectiveness of the Deeper Layers, section 3), mean over all positions of the pictures; theirs is that
    of a text's last token. Searched among the upper two thirds but without the last layer: early layers make
    what all others work with, and the last one shapes the embedding; in both papers it is the layers between
    that are missed least (also Men et al. 2024, ShortGPT).
    """
    import torch

    pixels = torch.from_numpy(preprocessing(pictures))
    with torch.inference_mode():
        states = model.vision_model(pixel_values=pixels, output_hidden_states=True).hidden_states
    flows = [state.flatten(0, 1).numpy() for state in states]
    total = len(model.vision_model.encoder.layers)
    starts = range(math.ceil(total / _LEAST_KEPT), total - count)
    best = min(starts, key=lambda start: _angle(flows[start], flows[start + count]))
    return tuple(range(best, best + count))


def _angle(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """Mean angle between rows, in shares of a half turn."""
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    cosines = np.clip((before * after).sum(axis=1) / np.maximum(lengths, 1e-12), -1.0, 1.0)
    return float(np.arccos(cosines).mean() / math.pi)


def _quantize(path: Path) -> None:
    """Matrices as int8 with a scale for each column; they are widened again when the file is loaded.

    The file is a quarter as large, and OpenVINO reckons with it as it is. One picture through 12 layers of width 384
    took 43 ms; float32 took 84 ms, and onnxruntime's dynamic quantisation, whose steps it cannot join, 100 ms (least
    of 12 runs in turn, two cores).
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(path)
    graph = model.graph
    matrices = {each.name: each for each in graph.initializer if len(each.dims) == 2}
    # A word's row of a table has a scale of its own, of a weight matrix each column.
    uses = {
        name: 0 if node.op_type == "Gather" else 1
        for node in graph.node
        if node.op_type in ("MatMul", "Gather")
        for name in node.input
    }
    for number, name in enumerate(sorted(uses.keys() & matrices.keys())):
        weights, axis = numpy_helper.to_array(matrices[name]), uses[name]
        if weights.dtype != np.float32 or weights.size < _SMALL:
            continue
        scales = np.maximum(np.abs(weights).max(axis=1 - axis), 1e-12).astype(np.float32) / np.float32(127)
        whole = np.rint(weights / np.expand_dims(scales, 1 - axis)).astype(np.int8)
        parts = {"int8": whole, "scale": scales, "zero": np.zeros(len(scales), np.int8)}
        names = [f"{part}_{number}" for part in parts]
        graph.initializer.remove(matrices[name])
        graph.initializer.extend(map(numpy_helper.from_array, parts.values(), names))
        graph.node.insert(0, helper.make_node("DequantizeLinear", names, [name], axis=axis))
    onnx.save(model, path)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.onnx"))
