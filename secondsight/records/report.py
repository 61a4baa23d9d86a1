"""Which stretch of time a report is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReportForm(StrEnum):
    """What a report can be."""

    HTML = "html"
    PDF = "pdf"
    MARKDOWN = "md"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """For HTTP and mail."""
        return {
            ReportForm.HTML: "text/html",
            ReportForm.PDF: "application/pdf",
            ReportForm.MARKDOWN: "text/markdown",
            ReportForm.JSON: "application/json",
        }[self]


class ReportKind(StrEnum):
    """How often a report comes; SPAN is one that a person asked for."""

    HOURLY = "hourly"
    SHIFT = "shift"
    DAILY = "daily"
    WEEKLY = "weekly"
    SPAN = "span"


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """A stretch of time [start, end), by the clock on the wall of a place.

    Attributes:
        kind: how often there is such a report.
        start: first moment, UTC seconds.
        end: first moment after it, UTC seconds.
        timezone: whose hours and days count, by its name in the time zone database.
        shift: name of the shift; empty for other kinds.

    Examples:
        >>> from secondsight.records import ReportKind, ReportPeriod
        >>> period = ReportPeriod(ReportKind.HOURLY, 1_767_254_400.0, 1_767_258_000.0, "UTC")
        >>> period.id
        'hourly-1767254400'
    """

    kind: ReportKind
    start: float
    end: float
    timezone: str
    shift: str = ""

    @property
    def id(self) -> str:
        """The same whenever the report is made: of each period there is one report."""
        name = f"{self.kind.value}-{self.shift}" if self.shift else self.kind.value
        return f"{name}-{int(self.start)}" + (f"-{int(self.end)}" if self.kind is ReportKind.SPAN else "")
