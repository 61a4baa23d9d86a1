"""Jinja as all pages use it: everything is escaped, and a name that is not there is an error."""

import hashlib
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from secondsight.foreign import visible
from secondsight.masking import redact

STATIC = "/static"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of the console."""
    made = Environment(
        loader=PackageLoader("secondsight.serve.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    made.filters |= {"outside": outside, "percent": percent, "number": number}
    return made


@cache
def asset(name: str) -> str:
    """Where a static file is; another place when it has changed, so that browsers may keep it."""
    content = files("secondsight.serve.console").joinpath("static", name).read_bytes()
    return f"{STATIC}/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def outside(text: str | None) -> str:
    """Text from outside, without secrets and without characters that a browser would obey."""
    return visible(redact(text), lines=True) if text else ""


def percent(share: float | None) -> str:
    """A share as `87 %`; a dash where it is not known."""
    return "–" if share is None else f"{share * 100:.0f} %"


def number(value: float | None, digits: int = 0) -> str:
    """A number with thin spaces between thousands; a dash where it is not known."""
    return "–" if value is None else f"{value:,.{digits}f}".replace(",", "\u202f")


class SiteTime:
    """Times as people on site read them.

    Args:
        timezone: name in the time zone database.
    """

    def __init__(self, timezone: str) -> None:
        self.zone = timezone
        self._zone = ZoneInfo(timezone)

    def at(self, seconds: float) -> datetime:
        """A moment in the site's zone."""
        return datetime.fromtimestamp(seconds, self._zone)

    def full(self, seconds: float | None) -> str:
        """Date and time to the second; a dash where there is none."""
        return "–" if seconds is None else self.at(seconds).strftime("%Y-%m-%d %H:%M:%S")

    def short(self, seconds: float) -> str:
        """Time without the date."""
        return self.at(seconds).strftime("%H:%M:%S")

    def day_of(self, seconds: float) -> tuple[float, float]:
        """When the day of a moment begins and ends, UTC seconds."""
        begin = self.at(seconds).replace(hour=0, minute=0, second=0, microsecond=0)
        # Noon of the next day is in it whatever the clocks are set by.
        noon = begin.replace(tzinfo=None) + timedelta(hours=36)
        end = noon.replace(hour=0, tzinfo=self._zone)
        return begin.timestamp(), end.timestamp()

    def iso(self, seconds: float) -> str:
        """For machines: `datetime` of an element `time`."""
        return self.at(seconds).isoformat(timespec="seconds")

    def seconds(self, local: str) -> float | None:
        """UTC seconds of what a field for date and time gave; None for an empty or a wrong one."""
        try:
            return datetime.fromisoformat(local).replace(tzinfo=self._zone).timestamp()
        except (ValueError, OverflowError, OSError):
            return None
