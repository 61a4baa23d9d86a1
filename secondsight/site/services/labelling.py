"""Samples judged by the site's brain: from the same budget, in the same ledger, under the same rules of egress."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from secondsight.brain import Reviewer, make_reviewer
from secondsight.bus import bus_of
from secondsight.cascade import BudgetGate, CostEstimate, Ledger, Refusal
from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.errors import BrainError, RefusedError
from secondsight.learn import (
    AttributeExample,
    AttributeTask,
    BrainLabeller,
    BrainQuestions,
    BrainTeacher,
    Sample,
    SampleLabel,
    attribute_examples,
    read_sample,
)
from secondsight.records import Purpose
from secondsight.site.services.egress_setup import make_egress_gate
from secondsight.store import Store

T = TypeVar("T")
_CALLS = 2
"""For each box: the question and its opposite."""


@dataclass(frozen=True, slots=True)
class BrainRound(Generic[T]):
    """What came of asking the brain.

    Attributes:
        found: what it said. brain: its name.
        asked: samples that it was shown.
        stopped: why it was not shown all; None if it was.
    """

    found: tuple[T, ...]
    brain: str
    asked: int
    stopped: str | None


def label_with_brain(
    config: SiteConfig,
    store: Store,
    samples: Sequence[Sample],
    clock: Clock,
    environ: Mapping[str, str] | None = None,
) -> BrainRound[SampleLabel]:
    """Ask the site's brain what is in samples, until the budget is used up or the brain is away.

    Raises:
        RefusedError: the site has no brain.
        ConfigError: the brain cannot label, or pictures may not go to it.
        StoreError: the ledger cannot be used.
    """

    def asking(questions: BrainQuestions) -> Ask[SampleLabel]:
        labeller = BrainLabeller(questions, clock)

        async def ask(sample: Sample) -> list[SampleLabel]:
            label = await labeller.label(sample, read_sample(config.data, sample))
            return [] if label is None else [label]

        return ask

    return _ask_all(config, store, samples, clock, environ, lambda one: _CALLS * len(one.seen), asking)


def judge_with_brain(
    config: SiteConfig,
    store: Store,
    samples: Sequence[Sample],
    task: AttributeTask,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
) -> BrainRound[AttributeExample]:
    """Ask the site's brain for an attribute of the things in samples, until the budget is used up or it is away.

    Raises:
        RefusedError, ConfigError, StoreError: as `label_with_brain`.
    """

    def asking(questions: BrainQuestions) -> Ask[AttributeExample]:
        teacher = BrainTeacher(questions, task)

        async def ask(sample: Sample) -> list[AttributeExample]:
            jpeg, things = read_sample(config.data, sample), task.things_in(sample)
            return attribute_examples(task, sample, jpeg, things, await teacher.judge(sample, jpeg, things))

        return ask

    def calls(sample: Sample) -> int:
        return len(task.answers) * len(task.things_in(sample))

    return _ask_all(config, store, samples, clock, environ, calls, asking)


Ask = Callable[[Sample], Awaitable[list[T]]]
"""Asks about one sample."""


def _ask_all(
    config: SiteConfig,
    store: Store,
    samples: Sequence[Sample],
    clock: Clock,
    environ: Mapping[str, str] | None,
    calls: Callable[[Sample], int],
    asking: Callable[[BrainQuestions], Ask[T]],
) -> BrainRound[T]:
    limits = {name: camera.budget for name, camera in config.cameras.items()}
    budget = BudgetGate(config.budget, limits, clock, zone=config.site.timezone, ledger=store.ledger)
    ledger = Ledger(store.ledger, budget, config.brain.cost)
    brain = make_reviewer(config.brain, clock, environ, ledger.book, bus_of(config))
    if brain is None:
        raise RefusedError("the site has no brain; name a stronger model with --teacher, or set `brain`")
    gate = make_egress_gate(config, brain)
    try:
        ask = asking(BrainQuestions(brain, gate, config.egress_of))
        return asyncio.run(_within_budget(brain, budget, samples, calls, ask))
    finally:
        gate.close()
        ledger.flush()


async def _within_budget(
    brain: Reviewer,
    budget: BudgetGate,
    samples: Sequence[Sample],
    calls: Callable[[Sample], int],
    ask: Ask[T],
) -> BrainRound[T]:
    found: list[T] = []
    asked, stopped = 0, None
    try:
        for sample in samples:
            grant = budget.allow(Purpose.LABEL, sample.camera, "label", CostEstimate(calls(sample)))
            if isinstance(grant, Refusal):
                stopped = grant.reason
                break
            with grant:
                found += await ask(sample)
            asked += 1
    except BrainError as error:
        stopped = str(error)
    finally:
        await brain.close()
    return BrainRound(tuple(found), brain.name, asked, stopped)
