"""Which model the sentinel looks with: the bundle that was promoted last, or the one that the site file names."""

import logging
import time
from pathlib import Path

from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.errors import ModelError, StoreError
from secondsight.learn import BundleState, LearnCatalogue, model_of, production
from secondsight.log import fields
from secondsight.sentinel import Detector, InstalledModel, ModelStore, Scheduler

_log = logging.getLogger(__name__)

_EVERY = 20.0
"""Seconds between two looks at what is in production; what a former detector has under way takes less."""


def name_production(config: SiteConfig, data: Path, clock: Clock) -> None:
    """See to it that there is a bundle in production, once, before cameras are watched.

    Raises:
        ModelError: the site file's model is not installed.
        StoreError: the index of samples cannot be made.
    """
    if config.learn.enabled:
        with LearnCatalogue(data, make=True) as catalogue:
            production(catalogue, config, clock)


def sentinel_model(config: SiteConfig, data: Path) -> tuple[str, InstalledModel]:
    """Name of the bundle in production, and its model.

    A trained model that is gone or was changed costs its gain and not the site: the site file's model looks instead.

    Raises:
        ModelError: that one cannot be used either.
    """
    if config.learn.enabled:
        try:
            with LearnCatalogue(data) as catalogue:
                bundle = catalogue.in_state(BundleState.PRODUCTION)
            if bundle is not None and bundle.base == config.sentinel.model:
                return bundle.name, model_of(bundle, data, config)
        except (ModelError, StoreError) as error:
            about = fields(error=str(error), model=config.sentinel.model)
            _log.error("the promoted bundle cannot be used; the site file's model looks instead", extra=about)
    return config.sentinel.model, ModelStore(config.models).resolve(config.sentinel.model)


class ProductionModel:
    """The detector of a pipeline. It changes while cameras are watched when another bundle is promoted.

    Attributes:
        bundle: name of the bundle that looks.
        detector: its model.

    Raises:
        ModelError: no model can be used.
    """

    def __init__(self, config: SiteConfig, data: Path) -> None:
        self._config, self._data = config, data
        self.bundle, model = sentinel_model(config, data)
        self.detector = self._open(model)
        self._former: list[Detector] = []
        self._ignored = ""
        self._looked = time.monotonic()

    def refresh(self, scheduler: Scheduler) -> None:
        """Look with what is in production now; may be called often, and loads a model when that has changed."""
        if not self._config.learn.enabled or time.monotonic() - self._looked < _EVERY:
            return
        self._looked = time.monotonic()
        self._close_former()
        bundle, model = sentinel_model(self._config, self._data)
        if bundle in (self.bundle, self._ignored):
            return
        detector = self._open(model)
        if not _alike(detector, self.detector):
            detector.close()
            self._ignored = bundle
            _log.warning(
                "a bundle with another picture goes live at the next start", extra=fields(bundle=bundle)
            )
            return
        scheduler.swap(detector)
        self._former.append(self.detector)
        self.bundle, self.detector = bundle, detector
        _log.info("another bundle looks from now on", extra=fields(bundle=bundle))

    def close(self) -> None:
        """Release the models."""
        self._close_former()
        self.detector.close()

    def _close_former(self) -> None:
        while self._former:
            self._former.pop().close()

    def _open(self, model: InstalledModel) -> Detector:
        sentinel = self._config.sentinel
        return Detector.open(
            model,
            sentinel.runtime,
            sentinel.device,
            flexible=sentinel.regions,
            look_timeout=sentinel.look_timeout,
        )


def _alike(one: Detector, other: Detector) -> bool:
    """Whether pictures prepared for one suit the other, and class numbers mean the same."""
    picture = [(each.size, each.flexible, each.family.pixels.fit, each.labels) for each in (one, other)]
    return picture[0] == picture[1] and one.runtime.slots == other.runtime.slots
