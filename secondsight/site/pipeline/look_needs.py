"""Which looks the rules of a camera need."""

import numpy as np

from secondsight.config import FRAME, ObjectRule, SiteConfig
from secondsight.sentinel import LookNeeds


def needs_of(config: SiteConfig, camera: str) -> LookNeeds | None:
    """What must not be missed on a camera; None if its rules need every look, or it gets no fewer anyway."""
    if config.sentinel.idle_fps >= config.sentinel.fps or not config.gate_of(camera).enabled:
        return None
    settings = config.cameras[camera]
    rules = list(config.rules_of(camera).values())
    borders: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for rule in rules:
        plain = isinstance(rule, ObjectRule) and (rule.min_area, rule.max_area) == (0.0, 1.0)
        zone = settings.zones.get(rule.places.get("zone", FRAME))
        sized = zone is not None and (zone.min_area, zone.max_area) != (0.0, 1.0)
        if not rule.only_positions or not plain or sized or rule.second_stages:
            return None
        for what, place in rule.places.items():
            if what == "line":
                borders.append(settings.lines[place].coordinates)
            elif place != FRAME:
                corners = settings.polygon_of(place)
                borders += zip(corners, (*corners[1:], corners[0]), strict=True)
    within = [segment for segment in borders if not _on_the_frame(segment)]
    return LookNeeds(
        np.array(within, np.float64).reshape(-1, 2, 2),
        max((getattr(rule, "hysteresis", 0.0) for rule in rules), default=0.0),
        max((rule.min_score for rule in rules if isinstance(rule, ObjectRule)), default=0.0),
        1 + max((getattr(rule, "inertia", 0) for rule in rules), default=3),
    )


def watches_scene(config: SiteConfig, camera: str) -> bool:
    """Whether a rule of a camera judges the scene itself, which has to be seen at rest as well."""
    return any(rule.judges_scene or rule.judges_pixels for rule in config.rules_of(camera).values())


def lookback_of(config: SiteConfig, camera: str) -> float:
    """Seconds before a trigger in which the rules of a camera have what their clips must show."""
    return max((rule.lookback for rule in config.rules_of(camera).values()), default=0.0)


def _on_the_frame(segment: tuple[tuple[float, float], tuple[float, float]]) -> bool:
    """Whether a border runs along the picture's edge, which no object crosses within the picture."""
    return any(start == end and start in (0.0, 1.0) for start, end in zip(*segment, strict=True))
