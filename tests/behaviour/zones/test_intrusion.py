"""Intrusion: when presence begins and ends, who counts, what is reported."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.records import TrackId
from tests.behaviour.scene import INSIDE, OUTSIDE, T0, Being, line, look, pattern, play, rule, times, walk
from tests.table import table


@table(
    ("letters", "expected"),
    [
        ("oooooooo", []),
        ("ooiiiiooo", [(2, 4, 5)]),
        ("iii", [(0, 2, None)]),
        ("iiioo", [(0, 2, None)]),  # two looks do not end it
        ("iiiooo", [(0, 2, 2)]),
        ("iioiioii", []),  # never three in a row
        ("ii-ii-ii", []),
        ("iioiiiooo", [(3, 5, 5)]),  # an interrupted beginning begins anew
        ("iiiooiiooiiooo", [(0, 2, 10)]),  # short absences do not end it
        ("iii" + "-" * 10 + "iooo", [(0, 2, 13)]),  # the tracker lost it for no longer than lost_track
        ("iii" + "-" * 11, [(0, 2, 2)]),
        ("iii---oi", [(0, 2, 2)]),  # missing looks count once it is seen outside
        ("iiHHHHHH", []),  # held observations are no looks
        ("iiHHHHi", [(0, 6, None)]),
        ("iiiHHHooo", [(0, 2, 5)]),  # but time goes on: it was there while nothing moved
        ("iiioHHooo", [(0, 2, 2)]),
        ("HHiii", [(2, 4, None)]),
        ("", []),
        ("-----", []),
    ],
)
def test_inertia(letters: str, expected: list[tuple[int, int, int | None]]) -> None:
    assert times(play(rule("intrusion", inertia=3), pattern(letters))) == expected


@pytest.mark.parametrize(("inertia", "trigger"), [(1, 2), (2, 3), (5, 6)])
def test_inertia_is_configurable(inertia: int, trigger: int) -> None:
    reports = play(rule("intrusion", inertia=inertia), pattern("oo" + "i" * 10))
    assert times(reports) == [(2, trigger, None)]


@table(
    ("letters", "cooldown", "expected"),
    [
        ("iiiooo" + "iii" + "ooo", 60, [(0, 2, 2)]),  # re-entry within the cooldown is silent
        ("iiiooo" + "iii" + "ooo", 0, [(0, 2, 2), (6, 8, 8)]),
        ("iiiooo" + "i" * 10 + "ooo", 2, [(0, 2, 2), (6, 12, 15)]),  # still there when the silence ends
        ("iiiooo" + "i" * 6 + "ooo", 2, [(0, 2, 2)]),  # gone by then
        ("iiiooo" + "o" * 10 + "iii", 2, [(0, 2, 2), (16, 18, None)]),
    ],
)
def test_cooldown(letters: str, cooldown: float, expected: list[tuple[int, int, int]]) -> None:
    assert times(play(rule("intrusion", cooldown=cooldown), pattern(letters))) == expected


def test_cooldown_is_kept_per_track() -> None:
    behaviour = rule("intrusion", cooldown=600)
    one = play(behaviour, pattern("iiiooo", number=1))
    far = [look(T0 + 10 + i / 5, Being(2, 0.75, 0.8)) for i in range(3)]
    assert len(one) == 2
    assert [c.tracks for c in play(behaviour, far)] == [(TrackId("hall", 0, 2),)]


@table(
    ("settings", "being", "counts"),
    [
        ({}, Being(1, *INSIDE), True),
        ({}, Being(1, *INSIDE, label="car"), False),
        ({"classes": ["car", "person"]}, Being(1, *INSIDE, label="car"), True),
        ({"classes": []}, Being(1, *INSIDE, label="truck"), True),
        ({"min_score": 0.5}, Being(1, *INSIDE, confidence=0.49), False),
        ({"min_score": 0.5}, Being(1, *INSIDE, confidence=0.5), True),
        ({"min_area": 0.04}, Being(1, *INSIDE, width=0.1, height=0.3), False),
        ({"min_area": 0.02}, Being(1, *INSIDE, width=0.1, height=0.3), True),
        ({"max_area": 0.02}, Being(1, *INSIDE, width=0.1, height=0.3), False),
        ({}, Being(1, *INSIDE, width=0.0), False),
        ({}, Being(1, *INSIDE, height=0.0), False),
        ({}, Being(1, *OUTSIDE), False),
        ({"zone": "frame"}, Being(1, *OUTSIDE), True),
        ({"zone": "frame"}, Being(1, 0.5, 1.02), True),  # boxes reach a little beyond the picture
    ],
)
def test_who_counts(settings: dict[str, object], being: Being, counts: bool) -> None:
    reports = play(rule("intrusion", **settings), [look(T0 + i / 5, being) for i in range(3)])
    assert bool(reports) is counts


def test_feet_decide_not_heads() -> None:
    """A tall box whose upper part covers the zone while its feet stand below it is not inside."""
    below = Being(1, 0.6, 0.95, height=0.6)
    assert not play(rule("intrusion"), [look(T0 + i, below) for i in range(5)])


def test_report_says_everything() -> None:
    confidences = [0.5, 0.7, 0.9, 0.6]
    looks = [look(T0 + i / 5, Being(7, *INSIDE, confidence=c)) for i, c in enumerate(confidences)]
    behaviour = rule("intrusion")
    opened, closed = play(behaviour, looks, close=True)
    assert (opened.camera, opened.epoch, opened.rule, opened.kind) == ("hall", 0, "watch", "intrusion")
    assert (opened.zone, opened.label, opened.tracks) == ("yard", "person", (TrackId("hall", 0, 7),))
    assert opened.end is None
    assert opened.score == pytest.approx(0.7, abs=1e-6)
    assert opened.peak == T0 + 0.4  # the most confident of the first three looks
    assert closed.id == opened.id
    assert (closed.start, closed.triggered, closed.end) == (opened.start, opened.triggered, T0 + 0.6)
    assert closed.score == pytest.approx(np.mean(confidences), abs=1e-6)
    assert closed.scores == pytest.approx(
        {
            "mean_confidence": 0.675,
            "max_confidence": 0.9,
            "max_area": 0.03,
            "looks": 4,
            "label_share": 1.0,
            "dwell": 0.6,
        },
        abs=1e-6,
    )


def test_same_recording_same_ids_other_origin_other_ids() -> None:
    first = [c.id for c in play(rule("intrusion"), pattern("ooiiiiooo"))]
    again = [c.id for c in play(rule("intrusion"), pattern("ooiiiiooo"))]
    assert first == again
    assert first != [c.id for c in play(rule("intrusion"), pattern("ooiiiiooo", start=T0 + 0.1))]


def test_peak_prefers_a_whole_view() -> None:
    """A large box cut off by the picture's edge shows less than a smaller whole one."""
    cut, whole = Being(1, 0.6, 0.85, height=0.9), Being(1, 0.6, 0.85, height=0.4)
    looks = [look(T0, cut), look(T0 + 1, whole), look(T0 + 2, cut)]
    (report,) = play(rule("intrusion"), looks)
    assert report.peak == T0 + 1


