"""What Home Assistant needs to show a site without being configured: one retained message per entity."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from secondsight import __version__
from secondsight.bus import level
from secondsight.config import MqttSettings, SiteConfig
from secondsight.event_words import one_line
from secondsight.records import StepKind
from secondsight.serve.alerts.mqtt.topics import Topics

_CLASSES = {
    "intrusion": "occupancy",
    "loitering": "occupancy",
    "crowd": "occupancy",
    "queue": "occupancy",
    "running": "motion",
    "line_crossing": "motion",
    "smoke": "smoke",
    **dict.fromkeys(("fire", "fall", "man_down", "fight", "vehicle_near_person", "landslide"), "safety"),
}
"""Home Assistant's classes, by kind; of other kinds there is none that fits."""
_COUNTS = {"events": "Events today", "confirmed": "Confirmed today", "rejected": "Rejected today"}
_HEALTH = {
    "cameras_online": "Cameras online",
    "open_cases": "Open cases",
    "alerts_waiting": "Alerts waiting",
    "alerts_dead": "Undeliverable alerts",
}

Entity = tuple[str, str, dict[str, Any]]
"""Component, object id and the rest of a discovery message."""


def watched(config: SiteConfig, settings: MqttSettings) -> Mapping[str, tuple[str, ...]]:
    """The cameras that a channel is about, each with the rules that report events on it."""
    found = {}
    for camera in config.cameras:
        if not settings.cameras or camera in settings.cameras:
            found[camera] = tuple(
                name
                for name, rule in config.rules_of(camera).items()
                if rule.report
                and not rule.only_counts
                and (not settings.kinds or (rule.kind or rule.behaviour) in settings.kinds)
            )
    return found


def discovery(config: SiteConfig, settings: MqttSettings, topics: Topics) -> dict[str, bytes]:
    """Every discovery message by its topic; none where discovery is switched off."""
    if not settings.home_assistant:
        return {}
    found = {}
    for component, name, entity in _entities(config, settings, topics):
        topic = f"{settings.home_assistant}/{component}/{topics.node}/{name}/config"
        found[topic] = json.dumps({**entity, "unique_id": f"{topics.node}-{component}-{name}"}).encode()
    return found


def own_topics(settings: MqttSettings, topics: Topics) -> str:
    """Topic filter of all discovery messages of this site, those of earlier runs too."""
    return f"{settings.home_assistant}/+/{topics.node}/+/config"


def _entities(config: SiteConfig, settings: MqttSettings, topics: Topics) -> Iterator[Entity]:
    site = one_line(config.site.name)
    device = {
        "identifiers": [topics.node],
        "name": site,
        "manufacturer": "SecondSight",
        "model": "site",
        "sw_version": __version__,
    }
    yield from _of_site(topics, device)
    for camera, rules in watched(config, settings).items():
        of_camera = {
            "identifiers": [f"{topics.node}-{camera}"],
            "name": f"{site} {one_line(config.title_of(camera))}",
            "manufacturer": "SecondSight",
            "model": "camera",
            "via_device": topics.node,
        }
        yield from _of_camera(camera, settings, topics, of_camera)
        for rule in rules:
            kind = config.rules[rule].kind or config.rules[rule].behaviour
            yield from _of_rule(camera, rule, kind, topics, of_camera)


def _of_site(topics: Topics, device: dict[str, Any]) -> Iterator[Entity]:
    shared = {"state_topic": topics.health, "availability_topic": topics.status, "device": device}
    shared["entity_category"] = "diagnostic"
    problem = {"name": "Problem", "device_class": "problem", "value_template": "{{ value_json.problem }}"}
    yield "binary_sensor", "problem", {**problem, **shared, "json_attributes_topic": topics.health}
    for key, name in _HEALTH.items():
        template = f"{{{{ value_json.{key} }}}}"
        yield (
            "sensor",
            key,
            {"name": name, "value_template": template, "state_class": "measurement", **shared},
        )


def _of_camera(
    camera: str, settings: MqttSettings, topics: Topics, device: dict[str, Any]
) -> Iterator[Entity]:
    shared = {"availability_topic": topics.status, "device": device}
    connected = {"name": "Connected", "device_class": "connectivity", "entity_category": "diagnostic"}
    states = {"state_topic": topics.camera(camera), "payload_on": "online", "payload_off": "offline"}
    yield "binary_sensor", level(camera), {**connected, **states, **shared}
    if settings.pictures:
        picture = {"image_topic": topics.snapshot(camera), "content_type": "image/jpeg"}
        yield "image", level(camera), {"name": "Last event", **picture, **shared}
    for key, name in _COUNTS.items():
        count = {"name": name, "state_topic": topics.counts(camera), "state_class": "total_increasing"}
        yield (
            "sensor",
            f"{level(camera)}-{key}",
            {**count, "value_template": f"{{{{ value_json.{key} }}}}", **shared},
        )


def _of_rule(camera: str, rule: str, kind: str, topics: Topics, device: dict[str, Any]) -> Iterator[Entity]:
    both = [{"topic": topics.status}, {"topic": topics.camera(camera)}]
    state: dict[str, Any] = {
        "state_topic": topics.state(camera, rule),
        "payload_on": "ON",
        "payload_off": "OFF",
    }
    if kind in _CLASSES:
        state["device_class"] = _CLASSES[kind]
    name = f"{level(camera)}--{level(rule)}"
    shared = {"name": rule, "device": device}
    yield "binary_sensor", name, {**state, **shared, "availability": both, "availability_mode": "all"}
    events = {"state_topic": topics.event(camera, rule), "event_types": [kind.value for kind in StepKind]}
    yield "event", name, {**events, **shared, "availability_topic": topics.status}
