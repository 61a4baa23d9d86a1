"""The `brain` section of the site file: the large model for the second look. `backend` chooses the class."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    SerializeAsAny,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from secondsight.config.sections.brain_backends import installed_backends, load_settings
from secondsight.config.types import Fraction, Name, Real, Section, Timespan, Whole, nearest


def _ordered(band: tuple[float, float]) -> tuple[float, float]:
    if band[0] > band[1]:
        raise ValueError("a band is two probabilities, the lower one first")
    return band


Band = Annotated[tuple[Fraction, Fraction], AfterValidator(_ordered)]
"""Two probabilities, both within: from, to."""


class GuardSettings(Section):
    """What is checked of every verdict, and of the pictures before anything is asked.

    Attributes:
        opposite: whether the deciding question is asked in its opposite form too: of every answer, of those whose
            probability lies in `band` or is unknown, or never. It costs a second, smaller call.
        band: probabilities within which `opposite: band` asks.
        evidence: places the brain points at must lie in frames it was shown, and touch the candidate's box there.
        picture: frames too dark, too blurred or empty are not shown; without any other the verdict is unsure.
    """

    opposite: Literal["always", "band", "never"] = "always"
    band: Band = (0.2, 0.8)
    evidence: bool = True
    picture: bool = True


class BrainSettingsBase(Section):
    """What every brain has, whatever its backend.

    Attributes:
        backend: `openai` for any endpoint that speaks its protocol; `clip` compares with sentences on this machine;
            `transformers` runs a vision-language model in this process; `queue` offers cases to other programs;
            `panel` asks several; any other name is that of an installed package; with `none` events stay unverified.
        timeout: seconds for one review, the repair of a malformed answer included.
        concurrency: calls at a time.
        retries: further tries of a failed call, with exponential backoff; those while it is away do not count.
        backoff: pause before the first of them.
        failures: after this many failed calls in a row the brain counts as broken, and is left alone.
        hedge: seconds after which an unanswered review is asked a second time; never if absent.
        lease: seconds after which a worker that has not answered counts as dead; its case goes to another.
        max_frames: most pictures in one request.
        frame_size: longer side of those pictures, in pixels.
        price_in: price per million input tokens.
        price_out: price per million output tokens.
        view: how the object is shown, except to `clip`: `drawn` as a box in the whole picture, `cropped` with what
            is around it, or `both`.
        guard: what is checked of every answer; of `panel` each member has its own.
    """

    backend: str
    timeout: Timespan = 60.0
    concurrency: Annotated[Whole, Field(ge=1, le=256)] = 2
    retries: Annotated[Whole, Field(ge=0, le=20)] = 3
    backoff: Timespan = 1.0
    failures: Annotated[Whole, Field(ge=1, le=1000)] = 5
    hedge: Timespan | None = None
    lease: Timespan = 120.0
    max_frames: Annotated[Whole, Field(ge=1, le=64)] = 6
    frame_size: Annotated[Whole, Field(ge=64, le=4096)] = 768
    price_in: Annotated[Real, Field(ge=0)] | None = None
    price_out: Annotated[Real, Field(ge=0)] | None = None
    view: Literal["drawn", "cropped", "both"] = "drawn"
    guard: GuardSettings = GuardSettings()

    @model_validator(mode="before")
    @classmethod
    def _without_defaults_of_others(cls, values: Any) -> Any:
        """The first site file names every key; one of another backend may stay there as long as it says nothing."""
        if not isinstance(values, dict):
            return values
        return {
            key: value
            for key, value in values.items()
            if key in cls.model_fields or not _says_nothing(key, value)
        }

    @model_validator(mode="after")
    def _patient(self) -> Self:
        if self.lease <= self.timeout + (self.hedge or 0.0):
            raise ValueError("`lease` must be longer than `timeout`, and `hedge` if set, together")
        return self

    def cost(self, tokens_in: int | None, tokens_out: int | None) -> float | None:
        """Price of these tokens, in the site's currency; None when no price or no count is known."""
        prices = self.price_in, self.price_out
        if prices == (None, None) or tokens_in is None or tokens_out is None:
            return None
        return (tokens_in * (prices[0] or 0.0) + tokens_out * (prices[1] or 0.0)) / 1e6

    @property
    def asked(self) -> tuple["BrainSettingsBase", ...]:
        """Those that are asked in the end: the members of a panel, or this one alone."""
        return (self,)


