"""Four simulated sites: their site files, and what happens there."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.accuracy.ask import answerable
from bench.accuracy.ask.simulation import Haunt, Source, simulate
from bench.accuracy.ask.world import Case, World
from secondsight.config import SiteConfig, make_site

NOW = datetime(2026, 3, 31, 15, 30)
"""A Tuesday, by the clock of each site; two of them have changed their clocks this month."""
_SQUARE = {"coordinates": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]}
_LINE = {"coordinates": [[0.1, 0.5], [0.9, 0.5]]}
_HELPED = {"helped": ("yes", "no")}


def _zone(*aliases: str, product: str | None = None) -> dict[str, Any]:
    return {**_SQUARE, "aliases": list(aliases), **({"product": product} if product else {})}


def _site(timezone: str, cameras: dict[str, Any], rules: dict[str, Any]) -> SiteConfig:
    sources = {name: {"source": f"{name}.mp4", **settings} for name, settings in cameras.items()}
    return make_site({"site": {"timezone": timezone}, "cameras": sources, "rules": rules}, Path("/srv"))


def metro(seed: int) -> World:
    """A metro station in Berlin."""
    platform = {"zones": {"edge": _zone("platform edge", "站台边缘"), "platform": _SQUARE}}
    config = _site(
        "Europe/Berlin",
        {
            "platform-1": {**platform, "aliases": ["1号站台"]},
            "platform-2": {**platform, "aliases": ["2号站台"]},
            "gates": {
                "aliases": ["闸机"],
                "zones": {"exit": _zone("出口")},
                "lines": {"door": {**_LINE, "aliases": ["门口"]}, "barrier": _LINE},
            },
        },
        {
            "falls": {"behaviour": "fall", "zone": "platform"},
            "fights": {"behaviour": "fight", "zone": "platform"},
            "loiterers": {"behaviour": "loitering", "zone": "edge"},
            "left-bags": {"behaviour": "left_bag", "zone": "platform"},
            "gatherings": {"behaviour": "crowd", "zone": "platform"},
            "followers": {"behaviour": "tailgating", "line": "door"},
            "climbers": {"behaviour": "climbing", "line": "barrier"},
            "wrong-way": {"behaviour": "wrong_way", "zone": "exit", "line": "door"},
            "passengers": {"behaviour": "counting", "line": "door"},
        },
    )
    world = World(config, NOW)
    simulate(
        world,
        [
            Source("fall", "falls", "platform-1", "platform", 1.5, _HELPED),
            Source("fall", "falls", "platform-2", "platform", 2.0, _HELPED),
            Source("fight", "fights", "platform-2", "platform", 1.0),
            Source("loitering", "loiterers", "platform-1", "edge", 2.0),
            Source("left_bag", "left-bags", "platform-1", "platform", 2.0),
            Source("left_bag", "left-bags", "platform-2", "platform", 4.0),
            Source("crowd", "gatherings", "platform-1", "platform", 2.0),
            Source("tailgating", "followers", "gates", "door", 5.0),
            Source("climbing", "climbers", "gates", "barrier", 2.0),
            Source("wrong_way", "wrong-way", "gates", "exit", 4.0),
        ],
        [Haunt("platform-1", "frame", 25), Haunt("platform-2", "frame", 25)],
        [("gates", "passengers", 200)],
        [],
        seed=seed,
    )
    return world


def industrial(seed: int) -> World:
    """A factory in Shanghai."""
    config = _site(
        "Asia/Shanghai",
        {
            "yard": {"aliases": ["院子"], "zones": {"loading": _zone("装卸区")}},
            "hall": {
                "aliases": ["车间"],
                "zones": {"reactor": _zone("反应车间"), "hardhat": _zone("安全帽区")},
            },
        },
        {
            "helmets": {"behaviour": "no_helmet", "zone": "hardhat"},
            "loading-helmets": {"behaviour": "no_helmet", "zone": "loading"},
            "vests": {"behaviour": "no_vest", "zone": "hardhat"},
            "reactor-at-night": {"behaviour": "intrusion", "zone": "reactor"},
            "men-down": {"behaviour": "man_down", "zone": "loading"},
            "alone": {"behaviour": "lone_worker", "zone": "reactor"},
            "vehicles": {"behaviour": "vehicle_near_person", "zone": "loading"},
            "smoke": {"behaviour": "smoke", "zone": "frame"},
        },
    )
    world = World(config, NOW)
    simulate(
        world,
        [
            Source("no_helmet", "loading-helmets", "yard", "loading", 2.0),
            Source("no_vest", "vests", "hall", "hardhat", 4.0),
            Source("intrusion", "reactor-at-night", "hall", "reactor", 2.0),
            Source("man_down", "men-down", "yard", "loading", 0.5),
            Source("lone_worker", "alone", "hall", "reactor", 4.0),
            Source("vehicle_near_person", "vehicles", "yard", "loading", 3.0),
            Source("smoke", "smoke", "hall", None, 1.0),
        ],
        [Haunt("hall", "reactor", 30, bare=0.3)],
        [],
        [],
        seed=seed,
    )
    return world


def retail(seed: int) -> World:
    """A shop in New York."""
    config = _site(
        "America/New_York",
        {
            "shelves": {
                "aliases": ["货架"],
                "zones": {
                    "drinks": _zone("饮料", "可乐", product="cola"),
                    "snacks": _zone("零食", "薯片", product="chips"),
                    "sweets": _zone("糖果", "巧克力", product="chocolate"),
                    "valuables": _zone("贵重物品"),
                },
            },
            "till": {
                "aliases": ["收银台"],
                "zones": {"waiting": _zone("等候区")},
                "lines": {"door": {**_LINE, "aliases": ["门口"]}},
            },
        },
        {
            "taking": {"behaviour": "take", "zone": "drinks"},
            "taking-snacks": {"behaviour": "take", "zone": "snacks"},
            "taking-sweets": {"behaviour": "take", "zone": "sweets"},
            "put-backs": {"behaviour": "put_back", "zone": "snacks"},
            "lingerers": {
                "behaviour": "loitering",
                "kind": "linger",
                "zone": "valuables",
                "loitering_time": 45,
            },
            "queues": {"behaviour": "queue", "zone": "waiting"},
            "visitors": {"behaviour": "counting", "line": "door"},
        },
    )
    world = World(config, NOW)
    simulate(
        world,
        [
            Source("take", "taking", "shelves", "drinks", 7.0),
            Source("take", "taking-snacks", "shelves", "snacks", 4.0),
            Source("take", "taking-sweets", "shelves", "sweets", 2.0),
            Source("put_back", "put-backs", "shelves", "snacks", 2.0),
            Source("linger", "lingerers", "shelves", "valuables", 3.0),
            Source("queue", "queues", "till", "waiting", 5.0),
        ],
        [Haunt("shelves", "snacks", 20), Haunt("shelves", "valuables", 15)],
        [("till", "visitors", 200)],
        [("till", "queues", 100)],
        seed=seed,
    )
    return world


def motorway(seed: int) -> World:
    """A motorway in India, whose clock is half an hour off."""
    road = {
        "zones": {"road": _zone("车道"), "shoulder": _zone("hard shoulder", "路肩")},
        "lines": {"across": _LINE},
    }
    config = _site(
        "Asia/Kolkata",
        {"km-12": road, "km-15": road},
        {
            "stopped-vehicles": {"behaviour": "stopped", "kind": "stopped_vehicle", "zone": "road"},
            "on-the-shoulder": {"behaviour": "stopped", "kind": "stopped_vehicle", "zone": "shoulder"},
            "wrong-way": {
                "behaviour": "wrong_way",
                "kind": "wrong_way_vehicle",
                "zone": "road",
                "line": "across",
                "classes": ["car"],
            },
            "walkers": {"behaviour": "pedestrian", "zone": "road"},
            "debris": {"behaviour": "debris", "zone": "road"},
            "fire": {"behaviour": "fire", "zone": "frame"},
            "smoke": {"behaviour": "smoke", "zone": "frame"},
            "jams": {"behaviour": "jam", "zone": "road"},
            "low-visibility": {"behaviour": "low_visibility", "zone": "frame"},
            "traffic": {"behaviour": "counting", "line": "across", "classes": ["car", "truck"]},
        },
    )
    world = World(config, NOW)
    simulate(
        world,
        [
            Source("stopped_vehicle", "stopped-vehicles", "km-12", "road", 3.0),
            Source("stopped_vehicle", "stopped-vehicles", "km-15", "road", 1.0),
            Source("stopped_vehicle", "on-the-shoulder", "km-12", "shoulder", 4.0),
            Source("wrong_way_vehicle", "wrong-way", "km-15", "road", 0.6),
            Source("pedestrian", "walkers", "km-12", "road", 2.0),
            Source("debris", "debris", "km-15", "road", 2.0),
            Source("fire", "fire", "km-12", None, 0.3),
            Source("smoke", "smoke", "km-15", None, 0.6),
            Source("jam", "jams", "km-12", "road", 2.0),
            Source("low_visibility", "low-visibility", "km-15", None, 0.7),
        ],
        [],
        [("km-12", "traffic", 300), ("km-15", "traffic", 300)],
        [],
        seed=seed,
    )
    return world


SITES: dict[str, tuple[Callable[[int], World], Callable[[World], list[Case]]]] = {
    "metro": (metro, answerable.metro),
    "industrial": (industrial, answerable.industrial),
    "retail": (retail, answerable.retail),
    "motorway": (motorway, answerable.motorway),
}
