"""`secondsight zones`: what is configured for a camera, drawn over a picture of it."""

from pathlib import Path
from typing import Annotated

import typer

from secondsight.cli.output import say


def zones(
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="Its name in the site file.")],
    site: Annotated[Path, typer.Option(help="The site file.")] = Path("site.yaml"),
    out: Annotated[Path | None, typer.Option(help="The PNG to write (default: CAMERA-zones.png).")] = None,
) -> None:
    """Draw zones, lines, masks and the ground's metres over a picture of a camera. Overwrites the PNG."""
    from secondsight import log
    from secondsight.config import load_site, suggestion
    from secondsight.errors import ConfigError
    from secondsight.media import snapshot, write_atomic
    from secondsight.site import draw_plan, png_bytes

    log.configure("error")
    config = load_site(site)
    if camera not in config.cameras:
        raise ConfigError(f"no camera has this name; {suggestion(camera, config.cameras)}", file=str(site))
    target = out or Path(f"{camera}-zones.png")
    picture = snapshot(camera, config.cameras[camera])
    write_atomic(target, png_bytes(draw_plan(picture, config.cameras[camera])), min_free=0)
    say(f"wrote {target}")
