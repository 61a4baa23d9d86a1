"""What answers the questions of one site, and looks at its finds: its names, its store, its large model."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from secondsight.ask import (
    Counting,
    QuestionBrain,
    Questions,
    RuleReading,
    RuleRefusal,
    Vocabulary,
    read_rule,
    rule_by_model,
)
from secondsight.brain import Transcript, can_answer, make_answerer, make_reviewer, site_words, transcribe
from secondsight.bus import bus_of
from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.errors import BrainError, ConfigError
from secondsight.event_words import Language
from secondsight.find import FindVerifier
from secondsight.records import Purpose
from secondsight.site.services.egress_setup import make_question_gate
from secondsight.site.services.purpose_budget import BrainAccount, PurposeBudget
from secondsight.store import Store


def make_questions(
    config: SiteConfig,
    store: Store,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    account: BrainAccount | None = None,
    counting: Counting | None = None,
) -> Questions:
    """What answers questions about a site.

    Args:
        store: what is asked; a brain's calls are booked in it.
        environ: where API keys are looked up; the process's environment if None.
        account: of the run; made from the store where the site does not run in this process.
        counting: what executes plans; the thread that asks by default.

    Raises:
        StoreError: the ledger cannot be read.
    """
    brain = make_question_brain(config, store, clock, environ, account)
    return Questions(
        store, Vocabulary.of_site(config), clock=clock, data=config.data, brain=brain, counting=counting
    )


def make_question_brain(
    config: SiteConfig,
    store: Store,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    account: BrainAccount | None = None,
) -> QuestionBrain | None:
    """The large model of a site, for questions and sentences; None where the site has none that can answer.

    Arguments and errors are those of `make_questions`.
    """
    if not can_answer(config.brain):
        return None
    paid = _budget(config, store, clock, account)
    return QuestionBrain(
        settings=config.ask,
        make=partial(make_answerer, config.brain, clock, environ, paid.book),
        gate=partial(make_question_gate, config),
        level=config.egress_of,
        data=config.data,
        max_frames=config.brain.max_frames,
        budgets=paid.gates,
        flush=paid.flush,
    )


def make_find_verifier(
    config: SiteConfig,
    store: Store,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    account: BrainAccount | None = None,
) -> FindVerifier | None:
    """What has the large model look at finds; None where the site has none that can, or does not want it.

    Arguments and errors are those of `make_questions`.
    """
    if not config.find.verify or not can_answer(config.brain):
        return None
    paid = _budget(config, store, clock, account)
    return FindVerifier(
        make=partial(make_reviewer, config.brain, clock, environ, paid.book, bus_of(config)),
        gate=partial(make_question_gate, config),
        level=config.egress_of,
        data=config.data,
        most=config.find.verify,
        budgets=paid.gates,
        flush=paid.flush,
    )


def read_sentence(
    sentence: str,
    config: SiteConfig,
    store: Store,
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    account: BrainAccount | None = None,
) -> RuleReading | RuleRefusal:
    """The rules that a sentence asks for, by the grammar; what that refuses is read by the site's large model, where
    it has one that can and `ask.translate` lets it.

    Arguments are those of `make_questions`.

    Raises:
        StoreError: the ledger cannot be read.
    """
    found = read_rule(sentence, config)
    if not isinstance(found, RuleRefusal) or config.ask.translate == "never":
        return found
    brain = make_question_brain(config, store, clock, environ, account)
    if brain is None or not sentence.strip():
        return found
    try:
        return rule_by_model(sentence, config, brain, found.language)
    except BrainError as error:
        return replace(found, note=str(error))


def hear_question(
    config: SiteConfig,
    store: Store,
    clock: Clock,
    recording: Path,
    language: Language | None = None,
    environ: Mapping[str, str] | None = None,
    account: BrainAccount | None = None,
) -> Transcript:
    """What is said in a recording, by the section `voice`, with the site's words as a hint; the call is booked.

    Args:
        recording: a file of any form that FFmpeg reads.
        language: that is spoken; as in the settings, or found out, if None.
        environ, account: as of `make_questions`.

    Raises:
        SourceError: it is no recording, or too long.
        ConfigError, ModelError: there is no section `voice`, or it cannot be used.
        BrainError: it cannot be heard now.
        StoreError: the ledger cannot be read.
    """
    if config.voice is None:
        raise ConfigError("the site file has no section `voice` (docs/voice.md)", key="voice")
    paid = _budget(config, store, clock, account)
    try:
        words = site_words(config)
        return transcribe(
            recording,
            config.voice,
            words=words,
            language=language,
            clock=clock,
            environ=environ,
            book=paid.book,
        )
    finally:
        paid.flush()


def _budget(config: SiteConfig, store: Store, clock: Clock, account: BrainAccount | None) -> PurposeBudget:
    shared = account or BrainAccount.of(config, store, clock)
    return PurposeBudget.of(shared, config.ask.budget, Purpose.ANSWER, config, store, clock)
