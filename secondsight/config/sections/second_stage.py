"""Second-stage models: small models that look at tracks, or at the whole picture, only when a rule needs it."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from secondsight.config.types import Section, Timespan, Whole
from secondsight.patterns import compiled


def _pattern(text: str) -> str:
    compiled(text)
    return text


class SecondStageSettings(Section):
    """One second-stage model. What it does follows from its family: attributes, poses or regions; or it reads.

    Attributes:
        model: name in the model store; of what reads, a detector that finds what is to be read, if any.
        reads: `text`: it reads, such as number plates.
        pattern: of what reads: regular expression (RE2's: no look-around, no back references) that all of a text must
            match, upper case, a single space for whatever is neither letter nor digit.
        classes: classes of the detector whose tracks it looks at; none means all.
        region: part of the track's box that an attribute is read from.
        every: time between two looks at one track, or at the whole picture.
        votes: latest looks at a track that decide together.
        min_height: tracks whose box is lower, in pixels, are left out.
    """

    model: Annotated[str, Field(min_length=1)] | None = None
    reads: Literal["text"] | None = None
    pattern: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_pattern)] | None = None
    classes: tuple[str, ...] = ("person",)
    region: Literal["whole", "head", "torso", "upper"] = "whole"
    every: Timespan = 1.0
    votes: Annotated[Whole, Field(ge=1, le=100)] = 5
    min_height: Annotated[Whole, Field(ge=1, le=4096)] = 24

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.model is None and self.reads is None:
            raise ValueError("a second-stage model needs `model`, or `reads: text`")
        if self.pattern is not None and self.reads is None:
            raise ValueError("`pattern` needs `reads: text`")
        return self
