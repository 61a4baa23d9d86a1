"""What the second look may cost, and how it saves: limits of the site, its cameras and kinds; shared verdicts."""

import logging
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from secondsight.config.types import Duration, Name, Real, Section, Whole
from secondsight.log import fields

_log = logging.getLogger(__name__)

_Count = Annotated[Whole, Field(ge=0)]
_Money = Annotated[Real, Field(ge=0)]
_MOST_BITS, _BIT = 16, 0.025 / 4
"""Most bits that `reuse.distance` allowed before, and the distance that stands for one; 4 was the default."""


class BudgetLimits(Section):
    """Most that may be spent within an hour (of the clock) and a day (of the site's time zone).

    Attributes:
        calls_per_hour, calls_per_day: calls of a large model, whatever came of them.
        tokens_per_hour, tokens_per_day: tokens sent and received.
        money_per_hour, money_per_day: in the currency of the prices.
    """

    calls_per_hour: _Count | None = None
    calls_per_day: _Count | None = None
    tokens_per_hour: _Count | None = None
    tokens_per_day: _Count | None = None
    money_per_hour: _Money | None = None
    money_per_day: _Money | None = None

    @property
    def counts_money(self) -> bool:
        """Whether prices must be known to keep them."""
        return self.money_per_hour is not None or self.money_per_day is not None


class MergeSettings(Section):
    """Cases of one track or incident get one review.

    Attributes:
        window: cases of one camera that lie no further apart can be one incident; 0: each has its own review.
        kinds: a case of another kind with the same track is asked about in the same review.
    """

    window: Duration = 10.0
    kinds: bool = True


class ReuseSettings(Section):
    """A case that looks like one just reviewed, on the same camera and of the same kind, gets its verdict.

    Attributes:
        within: a rejection holds for this long after its review; 0: never.
        confirmed_within: a confirmation likewise.
        max_uses: most cases that one review answers besides its own.
        distance: most cosine distance of the edges at which two cases look the same. A whole number from 1 upwards is
            the former unit, bits of 64: it is converted (4 bits to 0.025), with a warning.
    """

    renamed: ClassVar[Mapping[str, str]] = {"times": "max_uses"}

    within: Duration = 300.0
    confirmed_within: Duration = 60.0
    max_uses: _Count = 2
    distance: Annotated[Real, Field(ge=0, le=0.25)] = 0.025

    @field_validator("distance", mode="before")
    @classmethod
    def _from_bits(cls, value: object) -> object:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_BITS:
            return value
        _log.warning(
            "budget.reuse.distance is a cosine distance now, no count of bits; the old value is converted",
            extra=fields(old=value, new=value * _BIT),
        )
        return value * _BIT


class BudgetSettings(BudgetLimits):
    """What all users of the brain together may spend on this site.

    Attributes:
        kinds: further limits of single kinds of events.
        camera_rate: reviews per hour and camera, twice an equal share of what the brain can do if absent; a camera
            that asks for more goes behind the others.
        camera_burst: reviews a camera may have at once before that.
    """

    kinds: dict[Name, BudgetLimits] = Field(default_factory=dict)
    camera_rate: Annotated[Real, Field(gt=0, le=1e6)] | None = None
    camera_burst: Annotated[Whole, Field(ge=1, le=10_000)] = 10
    merge: MergeSettings = MergeSettings()
    reuse: ReuseSettings = ReuseSettings()
