"""The sections `ask`, `find` and `voice` of the site file: questions, search by words, speech."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, SecretStr, model_validator

from secondsight.config.sections.brain import OpenAIBrainSettings
from secondsight.config.sections.budget import BudgetLimits
from secondsight.config.types import Real, Section, Timespan, Whole

_Url = Annotated[SecretStr, Field(min_length=1, description="such as http://127.0.0.1:8000/v1")]


class AskSettings(Section):
    """What the large model does for questions; without one that can answer, the grammar does all of it.

    Attributes:
        translate: which questions the large model reads too: `always`, those that are `unknown` to the grammar, or
            `never`. Where both understand a question and differ, the asker chooses.
        events: most events whose pictures it is shown for an open question, such as why a crowd gathered.
        budget: limits of its calls for questions, on top of the section `budget`.
    """

    translate: Literal["always", "unknown", "never"] = "always"
    events: Annotated[Whole, Field(ge=1, le=20)] = 5
    budget: BudgetLimits = BudgetLimits()


class FindSettings(Section):
    """Search by words.

    Attributes:
        model: a CLIP or SigLIP model that compares words with pictures: a folder, or city-clip, which knows the
            simulated city.
        verify: how many of the best finds the large model looks at, to confirm and locate them; 0: none.
    """

    model: Annotated[str, Field(min_length=1)] = "city-clip"
    verify: Annotated[Whole, Field(ge=0, le=20)] = 5


class VoiceSettingsBase(Section):
    """What every backend has.

    Attributes:
        backend: `whisper` runs a model of yours on this machine (extra `voice`); `openai` asks any endpoint that has
            `/audio/transcriptions`.
        language: that people speak; found out if absent.
        longest: a longer recording is refused.
        timeout: seconds that a transcription may take.
    """

    backend: str
    language: Literal["en", "zh"] | None = None
    longest: Annotated[Timespan, Field(le=600)] = 60.0
    timeout: Annotated[Timespan, Field(le=600)] = 60.0


class WhisperVoiceSettings(VoiceSettingsBase):
    """A Whisper model in the form of CTranslate2, on the processor of this machine.

    Attributes:
        model: folder with `model.bin`, `config.json` and `tokenizer.json`.
        threads: of the processor.
        beam: number of beams; more are slower and a little better.
    """

    backend: Literal["whisper"]
    model: Path
    threads: Annotated[Whole, Field(ge=1, le=64)] = 2
    beam: Annotated[Whole, Field(ge=1, le=10)] = 5


class OpenAIVoiceSettings(VoiceSettingsBase):
    """A model behind an endpoint that speaks OpenAI's protocol.

    Attributes:
        base_url: of the endpoint; a secret, since it may hold a login.
        model: its name there.
        api_key_env: environment variable with the API key.
        api_key_file: file with it.
        price_per_minute: of sound, in the site's currency.
    """

    backend: Literal["openai"]
    base_url: _Url
    model: Annotated[str, Field(min_length=1)]
    api_key_env: str | None = None
    api_key_file: Path | None = None
    price_per_minute: Annotated[Real, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.api_key_env is not None and self.api_key_file is not None:
            raise ValueError("`api_key_env` and `api_key_file` say the same; write one")
        return self

    @property
    def endpoint(self) -> OpenAIBrainSettings:
        """The same endpoint as the settings of a brain."""
        return OpenAIBrainSettings(
            backend="openai",
            base_url=self.base_url,
            model=self.model,
            api_key_env=self.api_key_env,
            api_key_file=self.api_key_file,
            timeout=self.timeout,
        )


VoiceSettings = Annotated[WhisperVoiceSettings | OpenAIVoiceSettings, Discriminator("backend")]
