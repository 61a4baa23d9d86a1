"""Bundles, their history and trainings, as the API shows them."""

from typing import Annotated

from pydantic import Field

from secondsight.learn import BundleState, JobState
from secondsight.serve.api.forms.common import FormIn, FormOut, NameText, Number, Time

ReasonText = Annotated[str, Field(min_length=1, max_length=500)]


class BundleOut(FormOut):
    """A detector with the tracker and the threshold it was tested with. `base`: the model that it came from;
    `dataset`: the version it learned from, 0 for none."""

    name: str
    state: BundleState
    base: str
    parent: str
    dataset: int
    tracker: str
    threshold: Number
    family: str
    created: Time


class HistoryOut(FormOut):
    """One change of what is live, or on its way to be. `evidence`: the numbers behind it, by name."""

    time: Time
    bundle: str
    action: str
    reason: str
    by: str
    evidence: dict[str, Number]


class TrainingOut(FormOut):
    """A training. `cause`: labels, calendar, drift or person; `alive`: whether a process works on it."""

    name: str
    parent: str
    dataset: int
    state: JobState
    alive: bool
    step: int
    steps: int
    cause: str
    reason: str
    problem: str


class LearningOut(FormOut):
    """What the site has learned. `due`: why a training is due, or null; `waiting`: what each trigger waits for."""

    bundles: list[BundleOut]
    history: list[HistoryOut]
    trainings: list[TrainingOut]
    due: str | None
    waiting: list[str]


class PromoteIn(FormIn):
    """Which bundle to put into production, and why."""

    bundle: NameText
    reason: ReasonText


class RollbackIn(FormIn):
    """Why to put the former bundle back."""

    reason: ReasonText
