"""Wires one site together; the only place that knows all rooms."""

import logging
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from secondsight.ask import QuestionAnswer, QuestionPlan
from secondsight.clock import Clock, SystemClock
from secondsight.config import (
    SiteConfig,
    SiteDifference,
    difference,
    load_site,
    read_environment,
    remember_site,
)
from secondsight.errors import ConfigError, StoreError
from secondsight.log import fields
from secondsight.media import is_recording
from secondsight.permissions import exposure
from secondsight.records import CaseState, Event, Step, StepKind
from secondsight.site.cameras import SiteCameras
from secondsight.site.drawing.annotate import Annotator
from secondsight.site.pipeline.handle import SiteServices
from secondsight.site.pipeline.production_model import name_production
from secondsight.site.processes.supervisor import ProcessCallbacks
from secondsight.site.services.data_folder import DataFolder
from secondsight.site.services.folder_identity import FolderIdentity
from secondsight.site.services.housekeeping import Housekeeping
from secondsight.site.services.publisher import Publisher
from secondsight.site.services.purpose_budget import BrainAccount
from secondsight.site.services.question_service import make_questions
from secondsight.site.services.report_service import ReportService
from secondsight.site.services.review_service import ReviewService
from secondsight.site.services.row_retention import RowRetention
from secondsight.site.services.step_reader import StepReader
from secondsight.site.services.store_calls import StoreCalls
from secondsight.site.status import SiteStatus
from secondsight.store import DataLock, Store, prepare_data_folder, prepare_for_run

_log = logging.getLogger(__name__)

_PATIENCE = 1.0
"""Seconds that ending waits for what asks the store."""


