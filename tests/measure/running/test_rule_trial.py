"""A rule tried: over simulated scenes, and over visits and events that are stored."""

from pathlib import Path
from typing import Any

import pytest

from secondsight.config import make_site
from secondsight.measure import try_in_city, try_on_stored
from secondsight.records import Action, TrackId, Visit
from secondsight.store import AddVisits, OpenCandidate, Store
from tests.store.samples import candidate, decision

NOW = 1_767_272_400.0
"""2026-01-01T13:00:00Z."""
LOITERS = {"behaviour": "loitering", "zone": "frame", "loitering_time": "10s"}


def visit(number: int, ago: float, stay: float) -> Visit:
    begin = NOW - ago
    middle = (0.5, 0.5)
    return Visit(TrackId("hall", 0, number), "frame", "person", begin, begin + stay, middle, middle)


def test_what_cannot_be_tried_says_why() -> None:
    rules: dict[str, dict[str, Any]] = {
        "smoke": {"behaviour": "smoke", "zone": "frame"},
        "both": {"behaviour": "combined", "all": ["smoke"]},
    }
    assert [one.why for one in try_in_city(rules)] == [
        "it is told from pictures",
        "the city has no such combination; its parts are tried",
    ]


def test_a_stricter_rule_finds_less() -> None:
    """The settings of the sentence are those that are tried."""
    loose, strict = (
        try_in_city({"r": {**LOITERS, "loitering_time": time}}, scenes=1)[0] for time in ("5s", "10min")
    )
    assert loose.events == strict.events
    assert loose.found > strict.found == 0


@pytest.mark.parametrize(
    ("settings", "stays"),
    [
        (LOITERS, 2),
        ({**LOITERS, "loitering_time": "60s"}, 1),
        ({**LOITERS, "when": "daily 12:00-13:00"}, 1),
        ({**LOITERS, "classes": ["car"]}, 0),
        ({**LOITERS, "cameras": ["gate"]}, 0),
        ({"behaviour": "fall", "zone": "frame"}, None),
    ],
)
def test_stored_stays_are_counted_as_the_rule_says(
    tmp_path: Path, settings: dict[str, object], stays: int | None
) -> None:
    cameras = {name: {"source": "a.mp4"} for name in ("hall", "gate")}
    config = make_site({"cameras": cameras, "rules": {"r": settings}}, tmp_path)
    with Store.open(tmp_path) as store:
        past = enumerate([(1800.0, 120.0), (7200.0, 20.0), (900.0, 5.0), (9e6, 500.0)])
        store.apply([AddVisits(tuple(visit(number, ago, stay) for number, (ago, stay) in past))])
        kind = str(settings["behaviour"])
        store.apply(
            [
                OpenCandidate(
                    candidate("e", kind=kind, triggered=NOW - 1800, camera="hall"), decision(Action.ACCEPT)
                )
            ]
        )
        (trial,) = try_on_stored({"r": settings}, config, store, NOW)
    assert trial.stays == stays
    assert trial.events == (0 if settings.get("cameras") else 1)
