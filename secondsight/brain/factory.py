"""Makes the brain a site file asks for; the libraries of a backend are loaded only when it is made."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from secondsight.brain.answering import Answerer
from secondsight.brain.embedding import Embedder
from secondsight.brain.plugins import installed_factory
from secondsight.brain.protocol import Brain, RecordCall, Reviewer, ignore_call
from secondsight.brain.transcribing import Transcriber, Transcript
from secondsight.brain.writing import Writer
from secondsight.bus import BusPlace
from secondsight.clock import Clock, SystemClock
from secondsight.config import (
    BrainSettings,
    ClipBrainSettings,
    MemberSettings,
    NoBrainSettings,
    OpenAIBrainSettings,
    OpenAIVoiceSettings,
    PanelBrainSettings,
    PluginBrainSettings,
    QueueBrainSettings,
    TransformersBrainSettings,
    VoiceSettings,
    WhisperVoiceSettings,
)
from secondsight.errors import ConfigError
from secondsight.event_words import Language


def make_reviewer(
    settings: BrainSettings,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    book: RecordCall = ignore_call,
    bus: BusPlace | None = None,
) -> Reviewer | None:
    """Make what takes a site's second looks, with its guard. Opens no connection; models in this process are loaded.

    Args:
        settings: backend, model and limits.
        clock: for deadlines and the ledger.
        environ: where the API key's variable is looked up; the process's environment by default.
        book: takes every call the brain makes.
        bus: the site's message queue, which backend `queue` needs.

    Returns:
        The brain; None for backend `none`.

    Raises:
        ConfigError: the address is malformed, there is no API key, or an installed backend cannot be used.
        ModelError: the model of `clip` or `transformers` cannot be loaded.

    Examples:
        The small model that comes with the package, for the simulated city:

        >>> import asyncio
        >>> from pathlib import Path
        >>> from secondsight.brain import make_reviewer
        >>> from secondsight.clock import SystemClock
        >>> from secondsight.config import make_site
        >>> values = {
        ...     "cameras": {"hall": {"source": "hall.mp4"}},
        ...     "brain": {"backend": "clip", "model": "city-clip"},
        ... }
        >>> brain = make_reviewer(make_site(values, Path()).brain, SystemClock())
        >>> brain.name, brain.remote
        ('clip:city-clip', False)
        >>> asyncio.run(brain.check())
        'clip:city-clip: clip, 96x96 pixels, runs on this machine'
    """
    environ = os.environ if environ is None else environ
    match settings:
        case NoBrainSettings():
            return None
        case PanelBrainSettings():
            return _panel(settings, clock, environ, book, bus)
        case _:
            return _guarded(settings, clock, environ, book, bus)


def make_writer(
    settings: BrainSettings,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    book: RecordCall = ignore_call,
) -> Writer | None:
    """Make what writes for a site: its brain, if that can write. Opens no connection.

    Args:
        settings: of the brain; of a panel the first member that can write.
        clock: for deadlines and the ledger.
        environ: where the API key's variable is looked up; the process's environment by default.
        book: takes every call.

    Returns:
        The writer; None where the brain cannot write.

    Raises:
        ConfigError: the address is malformed, or there is no API key.
    """
    environ = os.environ if environ is None else environ
    for one in settings.asked:
        match one:
            case OpenAIBrainSettings():
                from secondsight.brain.backends.openai.writer import OpenAIWriter

                return OpenAIWriter(one, clock, environ, book)
            case PluginBrainSettings():
                made = installed_factory(one.backend)(one, clock, environ, book)
                if isinstance(made, Writer):
                    return made
    return None


def can_answer(settings: BrainSettings) -> bool:
    """Whether a site's brain may be able to answer; of an installed backend it shows when that is made."""
    able = OpenAIBrainSettings | TransformersBrainSettings | PluginBrainSettings
    return any(isinstance(one, able) for one in settings.asked)


def make_answerer(
    settings: BrainSettings,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    book: RecordCall = ignore_call,
) -> Answerer | None:
    """Make what reads questions and tells what pictures show: the site's brain, if it can. Opens no connection; a
    model in this process is loaded with the first question.

    Args:
        settings: of the brain; of a panel the last member that can, which is the strongest.
        clock: for deadlines and the ledger.
        environ: where the API key's variable is looked up; the process's environment by default.
        book: takes every call.

    Returns:
        The answerer, with its guard; None where the brain cannot answer.

    Raises:
        ConfigError: the address is malformed, or there is no API key.
    """
    from secondsight.brain.checks.answer_guard import GuardedAnswerer

    environ = os.environ if environ is None else environ
    for one in reversed(settings.asked):
        match one:
            case OpenAIBrainSettings():
                from secondsight.brain.backends.openai.answerer import OpenAIAnswerer

                return GuardedAnswerer(OpenAIAnswerer(one, clock, environ, book))
            case TransformersBrainSettings():
                from secondsight.brain.backends.transformers.answerer import TransformersAnswerer

                return GuardedAnswerer(TransformersAnswerer(one, clock, book))
            case PluginBrainSettings():
                made = installed_factory(one.backend)(one, clock, environ, book)
                if isinstance(made, Answerer):
                    return GuardedAnswerer(made)
    return None


