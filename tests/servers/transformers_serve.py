"""`transformers serve`, the library's own OpenAI-compatible server, as a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def transformers_serve(checkpoint: Path, folder: Path, patience: float = 150.0) -> Iterator[str]:
    """The base URL of a server that has `checkpoint` loaded; it is ended on leaving.

    Args:
        folder: for its log and its cache, which stays empty.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "hub").mkdir(parents=True)
    log = folder / "server.log"
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(checkpoint)]
    options = ["--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder), "OMP_NUM_THREADS": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(command + options, stdout=out, stderr=out, env=environment)
    try:
        until = time.monotonic() + patience
        while not _healthy(port):
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
