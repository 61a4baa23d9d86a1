"""What displays of a run have in common: which steps they show, and figures in words."""

from collections.abc import Mapping

from secondsight.records import Step, StepKind, Word
from secondsight.site import SiteStatus


def worth_showing(step: Step) -> bool:
    """What people are told, and what was decided without a word to them."""
    return step.word is not Word.NONE or step.kind is StepKind.VERIFIED


def counts(values: Mapping[str, int]) -> str:
    """Such as `confirmed 3, rejected 1`; empty where nothing was counted."""
    return ", ".join(f"{name} {count}" for name, count in values.items() if count)


def time_left(status: SiteStatus) -> str:
    """Minutes and seconds until all recordings are read; empty where that cannot be told."""
    return "" if status.eta is None else clock_time(status.eta)


def clock_time(seconds: float) -> str:
    """Minutes and seconds, as `2:05`."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    return f"{minutes}:{rest:02d}"
