"""A site with a store, as for alerts."""

from tests.serve.alerts.conftest import data, life, make_config, store

__all__ = ["data", "life", "make_config", "store"]
