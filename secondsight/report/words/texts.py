"""The words of reports in every language, and how figures are written."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from secondsight.event_words import Language
from secondsight.packaged import packaged_yaml


@lru_cache(maxsize=2)
def _read(name: str) -> Any:
    return packaged_yaml(__package__, name)


def template_sentences(language: Language) -> list[str]:
    """The template's sentences with their slots."""
    return [one[language] for one in _read("sentences.yaml")]


@dataclass(frozen=True, slots=True)
class ReportWords:
    """The words of one report.

    Attributes:
        language: that it is written in.
        timezone: whose hours it tells.
    """

    language: Language
    timezone: str

    def __call__(self, key: str, **values: object) -> str:
        """A text by its key, with what stands in its braces. Raises KeyError for a key that no file has."""
        text: str = _read("texts.yaml")[key][self.language]
        return text.format(**values) if values else text

    def lasted(self, seconds: float) -> str:
        """A length of time in words."""
        whole = round(seconds)
        if whole < 60:
            return self("seconds", s=whole)
        if whole < 3600:
            return self("minutes", m=whole // 60, s=whole % 60)
        return self("hours", h=whole // 3600, m=whole % 3600 // 60)

    def moment(self, time: float, form: str = "%Y-%m-%d %H:%M") -> str:
        """A moment by the clock on the wall."""
        return datetime.fromtimestamp(time, ZoneInfo(self.timezone)).strftime(form)
