"""What answers the questions of one site, and looks at its finds: its names, its store, its large model."""

from collections.abc import Mapping
from functools import partial

from secondsight.ask import QuestionBrain, Questions, Vocabulary
from secondsight.brain import can_answer, make_answerer, make_reviewer
from secondsight.bus import bus_of
from secondsight.cascade import BudgetGate, Ledger
from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.find import FindVerifier
from secondsight.records import Call, Purpose
from secondsight.site.services.egress_setup import make_question_gate
from secondsight.site.services.purpose_budget import ledger_of, purpose_budget
from secondsight.store import Store


def make_questions(
    config: SiteConfig,
    store: Store,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    *,
    budget: BudgetGate | None = None,
    ledger: Ledger | None = None,
) -> Questions:
    """What answers questions about a site.

    Args:
        store: what is asked; a brain's calls are booked in it.
        environ: where API keys are looked up; the process's environment if None.
        budget, ledger: that all users of the brain share; made from the store where the site does not run here.

    Raises:
        StoreError: the ledger cannot be read.
    """
    brain = None
    if can_answer(config.brain):
        if budget is None or ledger is None:
            budget, ledger = ledger_of(config, store, clock)
        brain = _brain(config, store, clock, environ, budget, ledger)
    return Questions(store, Vocabulary.of_site(config), clock=clock, data=config.data, brain=brain)


def make_find_verifier(
    config: SiteConfig,
    store: Store,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
) -> FindVerifier | None:
    """What has the large model look at finds; None where the site has none, or does not want it.

    Raises:
        StoreError: the ledger cannot be read.
    """
    if not config.find.verify or not can_answer(config.brain):
        return None
    budget, ledger = ledger_of(config, store, clock)
    own = purpose_budget(config, config.ask.budget, Purpose.ANSWER, store, clock)

    def book(call: Call) -> None:
        ledger.book(call)
        own.spend(call)

    return FindVerifier(
        make=partial(make_reviewer, config.brain, clock, environ, book, bus_of(config)),
        gate=partial(make_question_gate, config),
        level=config.egress_of,
        data=config.data,
        most=config.find.verify,
        budgets=(budget, own),
        flush=ledger.flush,
    )


def _brain(
    config: SiteConfig,
    store: Store,
    clock: Clock,
    environ: Mapping[str, str] | None,
    budget: BudgetGate,
    ledger: Ledger,
) -> QuestionBrain:
    own = purpose_budget(config, config.ask.budget, Purpose.ANSWER, store, clock)

    def book(call: Call) -> None:
        ledger.book(call)
        own.spend(call)

    return QuestionBrain(
        settings=config.ask,
        make=partial(make_answerer, config.brain, clock, environ, book),
        gate=partial(make_question_gate, config),
        level=config.egress_of,
        data=config.data,
        max_frames=config.brain.max_frames,
        budgets=(budget, own),
        flush=ledger.flush,
    )
