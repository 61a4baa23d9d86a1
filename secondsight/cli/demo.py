"""`secondsight demo`: the main job on a scene of which everything is known, with what the package holds."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from secondsight.cli.output import Screen, say
from secondsight.cli.serve import require_console
from secondsight.cli.serve import serve as serve_site
from secondsight.errors import ConfigError, SecondSightError


def demo(
    out: Annotated[
        Path, typer.Option(help="Folder for everything that is made; an earlier demo in it goes.")
    ] = Path("demo-out"),
    serve: Annotated[
        bool,
        typer.Option(
            "--serve/--no-serve", help="Then serve it on this machine until Ctrl-C (extra console)."
        ),
    ] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to serve on.")] = 8410,
    seed: Annotated[int, typer.Option(min=0, help="Another scene of the same kind.")] = 0,
) -> None:
    """Film ninety seconds of a simulated platform, watch it, and serve what was found. Needs no file, no network.

    A fall, two look-alikes, a loiterer and a wrong-way walker: first in the clear, then through a dirty lens, then at
    night. Sentinel and brain are the small models that ship (extra clip)."""
    _require_parts(serve, port)
    from secondsight.sim import demo_world, write_city

    out = out.resolve()
    _make_way(out)
    city = out / "city"
    say(f"filming a simulated platform into {city}")
    write_city([demo_world(seed)], city)
    site, data, videos = city / "site.yaml", city / "data", out / "annotated"
    _secondsight("check", site)
    _secondsight("run", site, "--once", "--annotate", videos)
    _secondsight("events", "--data", data, "--html", out / "page", "--videos", videos)
    _secondsight("events", "--data", data)
    _compare(site, city)
    say(f"\nlook at {out / 'page' / 'index.html'} and the video in {videos}")
    if not serve:
        say(f"open it: {_program()} serve {site}, then http://127.0.0.1:8410")
        return
    say("open the console at the address that follows (its events as JSON: /api/v1/events); Ctrl-C ends")
    serve_site(site, port=port)


def _program() -> str:
    """How this command was called."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "secondsight" else "secondsight"


def _require_parts(serve: bool, port: int) -> None:
    """What would be missing minutes later. Raises ConfigError."""
    import importlib.util
    import socket

    if importlib.util.find_spec("tokenizers") is None:
        raise ConfigError(
            "the brain of the demo needs tokenizers; run `pip install 'secondsight[clip,console]'`"
        )
    if not serve:
        return
    require_console()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError(
                f"cannot listen on port {port}: {error.strerror}; choose another", key="--port"
            ) from None


def _make_way(out: Path) -> None:
    """Remove an earlier demo, and nothing else."""
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is a file; name a folder", key="--out")
    if not out.exists() or not any(out.iterdir()):
        return
    if not (out / "city" / "site.yaml").is_file():
        raise ConfigError(
            f"{out} holds something else than an earlier demo; name another folder", key="--out"
        )
    for name in ("city", "annotated", "page"):
        shutil.rmtree(out / name, ignore_errors=True)


def _secondsight(*arguments: object) -> None:
    """Run a command as people do, showing it first."""
    words = [str(one) for one in arguments]
    say(f"\n$ secondsight {' '.join(words)}")
    sys.stdout.flush()
    done = subprocess.run([sys.executable, "-m", "secondsight", *words], check=False)
    if done.returncode:
        raise SecondSightError(f"`secondsight {words[0]}` ended with exit code {done.returncode}; see above")


def _compare(site: Path, city: Path) -> None:
    from secondsight.cli.tables import rich_table
    from secondsight.config import load_site
    from secondsight.measure import collect, evaluate_results, read_folder, things_table

    found = evaluate_results("demo", collect(load_site(site), read_folder(city)), brain=True)
    say("")
    Screen(wide=True).print(rich_table(things_table(found)))
