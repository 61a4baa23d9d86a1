"""Set-up: cameras with zones, lines and masks, rules, and the versions of the site file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from secondsight.ask import RuleReading, RuleRefusal, rules_as_yaml
from secondsight.config import FormField, SiteVersion, behaviour_names
from secondsight.serve.access import setup as access
from secondsight.serve.access.asking import sentence as sentences
from secondsight.serve.auth.requests import Admin, Served
from secondsight.serve.auth.rights import UnknownError
from secondsight.serve.console.page import Asked, PageRoute

router = APIRouter(route_class=PageRoute)
_Name = Annotated[str, Path(max_length=128)]


@dataclass(frozen=True, slots=True)
class SetupView:
    """Attributes: cameras, rules: as the site file has them. versions: newest first."""

    cameras: Mapping[str, Any]
    rules: Mapping[str, Any]
    versions: list[SiteVersion]
    behaviours: list[str]


@dataclass(frozen=True, slots=True)
class CameraSetupView:
    """Attributes: plan: zones, lines and masks for the drawing, as JSON."""

    name: str
    title: str
    source: str
    description: str
    record: str | None
    plan: str


@dataclass(frozen=True, slots=True)
class RuleSetupView:
    """Attributes: name: empty for a new rule. written: keys that the site file sets, with dots, as text."""

    name: str
    behaviour: str
    fields: list[FormField]
    written: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence, and what became of it.

    Attributes:
        reading, refusal: one of them, after a sentence.
        yaml, rules: the rules as the site file would have them, and as JSON.
    """

    sentence: str
    reading: RuleReading | None = None
    yaml: str = ""
    rules: str = "{}"
    refusal: RuleRefusal | None = None


@router.get("/setup")
def setup(site: Served, person: Admin, page: Asked) -> Response:
    """Everything that can be changed."""
    text = access.site_text(site, person)
    view = SetupView(text.cameras, text.rules, access.versions(site, person), behaviour_names())
    return page.show("setup.html", view, person)


@router.get("/setup/sentence")
def sentence(
    site: Served, person: Admin, page: Asked, sentence: Annotated[str, Query(max_length=2000)] = ""
) -> Response:
    """A box for a sentence, with the rules that it asks for. Nothing is written."""
    if not sentence.strip():
        access.site_text(site, person)
        return page.show("setup-sentence.html", SentenceView(""), person)
    found = sentences.read(site, person, sentence)
    if isinstance(found, RuleRefusal):
        return page.show("setup-sentence.html", SentenceView(sentence, refusal=found), person)
    rules = {name: dict(settings) for name, settings in found.rules.items()}
    view = SentenceView(sentence, found, rules_as_yaml(rules), json.dumps(rules))
    return page.show("setup-sentence.html", view, person)


@router.get("/setup/cameras/{name}")
def camera(site: Served, person: Admin, page: Asked, name: _Name) -> Response:
    """One camera, with its picture to draw on."""
    settings = access.configured_camera(site, person, name)
    written = access.site_text(site, person).cameras[name]
    plan = {
        "zones": {zone: one.coordinates for zone, one in settings.zones.items()},
        "lines": {line: one.coordinates for line, one in settings.lines.items()},
        "masks": settings.masks,
    }
    source = str(written.get("source", ""))
    view = CameraSetupView(
        name, settings.title or "", source, settings.description, settings.record, json.dumps(plan)
    )
    return page.show("setup-camera.html", view, person)


@router.get("/setup/rules")
def new_rule(
    site: Served, person: Admin, page: Asked, behaviour: Annotated[str, Query(max_length=128)]
) -> Response:
    """A new rule of a behaviour."""
    fields = access.form_of_rule(site, person, behaviour)
    return page.show("setup-rule.html", RuleSetupView("", behaviour, fields, {}), person)


@router.get("/setup/rules/{name}")
def rule(site: Served, person: Admin, page: Asked, name: _Name) -> Response:
    """One rule."""
    written = access.site_text(site, person).rules.get(name)
    if not isinstance(written, Mapping):
        raise UnknownError("there is no such rule")
    behaviour = str(written.get("behaviour", ""))
    fields = access.form_of_rule(site, person, behaviour)
    return page.show("setup-rule.html", RuleSetupView(name, behaviour, fields, _flat(written)), person)


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{above}{key}.")
        elif isinstance(value, list):
            found[f"{above}{key}"] = ", ".join(map(str, value))
        elif isinstance(value, bool):
            found[f"{above}{key}"] = str(value).lower()
        elif value is not None:
            found[f"{above}{key}"] = str(value)
    return found
