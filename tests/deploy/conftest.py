"""A site that is served, as in the tests of `serve`."""

from tests.serve.conftest import clock, data, filled, served, store

__all__ = ["clock", "data", "filled", "served", "store"]
