"""Brains on tiny checkpoints, made once for all tests. Their libraries are loaded when a test first asks for one."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from secondsight.clock import SystemClock
from secondsight.records import Call

if TYPE_CHECKING:
    from secondsight.brain.backends.transformers.backend import TransformersBrain
    from tests.brain.vlms import Brains, Folders


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> "Folders":
    """Folder of a checkpoint by its name, made once."""
    from tests.brain.vlms import MAKERS

    made: dict[str, Path] = {}
    root = tmp_path_factory.mktemp("checkpoints")

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = MAKERS[name](root / name)
        return made[name]

    return folder


@pytest.fixture
def brains(folders: "Folders") -> "Brains":
    """A brain by the name of its checkpoint."""
    from secondsight.brain.backends.transformers.backend import TransformersBrain
    from tests.brain.vlms import settings

    def brain(
        name: str, book: Callable[[Call], None] = lambda _: None, **changes: Any
    ) -> "TransformersBrain":
        return TransformersBrain(settings(folders(name), **changes), SystemClock(), book)

    return brain
