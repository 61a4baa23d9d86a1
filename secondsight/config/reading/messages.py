"""Says in plain words what is wrong with a site file: pydantic's findings and names that point nowhere.

No text repeats a value, since any value may be a misplaced password; a near spelling says enough.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from secondsight.config.reading import key_index
from secondsight.config.reading.combination_checks import tangled
from secondsight.config.reading.yaml_document import Document
from secondsight.config.rules import FRAME, Rule, behaviour_names, rule_settings
from secondsight.config.rules.discovery import MISSING, UNKNOWN
from secondsight.config.sections.alerts import ChannelSettings, NatsSettings
from secondsight.config.sections.brain import (
    BrainSettingsBase,
    PluginBrainSettings,
    QueueBrainSettings,
    backends_with,
)
from secondsight.config.sections.site import CameraSettings, SiteConfig
from secondsight.config.types import nearest, suggestion
from secondsight.errors import ConfigError

_PLAIN = {
    "missing": "this key is required",
    "model_type": "expected a section with keys of its own",
    "dict_type": "expected a section with keys of its own",
    "tuple_type": "expected a list, such as [a, b]",
    "string_type": "expected text; put it in quotes if it looks like a number",
    "bool_parsing": "expected true or false",
    "bool_type": "expected true or false",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "finite_number": "expected a finite number",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_parsing_size": "expected a whole number of sensible size",
    "int_from_float": "expected a whole number",
    "path_type": "expected a path",
    "string_pattern_mismatch": "a name holds only letters, digits, - and _, at most 64, and no - or _ first",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}
"""What to say for the kinds of error whose own words are about Python."""

_WRONG_CHOICE = ("literal_error", UNKNOWN, MISSING)


def explain(error: ValidationError, document: Document) -> list[ConfigError]:
    """Every mistake that pydantic found, each once: a misspelled key is not reported as a missing one too."""
    details = error.errors(include_url=False, include_input=False, include_context=True)
    found = [(_path(detail), detail) for detail in details]
    misspelled = {
        (*path[:-1], near)
        for path, detail in found
        if detail["type"] == "extra_forbidden" and (near := _near_key(path, document)) is not None
    }
    return [
        _mistake(path, detail, document)
        for path, detail in found
        if not (detail["type"] == "missing" and path in misspelled)
    ]


def _path(detail: ErrorDetails) -> key_index.Path:
    """The keys of the file, without what pydantic adds: `[key]` for a bad name."""
    return tuple(str(part) for part in detail["loc"] if part != "[key]")


def _mistake(path: key_index.Path, detail: ErrorDetails, document: Document) -> ConfigError:
    kind = detail["type"]
    of_brain = _brain_problem(kind, path, document)
    if of_brain:
        return document.error(of_brain, path)
    if kind == "extra_forbidden":
        return document.error(f"unknown key; {_key_hint(path, document)}", path)
    if kind in _WRONG_CHOICE:
        return _choice(path, detail, document)
    if kind.startswith(("datetime", "date_", "timezone")):
        problem = "expected a date and time, such as 2026-01-31T08:00:00+01:00"
    else:
        problem = _PLAIN.get(kind) or detail["msg"].removeprefix("Value error, ").replace(
            "Input should", "must"
        )
    return document.error(problem, path)


def _near_key(path: key_index.Path, document: Document) -> str | None:
    section = key_index.section_at(path[:-1], document.values)
    if section is None or _brain_problem("extra_forbidden", path, document):
        return None
    return nearest(path[-1], key_index.keys_of(section))


def _brain_problem(kind: str, path: key_index.Path, document: Document) -> str | None:
    """What the backend of a brain says of a mistake: the key is that of another one, or is one that it needs."""
    section = key_index.section_at(path[:-1], document.values)
    if section is None or not issubclass(section, BrainSettingsBase):
        return None
    key, field = path[-1], section.model_fields.get(path[-1])
    backend = _at(document.values, path[:-1]).get("backend") or "none"
    if field is not None and field.is_required() and kind in ("missing", "string_too_short", "too_short"):
        return f"backend `{backend}` needs this key" + (f": {field.description}" if field.description else "")
    if kind != "extra_forbidden":
        return None
    if owners := backends_with(key):
        names = ", ".join(f"`{owner}`" for owner in owners)
        return f"`{key}` belongs to backend{'s' * (len(owners) > 1)} {names}; this brain is `{backend}`"
    if key in PluginBrainSettings.model_fields:
        return f"`{key}` belongs to backends of other packages; this brain is `{backend}`"
    return None


def _key_hint(path: key_index.Path, document: Document) -> str:
    section = key_index.section_at(path[:-1], document.values)
    known = list(key_index.keys_of(section)) if section else []
    if nearest(path[-1], known) is None:
        others = [name for name, kind in rule_settings().items() if path[-1] in key_index.keys_of(kind)]
        if path[0] == "rules" and len(path) == 3 and others:
            several = len(others) > 1
            return (
                f"only the behaviours {', '.join(others)} have it"
                if several
                else f"only behaviour {others[0]} has it"
            )
        homes = [".".join(place[:-1]) for place, _ in key_index.all_keys() if place[-1] == path[-1]]
        if homes:
            return (
                f"it belongs to {' or '.join(f'`{home}`' for home in homes if home) or 'the top of the file'}"
            )
    return suggestion(path[-1], known)


def _choice(path: key_index.Path, detail: ErrorDetails, document: Document) -> ConfigError:
    """A value that is none of a few words; for rules that word is the behaviour."""
    if detail["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'|(\d+)", str(detail["ctx"]["expected"]))
        return _not_one_of([text or number for text, number in choices], path, document)
    section = _at(document.values, path)
    if isinstance(section, dict) and section.get("behaviour") is None:
        slip = nearest("behaviour", [key for key in section if key != "behaviour"])
        if slip is not None:
            return document.error("unknown key; did you mean `behaviour`?", (*path, slip))
        return document.error(f"`behaviour` is required, one of: {', '.join(behaviour_names())}", path)
    return _not_one_of(behaviour_names(), (*path, "behaviour"), document)


def _not_one_of(choices: list[str], path: key_index.Path, document: Document) -> ConfigError:
    near = nearest(str(_at(document.values, path)), choices)
    hint = f"did you mean `{near}`?" if near else f"one of: {', '.join(choices)}"
    return document.error(f"not a choice here; {hint}", path)


def _at(node: Any, path: key_index.Path) -> Any:
    for part in path:
        node = node.get(part) if isinstance(node, dict) else None
    return node


_PLACES = ("zone", "line", "exclude_zone")
"""Keys of rules that name places of cameras."""


def dangling(config: SiteConfig) -> Iterator[tuple[str, key_index.Path]]:
    """What no single section can know: cameras, zones and lines that rules name and nobody has.

    Yields:
        A problem and where it stands.
    """
    for name, camera in config.cameras.items():
        if FRAME in camera.zones:
            problem = f"no zone can be called `{FRAME}`: that name means the whole picture"
            yield problem, ("cameras", name, "zones", FRAME)
    for name, rule in config.rules.items():
        yield from _dangling_rule(name, rule, config)
    yield from tangled(config)
    for name, channel in config.alerts.items():
        yield from _dangling_channel(name, channel, config)
    for position, channel_name in enumerate(config.report.send if config.report else ()):
        if channel_name not in config.alerts:
            problem = f"no channel under `alerts` has this name; {suggestion(channel_name, config.alerts)}"
            yield problem, ("report", "send", str(position))
        elif isinstance(config.alerts[channel_name], NatsSettings):
            problem = "channels of type `nats` carry no reports; name another channel"
            yield problem, ("report", "send", str(position))
    if config.queue is None:
        yield from _without_queue(config)


def unknown_places(values: Mapping[str, Any]) -> Iterator[tuple[str, key_index.Path]]:
    """Zones, lines and cameras that rules name and that are not there, of values that cannot be checked yet for other
    mistakes.

    Yields:
        A problem and where it stands.
    """
    cameras, rules = values.get("cameras"), values.get("rules")
    if not isinstance(cameras, dict) or not isinstance(rules, dict):
        return
    for name, rule in rules.items():
        named = _at(rule, ("cameras",))
        for position, camera in enumerate(named if isinstance(named, list) else ()):
            if isinstance(camera, str) and camera not in cameras:
                problem = f"no camera has this name; {suggestion(camera, cameras)}"
                yield problem, ("rules", name, "cameras", str(position))
        for what in _PLACES:
            wanted = _at(rule, (what,))
            if not isinstance(wanted, str) or (what == "zone" and wanted == FRAME):
                continue
            sort = "line" if what == "line" else "zone"
            known = {place for camera in cameras.values() for place in _at(camera, (f"{sort}s",)) or ()}
            if wanted not in known:
                yield _no_place(sort, wanted, known), ("rules", name, what)


def _no_place(sort: str, wanted: str, known: set[str]) -> str:
    return f"no camera has a {sort} of this name; {suggestion(wanted, known)}"


def _without_queue(config: SiteConfig) -> Iterator[tuple[str, key_index.Path]]:
    problem = "this goes over a message queue: add the section `queue` with its `url`"
    for name, channel in config.alerts.items():
        if isinstance(channel, NatsSettings):
            yield problem, ("alerts", name, "type")
    if any(isinstance(brain, QueueBrainSettings) for brain in config.brain.asked):
        yield problem, ("brain", "backend")


def _dangling_channel(
    name: str, channel: ChannelSettings, config: SiteConfig
) -> Iterator[tuple[str, key_index.Path]]:
    kinds = {rule.kind or rule.behaviour for rule in config.rules.values()}
    for position, camera in enumerate(channel.cameras):
        if camera not in config.cameras:
            problem = f"no camera has this name; {suggestion(camera, config.cameras)}"
            yield problem, ("alerts", name, "cameras", str(position))
    for position, kind in enumerate(channel.kinds):
        if kind not in kinds:
            problem = f"no rule reports events of this kind; {suggestion(kind, kinds)}"
            yield problem, ("alerts", name, "kinds", str(position))


def _dangling_rule(name: str, rule: Rule, config: SiteConfig) -> Iterator[tuple[str, key_index.Path]]:
    grouped = rule.announce.group.cameras
    for path, cameras in ((("cameras",), rule.cameras), (("announce", "group", "cameras"), grouped)):
        for position, camera in enumerate(cameras):
            if camera not in config.cameras:
                problem = f"no camera has this name; {suggestion(camera, config.cameras)}"
                yield problem, ("rules", name, *path, str(position))
    for what, wanted in rule.places.items():
        yield from _dangling_place(name, rule, what, wanted, config)
    second = config.sentinel.second_stage
    named: list[tuple[key_index.Path, str | None]] = [
        ((key,), getattr(rule, key, None)) for key in ("attribute", "pose", "segments")
    ]
    named += [(("attributes", str(at)), stage) for at, stage in enumerate(getattr(rule, "attributes", ()))]
    for place, stage in named:
        if stage is not None and stage not in second:
            problem = f"no model under `sentinel.second_stage` has this name; {suggestion(stage, second)}"
            yield problem, ("rules", name, *place)


def _dangling_place(
    name: str, rule: Rule, what: str, wanted: str, config: SiteConfig
) -> Iterator[tuple[str, key_index.Path]]:
    if wanted == FRAME and what == "zone":
        return
    sort = "line" if what == "line" else "zone"
    places = {camera: _places(settings, what) for camera, settings in config.cameras.items()}
    if not any(wanted in known for known in places.values()):
        yield _no_place(sort, wanted, set().union(*places.values())), ("rules", name, what)
        return
    for camera in rule.cameras:
        if camera in places and wanted not in places[camera]:
            yield f"camera `{camera}` has no {sort} of this name", ("rules", name, what)


def _places(camera: CameraSettings, what: str) -> set[str]:
    return set(camera.lines if what == "line" else camera.zones) - {FRAME}
