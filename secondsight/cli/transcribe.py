"""`secondsight transcribe`: what is said in a recording, as text."""

from pathlib import Path
from typing import Annotated

import typer

from secondsight.cli.output import say, say_json
from secondsight.errors import ConfigError
from secondsight.event_words import Language


def transcribe(
    audio: Annotated[Path, typer.Argument(help="The recording: WAV, or anything that FFmpeg reads.")],
    site: Annotated[
        Path | None, typer.Option(help="The site file, with its section `voice` and its words.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Without a site file: folder of a Whisper model for CTranslate2.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="en or zh (default: as set, or found out).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Write down what is said in a recording. Silence gives `nothing heard`."""
    from secondsight import log
    from secondsight.brain import site_words
    from secondsight.brain import transcribe as hear
    from secondsight.config import VoiceSettings, WhisperVoiceSettings, load_site, read_environment

    log.configure("error")
    if (site is None) == (model is None):
        raise ConfigError("name a site file with --site, or a model with --model, not both", key="--model")
    if language not in (None, "en", "zh"):
        raise ConfigError("write en or zh", key="--language")
    spoken: Language | None = None if language is None else "zh" if language == "zh" else "en"
    words: tuple[str, ...] = ()
    environ = None
    if site is not None:
        config = load_site(site)
        if config.voice is None:
            raise ConfigError(
                "the site file has no section `voice` (docs/voice.md)", file=str(site), key="voice"
            )
        settings: VoiceSettings = config.voice
        words, environ = site_words(config), read_environment(site.parent)
    else:
        settings = WhisperVoiceSettings(backend="whisper", model=model)
    heard = hear(audio, settings, words=words, language=spoken, environ=environ)
    if as_json:
        say_json(
            {"type": "transcript", "text": heard.text, "language": heard.language, "seconds": heard.seconds}
        )
        return
    say(heard.text or "nothing heard")
