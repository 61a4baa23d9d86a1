"""Writes the reports of a site when their periods are over: a thread of its own, off the frame path.

What is due follows from the clock and from what is kept, and nothing else: a run that was stopped or killed makes up
for what it missed, and no period ever gets two reports.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import partial

from secondsight.brain import make_writer
from secondsight.cascade import BudgetGate, Ledger
from secondsight.clock import Clock
from secondsight.config import ReportSettings, SiteConfig
from secondsight.errors import StoreError
from secondsight.log import fields, redact
from secondsight.records import Egress, Purpose, ReportPeriod
from secondsight.report import (
    CoverageSource,
    Prose,
    Report,
    ReportFacts,
    ReportWriter,
    due_periods,
    gather,
    kinds_of,
    template_prose,
)
from secondsight.site.services.purpose_budget import BrainAccount, PurposeBudget
from secondsight.store import Store

_log = logging.getLogger(__name__)

_EVERY = 5.0
"""Seconds between looks at the clock."""
_FORGET_EVERY = 3600.0


class ReportService:
    """The reports of one site.

    Args:
        environ: where API keys are looked up; the process's environment if None.
        budget, ledger: that all users of the brain share.
        coverage: knows when cameras were watched; the counts per minute do by default.

    Attributes:
        trouble: what keeps it from writing reports, if anything.
    """

    def __init__(
        self,
        config: SiteConfig,
        settings: ReportSettings,
        store: Store,
        clock: Clock,
        environ: Mapping[str, str] | None,
        budget: BudgetGate,
        ledger: Ledger,
        coverage: CoverageSource | None = None,
    ) -> None:
        self._config, self._settings, self._store, self._clock = config, settings, store, clock
        self._coverage = coverage
        self._writer = (
            report_writer(config, settings, store, clock, environ, budget, ledger)
            if settings.text == "brain"
            else None
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reports", daemon=True)
        self._forget_at = clock.monotonic()
        self.trouble: str | None = None

    def take(self, config: SiteConfig) -> None:
        """Go over to other cameras and rules; `report` itself stays as it was."""
        self._config = config

    def start(self) -> None:
        """Begin to look at the clock."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin no more reports; returns at once. One that is being written is made up for by the next run."""
        self._stopping.set()

    def make_due(self) -> list[ReportPeriod]:
        """Write every report that is due and not there yet; of those of one sort only the newest is sent.

        Returns:
            The periods of which there are reports now, that had none before.

        Raises:
            StoreError: the store cannot be asked; what is kept stays, the rest is due still.
        """
        made: list[ReportPeriod] = []
        first = self._store.figures.first_seen()
        for kind, shift in kinds_of(self._settings):
            newest = self._store.reports.newest(kind, shift)
            since = newest.end if newest is not None else first
            if since is None:
                continue
            timezone = self._config.site.timezone
            due = due_periods(
                self._settings, kind, shift, now=self._clock.now(), since=since, timezone=timezone
            )
            for period in due:
                if self._stopping.is_set():
                    return made
                if self._make(period, self._settings.send if period is due[-1] else ()):
                    made.append(period)
        return made

    def _make(self, period: ReportPeriod, channels: Sequence[str]) -> bool:
        info = self._config.site
        facts = gather(
            self._store,
            period,
            site=info.name,
            language=info.language,
            config=self._config,
            settings=self._settings,
            coverage=self._coverage,
        )
        kept = self._store.reports.keep(Report(facts, self._prose(facts)).kept(self._clock.now()), channels)
        if kept:
            _log.info("report written", extra=fields(report=period.id))
        return kept

    def _prose(self, facts: ReportFacts) -> Prose:
        return (
            template_prose(facts) if self._writer is None else write_prose(self._writer, facts, self._config)
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.make_due()
                self._forget()
                self.trouble = None
            except Exception as error:
                text = redact(str(error)) or type(error).__name__
                if text != self.trouble:
                    expected = isinstance(error, StoreError)
                    _log.error("no report, tried again", extra=fields(error=text), exc_info=not expected)
                self.trouble = text
            self._stopping.wait(_EVERY)

    def _forget(self) -> None:
        """Remove what has been kept long enough."""
        if self._clock.monotonic() < self._forget_at:
            return
        while self._store.reports.forget(self._clock.now() - self._settings.keep):
            pass
        self._forget_at = self._clock.monotonic() + _FORGET_EVERY


def report_writer(
    config: SiteConfig,
    settings: ReportSettings,
    store: Store,
    clock: Clock,
    environ: Mapping[str, str] | None,
    budget: BudgetGate,
    ledger: Ledger,
) -> ReportWriter:
    """Has the site's brain write reports, within the site's budget and that of reports. Raises StoreError."""
    account = BrainAccount(budget, ledger)
    paid = PurposeBudget.of(account, settings.budget, Purpose.REPORT, config, store, clock)
    make = partial(make_writer, config.brain, clock, environ, paid.book)
    return ReportWriter(make, paid.gates, paid.flush)


def write_prose(writer: ReportWriter, facts: ReportFacts, config: SiteConfig) -> Prose:
    """The sentences of a report by a brain, or by the template where it cannot write them."""
    cameras = {one.camera for one in facts.now.watch} | set(config.cameras)
    may_leave = all(config.egress_of(camera) is not Egress.LOCAL_ONLY for camera in cameras)
    return writer.write(facts, may_leave=may_leave)
