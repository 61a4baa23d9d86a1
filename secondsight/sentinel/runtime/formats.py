"""The files that a model consists of: one, or two in OpenVINO's own form (IR): its graph and its weights."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from secondsight.errors import ModelError

ONNX, IR, TFLITE = ".onnx", ".xml", ".tflite"
MAKERS = {ONNX: "ONNX", IR: "OpenVINO", TFLITE: "TensorFlow Lite"}
"""Whose form a file has, by its ending."""
_WEIGHTS = ".bin"
_CHUNK = 2**20


def form_of(path: Path) -> str:
    """How a copy of a model's file is to end, so that runtimes know what it is."""
    ending = path.suffix.lower()
    return ending if ending in MAKERS else ONNX


def files_of(path: Path) -> tuple[Path, ...]:
    """All files of the model at `path`, itself first."""
    return (path, path.with_suffix(_WEIGHTS)) if form_of(path) == IR else (path,)


def check_files(path: Path) -> None:
    """Raise ModelError where a file of the model is not there."""
    missing = next((file for file in files_of(path) if not file.is_file()), None)
    if missing == path:
        raise ModelError(f"no such model file: {path}")
    if missing is not None:
        raise ModelError(
            f"{path.name} is the graph of an OpenVINO model; its weights, {missing.name}, are not beside it: "
            "put both files into one folder"
        )


def copy_files(source: Path, target: Path) -> None:
    """Copy a model's files; those of `target` are named after it."""
    for file, copy in zip(files_of(source), files_of(target), strict=True):
        copy.unlink(missing_ok=True)
        shutil.copyfile(file, copy)


def move_files(source: Path, target: Path) -> None:
    """Move a model's files within a disk; the one that names the model comes last, when all is there."""
    for file, place in reversed([*zip(files_of(source), files_of(target), strict=True)]):
        file.replace(place)


def remove_files(path: Path) -> None:
    """Remove a model's files, as far as they are there."""
    for file in files_of(path):
        file.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Bytes of a model's files."""
    return sum(file.stat().st_size for file in files_of(path))


def sha256_of(path: Path) -> str:
    """SHA-256 over a model's files, one after the other, lower-case hexadecimal."""
    digest = hashlib.sha256()
    for file in files_of(path):
        with file.open("rb") as content:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
