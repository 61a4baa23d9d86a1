"""A day of each pack, counted by hand: what the store holds is what the report says."""

from pathlib import Path
from typing import Any

import pytest

from secondsight.config import SiteConfig
from secondsight.records import ReportKind, ReportPeriod, TrackId, Verification, Visit
from secondsight.report import CameraWatch, ReportFacts, WatchGap, gather
from secondsight.report.facts.report_facts import (
    DifferentPeople,
    UnpaidGoods,
    facts_from_json,
    facts_to_json,
    restricted,
)
from secondsight.report.facts.totals import flows, heat_grids, lasted, middle, products, queues, zones
from secondsight.report.words.figures import figures_of
from secondsight.store import AddVisits, Store
from tests.report.days import HOUR, NOON, add_counts, add_event, config

ZONE = "Asia/Shanghai"
PERIOD = ReportPeriod(ReportKind.SPAN, NOON, NOON + 2 * HOUR, ZONE)

METRO = {
    "falls": {"behaviour": "fall", "zone": "yard"},
    "crowds": {"behaviour": "crowd", "zone": "yard", "people": 5},
}
WORK = {
    "helmets": {"behaviour": "no_helmet", "zone": "yard"},
    "vests": {"behaviour": "no_vest", "zone": "yard"},
}
SHOP = {
    "taking": {"behaviour": "take", "zone": "shelf"},
    "put-backs": {"behaviour": "put_back", "zone": "shelf"},
    "visitors": {"behaviour": "counting", "line": "door"},
    "aisle": {"behaviour": "counting", "zone": "shelf", "heat": True},
    "queue": {"behaviour": "queue", "zone": "till"},
}
ROAD = {
    "fog": {"behaviour": "low_visibility", "zone": "frame"},
    "stops": {"behaviour": "stopped", "zone": "road"},
}


def facts(store: Store, site: SiteConfig, **changes: Any) -> ReportFacts:
    return gather(store, PERIOD, site="works", language="en", config=site, **changes)


def figures(found: ReportFacts) -> dict[str, str]:
    return {key: figure.text for key, figure in figures_of(found).items()}


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "data.db") as opened:
        yield opened


def test_metro(store: Store, tmp_path: Path) -> None:
    at = NOON
    add_event(
        store, 1, at, Verification.CONFIRMED, kind="fall", rule="falls", told=0.0, taken=0.0, frames=True
    )
    add_event(store, 2, at + 10, Verification.REJECTED, kind="fall", rule="falls")
    add_event(store, 3, at + HOUR, Verification.UNSURE, kind="crowd", rule="crowds", told=0.0)
    add_event(store, 4, at + HOUR + 1, Verification.CONFIRMED, truth=False, kind="fall", rule="falls")
    add_event(store, 5, at - 1, Verification.CONFIRMED, kind="fall", rule="falls")
    add_event(store, 6, at + 2 * HOUR, Verification.CONFIRMED, kind="fall", rule="falls")
    found = facts(store, config(tmp_path, METRO))
    said = figures(found)
    assert said["alarms"] == "4"
    assert (said["alarms.confirmed"], said["alarms.rejected"], said["alarms.open"]) == ("1", "2", "1")
    assert (said["alarms.kind"], said["alarms.kind.count"], said["alarms.hour"]) == ("fall", "3", "20:00")
    assert said["alarms.change"] == "3 more than"
    assert (said["response.alerts"], said["response.open"]) == ("2", "1")
    assert middle(found.now.responses) is not None
    assert [one.event for one in found.incidents] == ["e1", "e3"]
    assert found.incidents[0].picture == "frames/1970-01-01/e1/0.jpg"


def test_industrial(store: Store, tmp_path: Path) -> None:
    for number, (at, kind, camera) in enumerate(
        [
            (5, "no_helmet", "hall"),
            (6, "no_helmet", "hall"),
            (7, "no_vest", "yard"),
            (-5, "no_helmet", "hall"),
        ]
    ):
        rule = {"no_helmet": "helmets", "no_vest": "vests"}[kind]
        add_event(store, number, NOON + at, Verification.CONFIRMED, kind=kind, rule=rule, camera=camera)
    add_event(store, 9, NOON + 8, Verification.REJECTED, kind="no_vest", rule="vests")
    said = figures(facts(store, config(tmp_path, WORK)))
    assert (said["safety"], said["safety.change"]) == ("3", "2 more than")
    assert (said["safety.place"], said["safety.place.count"]) == ("hall/yard", "2")
    assert said["safety.repeat"] == "1"


