"""A site without a site file, for a first try: some videos, one rule."""

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from secondsight.config import SiteConfig, make_site
from secondsight.errors import ConfigError

_RULES = ("intrusion", "loitering", "line_crossing")


def quick_config(
    videos: Sequence[str],
    *,
    data: Path,
    rule: str = "intrusion",
    model: str = "yolox-nano",
    classes: Sequence[str] = ("person",),
    zone: str | None = None,
    line: str | None = None,
) -> SiteConfig:
    """Make a site with one camera for each video, named after it, and one rule on all of them.

    Args:
        videos: files, or URLs of streams.
        data: folder for the database and clips.
        rule: `intrusion`, `loitering` or `line_crossing`.
        model: name of the detector in the model store.
        classes: names of the objects that count.
        zone: polygon as `x1,y1,x2,y2,...`, relative; the whole picture if None.
        line: segment as `x1,y1,x2,y2`, relative; the upright middle of the picture if None.

    Returns:
        The site.

    Raises:
        ConfigError: naming the option that is wrong.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.site import quick_config
        >>> config = quick_config(["videos/front door.mp4"], data=Path("data"), rule="line_crossing")
        >>> list(config.cameras), config.rules["line-crossing"].line
        (['front-door'], 'line')
    """
    if rule not in _RULES:
        near = difflib.get_close_matches(rule, _RULES, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(_RULES)}"
        raise ConfigError(f"no rule is called `{rule}`; {hint}", key="--rule")
    settings: dict[str, Any] = {"behaviour": rule, "classes": tuple(classes)}
    camera: dict[str, Any] = {}
    if rule == "line_crossing":
        settings["line"] = "line"
        camera["lines"] = {"line": {"coordinates": line or "0.5,1,0.5,0"}}
    elif zone is None:
        settings["zone"] = "frame"
    else:
        settings["zone"] = "zone"
        camera["zones"] = {"zone": {"coordinates": zone}}
    cameras = {name: {"source": video, **camera} for name, video in zip(_names(videos), videos, strict=True)}
    values = {
        "data": str(data.resolve()),
        "cameras": cameras,
        "rules": {rule.replace("_", "-"): settings},
        "sentinel": {"model": model},
    }
    try:
        return make_site(values, Path.cwd())
    except ConfigError as error:
        key = error.key or ""
        option = next((f"--{name}" for name in ("line", "zone") if f".{name}s." in key), error.key)
        raise ConfigError(error.problem, key=option) from None


def _names(videos: Sequence[str]) -> list[str]:
    """A valid, distinct camera name for each video."""
    names: list[str] = []
    for video in videos:
        tail = video.split("?")[0].rstrip("/").rsplit("/", 1)[-1].rsplit("@", 1)[-1]
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(tail).stem).strip("-_")[:56] or "camera"
        name, number = stem, 2
        while name in names:
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return names
