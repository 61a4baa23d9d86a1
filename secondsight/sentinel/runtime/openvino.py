"""Runs models with OpenVINO, the default on CPUs.

How far ahead of ONNX Runtime's CPU provider it is depends on both versions and on the machine: YOLOX-Nano ran
three times as fast on one 2-core machine, and only as fast on another with wide vector units while that was
idle. On the same machine under load ONNX Runtime spent half as much processor time again, because its threads
spin while waiting.
"""

from __future__ import annotations

import ast
import contextlib
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openvino as ov
from openvino import opset13 as operators
from openvino import properties
from openvino.preprocess import PrePostProcessor

from secondsight.errors import ModelError
from secondsight.sentinel.runtime.base import Constants, ModelInfo, Pixels, TensorSpec, colours_last
from secondsight.sentinel.runtime.formats import IR, MAKERS, TFLITE, check_files, form_of
from secondsight.sentinel.runtime.openvino_focus import replace_focus_with_convolution
from secondsight.sentinel.runtime.openvino_rows import transpose_grids_early
from secondsight.sentinel.runtime.thread_pool import LOOK_TIMEOUT, RequestPool

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_SIZE = (640, 640)
"""(width, height) for a model that leaves it open: what the exporters of such models train with."""

_HEAD = 64 * 2**20
"""Bytes of an ONNX file that are searched for names of other files; one that has its weights elsewhere is small."""
_ONNX_TAGS = frozenset(
    (1 << 3, 2 << 3 | 2, 3 << 3 | 2, 4 << 3 | 2, 5 << 3, 6 << 3 | 2, 7 << 3 | 2, 8 << 3 | 2, 14 << 3 | 2)
)
"""First byte of an ONNX file: the protobuf tag of one of ModelProto's fields (onnx.proto3)."""


def devices() -> tuple[str, ...]:
    """Devices that OpenVINO finds on this machine, such as CPU, GPU.0, NPU."""
    return tuple(ov.Core().available_devices)


def read_model(path: Path, size: tuple[int, int] | None = None) -> tuple[Any, ModelInfo]:
    """Read a model file and fix what it leaves open: batch to 1, picture to `size`.

    A stated `size` also changes a fixed one, which convolutional models bear.

    Returns:
        OpenVINO's model with static input shapes, and its description.

    Raises:
        ModelError: the file is no model that OpenVINO understands, or does not take that size.
    """
    if not path.is_file():
        raise ModelError(f"no such model file: {path}")
    form = form_of(path)
    if form == IR:
        check_files(path)
    elif strange := (_strange_tflite(path) if form == TFLITE else _strange(path)):
        raise ModelError(f"{path.name} is no {MAKERS[form]} model: {strange}")
    try:
        model = ov.Core().read_model(str(path))
    except RuntimeError as error:
        if (weights := _weights_beside(path)) is not None:
            raise ModelError(
                f"{path.name} keeps its weights in another file, {weights}; write both into one: "
                "python -c \"import onnx; onnx.save(onnx.load('MODEL.onnx'), 'ONE.onnx')\""
            ) from None
        raise ModelError(
            f"{path.name} cannot be read as a model of {MAKERS[form]} ({_first_line(error)}); it may be incomplete: "
            "download or export it again"
        ) from None
    metadata = _metadata(model)
    try:
        _fix_shapes(model, size, _size_of(metadata))
    except RuntimeError as error:
        raise ModelError(
            f"{path.name} does not work at the picture size {size or _size_of(metadata)}: {_first_line(error)}; "
            "export it with another, or a fixed, input size"
        ) from None
    return model, _info(model, metadata)


class OpenVinoRuntime:
    """A model compiled for throughput: see `Runtime` for the interface.

    Twice as many requests are kept as the device has streams, so that each stream finds its next picture
    waiting (measured: +3% frames/s over one request per stream).
    """

    def __init__(
        self,
        path: Path,
        device: str = "CPU",
        *,
        pixels: Pixels | None = None,
        size: tuple[int, int] | None = None,
        constants: Constants | None = None,
        flexible: bool = False,
        look_timeout: float = LOOK_TIMEOUT,
    ) -> None:
        constants = constants or {}
        model, info = read_model(path, size)
        image = info.image if pixels else next(spec for spec in info.inputs if spec.name not in constants)
        position = [spec.name for spec in info.inputs].index(image.name)

        if device.startswith("CPU"):
            replace_focus_with_convolution(model)
            transpose_grids_early(model)
        if pixels is not None:
            model = with_pixels(model, position, pixels.into(image))
        own = _compile(model, path, device)
        shape = tuple(own.input(position).shape)
        self.input = TensorSpec(image.name, shape, _dtype(own.input(position)))
        self.outputs = tuple(_spec(port) for port in own.outputs)
        self.max_batch = int(shape[0]) if shape else 1
        self.slots = 2 * int(own.get_property(properties.optimal_number_of_infer_requests))
        sizes = None
        if flexible and pixels and self.max_batch == 1:
            sizes = _Sizes(lambda shape: _compile(_reshaped(model, position, shape), path, device))
        self._workers = RequestPool(
            "openvino", lambda: _Request(own, position, constants, sizes), self.slots, look_timeout
        )

    @property
    def trouble(self) -> str | None:
        """See `Runtime`."""
        return self._workers.trouble

    def submit(
        self, batch: NDArray[Any], read: Callable[[Sequence[NDArray[Any]]], Any] | None = None
    ) -> Future[Any]:
        """See `Runtime.submit`."""
        return self._workers.submit(batch, read)

    def close(self) -> None:
        """See `Runtime.close`."""
        self._workers.close()


