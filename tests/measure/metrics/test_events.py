"""What was right, wrong and missed, by hand and for any timeline."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.ground_truth import TrueEvent
from secondsight.measure.metrics.events import CAUSES, Found, Occurrence, What, judge, match, shown
from secondsight.records import Verification
from tests.measure.samples import event, found, lookalike, recording
from tests.table import table


@table(
    ("true", "seen", "fits"),
    [
        ((10, 20), (19, 30), True),
        ((10, 20), (19.1, 30), False),
        ((10, 20), (0, 11), True),
        ((10, 20), (12, 12), True),
        ((10, 20), (20, 20), True),
        ((10, 20), (21, 21), False),
        ((10, 11.5), (10.75, 15), True),
        ((10, 11.5), (10.8, 15), False),
        ((10, 10.2), (9, 11), True),
        ((10, 10.2), (10.7, 12), False),
        ((10, 20), (5, 25), True),
    ],
    ids=str,
)
def test_what_fits(true: tuple[float, float], seen: tuple[float, float], fits: bool) -> None:
    assert bool(match([event(*true)], [found(*seen)])) is fits


def test_another_kind_never_fits() -> None:
    assert match([event(0, 10, "fight")], [found(0, 10, "fall")]) == []


def test_most_pairs_go_before_the_longest_common_time() -> None:
    # The long suspicion fits the first event best, but is the only one for the second.
    true = [event(0, 10), event(11, 13)]
    seen = [found(1, 13), found(0, 2)]
    assert match(true, seen) == [(0, 1), (1, 0)]


def test_among_equally_many_pairs_the_longest_common_time_wins() -> None:
    assert match([event(0, 10)], [found(8, 12), found(1, 9), found(0, 2)]) == [(0, 1)]


def counts(marks: list[Occurrence]) -> dict[str, float]:
    total: defaultdict[str, float] = defaultdict(float)
    for mark in marks:
        if mark.what is not What.DELAY:
            total[mark.what.value] += mark.value
    return dict(total)


SCENE = recording(
    [event(100, 104), event(200, 204), event(300, 304), event(400, 404), event(500, 504), event(600, 604)],
    [lookalike(700, 706), lookalike(800, 806), lookalike(900, 906, "sitting_down")],
)
SEEN = [
    found(101, 104, verification=Verification.CONFIRMED, calls=1, cost=0.01, told=109.5),
    found(103, 105, verification=Verification.CONFIRMED, calls=1, cost=0.01),  # the same fall once more
    found(201, 204, verification=Verification.REJECTED, calls=2, cost=0.02),
    found(301, 304, verification=Verification.UNSURE, alert=False, calls=1, cost=0.01),
    found(401, 404, verification=Verification.EXPIRED, alert=False),
    found(501, 504, dropped=True, alert=False),
    found(701, 704, verification=Verification.REJECTED, calls=1, cost=0.01),
    found(801, 804, verification=Verification.CONFIRMED, calls=1, cost=0.01),
    found(950, 955, verification=Verification.REJECTED, calls=1, cost=0.01),
    found(950, 955, "loitering", calls=1),  # not labelled here
]


def test_sentinel_alone_by_hand() -> None:
    assert counts(judge(SCENE, SEEN, brain=False)) == {
        "hit": 4,
        "miss": 2,
        "dropped": 1,
        "never_suspected": 1,
        "case": 8,
        "right_case": 5,
        "false_alarm": 4,
        "duplicate": 1,
        "lookalike": 3,
        "lookalike_suspected": 2,
        "lookalike_alerted": 2,
    }


def test_sentinel_and_brain_by_hand() -> None:
    assert counts(judge(SCENE, SEEN, brain=True)) == {
        "hit": 1,
        "miss": 5,
        "rejected": 1,
        "unsure": 1,
        "no_verdict": 1,
        "dropped": 1,
        "never_suspected": 1,
        "case": 8,
        "right_case": 4,
        "false_alarm": 2,
        "duplicate": 1,
        "lookalike": 3,
        "lookalike_suspected": 2,
        "lookalike_alerted": 1,
        "calls": 8,
        "cost": pytest.approx(0.08),
    }


@pytest.mark.parametrize(("brain", "delay"), [(False, 2.0), (True, 9.5)])
def test_time_to_alert_runs_from_the_start_of_the_event(brain: bool, delay: float) -> None:
    delays = [mark.value for mark in judge(SCENE, SEEN, brain=brain) if mark.what is What.DELAY]
    assert delays[0] == delay


def test_an_alert_before_the_event_took_no_time() -> None:
    marks = judge(recording([event(10, 20)]), [found(5, 15, triggered=6.0)], brain=False)
    assert [mark.value for mark in marks if mark.what is What.DELAY] == [0.0]


def test_a_confirmed_second_suspicion_saves_an_event_whose_first_was_rejected() -> None:
    seen = [
        found(0, 10, verification=Verification.REJECTED),
        found(6, 9, verification=Verification.CONFIRMED),
    ]
    marks = counts(judge(recording([event(0, 10)]), seen, brain=True))
    assert (marks["hit"], marks["right_case"]) == (1, 1)
    assert "false_alarm" not in marks


def test_a_cost_nobody_knows_makes_the_sum_unknown() -> None:
    marks = judge(recording([event(0, 10)]), [found(0, 10, calls=1, cost=None)], brain=True)
    assert [mark.value for mark in marks if mark.what is What.COST] == [
        pytest.approx(float("nan"), nan_ok=True)
    ]


def test_a_true_event_goes_before_a_look_alike_at_the_same_time() -> None:
    scene = recording([event(12, 16)], [lookalike(10, 20)])
    assert [thing and thing.kind for thing in shown(scene, [found(10, 20), found(17, 20)])] == [
        "fall",
        "tying_shoe",
    ]


kinds = st.sampled_from(["fall", "fight"])
moments = st.tuples(st.floats(0, 100), st.floats(0, 20), kinds)


def true_events(timeline: list[tuple[float, float, str]], **more: str) -> list[TrueEvent]:
    return [event(a, a + b, kind, id="same", **more) for a, b, kind in timeline]


def suspicions(timeline: list[tuple[float, float, str]], said: list[Verification]) -> list[Found]:
    return [
        replace(found(a, a + b, kind, verification=verdict), id=str(i))
        for i, ((a, b, kind), verdict) in enumerate(zip(timeline, said, strict=False))
    ]


@given(st.lists(moments, max_size=8), st.lists(moments, max_size=8))
def test_pairs_are_one_to_one_and_the_same_from_either_side(
    first: list[tuple[float, float, str]], second: list[tuple[float, float, str]]
) -> None:
    said = [Verification.UNVERIFIED] * 8
    pairs = match(true_events(first), suspicions(second, said))
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(first[i][2] == second[j][2] for i, j in pairs)
    assert len(match(true_events(second), suspicions(first, said))) == len(pairs)


@given(st.lists(moments, max_size=8))
def test_what_is_found_as_it_was_is_all_right(timeline: list[tuple[float, float, str]]) -> None:
    scene = recording(true_events(timeline), labelled=("fall", "fight"))
    marks = counts(judge(scene, suspicions(timeline, [Verification.CONFIRMED] * 8), brain=True))
    assert marks.get("hit", 0) == marks.get("right_case", 0) == len(timeline)
    assert not marks.get("miss")
    assert not marks.get("false_alarm")


@given(
    st.lists(moments, max_size=6),
    st.lists(moments, max_size=4),
    st.lists(moments, max_size=8),
    st.lists(st.sampled_from(Verification), min_size=8, max_size=8),
    st.booleans(),
)
def test_the_books_balance(
    true: list[tuple[float, float, str]],
    alike: list[tuple[float, float, str]],
    seen: list[tuple[float, float, str]],
    said: list[Verification],
    brain: bool,
) -> None:
    scene = recording(
        true_events(true),
        [replace(e, kind="other", resembles=e.kind) for e in true_events(alike)],
        labelled=("fall", "fight"),
    )
    cases = suspicions(seen, said)
    marks: Counter[str] = Counter(counts(judge(scene, cases, brain=brain)))
    alerted = sum(case.alert or not brain for case in cases)
    assert marks["hit"] + marks["miss"] == len(true)
    assert marks["hit"] + marks["false_alarm"] == alerted
    assert sum(marks[cause.value] for cause in CAUSES) == marks["miss"]
    assert marks["duplicate"] <= marks["false_alarm"]
    assert marks["right_case"] <= marks["case"] == len(cases)
    assert marks["lookalike_alerted"] <= marks["lookalike_suspected"] <= marks["lookalike"] == len(alike)
