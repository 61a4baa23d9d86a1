"""Tiny CLIP models made by the tests: pictures become their mean colour, texts the mean of their words' colours."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from secondsight.brain.backends.clip.sentences import load_prompts

SIDE = 8
WORDS = sorted(
    {word for sentences in load_prompts().seen.values() for text in sentences for word in text.split()}
)
VOCABULARY = {"[PAD]": 0, "pad": 1, "[UNK]": 2, **{word: i for i, word in enumerate(WORDS, 3)}}
CLIP: dict[str, Any] = {"model_type": "clip", "logit_scale": 0.7}
SIGLIP: dict[str, Any] = {
    "model_type": "siglip",
    "logit_scale": 0.9,
    "logit_bias": -0.5,
    "text_config": {"max_position_embeddings": 12},
}
PREPROCESSOR: dict[str, Any] = {
    "size": {"height": SIDE, "width": SIDE},
    "do_center_crop": False,
    "resample": 2,
    "rescale_factor": 1 / 255,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.5, 0.25, 0.2],
}


def words_table(width: int = 3) -> NDArray[np.float32]:
    """What each word is worth, (words, width)."""
    return np.random.default_rng(5).normal(size=(len(VOCABULARY), width)).astype(np.float32)


def text_embedding(text: str, length: int | None = None) -> NDArray[np.float64]:
    """The text network by hand, length 1; filled up to `length` words as SigLIP wants it."""
    numbers = [VOCABULARY[word] for word in text.split()]
    numbers += [1] * ((length or 0) - len(numbers))
    mean = words_table()[numbers].astype(np.float64).mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def picture_embedding(colour: tuple[float, float, float]) -> NDArray[np.float64]:
    """The vision network by hand, for a picture of one colour, length 1."""
    values = (np.array(colour) / 255 - PREPROCESSOR["image_mean"]) / PREPROCESSOR["image_std"]
    return np.asarray(values / np.linalg.norm(values))


def make_model(
    folder: Path,
    config: dict[str, Any] | None = None,
    *,
    preprocessor: dict[str, Any] | None = None,
    outputs: tuple[str, str] = ("image_embeds", "text_embeds"),
    text_input: str = "input_ids",
    names: tuple[str, str] = ("vision_model.onnx", "text_model.onnx"),
    width: int = 3,
) -> Path:
    """Write all five files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, graph in zip(names, (_vision(outputs[0]), _text(text_input, outputs[1], width)), strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, folder / name)
    tokenizer = Tokenizer(models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps(config or CLIP))
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor or PREPROCESSOR))
    return folder


def _vision(output: str) -> onnx.GraphProto:
    return helper.make_graph(
        [helper.make_node("ReduceMean", ["pixel_values"], [output], axes=[2, 3], keepdims=0)],
        "vision",
        [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", 3])],
    )


def _text(source: str, output: str, width: int) -> onnx.GraphProto:
    return helper.make_graph(
        [
            helper.make_node("Gather", ["words", source], ["each"]),
            helper.make_node("ReduceMean", ["each"], [output], axes=[1], keepdims=0),
        ],
        "text",
        [helper.make_tensor_value_info(source, TensorProto.INT64, ["n", "words"])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", width])],
        [numpy_helper.from_array(words_table(width), "words")],
    )
