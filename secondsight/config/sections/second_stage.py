"""Second-stage models: small models that look at tracks, or at the whole picture, only when a rule needs it."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from secondsight.config.types import Section, Timespan, Whole
from secondsight.patterns import compiled

PLATE_FORMATS = {
    # GA 36-2018: the province; the office; five signs, or six of new energy, with D, F or their like at one end.
    # The letters I and O do not occur in them.
    "chinese": "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z] ?"
    "([A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳领]|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK])|[0-9]{6}使",
    "german": "[A-ZÄÖÜ]{1,3} ?[A-Z]{1,2} ?[1-9][0-9]{0,3}[EH]?",
    "british": "[A-HJ-PR-Y]{2}[0-9]{2} ?[A-HJ-PR-Z]{3}",
}
"""Regular expressions of number plates, in RE2's syntax."""


def _pattern(text: str) -> str:
    compiled(text)
    return text


class SecondStageSettings(Section):
    """One second-stage model. What it does follows from its family: attributes, poses or regions; or it reads.

    Attributes:
        model: name in the model store; of what reads, a detector that finds what is to be read, if any.
        reads: `text`: it reads, such as number plates.
        reader: of what reads: name in the model store of the network that reads; by default PP-OCR out of `rapidocr`.
        format: of what reads: a pattern by its name, `chinese`, `german` or `british` number plates.
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
    reader: Annotated[str, Field(min_length=1)] | None = None
    format: Literal["chinese", "german", "british"] | None = None
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
        if self.reads is None:
            for key in ("pattern", "format", "reader"):
                if getattr(self, key) is not None:
                    raise ValueError(f"`{key}` needs `reads: text`")
        if self.pattern is not None and self.format is not None:
            raise ValueError("`format` is a pattern: state one of `format` and `pattern`")
        return self

    @property
    def expression(self) -> str | None:
        """What all of a text must match, in RE2's syntax; None: anything."""
        return self.pattern if self.format is None else PLATE_FORMATS[self.format]
