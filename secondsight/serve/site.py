"""What is served: one site's store and data folder, who may see it, and what is known of it at this moment."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from secondsight.ask import Counting, Questions, RuleReading, RuleRefusal, Vocabulary
from secondsight.brain import Transcript
from secondsight.clock import Clock
from secondsight.config import ServeSettings, SiteConfig, SiteDifference, SiteFile, read_environment
from secondsight.errors import ConfigError, RefusedError
from secondsight.event_words import Language
from secondsight.find import FindVerifier
from secondsight.serve.auth.authenticator import Authenticator
from secondsight.serve.feed import Places, StepFeed
from secondsight.serve.pictures import CameraPictures
from secondsight.serve.trials import Trials
from secondsight.site import (
    BrainAccount,
    SiteStatus,
    hear_question,
    make_find_verifier,
    make_questions,
    read_sentence,
)
from secondsight.store import Store

Environment = Mapping[str, str] | None
_VIEWERS = 16
"""Live videos that are sent at a time."""


class RunningSite(Protocol):
    """A site that runs in this process; `Site` is one."""

    @property
    def config(self) -> SiteConfig:
        """What it runs with."""
        ...

    def status(self) -> SiteStatus:
        """What it is doing; may take a moment."""
        ...

    def apply(self, config: SiteConfig) -> SiteDifference:
        """Take over other cameras and rules. Raises SecondSightError."""
        ...

    @property
    def account(self) -> BrainAccount:
        """What all users of its brain pay from."""
        ...


class LiveState(Protocol):
    """What a site is doing at this moment, as far as known. All of it is None where the site runs elsewhere, or not
    at all."""

    @property
    def config(self) -> SiteConfig | None:
        """What the site runs with."""
        ...

    def status(self) -> SiteStatus | None:
        """The site's status. Returns at once."""
        ...

    def apply(self, config: SiteConfig) -> SiteDifference | None:
        """Let the site take over other cameras and rules. Takes seconds. Raises SecondSightError."""
        ...

    @property
    def account(self) -> BrainAccount | None:
        """What all users of the site's brain pay from."""
        ...


class NotHere:
    """Of a site that runs in another process: nothing is known but what it writes to its database."""

    @property
    def config(self) -> SiteConfig | None:
        return None

    def status(self) -> SiteStatus | None:
        return None

    def apply(self, config: SiteConfig) -> SiteDifference | None:
        return None

    @property
    def account(self) -> BrainAccount | None:
        return None


class RunningHere:
    """Of a site that runs in this process; its status is asked for once a second at most."""

    def __init__(self, site: RunningSite, clock: Clock) -> None:
        self._site, self._clock = site, clock
        self._lock = threading.Lock()
        self._known: SiteStatus | None = None
        self._until = float("-inf")

    @property
    def config(self) -> SiteConfig | None:
        return self._site.config

    def apply(self, config: SiteConfig) -> SiteDifference | None:
        return self._site.apply(config)

    @property
    def account(self) -> BrainAccount | None:
        return self._site.account

    def status(self) -> SiteStatus | None:
        with self._lock:
            if self._known is None or self._clock.monotonic() >= self._until:
                self._known = self._site.status()
                self._until = self._clock.monotonic() + 1.0
            return self._known


@dataclass(slots=True)
class KeptQuestions:
    """What answers questions: made anew where site, environment or account are others, since to read the names of a
    site takes more time than to read a question."""

    _made: tuple[SiteConfig, Environment, BrainAccount | None, Questions] | None = None

    def get(
        self,
        config: SiteConfig,
        environ: Environment,
        account: BrainAccount | None,
        make: Callable[[SiteConfig, Environment, BrainAccount | None], Questions],
    ) -> Questions:
        """The one of now. Raises what `make` does."""
        made = self._made
        if made is None or made[0] is not config or made[1] != environ or made[2] is not account:
            made = self._made = (config, environ, account, make(config, environ, account))
        return made[3]


@dataclass(frozen=True, slots=True)
class ServedSite:
    """Everything that the functions of `serve.access` work on.

    Attributes:
        site_config: the site file as it was read; None where only a data folder was named.
        store: a handle of its own; the frame path never waits for what is asked here.
        feed: wakes those who follow the steps of events.
        file: the site file, to be changed; None where only a data folder was named.
        pictures: of cameras as they are now.
        trials: of rules, on what was recorded.
        viewers: places of those who see live video.
        counting: what executes the plans of questions; the thread that asks by default.
        asked: keeps what answers questions.
    """

    store: Store
    data: Path
    settings: ServeSettings
    clock: Clock
    authenticator: Authenticator
    feed: StepFeed
    site_config: SiteConfig | None = None
    live: LiveState = field(default_factory=NotHere)
    file: SiteFile | None = None
    pictures: CameraPictures = field(default_factory=CameraPictures)
    trials: Trials = field(default_factory=Trials)
    viewers: Places = field(default_factory=lambda: Places(_VIEWERS))
    counting: Counting | None = None
    asked: KeptQuestions = field(default_factory=KeptQuestions)

    @property
    def config(self) -> SiteConfig | None:
        """What the site runs with, as far as known."""
        return self.live.config or self.site_config

    def questions(self) -> Questions:
        """What answers questions about it. Raises StoreError, ConfigError."""
        if self.config is None:
            names = Vocabulary.of_store(self.store)
            return Questions(self.store, names, clock=self.clock, data=self.data, counting=self.counting)
        return self.asked.get(self.config, self._environ(), self.live.account, self._make_questions)

    def _make_questions(
        self, config: SiteConfig, environ: Environment, account: BrainAccount | None
    ) -> Questions:
        return make_questions(config, self.store, self.clock, environ, account, self.counting)

    def find_verifier(self) -> FindVerifier | None:
        """What has the large model look at finds; None where the site has none. Raises StoreError, ConfigError."""
        if self.config is None:
            return None
        return make_find_verifier(self.config, self.store, self.clock, self._environ(), self.live.account)

    def sentence(self, text: str) -> RuleReading | RuleRefusal:
        """What a sentence asks to watch for. Raises RefusedError without a site file, StoreError."""
        if self.config is None:
            raise RefusedError("no site file is known; serve the site with its file", unknown=True)
        return read_sentence(text, self.config, self.store, self.clock, self._environ(), self.live.account)

    def transcript(self, recording: Path, language: Language | None) -> Transcript:
        """What is said in a recording, by the site's section `voice`, which there must be.

        Raises:
            SourceError: it cannot be read as sound, or is too long.
            BrainError, ConfigError, ModelError, StoreError: it cannot be heard now.
        """
        config = self.config
        if config is None:
            raise ConfigError("the site file has no section `voice`", key="voice")
        return hear_question(
            config, self.store, self.clock, recording, language, self._environ(), self.live.account
        )

    def _environ(self) -> dict[str, str] | None:
        """Where API keys are looked up."""
        return None if self.file is None else read_environment(self.file.path.parent)

    @property
    def name(self) -> str:
        """The site's name."""
        return self.config.site.name if self.config is not None else self.data.resolve().name

    def title_of(self, camera: str) -> str:
        """What people call a camera; its name where no site file is known."""
        return self.config.title_of(camera) if self.config is not None else camera
