"""CLIP and SigLIP models, text and pictures into one space, in ONNX and without torch.

Runs on OpenVINO, a core dependency, in full precision: on processors with bfloat16 it would otherwise round, and the
same case would get another probability on another machine.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from secondsight.brain.backends.clip.files import ClipModelFiles, find_model, read_files
from secondsight.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Embeddings = NDArray[np.float32]
"""float32 (n, d), every row of length 1."""

_BATCH = 16
"""Pictures at a time: more take memory and gain no speed on a CPU."""


class ClipModel:
    """Both encoders of one model. Calls from several threads at once are fine."""

    def __init__(self, files: ClipModelFiles) -> None:
        """Load the networks and the tokenizer.

        Raises:
            ModelError: a file cannot be used, or the package `tokenizers` is missing.
        """
        self.files = files
        self._tokenizer = _open_tokenizer(files)
        self._vision = _Network(files.vision, ("pixel_values",), ("image_embeds", "pooler_output"))
        self._text = _Network(
            files.text, ("input_ids",), ("text_embeds", "pooler_output"), ("attention_mask",)
        )
        self._known: dict[str, Embeddings] = {}

    @classmethod
    def open(cls, model: str) -> "ClipModel":
        """An embedded model by name, or one in a folder. Raises ModelError."""
        return cls(read_files(find_model(model)))

    def encode_images(self, pictures: Sequence[Image.Image]) -> Embeddings:
        """Embeddings of square RGB pictures of any size."""
        parts = [
            self._vision.run({"pixel_values": self.files.preprocessing(pictures[i : i + _BATCH])})
            for i in range(0, len(pictures), _BATCH)
        ]
        return unit(np.concatenate(parts))

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """Embeddings of texts; each is computed once and kept."""
        for text in texts:
            if text not in self._known:
                self._known[text] = unit(self._text.run(self._tokens(text)))
        return np.concatenate([self._known[text] for text in texts])

    def log_weights(self, similarities: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float64]:
        """Logarithm of what each text weighs for a picture, up to a common factor.

        CLIP: the logit itself (Radford et al. 2021, figure 3). SigLIP: the logarithm of the sigmoid of the
        logit (Zhai et al. 2023, section 3.2).

        Args:
            similarities: cosines, of any shape.
            temperature: divides the scale; above 1 the answers become less sure.
        """
        logits: NDArray[np.float64] = similarities.astype(np.float64) * (self.files.scale / temperature)
        logits += self.files.bias
        return -np.logaddexp(0.0, -logits) if self.files.family == "siglip" else logits

    def _tokens(self, text: str) -> dict[str, NDArray[np.int64]]:
        numbers = self._tokenizer.encode(text).ids
        mask = [1] * len(numbers)
        if self.files.padding is not None:
            # SigLIP was trained on texts of one length, without a mask: it reads the last token.
            numbers = numbers + [self.files.padding] * (self.files.text_length - len(numbers))
            mask = [1] * len(numbers)
        return {"input_ids": np.array([numbers], np.int64), "attention_mask": np.array([mask], np.int64)}


def unit(vectors: NDArray[Any]) -> Embeddings:
    """Rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def _open_tokenizer(files: ClipModelFiles) -> "Tokenizer":
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise ModelError(
            "backend clip needs the package `tokenizers`: pip install 'secondsight[clip]'"
        ) from None
    try:
        tokenizer = Tokenizer.from_file(str(files.tokenizer))
    except Exception as error:  # the library raises plain Exception
        raise ModelError(f"{files.tokenizer} is no tokenizer that can be read: {error}") from None
    tokenizer.no_padding()
    tokenizer.enable_truncation(files.text_length)
    return tokenizer


class _Network:
    """One ONNX file as a function of named arrays.

    Args:
        required: inputs it must have. `optional`: those it may have; no other is served.
        outputs: names of the output wanted, in order of preference.
    """

    def __init__(
        self, path: Path, required: Sequence[str], outputs: Sequence[str], optional: Sequence[str] = ()
    ) -> None:
        import openvino as ov
        from openvino import properties

        hints = {
            properties.hint.performance_mode: properties.hint.PerformanceMode.LATENCY,
            properties.hint.inference_precision: ov.Type.f32,
        }
        try:
            self._compiled = ov.Core().compile_model(str(path), "CPU", hints)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1][:300]
            raise ModelError(f"{path} cannot be run as an ONNX model: {reason}") from None
        self._path = path
        self._inputs: dict[str, Any] = {}
        for port in self._compiled.inputs:
            names = port.get_names() & {*required, *optional}
            if not names:
                raise ModelError(f"{path} has an input that CLIP models do not have: {port.get_any_name()}")
            self._inputs[names.pop()] = np.dtype(port.get_element_type().to_dtype())
        missing = [name for name in required if name not in self._inputs]
        known = [name for port in self._compiled.outputs for name in port.get_names()]
        wanted = [name for name in outputs if name in known]
        if missing or not wanted:
            raise ModelError(
                f"{path} has no {f'input {missing[0]}' if missing else f'output {outputs[0]}'}; export the encoder "
                "with its projection"
            )
        self._output = wanted[0]

    def run(self, values: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """The wanted output, float32 (n, d), for a batch of any size."""
        request = self._compiled.create_infer_request()
        inputs = {name: values[name].astype(dtype, copy=False) for name, dtype in self._inputs.items()}
        try:
            request.infer(inputs)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1][:300]
            raise ModelError(f"{self._path} does not take what its folder says: {reason}") from None
        result: NDArray[np.float32] = np.array(request.get_tensor(self._output).data, np.float32)
        return result
