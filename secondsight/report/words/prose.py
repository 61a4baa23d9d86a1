"""The sentences of a report: the template's, or a brain's, with code's figures in them."""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from secondsight.brain import FigureSlot, Writer, WritingRequest, slots_of
from secondsight.cascade import BudgetGate, CostEstimate, Refusal
from secondsight.errors import BrainError
from secondsight.event_words import one_line
from secondsight.log import fields
from secondsight.records import Purpose
from secondsight.report.facts.report_facts import ReportFacts
from secondsight.report.words.figures import ReportFigure, figures_of
from secondsight.report.words.texts import template_sentences

_log = logging.getLogger(__name__)

_SLOT = re.compile(r"\{([a-z_.]+)\}")
_TOKENS = 2500.0
"""Of one report, both ways; a guess that only the budget's reservation goes by."""
_ESTIMATE = CostEstimate(calls=2.0, tokens=_TOKENS)


@dataclass(frozen=True, slots=True)
class Prose:
    """The sentences of a report.

    Attributes:
        sentences: with slots.
        writer: name of the brain that wrote them; empty for the template.
    """

    sentences: tuple[str, ...]
    writer: str = ""

    def to_json(self) -> str:
        """For the store."""
        return json.dumps(list(self.sentences), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, writer: str) -> "Prose":
        """As it was kept."""
        return cls(tuple(json.loads(text)), writer)


def template_prose(facts: ReportFacts) -> Prose:
    """The template's sentences: those whose slots are all known."""
    known = figures_of(facts)
    sentences = template_sentences(facts.language)
    return Prose(tuple(one for one in sentences if all(key in known for key in slots_of(one))))


def filled(prose: Prose, facts: ReportFacts) -> list[str]:
    """The sentences with their figures; one whose figures are not all known is left out."""
    known = figures_of(facts)
    return [
        _SLOT.sub(partial(_text, known), one)
        for one in prose.sentences
        if all(key in known for key in slots_of(one))
    ]


def _text(known: Mapping[str, ReportFigure], slot: "re.Match[str]") -> str:
    return known[slot[1]].text


@dataclass(frozen=True, slots=True)
class ReportWriter:
    """Has a brain write sentences, within the budgets; the template writes where that does not work out.

    Attributes:
        make: makes the writer, whose connections live for one report.
        budgets: all of which must allow it.
        flush: writes the ledger.
    """

    make: Callable[[], Writer | None]
    budgets: Sequence[BudgetGate] = ()
    flush: Callable[[], None] = lambda: None

    def write(self, facts: ReportFacts, *, may_leave: bool) -> Prose:
        """The sentences of a report.

        Args:
            may_leave: whether figures of all its cameras may go to a brain that is not on this machine.
        """
        try:
            return asyncio.run(self._write(facts, may_leave))
        except BrainError as error:
            _log.warning("the template writes this report", extra=fields(reason=one_line(str(error))))
            return template_prose(facts)
        finally:
            self.flush()

    async def _write(self, facts: ReportFacts, may_leave: bool) -> Prose:
        writer = self.make()
        if writer is None:
            raise BrainError("the brain of this site cannot write", retryable=False)
        try:
            if writer.remote and not may_leave:
                raise BrainError(
                    "figures of cameras with `egress: local_only` may not leave this machine", retryable=False
                )
            grants = []
            try:
                for budget in self.budgets:
                    grant = budget.allow(Purpose.REPORT, "", "", _ESTIMATE)
                    if isinstance(grant, Refusal):
                        raise BrainError(grant.reason, retryable=False)
                    grants.append(grant)
                sentences = await writer.write(_request(facts))
            finally:
                for one in grants:
                    one.close()
        finally:
            await writer.close()
        return Prose(sentences, writer.name)


def _request(facts: ReportFacts) -> WritingRequest:
    slots = tuple(
        FigureSlot(one.key, one.meaning, "" if one.is_name else one.text)
        for one in figures_of(facts).values()
    )
    return WritingRequest(facts.period.kind.value, slots, facts.language)
