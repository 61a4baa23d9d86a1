"""Serves a site: opens its database, binds an address, and runs uvicorn in a thread that ends within seconds."""

import asyncio
import logging
import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from secondsight.ask import CountingProcess
from secondsight.clock import Clock, SystemClock
from secondsight.config import ServeSettings, SiteConfig, SiteFile
from secondsight.errors import ConfigError
from secondsight.log import fields
from secondsight.serve.app import make_app
from secondsight.serve.auth.authenticator import Authenticator, is_loopback
from secondsight.serve.feed import StepFeed
from secondsight.serve.patience import PatientProtocol
from secondsight.serve.site import LiveState, NotHere, ServedSite
from secondsight.store import DATABASE, Store

_log = logging.getLogger(__name__)

_START, _END = 20.0, 5.0
"""Seconds that the server may take to begin and to end."""
_GRACE = 1
"""Seconds that answers under way get when it ends."""
_MOST_CONNECTIONS = 512


class ApiServer:
    """The HTTP server of one site; a context manager that serves until it is left.

    Args:
        settings: where to listen, and whom to believe.
        data: the data folder; a run must have made its database.
        config: the site file, if there is one: cameras, budgets and the site's name.
        store_url: of the database; SQLite in the data folder if absent.
        site_file: where `config` was read; pages and API may change it.
        live: what the site is doing, if it runs in this process.
        clock: the machine's by default.

    Raises:
        ConfigError: on entering: another address than this machine's without users, an address that is taken, files
            for TLS that cannot be used.
        StoreError: on entering: there is no database, or none of this program's version.
    """

    def __init__(
        self,
        settings: ServeSettings,
        data: Path,
        *,
        config: SiteConfig | None = None,
        store_url: str | None = None,
        site_file: Path | None = None,
        live: LiveState | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings, self._data, self._config = settings, data, config
        self._url, self._live, self._clock = store_url, live or NotHere(), clock or SystemClock()
        self._file = site_file
        self._stack = ExitStack()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where it can be reached."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return f"{'https' if self._settings.tls else 'http'}://{host}:{self.port}"

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._stack.close()

    def stop(self) -> None:
        """Stop serving; ends streams and, after a moment, answers under way."""
        if self._thread is None:
            return
        self._server.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(self._site.feed.close(), self._loop)
        self._thread.join(_END)
        self._thread = None

    def _open(self) -> None:
        settings = self._settings
        # Proves that there is a database of this version before it is opened for writing, which would make one.
        where = self._url or self._data / DATABASE
        Store.open(where, read_only=True).close()
        store = self._stack.enter_context(Store.open(where, self._clock))
        counting = CountingProcess(where)
        self._stack.callback(counting.close)
        local = is_loopback(settings.host)
        if not local and not store.accounts.any():
            raise ConfigError(
                "without users only this machine may be served: add one (`secondsight users add NAME --role admin`), "
                "or listen on 127.0.0.1",
                key="serve.host",
            )
        self._site = ServedSite(
            store=store,
            data=self._data,
            settings=settings,
            clock=self._clock,
            authenticator=Authenticator(store, self._clock, settings, local=local),
            feed=StepFeed(store.steps.last, settings.streams),
            site_config=self._config,
            live=self._live,
            file=None if self._file is None else SiteFile(self._file, self._clock),
            counting=counting,
        )
        self._stack.callback(self._site.trials.stop)
        listening = self._stack.enter_context(_bound(settings))
        self.port = listening.getsockname()[1]
        self._server = uvicorn.Server(self._uvicorn())
        self._thread = threading.Thread(target=self._serve, args=[listening], name="serve", daemon=True)
        self._thread.start()
        self._wait_until_started()
        about = fields(url=self.url, users=not self._site.authenticator.without_users())
        _log.info("serving", extra=about)
        if not local and settings.tls is None and not settings.proxies:
            _log.warning("passwords travel unencrypted: set serve.tls, or serve.proxies for a reverse proxy")

    def _uvicorn(self) -> uvicorn.Config:
        tls = self._settings.tls
        config = uvicorn.Config(
            make_app(self._site),
            http=PatientProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=True,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=_GRACE,
            ssl_certfile=str(tls.certificate) if tls else None,
            ssl_keyfile=str(tls.key) if tls else None,
        )
        try:
            config.load()
        except OSError as error:  # ssl.SSLError is one
            raise ConfigError(
                f"certificate or key cannot be used: {error.strerror or error}", key="serve.tls"
            ) from None
        return config

    def _serve(self, listening: socket.socket) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve([listening])

        try:
            asyncio.run(serve())
        except Exception:
            _log.exception("the server has ended")

    def _wait_until_started(self) -> None:
        waited = threading.Event()
        for _ in range(round(_START / 0.02)):
            if self._server.started or self._thread is None or not self._thread.is_alive():
                break
            waited.wait(0.02)
        if not self._server.started:
            raise ConfigError("the server did not start; the log says why", key="serve")


def _bound(settings: ServeSettings) -> socket.socket:
    """A socket that listens. Raises ConfigError."""
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(256)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror or error}; choose another with "
            "`serve.port`",
            key="serve",
        ) from None
    return listening
