"""What differs between two readings of a site file: what a running site takes over, and what waits for its next
start.
"""

from dataclasses import dataclass

from secondsight.config.rules import Rule
from secondsight.config.sections.site import CameraSettings, SiteConfig

_AT_ONCE = ("cameras", "rules")
"""Sections that a running site takes over."""


@dataclass(frozen=True, slots=True)
class SiteDifference:
    """What differs between the configuration that a site runs with and another.

    Attributes:
        cameras: added, removed, with other settings, or watched by other rules.
        restart: sections that a running site does not take over, such as `brain`.
    """

    cameras: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()


def difference(old: SiteConfig, new: SiteConfig) -> SiteDifference:
    """Compare two configurations of one site.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.config import difference, make_site
        >>> hall, yard, gate = ({"source": f"{name}.mp4"} for name in ("hall", "yard", "gate"))
        >>> old = make_site({"cameras": {"hall": hall, "yard": yard}}, Path())
        >>> new = make_site({"cameras": {"hall": hall, "gate": gate}}, Path())
        >>> difference(old, new).cameras
        ('yard', 'gate')
    """
    names = dict.fromkeys([*old.cameras, *new.cameras])
    return SiteDifference(
        tuple(name for name in names if _watched(old, name) != _watched(new, name)),
        tuple(
            section
            for section in SiteConfig.model_fields
            if section not in _AT_ONCE and getattr(old, section) != getattr(new, section)
        ),
    )


def _watched(config: SiteConfig, camera: str) -> tuple[CameraSettings, dict[str, Rule]] | None:
    """A camera's settings with the rules that watch it; None if there is no such camera."""
    if camera not in config.cameras:
        return None
    return config.cameras[camera], config.rules_of(camera)
