"""A memory limit set by the user ends the program with words, and ends it."""

import logging
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from secondsight.errors import OUT_OF_MEMORY, ModelError, out_of_memory
from secondsight.log import configure
from tests.site.sites import environment, site_file


@pytest.mark.parametrize("megabytes", [200, pytest.param(500, marks=pytest.mark.slow), 900])
def test_a_memory_limit_ends_the_program_with_words(megabytes: int, shorts: Path, tmp_path: Path) -> None:
    path = site_file(tmp_path, {"hall": shorts / "one.mp4"}, sentinel={"model": "city-nano"})
    limit = megabytes * 1_000_000

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-m", "secondsight", "run", str(path), "--once"],
        env=environment(tmp_path / "models"),
        capture_output=True,
        text=True,
        timeout=180,
        preexec_fn=limited,
    )
    assert done.returncode == 1, done.stderr
    assert OUT_OF_MEMORY in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("error", "lacking"),
    [
        (MemoryError(), True),
        (OSError(12, "Cannot allocate memory"), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("can't start new thread"), True),
        (ImportError("libx.so: failed to map segment from shared object"), True),
        (RuntimeError("model cannot be compiled: can't alloc"), True),
        (RuntimeError("allocated"), False),
        (OSError(28, "No space left on device"), False),
    ],
    ids=str,
)
def test_what_is_a_lack_of_memory(error: Exception, lacking: bool) -> None:
    assert out_of_memory(error) is lacking
    wrapped = ModelError("the model cannot be opened")
    wrapped.__context__ = error
    assert out_of_memory(wrapped) is lacking


def test_a_log_line_has_words_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:

    handler = configure("info", stream=sys.stderr)
    try:
        raise MemoryError
    except MemoryError:
        logging.getLogger("secondsight.test").exception("camera failed")
    finally:
        logging.getLogger("secondsight").removeHandler(handler)
    said = capsys.readouterr().err
    assert "not enough memory" in said
    assert "Traceback" not in said