class NoBrainSettings(BrainSettingsBase):
    """No second look: events stay unverified."""

    backend: Literal["none"] = "none"


class OpenAIBrainSettings(BrainSettingsBase):
    """A model behind any endpoint that speaks the OpenAI chat API.

    Attributes:
        base_url: of the endpoint, such as http://localhost:8000/v1; a secret.
        model: as the endpoint calls it.
        api_key_env: name of the environment variable that holds the key.
        api_key_file: file that holds the key.
        api_key: the key itself, for all who can read the site file, so it comes with a warning.
        profile: what is known of the server; `auto` guesses it from its address or its list of models.
        video: send the pictures as one video where the profile knows how, after all captions.
        max_image_tokens: most tokens that the pictures of one request may take, as far as they can be computed;
            pictures become smaller, then fewer.
        repeats: answers to one case where the server gives no token probabilities; the further ones are drawn at
            random, and their share is the probability. 1 asks once.
    """

    backend: Literal["openai"] = "openai"
    base_url: Annotated[SecretStr, Field(min_length=1, description="such as http://localhost:8000/v1")]
    model: Annotated[str, Field(min_length=1, description="as the endpoint calls it")]
    api_key_env: str | None = None
    api_key_file: Path | None = None
    api_key: SecretStr | None = None
    profile: Literal["auto", "generic", "vllm", "sglang", "ollama", "llamacpp", "openai", "dashscope"] = (
        "auto"
    )
    video: bool = False
    max_image_tokens: Annotated[Whole, Field(ge=256, le=1_000_000)] = 8192
    repeats: Annotated[Whole, Field(ge=1, le=20)] = 1

    @model_validator(mode="after")
    def _whole_pictures(self) -> Self:
        if self.video and self.view != "drawn":
            raise ValueError("`video` shows whole pictures only: leave it out, or set `view: drawn`")
        return self


class ClipBrainSettings(BrainSettingsBase):
    """A CLIP model on this machine, which compares pictures with sentences.

    Attributes:
        model: an embedded model, or a folder, written with a slash.
        accept: an answer counts from this probability on.
        reject: up to this probability the answer is no; in between it is unclear.
        temperature: above 1 the probabilities come closer to each other, below 1 they part.
    """

    backend: Literal["clip"] = "clip"
    model: Annotated[str, Field(min_length=1, description="city-clip, or a folder such as ./clip-vit-base")]
    accept: Fraction = 0.6
    reject: Fraction = 0.4
    temperature: Annotated[Real, Field(gt=0, le=100)] = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.reject >= self.accept:
            raise ValueError("`reject` must be below `accept`")
        return self


class TransformersBrainSettings(BrainSettingsBase):
    """A vision-language model in this process.

    Attributes:
        model: a folder, or the name of a model on the hub.
        device: what torch calls it, such as cpu or cuda:0; auto takes a GPU if there is one.
        dtype: number format of the weights; auto is float32 on a CPU, else that of the files.
        batch: most reviews in one pass, of those that wait; more than `concurrency` never wait.
        max_new_tokens: most tokens of each text that the model writes.
    """

    backend: Literal["transformers"] = "transformers"
    model: Annotated[str, Field(min_length=1, description="a folder, or a name on the hub (owner/name)")]
    device: Annotated[str, Field(min_length=1)] = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    batch: Annotated[Whole, Field(ge=1, le=64)] = 4
    max_new_tokens: Annotated[Whole, Field(ge=1, le=1024)] = 96


class QueueBrainSettings(BrainSettingsBase):
    """Other programs, which take cases from the work queue of the section `queue`.

    Attributes:
        absence: when nobody asks for work for this long, the brain counts as away.
    """

    backend: Literal["queue"] = "queue"
    absence: Timespan = 5.0


class PluginBrainSettings(BrainSettingsBase):
    """A backend of another package. The package may derive a class from this one, with keys of its own.

    Attributes:
        options: settings of the backend, which only it checks.
    """

    backend: Name
    options: dict[str, Any] = Field(default_factory=dict)


def _known_backend(name: str) -> str:
    if name in BUILT_IN or name in (installed := sorted(installed_backends())):
        return name
    near = nearest(name, [*BUILT_IN, *installed])
    hint = f"did you mean `{near}`?" if near else f"built in: {', '.join(BUILT_IN)}"
    others = ", ".join(installed) or "none"
    raise ValueError(f"not a choice here; {hint} (installed from other packages: {others})")


