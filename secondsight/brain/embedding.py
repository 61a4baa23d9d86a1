"""Embedding: pictures and words in one space, where what belongs together is near."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from secondsight.records import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Embedder(Protocol):
    """A brain that tells how alike pictures and words are. Runs on this machine; safe in any thread."""

    @property
    def name(self) -> str:
        """Of the model; embeddings of two models are two spaces."""
        ...

    @property
    def side(self) -> int:
        """Pixels of a side of the square pictures that it looks at."""
        ...

    def words(self, text: str) -> NDArray[np.float32]:
        """The embedding of a text, float32 (d,), of length 1.

        Raises:
            ConfigError: the model does not know the language.
        """
        ...

    def parts(self, jpeg: bytes, boxes: Sequence[Box | None]) -> NDArray[np.float32]:
        """Embeddings of parts of a picture, float32 (n, d), each of length 1; the whole picture for None.

        Raises:
            ValueError: the bytes are no picture that can be read.
        """
        ...

    def pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Embeddings of square pictures, uint8 BGR (side, side, 3) each: float32 (n, d), each of length 1."""
        ...
