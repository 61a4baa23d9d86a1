"""How small models get better on site: the `learn` section of the site file."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from secondsight.config.types import Duration, Fraction, Real, Section, Timespan, Whole


class TrainingTriggers(Section):
    """When `secondsight learn step` begins a training by itself: as soon as one of these holds; never if none is set.

    Attributes:
        labels: this number of samples was labelled since the last training.
        every: this time has gone by since then, and something was labelled.
        drift: pictures or scores have changed; the value is the probability of a false alarm, such as 0.05.
    """

    labels: Annotated[Whole, Field(ge=1)] | None = None
    every: Timespan | None = None
    drift: Annotated[Real, Field(gt=0, lt=1)] | None = None


class LearnSettings(Section):
    """Which pictures are kept for learning, and what a new model has to show before it goes live.

    Attributes:
        enabled: keep samples, and use the bundle that was promoted last instead of `sentinel.model`.
        per_day: most samples a day and camera, of all reasons together.
        uniform: share of them that is drawn at random over time; only these can estimate rates.
        low: a detection whose confidence lies between `low` and `high` is uncertain.
        high: upper end of that band.
        keep: a sample is removed after this time; datasets keep theirs.
        reference: share of the camera-days that training never sees; candidates are judged on them.
        min_reference: labelled things that the reference set needs before any candidate is judged.
        margin: recall that a new model may lose per class and still count as no worse.
        alpha: probability with which a worse model may pass the test.
        train: when a training begins by itself.
        minutes: time budget of one training.
        threads: that a training may use.
        nice: how far it gives way to everything else on the machine, 0 (not at all) to 19.
        students: kinds of events whose student, made by `secondsight distill`, may decide without a call.
        audit: share of what a student rejects that goes to the brain all the same.
        watch: how long the former bundle runs beside a new one, ready to come back.
    """

    enabled: bool = False
    per_day: Annotated[Whole, Field(ge=1, le=100_000)] = 200
    uniform: Annotated[Real, Field(gt=0, le=1)] = 0.2
    low: Fraction = 0.3
    high: Fraction = 0.6
    keep: Duration = 90 * 86400.0
    reference: Annotated[Real, Field(gt=0, lt=1)] = 0.2
    min_reference: Annotated[Whole, Field(ge=1)] = 30
    margin: Annotated[Real, Field(gt=0, lt=1)] = 0.05
    alpha: Annotated[Real, Field(gt=0, lt=1)] = 0.05
    train: TrainingTriggers = TrainingTriggers()
    minutes: Annotated[Real, Field(gt=0, le=10_000)] = 60.0
    threads: Annotated[Whole, Field(ge=1, le=256)] = 1
    nice: Annotated[Whole, Field(ge=0, le=19)] = 15
    students: tuple[str, ...] = ()
    audit: Annotated[Real, Field(gt=0, le=1)] = 0.05
    watch: Timespan = 14 * 86400.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise ValueError("`low` must be below `high`")
        return self
