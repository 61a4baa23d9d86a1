"""Vehicle near person: how close it passes, in metres."""

import pytest

from secondsight.behaviour.spatial.perspective import Perspective
from secondsight.behaviour.work.vehicle_near_person import gap
from tests.behaviour.scene import play, rule
from tests.behaviour.yard import Path, going, looks, still


@pytest.mark.parametrize(
    ("person", "vehicle", "found"),
    [
        (still(0.0, 9.0), going(2.2, 16.0, 0.0, -3.0), True),
        (still(0.0, 9.0), going(8.0, 16.0, 0.0, -3.0), False),
        (still(0.0, 9.0), still(2.2, 9.0), False),
        (going(-6.0, 9.0, 1.3, 0.0), still(2.2, 9.0), False),
        (going(0.0, 16.0, 0.0, -3.0), going(0.0, 16.0, 0.0, -3.0), False),
    ],
    ids=["passes close", "passes far", "stands", "walks up to one that stands", "drives it"],
)
def test_vehicle_near_person(person: Path, vehicle: Path, found: bool) -> None:
    shown = looks(3.6, person, vehicle, labels=("person", "truck"))
    reports = play(rule("vehicle_near_person", zone="frame"), shown)
    assert bool(reports) is found
    if found:
        assert [track.number for track in reports[0].tracks] == [1, 2]
        assert reports[0].scores["distance"] < 2.5


def test_gap_is_measured_from_where_the_vehicle_stands() -> None:
    plane, box = Perspective(), [0.5, 0.3, 0.7, 0.6]

    def far(x: float, y: float) -> float:
        return gap(plane.metres(x, y), (x, y), box, plane)

    assert far(0.6, 0.58) == 0
    assert far(0.3, 0.6) < far(0.2, 0.6)
    assert far(0.6, 0.4) > 1
