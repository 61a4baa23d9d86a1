"""Which model the sentinel looks with: the bundle that was promoted last, or the one that the site file names."""

import logging
from pathlib import Path

from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.errors import ModelError, StoreError
from secondsight.learn import BundleState, LearnCatalogue, model_of, production
from secondsight.log import fields
from secondsight.sentinel import InstalledModel, ModelStore

_log = logging.getLogger(__name__)


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
