"""Spoken questions: a recording becomes text, which people see before it is asked."""

import tempfile
from pathlib import Path

from secondsight.brain import Transcript
from secondsight.errors import BrainError, ConfigError, ModelError, RefusedError, SourceError
from secondsight.event_words import Language
from secondsight.serve.auth.rights import Principal, Right
from secondsight.serve.site import ServedSite

_NAME = "the recording"


def hear(site: ServedSite, person: Principal, recording: bytes, language: Language | None) -> Transcript:
    """What is said in a recording, by the site's section `voice`.

    Args:
        language: that is spoken; as in the settings, or found out, if None.

    Raises:
        RefusedError: the site has no section `voice`, the recording cannot be read, or it cannot be heard now.
    """
    person.need(Right.VIEW)
    if site.config is None or site.config.voice is None:
        raise RefusedError(
            "this site hears nothing: its file has no section `voice` (docs/voice.md)", unknown=True
        )
    with tempfile.TemporaryDirectory(prefix="secondsight-voice-") as folder:
        file = Path(folder) / "recording"
        file.write_bytes(recording)
        try:
            return site.transcript(file, language)
        except SourceError as error:
            raise RefusedError(str(error).replace(str(file), _NAME)) from None
        except (BrainError, ConfigError, ModelError) as error:
            raise RefusedError(f"it cannot be heard now: {error}") from None
