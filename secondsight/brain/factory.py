"""Makes the brain a site file asks for: a table of backends, each loading its libraries only when it is made."""

import os
from collections.abc import Mapping

from secondsight.brain.plugins import installed_factory
from secondsight.brain.protocol import Brain, Capability, Factory, RecordCall, ignore_call
from secondsight.clock import Clock
from secondsight.config import BrainSettings
from secondsight.errors import ConfigError


def make_brain(
    settings: BrainSettings,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    book: RecordCall = ignore_call,
) -> Brain | None:
    """The brain of a site, guarded; None for backend `none`. Opens no connection; models in this process are loaded.

    Args:
        environ: where the API key's variable is looked up; the process's environment by default.
        book: gets every call the brain makes.

    Raises:
        ConfigError: the address is malformed, the API key cannot be had, or an installed backend cannot be used.
        ModelError: the model of `clip` or `transformers` cannot be loaded.
    """
    if settings.backend == "none":
        return None
    factory = _BUILT_IN.get(settings.backend) or installed_factory(settings.backend)
    brain = factory(settings, clock, os.environ if environ is None else environ, book)
    if settings.backend == "panel":
        return brain
    from secondsight.brain.checks.cropping import CroppingBrain
    from secondsight.brain.checks.guard import GuardedBrain

    if settings.view != "drawn" and brain.reads_questions:
        brain = CroppingBrain(brain, settings.view, settings.max_frames)
    return GuardedBrain(brain, settings.guard, settings.timeout)


def _openai(settings: BrainSettings, clock: Clock, environ: Mapping[str, str], book: RecordCall) -> Brain:
    from secondsight.brain.backends.openai.backend import OpenAIBrain

    return OpenAIBrain(settings, clock, environ, book)


def _clip(settings: BrainSettings, clock: Clock, environ: Mapping[str, str], book: RecordCall) -> Brain:
    from secondsight.brain.backends.clip.backend import ClipBrain

    return ClipBrain(settings, clock, book)


def _transformers(
    settings: BrainSettings, clock: Clock, environ: Mapping[str, str], book: RecordCall
) -> Brain:
    from secondsight.brain.backends.transformers.backend import TransformersBrain

    return TransformersBrain(settings, clock, book)


def _panel(settings: BrainSettings, clock: Clock, environ: Mapping[str, str], book: RecordCall) -> Brain:
    """Members have a guard each, so that a contradiction of the cheap one makes the expensive one review."""
    from secondsight.brain.panel import Panel

    members: dict[str, Brain] = {}
    for name, member in settings.members.items():
        brain = make_brain(member, clock, environ, book)
        if brain is None or Capability.REVIEW not in brain.capabilities:
            raise ConfigError("this backend gives no reviews", key=f"brain.members.{name}.backend")
        members[name] = brain
    return Panel(members, settings.mode, settings.band, settings.timeout)


_BUILT_IN: dict[str, Factory] = {
    "openai": _openai,
    "clip": _clip,
    "transformers": _transformers,
    "panel": _panel,
}
"""Keep in step with `secondsight.config.sections.brain_backends.BUILT_IN`; a test compares them."""