class Site:
    """One site: cameras in, verified events out.

    Use it as a context manager. Entering opens the data folder, the store, the model and the brain. Leaving
    stops everything and loses nothing.

    Args:
        config: the checked site file.
        annotate: folder for annotated videos of the recordings, see `render`; None for no videos.
        environ: where the API key's variable is looked up; the process's environment by default.
        clock: the machine's by default.

    Raises:
        SecondSightError: on entering, when the data folder, the store, the model or the brain cannot be used.

    Examples:
        Watch one second of the simulated city for people, with the small model that comes with the package:

        >>> from pathlib import Path
        >>> from secondsight import Site
        >>> from secondsight.sim import make_city
        >>> from secondsight.site import quick_config
        >>> _ = make_city("metro", Path("city"), seed=1_000_000, seconds=1, cameras=1)
        >>> config = quick_config(["city/metro-0.mp4"], data=Path("data"), model="city-nano")
        >>> with Site(config) as site:
        ...     events = list(site.events(once=True))
        ...     (camera,) = site.status().cameras
        >>> {(event.kind, event.label, event.settled) for event in events}
        {('intrusion', 'person', True)}
        >>> camera.frames, camera.state, (Path("data") / events[0].clip.path).is_file()
        (10, 'ended', True)
    """

    def __init__(
        self,
        config: SiteConfig,
        *,
        annotate: Path | None = None,
        environ: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        remember_site(config)
        self.config = config
        self._environ = environ
        self._clock = clock or SystemClock()
        self._annotate = annotate
        self._annotator: Annotator | None = None
        self._reports: ReportService | None = None
        self._stack = ExitStack()
        self._changed = threading.Condition()
        self._stop_asked = False
        self._started = time.monotonic()
        self._verdicts: Tally[str] = Tally()
        self._once = self._stopped = False
        self._running = False
        self._superseded: str | None = None
        self._ask = StoreCalls("events")
        self._changing = threading.Lock()

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Make the site of a site file.

        Args:
            path: the site file, YAML.

        Returns:
            The site, not opened yet.

        Raises:
            ConfigError: any mistake in the file.
        """
        return cls(load_site(path), environ=read_environment(Path(path).parent))

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._stack.close()

    def _open(self) -> None:
        config, stack = self.config, self._stack
        self._data = data = prepare_data_folder(config.data)
        stack.enter_context(DataLock(data))
        self._open_store(data)
        self._data_folder = DataFolder(self._store, data, config.retention, self._bond)
        self._review = ReviewService(config, self._store, data, self._clock, self._environ, self._notify)
        self._housekeeping = Housekeeping(
            self._store,
            data,
            folder=self._data_folder,
            rows=RowRetention(
                self._store,
                config.retention,
                self._bond.time.now,
                lambda: [name for name in self.config.cameras if self._replays(name)],
            ),
            bond=self._bond,
            review=self._review,
            replays=self._replays,
            taken_over=self._taken_over,
            changed=self._changed,
            clock=self._clock,
        )
        self._publisher = Publisher(self._store, config, self._clock, self._notify)
        if config.report is not None:
            self._reports = ReportService(
                config,
                config.report,
                self._store,
                self._clock,
                self._environ,
                self._review.budget,
                self._review.ledger,
            )
        for name, camera in config.cameras.items():
            self._store.observations.upsert_camera(name, camera.description)
        self._housekeeping.recover()
        name_production(config, data, self._clock)
        self._cameras = self._open_cameras(data)
        stack.callback(self._cameras.close)
        self._warn_of_classes()

    def _open_store(self, data: Path) -> None:
        """The store, owned by this site and tied to its data folder."""
        config, stack = self.config, self._stack
        if problem := exposure(data):
            _log.warning(problem)
        self._bond = FolderIdentity(data, self._clock, slack=config.retention.age / 10)
        stack.callback(self._bond.end)
        url = config.store.url.get_secret_value() if config.store.url else None
        # Without a URL the database lies in the data folder, whose lock is ours.
        prepare_for_run(data, url, self._clock)
        self._store = stack.enter_context(Store.open(url or data, self._clock, owned=url is not None))
        self._bond.tie(self._store, inside=url is None)

    def _open_cameras(self, data: Path) -> SiteCameras:
        """All cameras, not reading yet."""
        if self._annotate is not None:
            self._annotator = Annotator(self._annotate, dict(self.config.cameras))
        return SiteCameras(
            self.config,
            data,
            SiteServices(
                self._store,
                self._review.decide,
                self._review.screen,
                self._data_folder.make_room,
                self._ready,
            ),
            ProcessCallbacks(self._review.outlook, self._notify, self._lost),
            clock=self._clock,
            annotator=self._annotator,
        )

    # -- running

    def start(self, *, once: bool = False) -> None:
        """Begin to read. A second call does nothing.

        Args:
            once: finish when every source has ended and every case is settled, instead of running until
                `stop`.
        """
        if self._running:
            return
        self._running, self._once, self._started = True, once, time.monotonic()
        self._publisher.start()
        self._review.start()
        if self._reports is not None:
            self._reports.start()
        self._cameras.start()
        self._housekeeping.start(self._cameras.tick)

    def steps(
        self, *, once: bool = False, poll: float = 0.5, idle: Callable[[], None] | None = None
    ) -> Iterator[tuple[Step, Event]]:
        """Give the steps of events as they are published, each once: raised, recorded, verified, ended, and what
        people say (`step.word` says what people are to be told).

        Starts the site if need be and ends after `request_stop`, or with `once` when everything is done. How far it
        was read is stored as it goes: steps of the last moment before the program died come again after a restart,
        with the same `id`. `events` reads from the same place.

        Args:
            once: end when every source has ended and every case is settled.
            poll: seconds between looks when nothing reports a change.
            idle: called about every `poll` seconds, such as to show progress.

        Returns:
            An iterator that waits for the next step; each comes with its event as it is now.

        Raises:
            StoreError: another run of this site has taken over the database.
        """
        return self._follow(tuple(StepKind), once, poll, idle)

    def events(
        self, *, once: bool = False, poll: float = 0.5, idle: Callable[[], None] | None = None
    ) -> Iterator[Event]:
        """Give events as they settle, each once, rejected ones too (`event.alert` says whether to alert
        people).

        These are the events of the steps of the kind `verified`; arguments, end and errors are those of `steps`.

        Args:
            once: end when every source has ended and every case is settled.
            poll: seconds between looks when nothing reports a change.
            idle: called about every `poll` seconds, such as to show progress.

        Returns:
            An iterator that waits for the next event.

        Raises:
            StoreError: another run of this site has taken over the database.
        """
        return (event for _, event in self._follow((StepKind.VERIFIED,), once, poll, idle))

    def _follow(
        self, kinds: Collection[StepKind], once: bool, poll: float, idle: Callable[[], None] | None
    ) -> Iterator[tuple[Step, Event]]:
        self.start(once=once)
        reader = StepReader(self._store, self._ask, kinds)
        while True:
            over = self._is_over()
            for step, event in reader.read():
                if step.kind is StepKind.VERIFIED:
                    self._verdicts[step.verification.value] += 1
                yield step, event
            if idle is not None:
                idle()
            if over:
                return
            with self._changed:
                if self._publisher.position <= (reader.position or 0):
                    self._changed.wait(poll)

    @property
    def store(self) -> Store:
        """The site's store, while the site is open: for what reads and serves beside it."""
        return self._store

    def ask(
        self, question: str, *, before: QuestionPlan | None = None, plan: QuestionPlan | None = None
    ) -> QuestionAnswer:
        """Answer a question in English or Chinese from what is stored, while the site runs or before.

        Args:
            question: such as `How many people fell on platform 2 last week?`
            before: plan of the answer that this question goes on from, as for `and yesterday?`
            plan: the reading that was chosen, where the answer before asked which one is meant.

        Returns:
            The figure with its bounds, what it rests on, and what could not be seen; or a refusal that says what
            can be asked instead.

        Raises:
            StoreError: the store cannot be read now.
        """
        asker = make_questions(self.config, self._store, self._clock, self._environ, self.account)
        return asker.ask(question, before=before, plan=plan)

    @property
    def account(self) -> BrainAccount:
        """What all users of the brain pay from, while the site is open."""
        return BrainAccount(self._review.budget, self._review.ledger)

    def status(self) -> SiteStatus:
        """What the site is doing at this moment."""
        open_cases = self._ask(self._store.cases.open_count) or 0
        cameras = self._cameras.states()
        others = self._ask.trouble or self._publisher.trouble or self._review.trouble
        return SiteStatus(
            cameras=tuple(cameras[name] for name in self.config.cameras if name in cameras),
            open_cases=open_cases,
            verdicts=dict(self._verdicts),
            trouble=self._cameras.trouble or others,
            elapsed=time.monotonic() - self._started,
        )

    def apply(self, config: SiteConfig) -> SiteDifference:
        """Take over the cameras and rules of another configuration while the site runs.

        Cameras that are new, changed, or watched by other rules begin anew; all others go on undisturbed. Events and
        cases stay. All other sections wait for the next start. Takes seconds; safe in any thread.

        Args:
            config: the checked site file as it is to be.

        Returns:
            What has changed, and the sections that wait.

        Raises:
            ConfigError: the brain may not get a new camera's pictures, or annotated videos are drawn; nothing has
                changed.
            ModelError: a model of new rules cannot be used; the message names it.
            SourceError: a camera does not end. Cameras of other processes have changed; the same call tries again.
        """
        with self._changing:
            found = difference(self.config, config)
            if not found.cameras:
                return found
            if self._annotate is not None:
                raise ConfigError(
                    "annotated videos are drawn of the cameras at the start; start anew without them"
                )
            taken = self.config.model_copy(update={"cameras": config.cameras, "rules": config.rules})
            remember_site(taken)
            for name, camera in taken.cameras.items():
                self._store.observations.upsert_camera(name, camera.description)
            before = self.config
            self._take(taken)
            try:
                self._cameras.change(taken, found.cameras)
            except BaseException:
                self._take(before)  # so that the same change can be tried again
                raise
            self._warn_of_classes()
            self._notify()
            _log.info("cameras changed", extra=fields(cameras=", ".join(found.cameras)))
        return found

    def _take(self, config: SiteConfig) -> None:
        """Let all but the cameras go by a configuration. Raises ConfigError; nothing has changed then."""
        self._review.take(config)
        self._publisher.take(config)
        if self._reports is not None:
            self._reports.take(config)
        self.config = config

    def request_stop(self) -> None:
        """Ask the site to stop soon; safe in a signal handler and from any thread."""
        self._stop_asked = True

    def stop(self) -> None:
        """Stop reading, write what is pending, end all threads. Cases without a verdict wait for the next run."""
        if self._stopped:
            return
        self._stopped = self._stop_asked = True
        self._cameras.ask_to_stop()
        self._review.ask_to_stop()
        self._housekeeping.ask_to_stop()
        if self._reports is not None:
            self._reports.ask_to_stop()
        self._notify()
        self._housekeeping.join(_PATIENCE)
        self._cameras.stop()
        self._review.stop()
        self._publisher.stop(_PATIENCE)

    def render(self) -> list[Path]:
        """Draw the annotated videos, if asked for; call it when no more verdicts are expected."""
        if self._annotator is None:
            return []
        return self._annotator.render(self._store.events.find())

    def raise_for_cameras(self) -> None:
        """Check that no camera has failed for good.

        Raises:
            SourceError: one has; the text names all of them.
        """
        self._cameras.raise_for_failed()

    def _is_over(self) -> bool:
        if self._stop_asked:
            self.stop()
            if self._superseded:
                raise StoreError(self._superseded)
            return True
        if not self._once or not self._cameras.over:
            return False
        counts = self._ask(self._housekeeping.end_cases)
        if counts is None or any(n for state, n in counts.items() if state is not CaseState.SETTLED):
            return False
        return self._ask(partial(self._store.steps.unpublished, 1)) == []

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _ready(self) -> None:
        """A case has its clip. Returns at once."""
        self._review.ready()
        self._notify()

    def _warn_of_classes(self) -> None:
        """Warn of rules that wait for classes that the model does not have: they never report anything."""
        classes = self._cameras.classes
        for name, rule in self.config.rules.items():
            for problem in classes.problems(rule):
                found = {"rule": name, "model": classes.model, "problem": problem}
                _log.warning("the model has no such class; see `secondsight check`", extra=fields(**found))

    def _lost(self, cameras: Collection[str]) -> None:
        self._housekeeping.lost(cameras)
        self._ready()

    def _taken_over(self, reason: str) -> None:
        self._superseded = reason
        self.request_stop()
        self._notify()

    def _replays(self, camera: str) -> bool:
        """Whether a camera's past will be read again from its start."""
        settings = self.config.cameras.get(camera)
        return settings is not None and is_recording(camera, settings)