class _Sizes:
    """The model compiled for further shapes of its picture, each when the first of it comes. Thread-safe: who asks
    for a shape that is being compiled waits, who asks for another does not."""

    def __init__(self, compile: Callable[[tuple[int, ...]], Any]) -> None:
        self._compile = compile
        self._compiled: dict[tuple[int, ...], Any] = {}
        self._locks: dict[tuple[int, ...], threading.Lock] = {}

    def __getitem__(self, shape: tuple[int, ...]) -> Any:
        with self._locks.setdefault(shape, threading.Lock()):
            if shape not in self._compiled:
                self._compiled[shape] = self._compile(shape)
            return self._compiled[shape]


class _Request:
    """One infer request as a blocking call, without copies in or out.

    Args:
        sizes: where a batch of another size (1, height, width, 3) finds a model; without it such a batch is refused.
    """

    def __init__(
        self, compiled: Any, position: int, constants: Constants, sizes: _Sizes | None = None
    ) -> None:
        self._request = compiled.create_infer_request()
        self._position, self._constants, self._sizes = position, constants, sizes
        self._others: dict[tuple[int, ...], _Request] = {}
        self._shape = tuple(compiled.input(position).shape)
        self._dtype = np.dtype(_dtype(compiled.input(position)))
        self._outputs = range(len(compiled.outputs))
        for port in compiled.inputs:
            if (value := constants.get(_name(port))) is not None:
                self._request.set_tensor(port, ov.Tensor(np.ascontiguousarray(value)))

    def __call__(self, batch: NDArray[Any]) -> list[NDArray[Any]]:
        count = len(batch)
        if self._sizes is not None and batch.shape != self._shape and self._smaller(batch):
            return self._other(batch.shape)(batch)
        if batch.dtype != self._dtype or batch.shape[1:] != self._shape[1:] or count > self._shape[0]:
            wanted = f"{'x'.join(map(str, self._shape))} {self._dtype}"
            raise ValueError(f"batch of {batch.shape} {batch.dtype} where the model takes {wanted}")
        if count < self._shape[0]:
            batch = np.concatenate([batch, np.zeros((self._shape[0] - count, *self._shape[1:]), self._dtype)])
        tensor = ov.Tensor(np.ascontiguousarray(batch), shared_memory=True)
        self._request.set_input_tensor(self._position, tensor)
        self._request.start_async()
        self._request.wait()
        outputs = [self._request.get_output_tensor(i).data for i in self._outputs]
        return outputs if count == self._shape[0] else [output[:count] for output in outputs]

    def _smaller(self, batch: NDArray[Any]) -> bool:
        """Whether it is one picture that is nowhere larger than the model's own."""
        same = batch.ndim == 4 and (batch.shape[0], batch.shape[3]) == (1, 3)
        return same and all(side <= own for side, own in zip(batch.shape, self._shape, strict=True))

    def _other(self, shape: tuple[int, ...]) -> _Request:
        if shape not in self._others:
            assert self._sizes is not None
            self._others[shape] = _Request(self._sizes[shape], self._position, self._constants)
        return self._others[shape]


def _weights_beside(path: Path) -> str | None:
    """Name of the file in which an ONNX file says its weights lie, if it does (`external_data` in onnx.proto)."""
    with path.open("rb") as file:
        found = re.search(rb"\n\x08location\x12([\x01-\x7f])", head := file.read(_HEAD))
    return found and head[found.end() : found.end() + found[1][0]].decode("utf-8", "replace")


def with_pixels(model: Any, position: int, pixels: Pixels) -> Any:
    """The model with uint8 height-width-colour input, and float32 outputs where it had halves."""
    wanted = model.inputs[position].get_element_type()
    offset, scale = pixels.affine
    steps = PrePostProcessor(model)
    steps.input(position).tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    last = colours_last(tuple(model.inputs[position].shape))
    steps.input(position).model().set_layout(ov.Layout("NHWC" if last else "NCHW"))
    chain = steps.input(position).preprocess().convert_element_type(ov.Type.f32)
    # Changes nothing, but OpenVINO on a CPU would turn the bytes into planes before it converts them, and back again.
    chain.custom(lambda picture: operators.abs(picture).output(0))
    if any(offset):
        chain = chain.mean(list(offset))
    if any(value != 1 for value in scale):
        chain = chain.scale(list(scale))
    if wanted != ov.Type.f32:
        chain.convert_element_type(wanted)
    for index, port in enumerate(model.outputs):
        if port.get_element_type() == ov.Type.f16:
            steps.output(index).tensor().set_element_type(ov.Type.f32)
    return steps.build()


