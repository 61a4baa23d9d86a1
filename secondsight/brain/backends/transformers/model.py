"""One pass of a vision-language model over several prompts at once, each with its pictures and its script."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from PIL import Image

from secondsight.brain.backends.transformers.constrained import (
    AnswerTemplate,
    ConstrainedWriter,
    NotFinite,
    TokenAdapter,
    Written,
    longest,
)
from secondsight.brain.backends.transformers.loading import Loaded, load
from secondsight.config import TransformersBrainSettings
from secondsight.errors import BrainError


@dataclass(frozen=True, slots=True)
class GenerationInput:
    """A prompt with the model's own marks where its pictures stand, and the form of what is to be written."""

    prompt: str
    pictures: tuple[Image.Image, ...]
    script: AnswerTemplate


@dataclass(frozen=True, slots=True)
class Told:
    """What was written, and the tokens it was written after, without padding."""

    written: Written
    tokens_in: int


class VisionModel:
    """A loaded model. Thread-safe: calls wait for each other."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self._turn = threading.Lock()
        self.words = TokenAdapter(loaded.processor.tokenizer)

    def chat(self, turns: Sequence[dict[str, Any]]) -> str:
        """The prompt of a chat, as the model's own template words it, up to where the answer begins."""
        text: str = self.loaded.processor.apply_chat_template(
            list(turns), chat_template=self.loaded.template, add_generation_prompt=True, tokenize=False
        )
        return text

    def tell(self, asks: Sequence[GenerationInput], abandoned: Callable[[int], bool]) -> list[Told]:
        """Answers to all of `asks`, in their order, by one batch padded on the left.

        Args:
            abandoned: whether nobody waits for ask i any more; its row ends, what it holds is of no use.

        Raises:
            BrainError: the model cannot take such input, or runs out of memory or of numbers.
        """
        import torch

        try:
            with self._turn, torch.inference_mode():
                return self._tell(asks, abandoned)
        except torch.OutOfMemoryError:
            text = f"{len(asks)} at a time do not fit into the memory of {self.loaded.device}"
            raise BrainError(
                f"{text}: lower brain.batch, max_frames or frame_size", retryable=False
            ) from None
        except NotFinite:
            text = f"{self.loaded.called} overflows in {self.loaded.dtype}"
            raise BrainError(f"{text}; set brain.dtype to float32 or bfloat16", retryable=False) from None
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
            raise BrainError(f"{self.loaded.called} cannot take it: {reason}", retryable=False) from None

    def _tell(self, asks: Sequence[GenerationInput], abandoned: Callable[[int], bool]) -> list[Told]:
        inputs = self._inputs(asks)
        tokenizer = self.loaded.processor.tokenizer
        writer = ConstrainedWriter(
            [ask.script for ask in asks], self.words, tokenizer.pad_token_id, abandoned
        )
        self.loaded.model.generate(
            **inputs,
            logits_processor=[writer.process],
            stopping_criteria=[writer.finished],
            max_new_tokens=max(longest(ask.script) for ask in asks),
            # Whatever the checkpoint recommends for free writing would bend the numbers of the choices.
            do_sample=False,
            num_beams=1,
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
            pad_token_id=tokenizer.pad_token_id,
        )
        counts = inputs["attention_mask"].sum(dim=1).tolist()
        return [Told(written, count) for written, count in zip(writer.written, counts, strict=True)]

    def _inputs(self, asks: Sequence[GenerationInput]) -> Any:
        tokenizer = self.loaded.processor.tokenizer
        begun = tokenizer.bos_token is not None and asks[0].prompt.startswith(tokenizer.bos_token)
        pictures: list[Any] = [list(ask.pictures) for ask in asks]
        if self.loaded.template is None:
            pictures = [picture for row in pictures for picture in row]
        inputs = self.loaded.processor(
            text=[ask.prompt for ask in asks],
            images=pictures if any(ask.pictures for ask in asks) else None,
            padding=True,
            return_tensors="pt",
            add_special_tokens=not begun,
        )
        return inputs.to(self.loaded.device, self.loaded.dtype)


_loading = threading.Lock()


def shared_model(settings: TransformersBrainSettings) -> VisionModel:
    """The model of the settings: one copy of the weights in a process, for second looks and for questions. It stays
    loaded until another one is.

    Raises:
        ModelError: it cannot be loaded.
    """
    with _loading:
        return _model(settings.model, settings.device, settings.dtype)


@lru_cache(maxsize=1)
def _model(model: str, device: str, dtype: Literal["auto", "float32", "bfloat16", "float16"]) -> VisionModel:
    return VisionModel(load(TransformersBrainSettings(model=model, device=device, dtype=dtype)))
