"""The `brain` section of the site file: the large model for the second look."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from secondsight.config.sections.brain_backends import BUILT_IN, known_backend
from secondsight.config.sections.guard import Band, GuardSettings
from secondsight.config.types import Fraction, Name, Real, Section, Timespan, Whole


class BrainSettings(Section):
    """The large model for the second look.

    Attributes:
        backend: `openai` for any endpoint that speaks its protocol; `clip` compares with sentences on this machine;
            `transformers` runs a vision-language model in this process; `panel` asks several; any other name is
            that of an installed package; with `none` events stay unverified.
        base_url: of the endpoint, such as http://localhost:8000/v1; a secret.
        model: as the endpoint calls it; of `clip` an embedded model, or a folder, written with a slash; of
            `transformers` a folder or the name of a model on the hub.
        api_key_env: name of the environment variable that holds the key.
        api_key_file: file that holds the key.
        api_key: the key itself; whoever reads the site file then has it, so it comes with a warning.
        profile: of `openai`: what is known of the server; `auto` guesses it from its address or its list of models.
        video: of `openai`: send the pictures as one video where the profile knows how, after all captions.
        timeout: seconds for one review, the repair of a malformed answer included.
        concurrency: calls at a time.
        retries: further tries of a failed call, with exponential backoff; those while it is away do not count.
        backoff: pause before the first of them.
        failures: so many failed calls in a row are taken for a brain that is broken, and it is left alone.
        hedge: seconds after which an unanswered review is asked a second time; never if absent.
        lease: a worker that has not answered for so long is taken for dead and its case is given to another.
        max_frames: most pictures in one request.
        frame_size: longer side of those pictures, in pixels.
        max_image_tokens: of `openai`: most tokens that the pictures of one request may take, as far as they can be
            computed; pictures become smaller, then fewer.
        repeats: of `openai`: so many answers to one case where the server gives no token probabilities; the further
            ones are drawn at random, and their share is the probability. 1 asks once.
        price_in: price per million input tokens.
        price_out: price per million output tokens.
        accept: of `clip`: an answer counts from this probability on.
        reject: of `clip`: up to this probability the answer is no; in between it is unclear.
        temperature: of `clip`: above 1 the probabilities come closer to each other, below 1 they part.
        device: of `transformers`: what torch calls it, such as cpu or cuda:0; auto takes a GPU if there is one.
        dtype: of `transformers`: number format of the weights; auto is float32 on a CPU, else that of the files.
        batch: of `transformers`: most reviews in one pass, of those that wait; more than `concurrency` never wait.
        max_new_tokens: of `transformers`: most tokens of each text that the model writes.
        view: how the object is shown, except to `clip`: `drawn` as a box in the whole picture, `cropped` with what
            is around it, or `both`.
        mode: of `panel`: `escalate` asks the members in order until one is sure, `vote` asks all.
        band: of `panel`, to escalate: a probability within it is not sure either.
        members: of `panel`: the brains it asks, by chosen names, in this order.
        options: of backends from other packages: their own settings.
        guard: what is checked of every answer; of `panel` each member has its own.
    """

    backend: Annotated[Name, AfterValidator(known_backend)] = "none"
    base_url: SecretStr | None = None
    model: str = ""
    api_key_env: str | None = None
    api_key_file: Path | None = None
    api_key: SecretStr | None = None
    profile: Literal["auto", "generic", "vllm", "sglang", "ollama", "llamacpp", "openai", "dashscope"] = (
        "auto"
    )
    video: bool = False
    timeout: Timespan = 60.0
    concurrency: Annotated[Whole, Field(ge=1, le=256)] = 2
    retries: Annotated[Whole, Field(ge=0, le=20)] = 3
    backoff: Timespan = 1.0
    failures: Annotated[Whole, Field(ge=1, le=1000)] = 5
    hedge: Timespan | None = None
    lease: Timespan = 120.0
    max_frames: Annotated[Whole, Field(ge=1, le=64)] = 6
    frame_size: Annotated[Whole, Field(ge=64, le=4096)] = 768
    max_image_tokens: Annotated[Whole, Field(ge=256, le=1_000_000)] = 8192
    repeats: Annotated[Whole, Field(ge=1, le=20)] = 1
    price_in: Annotated[Real, Field(ge=0)] | None = None
    price_out: Annotated[Real, Field(ge=0)] | None = None
    accept: Fraction = 0.6
    reject: Fraction = 0.4
    temperature: Annotated[Real, Field(gt=0, le=100)] = 1.0
    device: Annotated[str, Field(min_length=1)] = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    batch: Annotated[Whole, Field(ge=1, le=64)] = 4
    max_new_tokens: Annotated[Whole, Field(ge=1, le=1024)] = 96
    view: Literal["drawn", "cropped", "both"] = "drawn"
    mode: Literal["escalate", "vote"] = "escalate"
    band: Band = (0.2, 0.8)
    members: dict[Name, "BrainSettings"] = Field(default_factory=dict)
    options: dict[str, Any] = Field(default_factory=dict)
    guard: GuardSettings = GuardSettings()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.backend == "openai" and (self.base_url is None or not self.model):
            raise ValueError("backend openai needs `base_url` and `model`")
        if self.backend == "clip" and not self.model:
            raise ValueError("backend clip needs `model`: city-clip, or a folder such as ./clip-vit-base")
        if self.backend == "transformers" and not self.model:
            raise ValueError(
                "backend transformers needs `model`: a folder, or a name on the hub (owner/name)"
            )
        if self.reject >= self.accept:
            raise ValueError("`reject` must be below `accept`")
        if self.lease <= self.timeout + (self.hedge or 0.0):
            raise ValueError("`lease` must be longer than `timeout`, and `hedge` if set, together")
        if self.video and self.view != "drawn":
            raise ValueError("`video` shows whole pictures only: leave it out, or set `view: drawn`")
        self._check_panel()
        if self.options and self.backend in BUILT_IN:
            raise ValueError("`options` belongs to backends from other packages")
        return self

    def _check_panel(self) -> None:
        if self.backend != "panel" and self.members:
            raise ValueError("`members` belongs to backend panel")
        if self.backend == "panel" and len(self.members) < 2:
            raise ValueError("backend panel needs at least two `members`")
        if any(member.backend in ("none", "panel") for member in self.members.values()):
            raise ValueError("each of the `members` needs a `backend` of its own, and no panel")

    def cost(self, tokens_in: int | None, tokens_out: int | None) -> float | None:
        """Of so many tokens, in the site's currency; None when no price or no count is known."""
        prices = self.price_in, self.price_out
        if prices == (None, None) or tokens_in is None or tokens_out is None:
            return None
        return (tokens_in * (prices[0] or 0.0) + tokens_out * (prices[1] or 0.0)) / 1e6

    @property
    def asked(self) -> tuple["BrainSettings", ...]:
        """Those that are asked in the end: the members of a panel, or this one alone."""
        return tuple(self.members.values()) or (self,)
