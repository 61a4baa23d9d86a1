"""Model files for the tests of the store."""

import hashlib
from pathlib import Path

import numpy as np

from tests.sentinel.graphs import constant_model

LABELS = "hat,cap,none"


def detector_file(path: Path, value: float = 0.0, **options) -> Path:
    """A YOLOv8 of three classes; other values make another hash."""
    table = np.full((1, 7, 126), value, np.float32)
    return constant_model(path, {"output0": table}, shape=(1, 3, 64, 96), **options)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