def test_retail(store: Store, tmp_path: Path) -> None:
    for number, (at, kind, product) in enumerate(
        [(1, "take", "tea"), (2, "take", "tea"), (HOUR, "take", "rice"), (HOUR + 1, "put_back", "tea")]
    ):
        rule = {"take": "taking", "put_back": "put-backs"}[kind]
        add_event(
            store, number, NOON + at, kind=kind, rule=rule, zone="shelf", attributes={"product": product}
        )
    add_event(store, 8, NOON + 3, Verification.REJECTED, kind="take", rule="taking", zone="shelf")
    add_counts(
        store,
        "hall",
        NOON,
        in__visitors=5,
        out__visitors=2,
        visits__aisle=4,
        dwell__aisle=120,
        watched__aisle=60,
    )
    add_counts(store, "hall", NOON + HOUR, in__visitors=1, waited__queue=90, left__queue=3, waiting__queue=30,
               queue_watched__queue=60)  # fmt: skip
    add_counts(store, "hall", NOON + 60, heat_dot_3_dot_2__aisle=40, heat_dot_15_dot_8__aisle=20)
    found = facts(store, config(tmp_path, SHOP))
    said = figures(found)
    assert said["alarms"] == "0"
    assert (said["product.best"], said["product.takes"], said["product.all"]) == ("tea", "2", "3")
    assert said["product.put_backs"] == "1"
    assert [(one.product, one.takes, one.kept) for one in products(found, found.now)] == [
        ("tea", 2, 1),
        ("rice", 1, 1),
    ]
    assert products(found, found.now)[0].stay == 30.0
    (line,) = flows(found, found.now)
    assert (line.place, line.inward, line.outward) == ("door", (5.0, 1.0), (2.0, 0.0))
    (zone,) = zones(found, found.now)
    assert (zone.stay, zone.occupancy) == (30.0, 2.0)
    (queue,) = queues(found, found.now)
    assert (queue.wait, queue.length, queue.hours) == (30.0, 0.5, (None, 30.0))
    (heat,) = heat_grids(found.now)
    assert (heat.cells[2][3], heat.cells[8][15], sum(map(sum, heat.cells))) == (40.0, 20.0, 60.0)
    assert (said["flow.in"], said["flow.hour"], said["queue.wait"]) == ("6", "20:00", "30 s")


def test_goods_and_people_are_followed(store: Store, tmp_path: Path) -> None:
    site = config(tmp_path, {**SHOP, "taking": {"behaviour": "take", "zone": "shelf"}})
    floor = site.cameras["hall"].zones
    till = floor["till"].model_copy(update={"till": True})
    hall = site.cameras["hall"].model_copy(update={"zones": {**floor, "till": till}})
    followed = site.model_copy(update={"cameras": {**site.cameras, "hall": hall}})
    for number, (product, known, out) in enumerate(
        [("tea", None, True), ("tea", Verification.CONFIRMED, True), ("tea", Verification.REJECTED, True),
         ("rice", None, False), ("rice", None, True)]
    ):  # fmt: skip
        track, begin = TrackId("hall", 1, number), NOON + number * 60
        add_event(
            store, number, begin + 5, known, kind="take", rule="taking", zone="shelf", tracks=(track,),
            attributes={"product": product},
        )  # fmt: skip
        left_by = "door:right_to_left" if out else None
        stays = [Visit(track, "frame", "person", begin, begin + 50, (0.5, 0.5), (0.5, 0.5), None, left_by)]
        if number == 4:
            stays.append(Visit(track, "till", "person", begin + 20, begin + 40, (0.5, 0.5), (0.5, 0.5)))
        store.apply([AddVisits(tuple(stays))])
    found = facts(store, followed)
    assert found.now.unpaid == (UnpaidGoods("hall", "rice", 0, 0, 1), UnpaidGoods("hall", "tea", 1, 1, 0))
    assert [(one.product, one.unpaid) for one in products(found, found.now)] == [("rice", 0), ("tea", 2)]
    assert found.now.people == (DifferentPeople("hall", 1, 1, 5),)
    said = figures(found)
    assert (said["product.carried"], said["product.unknown"]) == ("2", "1")
    assert (said["people"], said["people.low"], said["people.high"]) == ("1", "1", "5")
    assert facts_from_json(facts_to_json(found)) == found
    others = restricted(found, ["yard"]).now
    assert others.people == ()
    assert others.unpaid == ()
    bare = facts(store, site)
    assert bare.now.unpaid is None
    assert {one.unpaid for one in products(bare, bare.now)} == {None}


