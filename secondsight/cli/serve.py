"""`secondsight serve`: the API of a site whose run goes on elsewhere, or has ended."""

import importlib.util
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from secondsight.cli.output import say
from secondsight.cli.stores import StoreUrl
from secondsight.errors import ConfigError

_NEEDED = ("fastapi", "uvicorn", "jinja2", "python_multipart", "prometheus_client")


def serve(
    site: Annotated[
        Path | None, typer.Argument(help="The site file: its data folder, and its section `serve`.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The data folder of the run (default: the site's, or data).")
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on (default: this machine alone).")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on (default: 8410).")
    ] = None,
    store_url: StoreUrl = None,
) -> None:
    """Serve the API until Ctrl-C: events, clips, cases, costs, metrics (docs/api.md)."""
    require_console()
    from secondsight import log
    from secondsight.config import ServeSettings, load_site
    from secondsight.serve import ApiServer

    log.configure("info")
    config = load_site(site) if site is not None else None
    settings = (config.serve if config else None) or ServeSettings()
    given = {"host": host, "port": port}
    settings = settings.model_copy(update={key: value for key, value in given.items() if value is not None})
    folder = data or (config.data if config else Path("data"))
    url = store_url or (config.store.url.get_secret_value() if config and config.store.url else None)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with ApiServer(settings, folder, config=config, store_url=url, site_file=site) as server:
        say(f"serving {server.url}", err=True)
        while not stop.wait(0.5):
            pass


def require_console() -> None:
    """Raises ConfigError if a package that serving needs is missing."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"serving needs {', '.join(missing)}; run `pip install 'secondsight[console]'`", key="serve"
        )
