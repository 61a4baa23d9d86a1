"""The site file of a simulated city: its cameras with the zones and lines of the labels, and the rules of its pack
(packs/PACK.yaml), to be watched by the models that know this city.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from importlib import resources

import numpy as np

from secondsight.ground_truth import Recording
from secondsight.sim.shapes.camera import Camera

_ACROSS = (0.06, 0.5, 0.94)
_FAR = 60.0
"""Metres from the camera beyond which a pixel covers too much ground to calibrate by."""

_ABOUT = """\
# Written by `secondsight sim make {pack}`. Check it with `secondsight check`, run it with `secondsight run
# SITE.yaml --once`, measure it with `secondsight eval FOLDER` (docs/simulation.md).
site:
  name: simulated {pack}
sentinel:
  model: city-nano
{second}brain:
  backend: clip
  model: city-clip
cameras:
"""

_SECOND = {
    "helmet": "{model: city-helmet, region: head, every: 0.4s, votes: 7}",
    "vest": "{model: city-vest, region: torso, every: 0.4s, votes: 7}",
    "hands": "{model: city-hands, region: upper, every: 0.4s, votes: 7}",
}
"""Second-stage models by the name that rules call them by."""


def site_file(recordings: Sequence[Recording]) -> str:
    """The text of site.yaml for recordings of one pack, at least one; their frames are not used."""
    pack = recordings[0].pack
    cameras, rules = "".join(map(_camera, recordings)), rules_text(pack, recordings[0].labelled)
    return _ABOUT.format(pack=pack, second=_second(rules)) + cameras + rules


def _second(rules: str) -> str:
    """The second-stage models that the rules name."""
    named = re.findall(r"(?m)^    attribute: *(\w+)", rules)
    lines = "".join(f"    {name}: {_SECOND[name]}\n" for name in dict.fromkeys(named))
    return f"  second_stage:\n{lines}" if lines else ""


def rules_text(pack: str, kinds: Sequence[str]) -> str:
    """The rules about some kinds of events, as YAML; of those that a pack shows by itself PACK.yaml, else
    PACK.more.yaml holds them, and the latter goes before.
    """
    folder = resources.files("secondsight.sim") / "packs"
    chosen: dict[str, list[str]] = {}
    for name in (f"{pack}.yaml", f"{pack}.more.yaml"):
        file = folder / name
        if name == f"{pack}.more.yaml" and (not file.is_file() or set(kinds) == set(chosen)):
            continue
        found: dict[str, list[str]] = {}
        for rule in re.split(r"(?m)^(?=  [a-z])", file.read_text(encoding="utf-8"))[1:]:
            found.setdefault(_kind(rule), []).append(rule)
        chosen |= found
    return "rules:\n" + "".join(rule for kind, rules in chosen.items() if kind in kinds for rule in rules)


def _kind(rule: str) -> str:
    """What a rule's events are called."""
    named: dict[str, str] = dict(re.findall(r"(?m)^    (kind|behaviour): *(\w+)", rule))
    return named.get("kind") or named["behaviour"]


def _camera(recording: Recording) -> str:
    text = f"  {recording.camera}:\n    source: {_quoted(recording.video)}\n"
    return text + _places("zones", recording.zones) + _places("lines", recording.lines) + _ground(recording)


def _places(what: str, places: Mapping[str, tuple[tuple[float, float], ...]]) -> str:
    lines = [f"      {name}: {{coordinates: {_quoted(list(points))}}}\n" for name, points in places.items()]
    return f"    {what}:\n" + "".join(lines) if lines else ""


def _ground(recording: Recording) -> str:
    """Points of the ground as they would be surveyed on a real site: three rows of three, up to `_FAR`."""
    if recording.geometry is None:
        return ""
    camera = Camera(recording.geometry, recording.width, recording.height)
    rows = [y for y in np.arange(0.02, 0.98, 0.02) if all(_metres(camera, x, y) for x in _ACROSS)]
    places = [(x, y) for y in np.linspace(rows[0], 0.96, 3) for x in _ACROSS] if rows else []
    points = [
        f"        - {{picture: [{x:.4f}, {y:.4f}], metres: [{there[0]:.2f}, {there[1]:.2f}]}}\n"
        for x, y in places
        if (there := _metres(camera, x, y))
    ]
    return "    ground:\n      points:\n" + "".join(points) if len(points) == 9 else ""


def _metres(camera: Camera, x: float, y: float) -> tuple[float, float] | None:
    """The ground that a relative point shows; None where that is far away, or sky."""
    try:
        there = camera.ground(x * camera.width, y * camera.height)
    except ValueError:
        return None
    return there if math.dist(there, camera.geometry.position[:2]) <= _FAR else None


def _quoted(value: object) -> str:
    """JSON, which YAML reads too."""
    return json.dumps(value, ensure_ascii=False)
