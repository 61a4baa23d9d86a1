"""The encoders of a CLIP model as an `Embedder`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from secondsight.brain.backends.clip.model import ClipModel, Embeddings, unit
from secondsight.brain.backends.clip.preprocessing import views
from secondsight.errors import ConfigError
from secondsight.jpeg import open_jpeg
from secondsight.records import Box

_ENGLISH = frozenset({"city-clip"})
"""Models that know no Chinese."""


class ClipEmbedder:
    """Embeds with a CLIP model, by name or in a folder.

    Raises:
        ModelError: it cannot be loaded.
    """

    def __init__(self, model: str) -> None:
        self._model = ClipModel.open(model)
        self.name = self._model.files.folder.name
        self.side = max(self._model.files.preprocessing.scaled)

    def words(self, text: str) -> Embeddings:
        """See `Embedder.words`."""
        if self.name in _ENGLISH and any(character > "\u2e7f" for character in text):
            raise ConfigError(
                f"the model {self.name} knows English words only; name another one with --model"
            )
        embedding: Embeddings = self._model.encode_texts([text])[0]
        return embedding

    def parts(self, jpeg: bytes, boxes: Sequence[Box | None]) -> Embeddings:
        """See `Embedder.parts`: a part is shown close and with what is around it, as in training."""
        picture, fill = open_jpeg(jpeg), self._model.files.preprocessing.fill
        cut = [views(picture, box, fill) for box in boxes]
        found = self._model.encode_images([view for one in cut for view in one])
        ends = np.cumsum([len(one) for one in cut])[:-1]
        return unit(np.stack([part.mean(axis=0) for part in np.split(found, ends)]))

    def pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> Embeddings:
        """See `Embedder.pictures`."""
        return self._model.encode_images([Image.fromarray(one[:, :, ::-1]) for one in pictures])
