"""Is a training due? Says why, and what each trigger waits for if not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from secondsight.config import TrainingTriggers
from secondsight.learn.triggers.drift import DriftReport
from secondsight.learn.values import SampleLabel

_DAY = 86400.0


class TrainingCause(StrEnum):
    """What a training was begun for."""

    LABELS = "labels"
    CALENDAR = "calendar"
    DRIFT = "drift"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class TrainingReason:
    """Why a training was begun.

    Attributes:
        text: one sentence, with the numbers.
    """

    cause: TrainingCause
    text: str


@dataclass(frozen=True, slots=True)
class TrainingOutlook:
    """Whether a training is due.

    Attributes:
        reason: why it is; None if it is not.
        waiting: what each trigger that is set waits for, one sentence each.
    """

    reason: TrainingReason | None
    waiting: tuple[str, ...]


def training_outlook(
    triggers: TrainingTriggers,
    labels: Mapping[str, Sequence[SampleLabel]],
    drift: DriftReport | None,
    *,
    since: float,
    now: float,
) -> TrainingOutlook:
    """Look at the triggers that are set, in the order labels, calendar, drift.

    Without a new label nothing is due: the same data would teach the same.

    Args:
        labels: all that was said, by sample. drift: None where it is not asked for.
        since: when the last training began, or the first sample was taken; UTC seconds.
    """
    new = sum(all(one.time > since for one in said) for said in labels.values() if said)
    due: list[TrainingReason] = []
    waiting: list[str] = []

    def look(cause: TrainingCause, *, met: bool, text: str) -> None:
        if met and new:
            due.append(TrainingReason(cause, text))
        else:
            waiting.append(f"{text}; no sample was labelled since" if met else text)

    if triggers.labels is not None:
        text = f"{new} of {triggers.labels} new labelled samples"
        look(TrainingCause.LABELS, met=new >= triggers.labels, text=text)
    if triggers.every is not None:
        days, left = (
            (now - since) / _DAY,
            f"{datetime.fromtimestamp(since + triggers.every, UTC):%Y-%m-%d %H:%M} UTC",
        )
        text = f"{days:.1f} days since the last training; by the calendar due at {left}"
        look(TrainingCause.CALENDAR, met=now - since >= triggers.every, text=text)
    if triggers.drift is not None and drift is not None:
        where = f", most of it in the {drift.sign} of {drift.camera}" if drift.sign else ""
        text = (
            f"evidence of drift {drift.evidence:.3g}, {1 / triggers.drift:g} asked for, "
            f"on {drift.days} camera-days{where}"
        )
        look(TrainingCause.DRIFT, met=drift.evidence >= 1 / triggers.drift, text=text)
    return TrainingOutlook(due[0] if due else None, tuple(waiting))
