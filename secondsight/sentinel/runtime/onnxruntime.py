"""Runs models with ONNX Runtime: NVIDIA and Apple devices, and CPUs where OpenVINO is not wanted."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.errors import ModelError
from secondsight.sentinel.runtime.base import Constants, Pixels, TensorSpec, colours_last, sides_of
from secondsight.sentinel.runtime.opening import describe
from secondsight.sentinel.runtime.thread_pool import LOOK_TIMEOUT, RequestPool

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROVIDERS = {
    "CPU": ("CPUExecutionProvider",),
    "CUDA": ("CUDAExecutionProvider",),
    "GPU": ("CUDAExecutionProvider",),
    "TENSORRT": ("TensorrtExecutionProvider", "CUDAExecutionProvider"),
    "COREML": ("CoreMLExecutionProvider",),
}
"""Execution providers by device name, best first. Operators they lack run on the CPU provider."""

_PACKAGES = {"CUDA": "onnxruntime-gpu", "GPU": "onnxruntime-gpu", "TENSORRT": "onnxruntime-gpu"}


class OnnxRuntime:
    """A model in an ONNX Runtime session: see `Runtime` for the interface.

    On a CPU every run has one thread and there is one run per core: sharing a run between two cores takes
    about 1.7 times the CPU time per picture (measured on YOLOX-Nano). On a GPU two runs overlap the copy of
    one batch with the computation of another.
    """

    def __init__(
        self,
        path: Path,
        device: str = "CPU",
        *,
        pixels: Pixels | None = None,
        size: tuple[int, int] | None = None,
        constants: Constants | None = None,
        max_batch: int = 8,
        look_timeout: float = LOOK_TIMEOUT,
    ) -> None:
        self._constants = dict(constants or {})
        session = _session(path, device)
        info = describe(path, size)
        image = info.image if pixels else next(i for i in info.inputs if i.name not in self._constants)
        self._session = session
        self._input_name = image.name
        self._check_size(path, image)
        dtype = np.dtype(image.dtype)
        self._convert = _converter(pixels.into(image), dtype, colours_last(image.shape)) if pixels else None
        self._fixed, self.max_batch = self._batch_sizes(device, max_batch)
        shape = tuple(side or 1 for side in image.shape)
        if pixels:
            self.input = TensorSpec(image.name, (self.max_batch, *sides_of(shape), 3), "uint8")
        else:
            self.input = TensorSpec(image.name, (self.max_batch, *shape[1:]), image.dtype)
        self._dtype = np.dtype(self.input.dtype)
        self.outputs = info.outputs
        self.slots = max(2, os.cpu_count() or 2) if device.upper() == "CPU" else 2
        self._workers = RequestPool("onnxruntime", self._request, self.slots, look_timeout)

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
        self._session = None

    def _check_size(self, path: Path, image: TensorSpec) -> None:
        own = next(i for i in self._session.get_inputs() if i.name == image.name).shape
        if any(
            isinstance(side, int) and side != asked
            for side, asked in zip(own[1:], image.shape[1:], strict=True)
        ):
            height, width = sides_of(own)
            raise ModelError(
                f"{path.name} takes pictures of {width}x{height} only; export it for another size"
            )

    def _batch_sizes(self, device: str, most: int) -> tuple[int, int]:
        """(batch the file fixes or 0, pictures per submit)."""
        first = next(i for i in self._session.get_inputs() if i.name == self._input_name).shape[0]
        if isinstance(first, int) and first > 0:
            return first, first
        # A batch of one is fastest on a CPU, and constants are made for one picture.
        return 0, 1 if device.upper() == "CPU" or self._constants else most

    def _request(self) -> _Request:
        return _Request(self._infer, _import("CPU").RunOptions())

    def _infer(self, batch: NDArray[Any], options: Any) -> list[NDArray[Any]]:
        count, wanted = len(batch), self.input.shape
        if batch.dtype != self._dtype or batch.shape[1:] != wanted[1:] or count > self.max_batch:
            shape = "x".join(map(str, wanted))
            raise ValueError(
                f"batch of {batch.shape} {batch.dtype} where the model takes {shape} {self._dtype}"
            )
        if self._fixed > count:
            batch = np.concatenate([batch, np.zeros((self._fixed - count, *batch.shape[1:]), batch.dtype)])
        tensor = self._convert(batch) if self._convert else batch
        outputs = self._session.run(None, {self._input_name: tensor, **self._constants}, options)
        if self._fixed > count:
            outputs = [output[:count] for output in outputs]
        return [
            output.astype(np.float32) if output.dtype == np.float16 and self._convert else output
            for output in outputs
        ]


class _Request:
    """One run at a time. `cancel` ends it between two operators, those of an endless `Loop` too."""

    def __init__(self, infer: Callable[[NDArray[Any], Any], list[NDArray[Any]]], options: Any) -> None:
        self._infer, self._options = infer, options

    def __call__(self, batch: NDArray[Any]) -> list[NDArray[Any]]:
        return self._infer(batch, self._options)

    def cancel(self) -> None:
        """Ask the run under way to end, and every later one."""
        self._options.terminate = True


def _converter(pixels: Pixels, dtype: np.dtype[Any], last: bool) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """uint8 (n, h, w, 3) -> (n, 3, h, w) of `dtype`, (pixel - offset) / scale; one pass over the memory.

    `last` leaves the colours where they are.
    """
    axes, sides = ((0, 1, 2, 3), (1, 1, 1, 3)) if last else ((0, 3, 1, 2), (1, 3, 1, 1))
    offset, scale = (np.array(each, np.float32).reshape(sides) for each in pixels.affine)
    plain = not offset.any() and bool((scale == 1).all())

    def convert(batch: NDArray[Any]) -> NDArray[Any]:
        planes = np.ascontiguousarray(batch.transpose(axes), dtype=np.float32)
        if not plain:
            planes -= offset
            planes /= scale
        return planes.astype(dtype, copy=False)

    return convert


def _session(path: Path, device: str) -> Any:
    kind, _, number = device.upper().partition(":")
    providers = PROVIDERS.get(kind)
    if providers is None:
        raise ModelError(
            f"ONNX Runtime knows no device `{device}`; choose {', '.join(PROVIDERS)}, or CUDA:1 and so on"
        )
    if number and not number.isdigit():
        raise ModelError(f"`{device}` is no device; write {kind}:0 for the first")
    ort = _import(kind)
    available = ort.get_available_providers()
    if providers[0] not in available:
        package = _PACKAGES.get(kind, "onnxruntime")
        raise ModelError(
            f"this ONNX Runtime cannot use {device}; it has {', '.join(available)}. "
            f"Install one that can: pip install {package}"
        )
    chosen: list[Any] = [
        name for name in dict.fromkeys((*providers, "CPUExecutionProvider")) if name in available
    ]
    if number:
        chosen = [(name, {"device_id": number}) if name in providers else name for name in chosen]
    options = ort.SessionOptions()
    options.log_severity_level = 3
    # Spinning threads took 20 instead of 17 ms of processor time per YOLOX-Nano picture from the other
    # cameras.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if kind == "CPU":
        options.intra_op_num_threads = 1
    try:
        session = ort.InferenceSession(str(path), options, providers=chosen)
    except Exception as error:
        # The binding raises a class of its own for each status, with only Exception in common.
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise ModelError(f"{path.name} cannot be loaded on {device}: {reason}") from None
    if providers[0] not in session.get_providers():
        # ONNX Runtime falls back to the CPU without a word when a driver is missing.
        raise ModelError(
            f"{device} did not start (driver or libraries missing); set sentinel.device to CPU, or mend it"
        )
    return session


def _import(kind: str) -> Any:
    try:
        return importlib.import_module("onnxruntime")
    except ImportError:
        package = _PACKAGES.get(kind, "secondsight[onnxruntime]")
        raise ModelError(f"ONNX Runtime is not installed; run: pip install '{package}'") from None
