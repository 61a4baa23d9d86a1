"""A site with a store, and events that are told of."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import SiteConfig, make_site
from secondsight.store import Store
from tests.serve.alerts.life import Life

RULES = {
    "night": {"behaviour": "intrusion", "zone": "frame"},
    "fallen": {"behaviour": "fall", "zone": "frame"},
}


@pytest.fixture
def make_config(tmp_path: Path) -> Callable[..., SiteConfig]:
    """Makes the config of a site with cameras `hall` and `yard`, rules `night` and `fallen`, and these channels."""

    def make(channels: dict[str, Any] | None = None, **sections: Any) -> SiteConfig:
        values = {
            "site": {"name": "Depot 7"},
            "cameras": {"hall": {"source": "x"}, "yard": {"source": "y"}},
            "rules": RULES,
            "alerts": channels or {},
            **sections,
        }
        return make_site(values, tmp_path)

    return make


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of those sites."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    with Store.open(data, patience=10.0) as opened:
        yield opened


@pytest.fixture
def life(store: Store) -> Life:
    return Life(store)
