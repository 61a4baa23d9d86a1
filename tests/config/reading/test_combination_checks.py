"""What combinations may get wrong, each with its line; and where they watch."""

from pathlib import Path

import pytest

from secondsight.config import load_site
from secondsight.errors import ConfigError
from tests.table import table

SITE = """\
cameras:
  hall:
    source: a.mp4
    zones: {yard: {coordinates: "0,0,1,0,1,1"}}
  roof: {source: b.mp4}
rules:
  inside: {behaviour: intrusion, zone: yard}
  wait: {behaviour: loitering, zone: frame}
  smoke: {behaviour: smoke, zone: frame}
  fog: {behaviour: low_visibility}
  people: {behaviour: counting, zone: frame}
"""


def site(folder: Path, rules: str) -> Path:
    file = folder / "site.yaml"
    file.write_text(SITE + rules, encoding="utf-8")
    return file


@table(
    ("rules", "line", "key", "words"),
    [
        ("  x: {behaviour: combined}", 12, "x", "`all`, `any` and `then`"),
        ("  x: {behaviour: combined, all: [inside], any: [wait]}", 12, "x", "in one of"),
        ("  x: {behaviour: combined, then: [inside]}", 12, "x", "at least two"),
        ("  x: {behaviour: combined, all: [inside, inside]}", 12, "x", "named twice"),
        ("  x: {behaviour: combined, all: [inside], within: 5s}", 12, "x", "`within` belongs to `then`"),
        ("  x:\n    behaviour: combined\n    all: [wait, insid]", 14, "x.all.1", "did you mean `inside`?"),
        ("  x:\n    behaviour: combined\n    all: [x]", 14, "x.all.0", "made of itself"),
        (
            "  x: {behaviour: combined, all: [y]}\n  y: {behaviour: combined, any: [wait, x]}",
            12,
            "x.all.0",
            "made of itself",
        ),
        ("  x:\n    behaviour: combined\n    all: [wait, smoke]", 14, "x.all.1", "`same: camera`"),
        (
            "  y: {behaviour: combined, all: [smoke], same: camera}\n  x: {behaviour: combined, all: [y]}",
            13,
            "x.all.0",
            "`same: camera`",
        ),
        (
            "  x: {behaviour: combined, all: [wait], unless: [smoke]}",
            12,
            "x.unless.0",
            "not about a track",
        ),
        (
            "  x: {behaviour: combined, all: [wait, inside], cameras: [hall, roof]}",
            12,
            "x.cameras.1",
            "rule `inside`",
        ),
        (
            "  y: {behaviour: intrusion, zone: frame, cameras: [roof]}\n"
            "  x: {behaviour: combined, all: [inside, y]}",
            13,
            "x.all",
            "no camera is watched by all",
        ),
        ("  x: {behaviour: combined, all: [wait, fog]}", 12, "x.all.1", "`same: camera`"),
        ("  x: {behaviour: combined, any: [wait, people]}", 12, "x.any.1", "only counts"),
        ("  x: {behaviour: combined, all: [wait], unless: [people]}", 12, "x.unless.0", "only counts"),
        ("  x: {behaviour: intrusion, zone: frame, report: false}", 12, "x.report", "makes no events"),
        ("  x: {behaviour: combined, all: inside}", 12, "x.all", "expected a list"),
        ("  x: {behaviour: combined, all: [wait], form: 5s}", 12, "x.form", "did you mean `for`?"),
        ("  x: {behaviour: combined, all: [wait], for: soon}", 12, "x.for", "not a duration"),
    ],
)
def test_mistakes(tmp_path: Path, rules: str, line: int, key: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_site(site(tmp_path, rules + "\n"), {})
    found = [(one.line, one.key) for one in caught.value.errors]
    assert (line, f"rules.{key}") in found
    assert words in str(caught.value)


@table(
    ("rule", "cameras"),
    [
        ("{behaviour: combined, all: [wait, inside]}", ["hall"]),
        ("{behaviour: combined, any: [wait, inside]}", ["hall", "roof"]),
        ("{behaviour: combined, all: [wait], unless: [inside]}", ["hall", "roof"]),
        ("{behaviour: combined, then: [wait, wait], cameras: [roof]}", ["roof"]),
        ("{behaviour: combined, all: [smoke, wait], same: camera, for: null}", ["hall", "roof"]),
    ],
)
def test_where_it_watches(tmp_path: Path, rule: str, cameras: list[str]) -> None:
    config = load_site(site(tmp_path, f"  x: {rule}\n"), {})
    assert [camera for camera in config.cameras if "x" in config.rules_of(camera)] == cameras
