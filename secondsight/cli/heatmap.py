"""`secondsight heatmap`: where people have been for how long, drawn over a picture of the camera."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import say
from secondsight.cli.stores import DataOfSite, SiteFile, StoreUrl, run_place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondsight.store import Store


def heatmap(
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="Its name in the site file.")],
    data: DataOfSite = None,
    out: Annotated[Path | None, typer.Option(help="The PNG to write (default: CAMERA-heat.png).")] = None,
    site: SiteFile = None,
    since: Annotated[
        str | None, typer.Option(help="Minutes from this time on: ISO 8601, or 2h, 7d for ago.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Minutes before this time; written like --since.")] = None,
    store_url: StoreUrl = None,
) -> None:
    """Draw a heat map from rules with `heat: true`. Overwrites the PNG."""
    from datetime import UTC, datetime

    from secondsight import log
    from secondsight.cli.events import parse_time
    from secondsight.errors import ConfigError
    from secondsight.media import write_atomic
    from secondsight.site import draw_heat, heat_of, png_bytes

    log.configure("error")
    now, place = datetime.now(UTC), run_place(site, data, store_url)
    camera = place.camera(camera) or camera
    with place.open() as store:
        counters = store.observations.counters(
            camera=camera,
            since=parse_time(since, now, "--since", place.zone),
            until=parse_time(until, now, "--until", place.zone),
        )
        grid = heat_of(counters)
        if not grid.any():
            raise ConfigError(
                f"no heat has been noted of {camera}; give a counting rule of this camera `zone` and `heat: true`"
            )
        picture = _picture(camera, site or Path("site.yaml"), store, place.data)
    target = out or Path(f"{camera}-heat.png")
    write_atomic(target, png_bytes(draw_heat(picture, grid)), min_free=0)
    say(f"wrote {target}: {grid.sum() / 60:.1f} minutes of presence")


def _picture(camera: str, site: Path, store: "Store", data: Path) -> "NDArray[np.uint8]":
    """A picture of the camera: from its source, else of its newest event.

    Raises:
        ConfigError: neither is there.
    """
    import cv2
    import numpy as np

    from secondsight.config import load_site
    from secondsight.errors import ConfigError
    from secondsight.media import snapshot

    if site.is_file():
        config = load_site(site)
        if camera in config.cameras:
            return snapshot(camera, config.cameras[camera])
    for event in reversed(store.events.find(camera=camera)):
        for frame in event.key_frames:
            picture = cv2.imread(str(data / frame.path))
            if picture is not None:
                return np.asarray(picture, dtype=np.uint8)
    raise ConfigError(f"there is no picture of {camera}: name the site file with --site")
