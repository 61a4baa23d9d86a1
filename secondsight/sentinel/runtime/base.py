"""What runs a model file: one Protocol, so that schedulers and detectors know nothing of OpenVINO or ONNX
Runtime.

A runtime takes batches of pixels as the decoder delivers them (uint8, height x width x colour) whenever it is
told how the model wants them (`Pixels`), and does the conversion itself, inside the graph where it can:
measured on YOLOX-Nano that is as fast as feeding ready float tensors, and saves the caller a 2 MB conversion
per frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeVar, overload

from secondsight.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")
Constants = Mapping[str, "NDArray[Any]"]
Kind = Literal["auto", "openvino", "onnxruntime"]


class TensorSpec(NamedTuple):
    """One input or output of a model. An unknown dimension is None; `dtype` is numpy's name of the type."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str

    def __str__(self) -> str:
        sides = "x".join("?" if side is None else str(side) for side in self.shape)
        return f"{self.name} {sides} {self.dtype}"


@dataclass(frozen=True, slots=True)
class Pixels:
    """How a model wants its picture: value = (pixel / divisor - mean) / std, per channel, in `order`.

    Attributes:
        order: of the colours.
        fit: how the frame is brought to the model's size: `top-left` and `centre` keep its proportions and
            pad with `pad` on the right and bottom, or all around; `stretch` fills the input and distorts.
        pad: grey level of the padding, 0..255.
    """

    order: Literal["bgr", "rgb"]
    fit: Literal["top-left", "centre", "stretch"]
    divisor: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    pad: int = 114

    @property
    def affine(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """(offset, scale) per channel such that value = (pixel - offset) / scale."""
        offset = tuple(mean * self.divisor for mean in self.mean)
        return offset, tuple(std * self.divisor for std in self.std)

    def into(self, spec: TensorSpec) -> Pixels:
        """The same for a model's input: one of whole numbers takes bytes as they are, its graph does the rest.

        Raises:
            ModelError: the input cannot hold a byte.
        """
        if spec.dtype == "int8":
            raise ModelError(
                "its picture input is int8, which has no byte; export it with an input of floats or uint8"
            )
        if "int" in spec.dtype:
            return replace(self, divisor=1.0, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
        return self


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model file declares; shapes hold for batches of one at the model's own picture size.

    Attributes:
        metadata: the file's key-value properties, such as the `names` that some exporters write.
        operators: types of the operators in the graph, as the reader names them; empty if unknown.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    operators: frozenset[str] = frozenset()

    @property
    def image(self) -> TensorSpec:
        """The input that takes the picture, (1, 3, height, width), or (1, height, width, 3) as TensorFlow has it.

        Raises:
            ModelError: there is none.
        """
        for spec in self.inputs:
            if len(spec.shape) == 4 and 3 in (spec.shape[1], spec.shape[3]):
                return spec
        found = "; ".join(map(str, self.inputs))
        raise ModelError(f"the model has no picture input of shape 1x3xHEIGHTxWIDTH, only: {found}")

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the model's picture."""
        height, width = sides_of(self.image.shape)
        if not height or not width:
            raise ModelError("the model leaves its picture size open; export it with a fixed size")
        return width, height

    def sized(self, size: tuple[int, int]) -> ModelInfo:
        """The same for a picture of another (width, height). Its outputs are still described at the old one."""
        own, (width, height) = self.image, size
        last = colours_last(own.shape)
        wanted = own._replace(shape=(1, height, width, 3) if last else (*own.shape[:2], height, width))
        return replace(self, inputs=tuple(wanted if spec is own else spec for spec in self.inputs))


def colours_last(shape: Sequence[int | None]) -> bool:
    """Whether a picture's tensor of four axes holds its colours on the last one."""
    return shape[3] == 3 and shape[1] != 3


def sides_of(shape: Sequence[T]) -> Sequence[T]:
    """Height and width of a picture's tensor of four axes."""
    return (
        shape[1:3] if colours_last([side if isinstance(side, int) else None for side in shape]) else shape[2:]
    )


class Runtime(Protocol):
    """A model that is ready to run. Thread-safe; results arrive in any order.

    Attributes:
        input: what `submit` takes: (batch, height, width, 3) uint8 when the runtime was given `Pixels`,
            otherwise the model's own tensor.
        outputs: what comes back, in order.
        slots: how many batches should be under way at once to keep the device busy.
        max_batch: most pictures per `submit`.
        trouble: why it is off, because looks did not return; None while it is on.
    """

    @property
    def input(self) -> TensorSpec: ...
    @property
    def outputs(self) -> tuple[TensorSpec, ...]: ...
    @property
    def slots(self) -> int: ...
    @property
    def max_batch(self) -> int: ...
    @property
    def trouble(self) -> str | None: ...

    @overload
    def submit(self, batch: NDArray[Any]) -> Future[list[NDArray[Any]]]: ...
    @overload
    def submit(self, batch: NDArray[Any], read: Callable[[Sequence[NDArray[Any]]], T]) -> Future[T]: ...
    def submit(
        self, batch: NDArray[Any], read: Callable[[Sequence[NDArray[Any]]], Any] | None = None
    ) -> Future[Any]:
        """Queue one batch; never blocks. The batch must not be changed until the future is done.

        Args:
            read: makes the result out of the output arrays, on the runtime's thread, and spares a copy of
                them: the arrays are views which hold only during the call. Without it the future holds arrays
                    of one's own.

        Returns:
            A future of the outputs, or of what `read` returns. Every failure, also one of `read`, travels in
            it. After `close` it holds a ModelError.
        """
        ...

    def close(self) -> None:
        """Finish what runs, fail what waits with a ModelError, release the model. May be called again."""
        ...