def make_transcriber(
    settings: VoiceSettings,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    book: RecordCall = ignore_call,
) -> Transcriber:
    """Make what hears for a site. Opens no connection; a model in this process is loaded.

    Args:
        settings: of the section `voice`.
        clock: for deadlines and the ledger.
        environ: where the API key's variable is looked up; the process's environment by default.
        book: takes every call.

    Returns:
        The transcriber.

    Raises:
        ConfigError: the address is malformed, there is no API key, or the extra `voice` is missing.
        ModelError: the model cannot be loaded.
    """
    match settings:
        case WhisperVoiceSettings():
            from secondsight.brain.backends.whisper.transcriber import WhisperTranscriber

            return WhisperTranscriber(settings, clock, book)
        case OpenAIVoiceSettings():
            from secondsight.brain.backends.openai.transcriber import OpenAITranscriber

            return OpenAITranscriber(settings, clock, os.environ if environ is None else environ, book)


def make_embedder(model: str) -> Embedder:
    """Make what compares words with pictures.

    Args:
        model: an embedded CLIP model by name, such as `city-clip`, or a folder with one.

    Returns:
        The embedder, on this machine.

    Raises:
        ModelError: the model cannot be loaded.
    """
    from secondsight.brain.backends.clip.embedder import ClipEmbedder

    return ClipEmbedder(model)


def transcribe(
    path: Path,
    settings: VoiceSettings,
    *,
    words: tuple[str, ...] = (),
    language: Language | None = None,
    clock: Clock | None = None,
    environ: Mapping[str, str] | None = None,
    book: RecordCall = ignore_call,
) -> Transcript:
    """What is said in a recording, once; show it before anything is done with it.

    Args:
        path: a file of any form that FFmpeg reads.
        settings: of the section `voice`.
        words: the site's own (`site_words`), which are likely to be said.
        language: that is spoken; as in the settings, or found out, by default.
        clock, environ, book: as of `make_transcriber`.

    Returns:
        The transcript; its text is empty where nothing was heard.

    Raises:
        SourceError: the file is no recording, or too long.
        ConfigError, ModelError: as of `make_transcriber`.
        BrainError: it cannot be heard now.
    """
    from secondsight.brain.checks.sound import read_sound

    sound = read_sound(path, settings.longest)

    async def once() -> Transcript:
        made = make_transcriber(settings, clock or SystemClock(), environ, book)
        try:
            return await made.transcribe(sound, words, language)
        finally:
            await made.close()

    return asyncio.run(once())


def _panel(
    settings: PanelBrainSettings,
    clock: Clock,
    environ: Mapping[str, str],
    book: RecordCall,
    bus: BusPlace | None,
) -> Reviewer:
    """Members have a guard each, so that a contradiction of the cheap one makes the expensive one review."""
    from secondsight.brain.panel import Panel

    members: dict[str, Reviewer] = {}
    for name, member in settings.members.items():
        try:
            members[name] = _guarded(member, clock, environ, book, bus)
        except ConfigError as error:
            raise (
                error
                if error.key != "brain.backend"
                else ConfigError(error.problem, key=f"brain.members.{name}.backend")
            ) from None
    return Panel(members, settings.mode, settings.band, settings.timeout)


def _guarded(
    settings: MemberSettings,
    clock: Clock,
    environ: Mapping[str, str],
    book: RecordCall,
    bus: BusPlace | None,
) -> Reviewer:
    from secondsight.brain.checks.cropping import CroppingBrain
    from secondsight.brain.checks.guard import GuardedBrain

    brain = _backend(settings, clock, environ, book, bus)
    if settings.view != "drawn" and brain.reads_questions:
        brain = CroppingBrain(brain, settings.view, settings.max_frames)
    return GuardedBrain(brain, settings.guard, settings.timeout)


def _backend(
    settings: MemberSettings,
    clock: Clock,
    environ: Mapping[str, str],
    book: RecordCall,
    bus: BusPlace | None,
) -> Reviewer:
    match settings:
        case OpenAIBrainSettings():
            from secondsight.brain.backends.openai.backend import OpenAIBrain

            return OpenAIBrain(settings, clock, environ, book)
        case ClipBrainSettings():
            from secondsight.brain.backends.clip.backend import ClipBrain

            return ClipBrain(settings, clock, book)
        case TransformersBrainSettings():
            from secondsight.brain.backends.transformers.backend import TransformersBrain

            return TransformersBrain(settings, clock, book)
        case QueueBrainSettings():
            from secondsight.brain.backends.queue import QueueBrain

            if bus is None:
                raise ConfigError("this needs the section `queue`", key="brain.backend")
            return QueueBrain(settings, bus, clock, book)
        case PluginBrainSettings():
            made: Brain = installed_factory(settings.backend)(settings, clock, environ, book)
            if not isinstance(made, Reviewer):
                raise ConfigError("this backend gives no reviews", key="brain.backend")
            return made
