"""The command line without a new process, in the test's own folder."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.site.sites import secondsight

Command = Callable[..., "subprocess.CompletedProcess[str]"]
"""Takes the words of a command line, and `models=` the folder of models."""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return partial(secondsight, cwd=tmp_path)
