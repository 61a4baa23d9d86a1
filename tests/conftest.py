"""Fixtures every room shares: the real videos and models, and the rule about what may be skipped."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

# Before torch is loaded: how many threads it has must not depend on which test of a process came first, and several
# threads in each of five processes are slow. What a test starts inherits it.
os.environ["OMP_NUM_THREADS"] = "1"
# Programs that tests start would else compile the package each time where somebody has switched bytecode off.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import hypothesis
import pytest

from secondsight.masking import KNOWN

pytest_plugins = ["tests.cpu"]

ROOT = Path(__file__).parents[1]
"""The project's folder: the package, the documentation, the benches."""
_DEFAULT_DATA = ROOT.parent / "shared" / "data"

# Each run draws other examples, so a few do; `make test-all` takes `--hypothesis-profile=many`. Examples take longer
# on a busy machine; that is no failure.
for _profile, _examples in (("few", 12), ("many", 200)):
    hypothesis.settings.register_profile(
        _profile,
        deadline=None,
        max_examples=_examples,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
hypothesis.settings.load_profile("few")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how to get the same order of tests again: `-q` hides the line that pytest-randomly has for it."""
    seed = config.getoption("randomly_seed", None)
    if seed is not None:
        terminalreporter.write_line(f"random order of tests: --randomly-seed={seed}")


def require(condition: object, reason: str) -> None:
    """Skip the test unless `condition` holds. In CI nothing may be missing: there it fails instead."""
    if condition:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing in CI: {reason}")
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _nothing_secret_yet() -> None:
    """What one test plants as a secret is none in the next."""
    KNOWN.forget()


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """A command that a test runs in this process sets up the log; the next test gets it as it was."""
    logger = logging.getLogger("secondsight")
    handlers, level, propagate = logger.handlers[:], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.propagate = handlers, propagate
    logger.setLevel(level)  # not by assignment: loggers below remember what was enabled


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder with the real videos and models (../shared/data, or SECONDSIGHT_TEST_DATA)."""
    folder = Path(os.environ.get("SECONDSIGHT_TEST_DATA", _DEFAULT_DATA))
    require(folder.is_dir(), f"real test data absent: {folder}; set SECONDSIGHT_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def models_dir(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with both real models, `yolox-nano` and `fastestdet`."""
    from secondsight.sentinel import ModelStore

    folder = tmp_path_factory.mktemp("models")
    store = ModelStore(folder)
    store.add(data_dir / "models" / "yolox_nano.onnx", "yolox-nano", "yolox", "coco")
    store.add(data_dir / "models" / "fastestdet.onnx", "fastestdet", "fastestdet", "coco")
    return folder


@pytest.fixture(scope="session")
def shorts(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one.mp4, two.mp4 and three.mp4: 12 s each, one person walks in and stays to the end."""
    from tests.site.sites import cut

    folder = tmp_path_factory.mktemp("shorts")
    whole = data_dir / "videos" / "one-by-one-person-detection.mp4"
    for name, begin in (("one", 3), ("two", 70), ("three", 120)):
        cut(whole, folder / f"{name}.mp4", begin, begin + 12, "2026-01-02T03:04:05Z")
    return folder
