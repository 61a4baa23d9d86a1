"""The `report` section of the site file: which reports a site writes of itself, and who gets them."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from secondsight.config.sections.budget import BudgetLimits
from secondsight.config.types import Duration, Name, Section, Timespan, Whole

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def _minute_of_day(value: Any) -> int:
    """Minutes since midnight of `HH:MM`. Raises ValueError."""
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("expected a time of the day, such as 06:00")
    return int(found[1]) * 60 + int(found[2])


MinuteOfDay = Annotated[int, BeforeValidator(_minute_of_day)]
"""Minutes since midnight, by the clock on the site's wall."""


class ReportSettings(Section):
    """Reports that the site writes of itself; they are kept, and sent if `send` names channels.

    Attributes:
        hourly: one for every hour.
        daily: one for every day, from midnight to midnight in the site's time zone.
        weekly: one for every week, from Monday on.
        shift: one for every shift; names of the shifts and the times at which they begin. Each lasts until the next.
        delay: how long after the end of a period its report is made, so that late verdicts are in it.
        send: names of the channels under `alerts` that get them.
        form: of what is sent: `html`, or `pdf` (extra `report`).
        pictures: most key frames in a report. What is sent shows those of cameras with `egress: full` only, except to
            receivers on this machine.
        text: who writes the sentences: `template`, or `brain`, which never sees a name and never supplies a figure;
            where it fails or has no budget, the template does.
        budget: limits of the brain's calls for reports, on top of the section `budget`.
        keep: how long reports are kept.
    """

    hourly: bool = False
    daily: bool = False
    weekly: bool = False
    shift: dict[Name, MinuteOfDay] = Field(default_factory=dict)
    delay: Annotated[Duration, Field(le=3000)] = 120.0
    send: tuple[Name, ...] = ()
    form: Literal["html", "pdf"] = "html"
    pictures: Annotated[Whole, Field(ge=0, le=50)] = 6
    text: Literal["template", "brain"] = "template"
    budget: BudgetLimits = BudgetLimits()
    keep: Timespan = 2 * 365 * 86400.0

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if len(set(self.shift.values())) < len(self.shift):
            raise ValueError("two shifts begin at the same time; one shift begins when the one before ends")
        return self

    @property
    def shifts(self) -> Mapping[str, int]:
        """Begin of each shift in minutes since midnight, in the order of the day."""
        return dict(sorted(self.shift.items(), key=lambda one: one[1]))
