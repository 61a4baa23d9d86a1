"""A real PostgreSQL of the tests' own: fresh cluster, own folder, own port, gone afterwards.

    with PostgresServer() as server:
        url = server.create("mine")            # postgresql://tester:...@127.0.0.1:54321/mine

Needs the server's programs (Debian: `postgresql`). PostgreSQL refuses to run as root: started by root, it
runs as the user `postgres` or `nobody`. `fsync` is off: surviving a loss of power is the server's own affair.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

USER, PASSWORD = "tester", "pa:ss/w@rd s3cret"
PASSWORD_IN_URL = "pa%3Ass%2Fw%40rd%20s3cret"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "log_min_messages": "warning",
}


def postgres_programs() -> Path | None:
    """Folder of initdb and postgres, the newest version found; None when not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


class PostgresServer:
    """Runs from construction (`with`) to `close`. Connections need the password, as in the field."""

    def __init__(self) -> None:
        programs = postgres_programs()
        if programs is None:
            raise FileNotFoundError("PostgreSQL's programs (Debian package postgresql)")
        self._programs = programs
        self._as_user = _unprivileged_user()
        self._folder = Path(tempfile.mkdtemp(prefix="ss-pg-", dir="/tmp"))
        try:
            self._initialise()
            self._process, self.port = self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server and remove everything."""
        self._process.send_signal(signal.SIGQUIT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(60)
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def restart(self) -> None:
        """Kill the server with everything it has under way, and start it again on the same port."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)
        self._process, self.port = self._start(self.port)

    @property
    def pid(self) -> int:
        """Of the process whose children are all others."""
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """The URL of a database, password included."""
        return f"postgresql://{USER}:{PASSWORD_IN_URL}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, template: str = "template1") -> str:
        """Create a database as a copy of `template`; its URL."""
        self.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside any transaction."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def _initialise(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if self._as_user:
            for path in (self._folder, secret):
                shutil.chown(path, self._as_user["user"], self._as_user["group"])
        done = subprocess.run(
            [
                *(self._programs / "initdb", "-D", self._folder / "data", "-U", USER, "--pwfile", secret),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            cwd=self._folder,
            capture_output=True,
            text=True,
            **self._as_user,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr[-2000:]}")

    def _start(self, port: int = 0) -> tuple["subprocess.Popen[bytes]", int]:
        log = self._folder / "log"
        for _ in range(5):
            chosen = port or _free_port()
            settings = _SETTINGS | {"port": str(chosen), "unix_socket_directories": str(self._folder)}
            with log.open("ab") as output:
                process = subprocess.Popen(
                    [
                        *(self._programs / "postgres", "-D", self._folder / "data"),
                        *(part for pair in settings.items() for part in ("-c", "=".join(pair))),
                    ],
                    cwd=self._folder,
                    stdout=output,
                    stderr=output,
                    **self._as_user,
                )
            if self._answers(process, chosen):
                return process, chosen
            process.kill()
            process.wait()
        raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")

    def _answers(self, process: "subprocess.Popen[bytes]", port: int) -> bool:
        import psycopg

        until = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < until:
            try:
                psycopg.connect(
                    host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname="postgres"
                ).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False


def _unprivileged_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("run by root, PostgreSQL needs a user `postgres` or `nobody` to run as")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
