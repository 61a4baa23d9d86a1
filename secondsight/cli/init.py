"""`secondsight init`: a first, commented site file, of all keys or for one kind of place."""

import re
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from secondsight.cli.output import say
from secondsight.errors import ConfigError


class Pack(StrEnum):
    """Kinds of places that have rules of their own."""

    METRO = "metro"
    INDUSTRIAL = "industrial"
    RETAIL = "retail"
    MOTORWAY = "motorway"


_ENVIRONMENT = """\
# Copy this file to .env beside site.yaml, and keep it to yourself: it is the place for passwords and keys.
# A line is NAME=value; quotes are allowed. Variables of the process overrule the ones written here.

"""


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to write site.yaml and .env.example into.")],
    pack: Annotated[
        Pack | None,
        typer.Option(help="Zones, rules and models for such a place (default: every key there is)."),
    ] = None,
) -> None:
    """Write a commented site.yaml and a .env example. Never overwrites."""
    site, environment = _default() if pack is None else packed(pack)
    files = {folder / "site.yaml": site, folder / ".env.example": environment}
    for target in files:
        if target.exists():
            raise ConfigError(
                "exists already and is left as it is; name another folder or remove it", file=str(target)
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for target, text in files.items():
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=str(folder)) from None
    say(f"wrote {folder / 'site.yaml'} and {folder / '.env.example'}")
    say(f"next: edit the cameras and zones, then `secondsight check {folder / 'site.yaml'}`")


def _default() -> tuple[str, str]:
    return _template("site.yaml"), _template("env.example")


def packed(pack: Pack) -> tuple[str, str]:
    """The site file of a pack, and an environment with the variables that it names."""
    site = _template(f"packs/{pack}.yaml") + _template("packs/models.yaml")
    names = re.findall(r"\$\{(\w+):-", site)
    return site, _ENVIRONMENT + "".join(
        f"#{name}=rtsp://user:password@192.168.0.{10 + i}/stream1\n" for i, name in enumerate(names)
    )


def _template(name: str) -> str:
    folder = resources.files("secondsight.config") / "templates"
    return folder.joinpath(name).read_text(encoding="utf-8")
