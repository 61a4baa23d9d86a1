"""Chooses the backend the site file names, and loads its client library only then."""

import os
from collections.abc import Mapping

from secondsight.brain.protocol import Book, Brain, unbooked
from secondsight.clock import Clock
from secondsight.config import Brain as BrainSettings


def make_brain(
    settings: BrainSettings,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    book: Book = unbooked,
) -> Brain | None:
    """The brain of a site; None for backend `none`. Opens no connection; `clip` loads its model.

    Args:
        environ: where the API key's variable is looked up; the process's environment by default.
        book: told of every call the brain makes.

    Raises:
        ConfigError: the address is malformed, or the API key cannot be had.
        ModelError: the CLIP model cannot be loaded.
    """
    if settings.backend == "none":
        return None
    if settings.backend == "clip":
        from secondsight.brain.clip_backend import ClipBrain

        return ClipBrain(settings, clock, book)
    from secondsight.brain.openai_backend import OpenAIBrain

    return OpenAIBrain(settings, clock, os.environ if environ is None else environ, book)
