"""`secondsight bundle`: everything that a site needs on a machine without a network, in one folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import counted, say

if TYPE_CHECKING:
    from secondsight.offline import CollectWheels


def bundle(
    site: Annotated[Path, typer.Argument(help="The site file.")] = Path("site.yaml"),
    out: Annotated[Path, typer.Option(help="The folder to make.")] = Path("bundle"),
    extra: Annotated[
        list[str] | None,
        typer.Option(help="An extra of the package that the site file does not show; may be repeated."),
    ] = None,
    wheels: Annotated[
        Path | None, typer.Option(help="Take the wheels from this folder instead of asking pip.")
    ] = None,
) -> None:
    """Prepare a site for a machine without a network: wheels, models, files of the site, docs, hashes.

    Copy the folder there and run `sh install.sh` in it. The machine needs the same Python and processor type. .env is
    not part of it.
    """
    from secondsight import log
    from secondsight.errors import ConfigError
    from secondsight.offline import make_bundle

    log.configure("warning")
    collect = None
    if wheels is not None:
        if not any(wheels.glob("*.whl")):
            raise ConfigError("there are no wheels in it", file=str(wheels), key="--wheels")
        collect = _from(wheels)
    made = make_bundle(site, out, extras=extra or (), collect=collect)
    say(
        f"wrote {made.folder}: {counted(made.files, 'file')}, {made.bytes / 1e6:.0f} MB; models "
        f"{', '.join(made.needs.models)}; extras {', '.join(made.needs.extras) or 'none'}"
    )
    if not made.has_docs:
        say("the documentation is not part of it: it is found in a checkout only", err=True)
    say(f"copy it to the machine, and run `sh {made.folder.name}/install.sh` there")


def _from(wheels: Path) -> "CollectWheels":
    def collect(extras: Sequence[str], folder: Path) -> None:
        for wheel in wheels.glob("*.whl"):
            shutil.copy2(wheel, folder)

    return collect