def test_peak_is_the_first_of_equal_views() -> None:
    (report,) = play(rule("intrusion"), pattern("oiii"))
    assert report.peak == report.start


def test_label_by_vote() -> None:
    labels = ["car", "truck", "car", "car", "truck"]
    looks = [look(T0 + i, Being(1, *INSIDE, label=name)) for i, name in enumerate(labels)]
    reports = play(rule("intrusion", classes=["car", "truck"]), looks, close=True)
    assert [c.label for c in reports] == ["car", "car"]
    assert reports[-1].scores["label_share"] == pytest.approx(0.6)


def test_everybody_is_one_suspicion() -> None:
    looks = [look(T0 + i / 5, Being(1, 0.5, 0.5), Being(2, 0.7, 0.8), Being(3, 0.1, 0.5)) for i in range(5)]
    reports = play(rule("intrusion"), looks)
    assert [c.tracks[0].number for c in reports] == [1, 2]
    assert len({c.id for c in reports}) == 2


def test_close_ends_what_is_open() -> None:
    behaviour = rule("intrusion")
    play(behaviour, pattern("iiii-"))
    (over,) = behaviour.close(T0 + 100)
    assert over.end == T0 + 0.6
    assert behaviour.close(T0 + 101) == []


def test_walk_through_the_zone_is_one_event() -> None:
    reports = play(rule("intrusion"), walk(line((0.1, 0.5), (0.95, 0.5), 40)))
    (span,) = times(reports)
    assert span[1] == span[0] + 2
    assert span[2] is not None
    assert span[2] > span[0]


@given(st.text("io-H", max_size=60), st.integers(1, 5), st.sampled_from([0.0, 1.0, 30.0]))
def test_any_pattern_reports_in_pairs(letters: str, inertia: int, cooldown: float) -> None:
    reports = play(rule("intrusion", inertia=inertia, cooldown=cooldown), pattern(letters), close=True)
    spans = times(reports)
    assert all(end is not None and start <= triggered for start, triggered, end in spans)
    assert all(start <= end for start, _, end in spans)  # type: ignore[operator]
    assert all(0 <= c.score <= 1 and c.start <= c.peak for c in reports)
    if "i" * inertia not in letters.replace("H", ""):
        assert not reports


@given(st.text("io-", min_size=1, max_size=40))
def test_inertia_one_reports_the_first_look_inside(letters: str) -> None:
    spans = times(play(rule("intrusion", inertia=1, cooldown=1000), pattern(letters)))
    first = letters.find("i")
    assert [s[:2] for s in spans[:1]] == ([(first, first)] if first >= 0 else [])
