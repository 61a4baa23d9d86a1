"""What can be changed in a site file: a value at a place, as a function from plain values to plain values."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from secondsight.errors import ConfigError, RefusedError

Place = tuple[str, ...]
"""Keys from the top of the file down."""


@dataclass(frozen=True, slots=True)
class SiteEdit:
    """One change.

    Attributes:
        place: keys from the top down, such as `("cameras", "hall", "zones", "door")`.
        value: plain values that shall stand there; None takes the place out.
        merge: of sections: keys that are not given stay, and None takes one out; else they go.
        new: refused if something stands there.
    """

    place: Place
    value: Any
    merge: bool = False
    new: bool = False

    @property
    def name(self) -> str:
        """The place in words, such as `cameras.hall.zones.door`."""
        return ".".join(self.place)


def put_camera(name: str, settings: Mapping[str, Any], *, new: bool = False) -> SiteEdit:
    """Add a camera, or change the settings that are given; None gives one its default again."""
    return SiteEdit(("cameras", name), settings, merge=True, new=new)


def put_zone(camera: str, name: str, coordinates: Any) -> SiteEdit:
    """Add a zone, or change its corners."""
    return SiteEdit(("cameras", camera, "zones", name), {"coordinates": coordinates}, merge=True)


def put_line(camera: str, name: str, coordinates: Any) -> SiteEdit:
    """Add a line, or change its points."""
    return SiteEdit(("cameras", camera, "lines", name), {"coordinates": coordinates}, merge=True)


def put_masks(camera: str, masks: Any) -> SiteEdit:
    """Set all masks of a camera."""
    return SiteEdit(("cameras", camera, "masks"), masks)


def put_ground(camera: str, ground: Mapping[str, Any]) -> SiteEdit:
    """Set what is known of the ground of a camera."""
    return SiteEdit(("cameras", camera, "ground"), ground)


def put_rule(name: str, settings: Mapping[str, Any], *, new: bool = False) -> SiteEdit:
    """Add a rule, or set all of its settings."""
    return SiteEdit(("rules", name), settings, new=new)


def put_rules(rules: Mapping[str, Mapping[str, Any]]) -> SiteEdit:
    """Add rules, or set all settings of some; the others stay."""
    return SiteEdit(("rules",), rules, merge=True)


def remove_place(*place: str) -> SiteEdit:
    """Take out what stands at a place."""
    return SiteEdit(place, None)


def applied(values: Mapping[str, Any], edit: SiteEdit) -> dict[str, Any]:
    """The values of a site file after an edit.

    Raises:
        RefusedError: there is nothing to change or to take out, or something where a new thing shall be.
        ConfigError: a text cannot be written.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(values))
    for part in edit.place:
        _text(part)
    section = changed
    *above, key = edit.place
    for depth, part in enumerate(above):
        below = section.get(part)
        named = depth == 1 and above[0] in ("cameras", "rules")
        if below is None and (edit.value is None or named):
            raise RefusedError(f"there is no `{'.'.join(above[: depth + 1])}` in the site file", unknown=True)
        if not isinstance(below, dict):
            below = section[part] = {}
        section = below
    if edit.value is None:
        if key not in section:
            raise RefusedError(f"there is no `{edit.name}` in the site file", unknown=True)
        del section[key]
    elif edit.new and key in section:
        raise RefusedError(f"`{edit.name}` is there already; choose another name, or change it")
    else:
        section[key] = _merged(section.get(key), edit) if edit.merge else _plain(edit.value)
    return changed


def _merged(old: Any, edit: SiteEdit) -> dict[str, Any]:
    merged = {**(old if isinstance(old, dict) else {}), **_plain(edit.value)}
    return {key: value for key, value in merged.items() if value is not None or key not in edit.value}


def _plain(value: Any) -> Any:
    """Without the kinds of lists and sections that a YAML text cannot tell apart."""
    if isinstance(value, Mapping):
        return {_text(str(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, str):
        return _text(value)
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConfigError(
            "a text holds half a character (a lone surrogate), which no file can hold"
        ) from None
    return text