def test_motorway(store: Store, tmp_path: Path) -> None:
    add_event(
        store, 1, NOON - 600, Verification.CONFIRMED, over=NOON + 600, kind="low_visibility", rule="fog"
    )
    add_event(store, 2, NOON + HOUR, Verification.UNSURE, kind="low_visibility", rule="fog", camera="yard")
    add_event(store, 3, NOON + 100, Verification.REJECTED, over=NOON + 200, kind="stopped", rule="stops")
    add_event(store, 4, NOON + 100, Verification.CONFIRMED, over=NOON + 400, kind="stopped", rule="stops")
    found = facts(store, config(tmp_path, ROAD))
    assert [seconds for _, seconds in lasted(found.now, "low_visibility")] == [600.0, HOUR]
    said = figures(found)
    assert (said["visibility.lasted"], said["stops"], said["stops.lasted"]) == (
        "1 h 10 min",
        "1",
        "5 min 0 s",
    )


def test_minutes_without_counts_are_gaps_and_a_camera_that_never_counted_is_not_known(
    store: Store, tmp_path: Path
) -> None:
    store.observations.upsert_camera("hall")
    for minute in range(0, 2 * 60):
        if not 30 <= minute < 35:
            add_counts(store, "hall", NOON + 60 * minute, frames=300)
    found = facts(store, config(tmp_path, METRO))
    gap = WatchGap(NOON + 1800, NOON + 2100)
    assert found.now.watch == (CameraWatch("hall", True, (gap,)), CameraWatch("yard", False))
    assert found.before.watch[0].blind == 2 * HOUR
    assert figures(found)["blind.lasted"] == "5 min 0 s"


def test_coverage_can_come_from_elsewhere(store: Store, tmp_path: Path) -> None:
    class Known:
        def watched(self, cameras: Any, start: float, end: float) -> list[CameraWatch]:
            return [CameraWatch(camera, True, (WatchGap(start, start + 7.0),)) for camera in cameras]

    assert figures(facts(store, config(tmp_path, METRO), coverage=Known()))["blind.lasted"] == "14 s"


def test_facts_survive_json_and_say_the_same_every_time(store: Store, tmp_path: Path) -> None:
    add_event(
        store,
        1,
        NOON,
        Verification.CONFIRMED,
        kind="fall",
        rule="falls",
        frames=True,
        words="</script>\u202e",
    )
    add_counts(store, "hall", NOON, in__visitors=5, frames=10)
    site = config(tmp_path, METRO)
    found = facts(store, site)
    assert facts_from_json(facts_to_json(found)) == found
    assert facts_to_json(facts(store, site)) == facts_to_json(found)


def test_a_report_of_some_cameras_has_nothing_of_others(store: Store, tmp_path: Path) -> None:
    for number, camera in enumerate(("hall", "yard")):
        add_event(
            store,
            number,
            NOON + number,
            camera=camera,
            zone=f"{camera}-secret",
            rule=f"{camera}-rule",
            frames=True,
        )
        add_counts(
            store, camera, NOON, **{f"in__{camera}_door": 1.0, f"heat_dot_1_dot_1__{camera}_door": 2.0}
        )
    found = restricted(facts(store, config(tmp_path, METRO)), ("hall",))
    assert "yard" not in facts_to_json(found)
    assert figures(found)["alarms"] == "1"
