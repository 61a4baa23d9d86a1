import pytest

from secondsight.clock import ManualClock
from secondsight.sentinel.models.store import ModelStore
from tests.sentinel.models.material import detector_file


@pytest.fixture
def file(tmp_path):
    return detector_file(tmp_path / "mine.onnx")


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models", clock=ManualClock())
