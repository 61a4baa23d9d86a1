"""Chooses and opens the runtime for a model file, and reads what a file says about itself."""

from __future__ import annotations

from pathlib import Path

from secondsight.errors import ModelError
from secondsight.sentinel.runtime.base import Constants, ModelInfo, Pixels, Runtime
from secondsight.sentinel.runtime.formats import MAKERS, ONNX, form_of
from secondsight.sentinel.runtime.thread_pool import LOOK_TIMEOUT


def open_runtime(
    path: str | Path,
    runtime: str = "auto",
    device: str = "CPU",
    *,
    pixels: Pixels | None = None,
    size: tuple[int, int] | None = None,
    constants: Constants | None = None,
    max_batch: int = 8,
    flexible: bool = False,
    look_timeout: float = LOOK_TIMEOUT,
) -> Runtime:
    """Load a model file onto a device.

    Args:
        runtime: `openvino`, `onnxruntime`, or `auto`: OpenVINO for CPU, AUTO, NPU and Intel GPU, else ONNX
            Runtime.
        device: CPU, GPU, NPU, AUTO (OpenVINO); CPU, CUDA, TENSORRT, COREML (ONNX Runtime); `CUDA:1` is the
            second.
        pixels: how the model wants its picture; then `submit` takes uint8 (n, height, width, 3).
        size: (width, height) for a model that leaves it open; OpenVINO also changes a fixed one.
        constants: value of every other input, by name.
        max_batch: most pictures per batch for a model that leaves the batch open (on devices where that
            helps).
        flexible: take pictures of any size up to the model's own; only where `can_flex`.
        look_timeout: seconds after which one look counts as one that never returns.

    Raises:
        ModelError: the file is missing or no model, the device or runtime is not there.
    """
    file = Path(path)
    if not file.is_file():
        raise ModelError(f"no such model file: {file}")
    chosen = runtime_for(runtime, device)
    if chosen == "openvino":
        from secondsight.sentinel.runtime.openvino import OpenVinoRuntime

        return OpenVinoRuntime(
            file,
            device,
            pixels=pixels,
            size=size,
            constants=constants or {},
            flexible=flexible,
            look_timeout=look_timeout,
        )
    if (form := form_of(file)) != ONNX:
        raise ModelError(
            f"{file.name} is a model of {MAKERS[form]}, which only OpenVINO reads: set sentinel.runtime to openvino "
            "and sentinel.device to one of its devices, such as CPU"
        )
    from secondsight.sentinel.runtime.onnxruntime import OnnxRuntime

    return OnnxRuntime(
        file,
        device,
        pixels=pixels,
        size=size,
        constants=constants or {},
        max_batch=max_batch,
        look_timeout=look_timeout,
    )


def runtime_for(runtime: str, device: str) -> str:
    """`openvino` or `onnxruntime`: what `auto` means on a device. Raises ModelError for an unknown name."""
    if runtime in ("openvino", "onnxruntime"):
        return runtime
    if runtime != "auto":
        raise ModelError(f"unknown runtime `{runtime}`; choose auto, openvino or onnxruntime")
    kind = device.split(":")[0].split(".")[0].upper()
    if kind == "GPU":
        from secondsight.sentinel.runtime.openvino import devices

        return "openvino" if any(name.startswith("GPU") for name in devices()) else "onnxruntime"
    return "onnxruntime" if kind in ("CUDA", "TENSORRT", "COREML") else "openvino"


def can_flex(runtime: str, device: str) -> bool:
    """Whether a runtime takes pictures of several sizes: each is compiled, which takes long on other devices."""
    return device == "CPU" and runtime_for(runtime, device) == "openvino"


def describe(path: str | Path, size: tuple[int, int] | None = None) -> ModelInfo:
    """Read what a model file says about itself, without loading it onto a device.

    Args:
        size: (width, height) to describe it at; otherwise its own, its `imgsz` property, or 640x640.

    Raises:
        ModelError: the file is missing or cannot be read as a model.
    """
    from secondsight.sentinel.runtime.openvino import read_model

    return read_model(Path(path), size)[1]
