"""The site file of a simulated city: its cameras with the zones and lines of the labels, and the rules of its pack
(packs/PACK.yaml), to be watched by the models that know this city.
"""

import json
from collections.abc import Mapping, Sequence
from importlib import resources

from secondsight.truth import Recording

_ABOUT = """\
# Written by `secondsight sim make {pack}`. Check it with `secondsight check`, run it with `secondsight run
# SITE.yaml --once`, measure it with `secondsight eval FOLDER` (docs/simulation.md).
site:
  name: simulated {pack}
sentinel:
  model: city-nano
brain:
  backend: clip
  model: city-clip
cameras:
"""


def site_file(recordings: Sequence[Recording]) -> str:
    """The text of site.yaml for recordings of one pack, at least one; their frames are not used."""
    pack = recordings[0].pack
    rules = resources.files("secondsight.sim") / "packs" / f"{pack}.yaml"
    cameras = "".join(map(_camera, recordings))
    return _ABOUT.format(pack=pack) + cameras + rules.read_text(encoding="utf-8")


def _camera(recording: Recording) -> str:
    text = f"  {recording.camera}:\n    source: {_quoted(recording.video)}\n"
    return text + _places("zones", recording.zones) + _places("lines", recording.lines)


def _places(what: str, places: Mapping[str, tuple[tuple[float, float], ...]]) -> str:
    lines = [f"      {name}: {{coordinates: {_quoted(list(points))}}}\n" for name, points in places.items()]
    return f"    {what}:\n" + "".join(lines) if lines else ""


def _quoted(value: object) -> str:
    """JSON, which YAML reads too."""
    return json.dumps(value, ensure_ascii=False)
