"""What is learned from verdicts and people's feedback: the `calibration` and `filters` sections of the site file."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from secondsight.config.types import Fraction, Real, Section, Timespan, Whole


class CalibrationSettings(Section):
    """How a calibrated probability decides; verdicts that are not calibrated are decided by the answer alone.

    Attributes:
        confirm: confirmed at this probability or above.
        reject_below: rejected below this one; in between unsure.
    """

    confirm: Fraction = 0.5
    reject_below: Fraction = 0.3

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.reject_below > self.confirm:
            raise ValueError("`reject_below` must not be above `confirm`")
        return self


class FilterSettings(Section):
    """Filters of a camera for what the brain keeps rejecting.

    Attributes:
        mode: `ask` proposes filters and waits for a person's approval, `auto` lets them hold at once, `off` learns
            none and lets none hold.
        cases: minimum number of rejected cases that look alike for a filter to be proposed.
        within: they lie no further apart in time.
        lifetime: a filter holds for this long after its last proof.
        audit: share of its hits that goes to the brain all the same, drawn at random.
        overlap: minimum intersection over union for two boxes to be the same place.
        radius: cosine distance of edges up to which two looks are the same.
    """

    renamed: ClassVar[Mapping[str, str]] = {"life": "lifetime"}

    mode: Literal["ask", "auto", "off"] = "ask"
    cases: Annotated[Whole, Field(ge=2, le=1000)] = 3
    within: Timespan = 86400.0
    lifetime: Timespan = 7 * 86400.0
    audit: Fraction = 0.1
    overlap: Annotated[Real, Field(gt=0, le=1)] = 0.5
    radius: Annotated[Real, Field(gt=0, le=1)] = 0.2
