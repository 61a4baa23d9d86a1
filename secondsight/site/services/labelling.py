"""Samples labelled by the site's brain: from the same budget, in the same ledger, under the same rules of egress."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from secondsight.brain import Reviewer, make_reviewer
from secondsight.bus import bus_of
from secondsight.cascade import BudgetGate, CostEstimate, Ledger, Refusal
from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.errors import BrainError, RefusedError
from secondsight.learn import BrainLabeller, Sample, SampleLabel, read_sample
from secondsight.records import Purpose
from secondsight.site.services.egress_setup import make_egress_gate
from secondsight.store import Store

_CALLS = 2.0
"""For each box: the question and its opposite."""


@dataclass(frozen=True, slots=True)
class LabelRound:
    """What came of asking the brain.

    Attributes:
        asked: samples that it was shown.
        stopped: why it was not shown all; None if it was.
    """

    labels: tuple[SampleLabel, ...]
    asked: int
    stopped: str | None


def label_with_brain(
    config: SiteConfig,
    store: Store,
    samples: Sequence[Sample],
    clock: Clock,
    environ: Mapping[str, str] | None = None,
) -> LabelRound:
    """Ask the site's brain what is in samples, until the budget is used up or the brain is away.

    Raises:
        RefusedError: the site has no brain.
        ConfigError: the brain cannot label, or pictures may not go to it.
        StoreError: the ledger cannot be used.
    """
    limits = {name: camera.budget for name, camera in config.cameras.items()}
    budget = BudgetGate(config.budget, limits, clock, zone=config.site.timezone, ledger=store.ledger)
    ledger = Ledger(store.ledger, budget, config.brain.cost)
    brain = make_reviewer(config.brain, clock, environ, ledger.book, bus_of(config))
    if brain is None:
        raise RefusedError("the site has no brain; name a stronger model with --teacher, or set `brain`")
    gate = make_egress_gate(config, brain)
    try:
        labeller = BrainLabeller(brain, gate, config.egress_of, clock)
        return asyncio.run(_ask(config, labeller, brain, budget, samples))
    finally:
        gate.close()
        ledger.flush()


async def _ask(
    config: SiteConfig,
    labeller: BrainLabeller,
    brain: Reviewer,
    budget: BudgetGate,
    samples: Sequence[Sample],
) -> LabelRound:
    labels: list[SampleLabel] = []
    asked, stopped = 0, None
    try:
        for sample in samples:
            need = CostEstimate(_CALLS * len(sample.seen))
            grant = budget.allow(Purpose.LABEL, sample.camera, "label", need)
            if isinstance(grant, Refusal):
                stopped = grant.reason
                break
            with grant:
                label = await labeller.label(sample, read_sample(config.data, sample))
            asked += 1
            if label is not None:
                labels.append(label)
    except BrainError as error:
        stopped = str(error)
    finally:
        await brain.close()
    return LabelRound(tuple(labels), asked, stopped)