def _reshaped(model: Any, position: int, shape: tuple[int, ...]) -> Any:
    """A copy of a model whose input at `position` has another shape."""
    copy = model.clone()
    copy.reshape({position: list(shape)})
    return copy


def _compile(model: Any, path: Path, device: str) -> Any:
    hint: dict[Any, Any] = {properties.hint.performance_mode: properties.hint.PerformanceMode.THROUGHPUT}
    if device.split(":")[0].split(".")[0] in ("CPU", "AUTO", "MULTI", "HETERO"):
        # Left alone it takes bfloat16 wherever the processor has it: other boxes, and other events, on each machine.
        hint[properties.device.properties] = {"CPU": {properties.hint.inference_precision: ov.Type.f32}}
    core = ov.Core()
    try:
        return core.compile_model(model, device, hint)
    except RuntimeError as error:
        found = core.available_devices
        name = device.split(":")[0].split(".")[0]
        if name not in ("AUTO", "MULTI", "HETERO") and not any(each.startswith(name) for each in found):
            raise ModelError(
                f"OpenVINO finds no device `{device}` here; it finds {', '.join(found) or 'none'}. "
                "Set sentinel.device to one of them, or to AUTO"
            ) from None
        raise ModelError(f"{path.name} cannot be compiled for {device}: {_first_line(error)}") from None


def _fix_shapes(model: Any, size: tuple[int, int] | None, usual: tuple[int, int]) -> None:
    """Give every open dimension of the inputs a value, and the picture `size` if it is stated."""
    shapes = {}
    for number, port in enumerate(model.inputs):
        sides = [None if side.is_dynamic else side.get_length() for side in port.get_partial_shape()]
        wanted = [1 if side is None else side for side in sides]
        if len(sides) == 4:
            first = 1 if colours_last(sides) else 2
            wanted[1] = 3 if sides[1] is None and first == 2 else wanted[1]
            for axis, fallback in ((first, usual[1]), (first + 1, usual[0])):
                wanted[axis] = fallback if sides[axis] is None else wanted[axis]
            if size is not None:
                wanted[first : first + 2] = size[1], size[0]
        if wanted != sides:
            shapes[number] = wanted
    if shapes:
        model.reshape(shapes)


def _size_of(metadata: dict[str, str]) -> tuple[int, int]:
    """(width, height) from the `imgsz` property that Ultralytics' exporter writes as [height, width]."""
    with contextlib.suppress(ValueError, SyntaxError, TypeError, KeyError):
        height, width = ast.literal_eval(metadata["imgsz"])
        return int(width), int(height)
    return DEFAULT_SIZE


def _info(model: Any, metadata: dict[str, str]) -> ModelInfo:
    return ModelInfo(
        inputs=tuple(_spec(port) for port in model.inputs),
        outputs=tuple(_spec(port) for port in model.outputs),
        metadata=metadata,
        operators=frozenset(node.get_type_name() for node in model.get_ops()),
    )


def _metadata(model: Any) -> dict[str, str]:
    """The ONNX file's metadata properties; OpenVINO keeps them under `framework`."""
    if not model.has_rt_info(["framework"]):
        return {}
    return {key: str(value.value) for key, value in model.get_rt_info()["framework"].items()}


def _spec(port: Any) -> TensorSpec:
    sides = tuple(None if side.is_dynamic else int(side.get_length()) for side in port.get_partial_shape())
    return TensorSpec(_name(port), sides, _dtype(port))


def _name(port: Any) -> str:
    names = sorted(port.get_names())
    return names[0] if names else str(port.get_node().get_friendly_name())


def _dtype(port: Any) -> str:
    return str(np.dtype(port.get_element_type().to_dtype()))


def _strange(path: Path) -> str | None:
    """What a file is instead of an ONNX model, told by its first bytes; None if it may be one."""
    with path.open("rb") as file:
        head = file.read(200)
    if not head:
        return "the file is empty; download or export it again"
    if head.lstrip()[:1] == b"<":
        return "it is a web page; the address it came from does not lead to the model itself"
    if head.startswith(b"version https://git-lfs"):
        return "it is only a Git LFS pointer; fetch the real file (`git lfs pull`)"
    if head[0] not in _ONNX_TAGS:
        return "it does not begin like one; export the model to ONNX first"
    return None


def _strange_tflite(path: Path) -> str | None:
    """What a file is instead of a TensorFlow Lite model; None if it may be one. Its identifier follows the first
    offset of the flatbuffer (`file_identifier` in TensorFlow's schema.fbs)."""
    with path.open("rb") as file:
        identified = file.read(8)[4:] == b"TFL3"
    return None if identified else "it does not begin like one; download or export it again"


def _first_line(error: BaseException) -> str:
    """The line of OpenVINO's many that says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [
        line for line in lines if not line.startswith(("Exception from", "Check '")) and line[-1] != ":"
    ]
    return (telling or lines or ["no reason given"])[0][:300]