def _known_member(name: str) -> str:
    if name in ("none", "panel"):
        raise ValueError("a member of a panel needs a `backend` of its own, and no panel")
    return _known_backend(name)


class _UnknownBackend(BrainSettingsBase, extra="ignore"):
    """Never valid: says what is wrong with the name, and with the keys that every brain has."""

    backend: Annotated[Name, AfterValidator(_known_backend)]


class _UnknownMember(BrainSettingsBase, extra="ignore"):
    backend: Annotated[Name, AfterValidator(_known_member)] = Field("none", validate_default=True)


def _select_member(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    kind = type(value) if isinstance(value, BrainSettingsBase) else settings_class(value)
    if kind in (None, NoBrainSettings, PanelBrainSettings):
        kind = _UnknownMember
    return value if isinstance(value, kind) else kind.model_validate(value)


def _at_least_two(members: dict[Name, BrainSettingsBase]) -> dict[Name, BrainSettingsBase]:
    if len(members) < 2:
        raise ValueError("a panel needs at least two members")
    return members


MemberSettings = Annotated[
    OpenAIBrainSettings
    | ClipBrainSettings
    | TransformersBrainSettings
    | QueueBrainSettings
    | Annotated[PluginBrainSettings, SerializeAsAny()],
    WrapValidator(_select_member),
]
"""A brain that a panel can ask."""


class PanelBrainSettings(BrainSettingsBase):
    """Several brains as one.

    Attributes:
        mode: `escalate` asks the members in order until one is sure, `vote` asks all.
        band: to escalate: a probability within it is not sure either.
        members: the brains it asks, by chosen names, in this order.
    """

    backend: Literal["panel"] = "panel"
    mode: Literal["escalate", "vote"] = "escalate"
    band: Band = (0.2, 0.8)
    members: Annotated[
        dict[Name, MemberSettings],
        Field(description="two or more brains by name"),
        AfterValidator(_at_least_two),
    ]

    @property
    def asked(self) -> tuple[BrainSettingsBase, ...]:
        return tuple(self.members.values())


def _select(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Validate with the one class that `backend` names, so that no mistake is reported about the others."""
    if isinstance(value, BrainSettingsBase):
        return value
    return (settings_class(value) or _UnknownBackend).model_validate(value)


BrainSettings = Annotated[
    NoBrainSettings
    | OpenAIBrainSettings
    | ClipBrainSettings
    | TransformersBrainSettings
    | QueueBrainSettings
    | PanelBrainSettings
    | Annotated[PluginBrainSettings, SerializeAsAny()],
    WrapValidator(_select),
]
"""Any brain; its `backend` decides which keys it has."""

BUILT_IN: dict[str, type[BrainSettingsBase]] = {
    "none": NoBrainSettings,
    "openai": OpenAIBrainSettings,
    "clip": ClipBrainSettings,
    "transformers": TransformersBrainSettings,
    "queue": QueueBrainSettings,
    "panel": PanelBrainSettings,
}
"""The settings of every backend that ships, by name."""


def settings_class(values: Any) -> type[BrainSettingsBase] | None:
    """The class for a `brain` section, or for a member of a panel; None for a backend that nobody offers.

    Args:
        values: plain values of the section; the default backend is `none`.

    Raises:
        ValueError: a package registers settings that cannot be used.
    """
    name = values.get("backend") if isinstance(values, dict) else None
    if name is None:
        return NoBrainSettings
    if not isinstance(name, str):
        return None
    if name in BUILT_IN:
        return BUILT_IN[name]
    return load_settings(name, PluginBrainSettings) if name in installed_backends() else None


def backends_with(key: str) -> list[str]:
    """Names of the backends that ship and have a key of this name."""
    return [name for name, kind in BUILT_IN.items() if key in kind.model_fields]


def _says_nothing(key: str, value: Any) -> bool:
    """Whether a key of some backend is empty or stands at its default."""
    kinds: list[type[BrainSettingsBase]] = [*BUILT_IN.values(), PluginBrainSettings]
    fields = [kind.model_fields[key] for kind in kinds if key in kind.model_fields]
    plain = tuple(value) if isinstance(value, list) else value
    return bool(fields) and (
        plain in (None, "", {}) or plain in [field.get_default(call_default_factory=True) for field in fields]
    )
