"""Loading a model for the backend `transformers`: from a folder, from the hub if allowed, or a clear error."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from secondsight.brain import make_reviewer
from secondsight.brain.backends.transformers.backend import TransformersBrain
from secondsight.brain.backends.transformers.loading import find
from secondsight.clock import SystemClock
from secondsight.errors import ModelError
from tests.brain.samples import review_request
from tests.brain.vlms import Brains, Folders, settings


def test_a_folder_is_never_looked_up_anywhere(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folders("qwen2.5-vl")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    loop = asyncio.new_event_loop()  # it wakes itself through a pair of sockets of its own
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    for name in ("socket", "create_connection", "getaddrinfo", "socketpair"):
        monkeypatch.setattr(socket, name, refuse)
    try:
        made = make_reviewer(settings(folder, guard={"picture": False}), SystemClock())
        assert made is not None
        assert not made.remote
        assert loop.run_until_complete(made.review(review_request())).probability is not None
        loop.run_until_complete(made.close())
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ("./nowhere", "no such folder with a vision-language model: ./nowhere"),
        ("one-word", "written as owner/name"),
        ("/", "/ has no config.json"),
    ],
)
def test_a_model_that_is_not_there_is_said(model: str, problem: str) -> None:
    with pytest.raises(ModelError, match=problem):
        find(model)


@pytest.mark.slow
def test_a_name_of_the_hub_is_looked_up_there_only_if_allowed(tmp_path: Path) -> None:
    """The library reads HF_HUB_OFFLINE when it is first loaded, hence the process of its own."""
    code = (
        "from secondsight.brain.backends.transformers.loading import load\n"
        "from secondsight.config import Brain\n"
        "from secondsight.errors import ModelError\n"
        "try: load(Brain.model_validate({'backend': 'transformers', 'model': 'nobody/nothing'}))\n"
        "except ModelError as error: print(error)\n"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120, check=True
    )
    assert done.stdout.startswith("nobody/nothing cannot be used as a vision-language model: ")


def spoil_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"nothing")


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()


def another_kind(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "bert"}')


def no_json(folder: Path) -> None:
    (folder / "config.json").write_text("<html>")


@pytest.mark.parametrize("spoil", [spoil_weights, no_weights, no_tokenizer, another_kind, no_json])
def test_a_folder_that_cannot_be_used_is_said(
    folders: Folders, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    folder = tmp_path / "spoilt"
    shutil.copytree(folders("qwen2.5-vl"), folder)
    spoil(folder)
    with pytest.raises(ModelError, match=r"spoilt cannot be used as a vision-language model: ."):
        TransformersBrain(settings(folder), SystemClock())


def test_a_device_that_is_not_there_is_said(brains: Brains) -> None:
    with pytest.raises(ModelError, match=r"brain.device: abacus cannot be used here: "):
        brains("blip-2", device="abacus")


def test_without_the_libraries_the_extra_is_named(
    brains: Brains, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders("blip-2")  # making it needs the libraries
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match=r"pip install 'secondsight\[local-brain\]'"):
        brains("blip-2")
