"""What a new rule would do: on simulated scenes with look-alikes, and over what the site has stored.

The scenes are the city's, seen by a detector with a detector's faults but without pictures, so a trial takes seconds.
What a site has stored are visits and events: how often a person stayed there as the rule says, how often a rule of
this kind was right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from secondsight.behaviour import make_behaviours
from secondsight.config import FRAME, RuleBase, SiteConfig, settings_of
from secondsight.errors import ConfigError
from secondsight.measure.metrics.events import shown
from secondsight.measure.running.cases import as_found, site_of
from secondsight.records import Candidate, Verification
from secondsight.sim import FIRST_TEST_SEED, PACKS, World, make_world, observations
from secondsight.store import Store

SCENES, SECONDS, DENSITY = 3, 90.0, 6.0
SEEDS = FIRST_TEST_SEED + 4000
DAYS = 7.0
"""Days of stored facts that are looked at."""
_DAY = 86400.0
_PIXELS = frozenset({"smoke", "fire", "debris", "landslide", "low_visibility", "removed_object", "described"})
"""What is told from pictures, which the trial's scenes do not have."""
_MOST_VISITS = 200_000
"""Of the last days, the oldest; the days are those that they reach over."""
_TUNED = frozenset(
    ["distance", "duration", "loitering_time", "stillness", "people", "wait", "vehicles", "classes", "speed"]
)
"""Settings of the sentence that are tried in the city, whose zones and lines are its own."""


@dataclass(frozen=True, slots=True)
class SimulatedTrial:
    """What a rule found in simulated scenes.

    Attributes:
        scenes: how many, of `pack`; none where the city has no such events.
        events, found: true ones, and those that were reported.
        lookalikes, mistaken: what may be taken for it, and what was.
        others: reports of nothing that is labelled.
        why: why it was not tried; empty if it was.
    """

    rule: str
    pack: str = ""
    scenes: int = 0
    events: int = 0
    found: int = 0
    lookalikes: int = 0
    mistaken: int = 0
    others: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class StoredTrial:
    """What the last days say of a rule.

    Attributes:
        days: from the first to the last stored moment, at most `DAYS`.
        stays: visits that it would have reported; None where visits cannot tell.
        events, confirmed, rejected: of the same kind that other rules reported, at its hours.
    """

    rule: str
    days: float
    stays: int | None
    events: int
    confirmed: int
    rejected: int


def try_in_city(rules: Mapping[str, Mapping[str, Any]], scenes: int = SCENES) -> list[SimulatedTrial]:
    """Run each rule on scenes of a pack that has its events.

    Args:
        rules: settings as in a site file, by name.
    """
    return [_in_city(name, settings, scenes) for name, settings in rules.items()]


def _in_city(name: str, settings: Mapping[str, Any], scenes: int) -> SimulatedTrial:
    behaviour = str(settings["behaviour"])
    if behaviour == "combined":
        return SimulatedTrial(name, why="the city has no such combination; its parts are tried")
    if behaviour in _PIXELS:
        return SimulatedTrial(name, why="it is told from pictures")
    trial = SimulatedTrial(name, why="the city has no such events")
    for pack in PACKS:
        worlds = _worlds(pack, behaviour, scenes)
        for world in worlds:
            config = site_of(world)
            own = [rule for rule in config.rules.values() if rule.behaviour == behaviour]
            if not own:
                continue
            tuned = {key: value for key, value in settings.items() if key in _TUNED}
            rule = _with(own[0], tuned)
            there = config.model_copy(update={"rules": {name: rule}})
            trial = _judged(replace(trial, pack=pack, why=""), name, there, world)
        if trial.pack:
            return trial
    return trial


def _worlds(pack: str, behaviour: str, scenes: int) -> list[World]:
    kinds = {"stopped": "stopped_vehicle", "loitering": "loitering", "pedestrian": "pedestrian_on_road"}
    made: list[World] = []
    for number in range(scenes):
        try:
            wanted = [kinds.get(behaviour, behaviour)]
            made.append(make_world(pack, SEEDS + number, 0, SECONDS, (), density=DENSITY, kinds=wanted))
        except ConfigError:
            return []
    return made


def _with(rule: RuleBase, tuned: Mapping[str, Any]) -> RuleBase:
    values = {**rule.model_dump(mode="python", exclude_unset=True, by_alias=True), **tuned}
    return type(rule).model_validate(values)


def _judged(trial: SimulatedTrial, name: str, config: SiteConfig, world: World) -> SimulatedTrial:
    about = world.truth()
    behaviours = make_behaviours(about.camera, config, "file:trial")
    last: dict[str, Candidate] = {}
    time = about.start_time
    for seen in observations(world):
        time = seen.time
        for behaviour in behaviours:
            last |= {one.id: one for one in behaviour.update(seen)}
    for behaviour in behaviours:
        last |= {one.id: one for one in behaviour.close(time)}
    things = shown(about, [as_found(one, about.start_time) for one in last.values()])
    real = {id(one) for one in things if one is not None and one.resembles is None}
    mistaken = {id(one) for one in things if one is not None and one.resembles is not None}
    return replace(
        trial,
        scenes=trial.scenes + 1,
        events=trial.events + len(about.events),
        found=trial.found + len(real),
        lookalikes=trial.lookalikes + len(about.lookalikes),
        mistaken=trial.mistaken + len(mistaken),
        others=trial.others + sum(one is None for one in things),
    )


def try_on_stored(
    rules: Mapping[str, Mapping[str, Any]], config: SiteConfig, store: Store, now: float
) -> list[StoredTrial]:
    """What stored visits and events of the last days say of each rule that is made of no others."""
    since = max(now - DAYS * _DAY, store.presence.first() or 0.0)
    return [
        _on_stored(name, settings, config, store, since, now)
        for name, settings in rules.items()
        if settings["behaviour"] != "combined"
    ]


def _on_stored(
    name: str, settings: Mapping[str, Any], config: SiteConfig, store: Store, since: float, now: float
) -> StoredTrial:
    kind = settings_of(str(settings["behaviour"]))
    assert kind is not None
    rule = kind.model_validate(dict(settings))
    cameras = rule.cameras or tuple(config.cameras)
    when, zone = rule.when, config.site.timezone

    def at_hours(time: float) -> bool:
        return when is None or when.holds(time, zone)

    stays: int | None = None
    if rule.behaviour in ("intrusion", "loitering"):
        least = float(getattr(rule, "loitering_time", 0.0))
        classes = set(getattr(rule, "classes", ()))
        visits = store.presence.visits(cameras=cameras, since=since, until=now, limit=_MOST_VISITS)
        if len(visits) == _MOST_VISITS:
            now = visits[-1].enter
        stays = sum(
            one.zone == rule.places.get("zone", FRAME)
            and (not classes or one.label in classes)
            and one.dwell >= least
            and at_hours(one.enter)
            for one in visits
        )
    events = [
        one
        for one in store.events.find(kind=rule.kind or rule.behaviour, since=since, until=now)
        if one.camera in cameras and at_hours(one.triggered)
    ]
    counted: Sequence[Verification] = [one.verification for one in events]
    return StoredTrial(
        name,
        max(now - since, 0.0) / _DAY,
        stays,
        len(events),
        counted.count(Verification.CONFIRMED),
        counted.count(Verification.REJECTED),
    )
