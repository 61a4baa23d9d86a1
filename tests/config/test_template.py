"""The first site file names every key there is, with its true default."""

import re
from importlib import resources
from pathlib import Path
from typing import Any

from secondsight.config import BudgetLimits, SiteConfig, load_site, read_environment, rule_settings
from secondsight.config.reading.key_index import all_keys, keys_of, section_at
from secondsight.config.reading.yaml_document import parse

TEMPLATES = resources.files("secondsight.config") / "templates"
SHOWN = {"intrusion", "loitering", "line_crossing"}
"""Behaviours that the first site file shows; the packs show the others."""
SECTIONS = ["site", "sentinel", "brain", "learn", "clips", "retention", "store", "alerts"]


def template() -> str:
    return (TEMPLATES / "site.yaml").read_text(encoding="utf-8")


def test_it_loads_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(template(), encoding="utf-8")
    (tmp_path / ".env").write_text((TEMPLATES / "env.example").read_text(encoding="utf-8"), encoding="utf-8")
    site = load_site(tmp_path / "site.yaml", {})
    assert {rule.behaviour for rule in site.rules_of("hall").values()} == SHOWN


def test_every_value_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(template(), encoding="utf-8")
    site = load_site(tmp_path / "site.yaml", {})
    plain = SiteConfig.model_validate({"cameras": {"a": {"source": "x"}}})
    for name in SECTIONS:
        assert getattr(site, name) == getattr(plain, name), name
    assert site.budget.model_dump(exclude={"kinds"}) == plain.budget.model_dump(exclude={"kinds"})
    assert set(site.budget.kinds.values()) == {BudgetLimits()}
    assert site.data == tmp_path / plain.data
    assert site.models is plain.models
    own = {"source", "zones", "lines", "gate"}
    assert site.cameras["hall"].model_dump(exclude=own) == plain.cameras["a"].model_dump(exclude=own)
    assert site.cameras["hall"].gate == plain.sentinel.gate
    for rule in site.rules.values():
        place = "line" if rule.behaviour == "line_crossing" else "zone"
        bare = type(rule).model_validate({"behaviour": rule.behaviour, place: getattr(rule, place)})
        assert rule == bare


def test_every_key_stands_in_it() -> None:
    values = parse(template(), "site.yaml").values
    present = set()

    def walk(node: Any, path: tuple[str, ...]) -> None:
        for key, value in node.items() if isinstance(node, dict) else ():
            chosen = path in {
                ("cameras",),
                ("rules",),
                ("cameras", "*", "zones"),
                ("cameras", "*", "lines"),
                ("budget", "kinds"),
            }
            place = (*path, "*" if chosen else key)
            present.add(place)
            walk(value, place)

    walk(values, ())
    of_others = {key for name, kind in rule_settings().items() for key in keys_of(kind) if name not in SHOWN}
    of_shown = {key for name in SHOWN for key in keys_of(rule_settings()[name])}
    left_out: set[tuple[str, ...]] = {("rules", "*", key) for key in of_others - of_shown}
    left_out |= {path for path, _ in all_keys() if path[:3] == ("sentinel", "second_stage", "*")}
    left_out |= {path for path, _ in all_keys() if path[:2] == ("alerts", "*")}
    # What goes to other programs is a choice: the file shows how in a comment, docs in full.
    left_out |= {
        path for path, _ in all_keys() if path[0] in ("serve", "queue", "report", "voice", "telemetry")
    } | {("brain", "absence")}
    assert {path for path, _ in all_keys()} - left_out <= present


def test_every_line_has_a_meaning() -> None:
    """Each key has a comment at its first appearance, except where a section's title says it all."""
    silent = {
        "version",
        "cameras",
        "rules",
        "site",
        "name",
        "coordinates",
        "policy",
        "source",
        "zone",
        "line",
    }
    seen = set()
    for line in template().splitlines():
        match = re.match(r"\s*([a-z_]+):(.*)", line)
        if match and match[1] not in seen:
            seen.add(match[1])
            assert (
                "#" in match[2]
                or match[1] in silent | {"entrance", "door", "min_area", "threshold"}
                or (match[1] in {"refresh", "light_change", "store", "nobody"})
            ), line


def test_example_environment_is_valid(tmp_path: Path) -> None:
    text = (TEMPLATES / "env.example").read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(re.sub(r"(?m)^#(?=[A-Z_]+=)", "", text), encoding="utf-8")
    assert set(read_environment(tmp_path, {})) == {"HALL_SOURCE", "BRAIN_API_KEY"}


def test_section_at() -> None:
    tree = {"rules": {"r": {"behaviour": "loitering"}, "s": {"behaviour": "nothing"}}}
    for path, expected in (
        ((), "SiteConfig"),
        (("brain",), "NoBrainSettings"),
        (("cameras", "x"), "CameraSettings"),
        (("cameras", "x", "gate"), "GateSettings"),
        (("cameras", "x", "zones", "y"), "Zone"),
        (("rules", "r"), "LoiteringRule"),
        (("rules", "r", "policy"), "PolicySettings"),
        (("rules", "s"), None),
        (("cameras",), None),
        (("nothing", "at", "all"), None),
        (("cameras", "x", "masks", "0"), None),
    ):
        section = section_at(path, tree)
        assert (section.__name__ if section else None) == expected, path
