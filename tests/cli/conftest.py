"""The command line without a new process, for the many small cases: same code, same streams, same exit codes."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from secondsight.cli import main


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


class Command(Protocol):
    """Runs one command line in the test's own folder."""

    def __call__(self, *args: object, models: Path = ...) -> Done: ...


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """An exception that is not a clean exit fails the test, as a traceback would."""
    logger = logging.getLogger("secondsight")
    before = logger.level, logger.propagate

    def run(*args: object, models: Path = Path("/nonexistent")) -> Done:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SECONDSIGHT_MODELS", str(models))
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(sys, "argv", ["secondsight", *map(str, args)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0 if code is None else 1, *capsys.readouterr())

    yield run
    logger.handlers.clear()
    logger.level, logger.propagate = before
