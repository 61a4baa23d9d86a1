"""`secondsight init`: a first, commented site file."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from secondsight.errors import ConfigError


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to write site.yaml and .env.example into.")],
) -> None:
    """Write a commented site.yaml and a .env example. Never overwrites."""
    templates = resources.files("secondsight.config") / "templates"
    files = {folder / "site.yaml": "site.yaml", folder / ".env.example": "env.example"}
    for target in files:
        if target.exists():
            raise ConfigError(
                "exists already and is left as it is; name another folder or remove it", file=str(target)
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for target, name in files.items():
            target.write_text((templates / name).read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=str(folder)) from None
    typer.echo(f"wrote {folder / 'site.yaml'} and {folder / '.env.example'}")
    typer.echo(f"next: edit the cameras and zones, then `secondsight check {folder / 'site.yaml'}`")
