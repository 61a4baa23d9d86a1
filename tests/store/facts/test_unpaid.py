"""Goods followed from the shelf to the door, case by case."""

import pytest

from secondsight.records import Action, ShopLayout, TrackId, Verification, Visit
from secondsight.store import (
    AddVisits,
    AttachClip,
    FeedbackEntry,
    OpenCandidate,
    Store,
    TakeFate,
    TakenGoods,
    TakeSearch,
)
from tests.store.samples import candidate, decision, verdict

C, R, U = Verification.CONFIRMED, Verification.REJECTED, Verification.UNVERIFIED
PUT_BACK, PAID, UNPAID, UNKNOWN = (
    TakeFate.PUT_BACK, TakeFate.PAID, TakeFate.UNPAID, TakeFate.UNKNOWN,
)  # fmt: skip
LAYOUT = ShopLayout(("taking",), ("returning",), (("hall", "till"),), (("hall", "door:out"),))
OUT, IN = "door:out", "door:in"


def reach(
    store: Store,
    id: str,
    time: float,
    known: Verification | None,
    number: int = 1,
    rule: str = "taking",
    **of: object,
) -> None:
    seen = {"zone": "tea", "tracks": (TrackId("hall", 1, number),), "attributes": {}, **of}
    made = candidate(id, time, start=time, rule=rule, kind="take", **seen)
    store.apply([OpenCandidate(made, decision(Action.REVIEW)), AttachClip(id, None)])
    if known is not None:
        store.cases.settle(id, known, verdict(known))


def stay(zone: str, enter: float, leave: float, left_by: str | None = None, number: int = 1) -> Visit:
    track = TrackId("hall", 1, number)
    return Visit(track, zone, "person", enter, leave, (0.5, 0.5), (0.5, 0.5), None, left_by)


def goods(store: Store, layout: ShopLayout = LAYOUT, **of: object) -> list[TakenGoods]:
    wanted = {"since": 0.0, "until": 10_000.0, **of}
    return store.taken.find(TakeSearch(layout=layout, **wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("visits", "put_back", "fate"),
    [
        ([stay("frame", 90, 200, OUT)], None, UNPAID),
        ([stay("frame", 90, 200, IN)], None, UNKNOWN),  # came back in, and the track ended
        ([stay("frame", 90, 200)], None, UNKNOWN),
        ([], None, UNKNOWN),  # still there
        ([stay("frame", 90, 200, OUT), stay("till", 150, 170)], None, PAID),
        ([stay("frame", 90, 200), stay("till", 150, 170)], None, PAID),
        ([stay("frame", 90, 200, OUT), stay("till", 150, 152)], None, UNKNOWN),  # only passed it
        ([stay("frame", 80, 200, OUT), stay("till", 81, 99)], None, UNPAID),  # paid for something else
        ([stay("frame", 80, 200, OUT), stay("till", 81, 103)], None, UNKNOWN),
        ([stay("frame", 80, 200, OUT), stay("till", 81, 120)], None, PAID),
        ([stay("frame", 80, 200, OUT), stay("yard", 81, 120)], None, UNPAID),
        (
            [stay("yard", 90, 120, OUT), stay("frame", 90, 200)],
            None,
            UNKNOWN,
        ),  # a zone of it is not the picture
        ([stay("frame", 90, 200, OUT)], C, PUT_BACK),
        ([stay("frame", 90, 200, OUT)], U, UNKNOWN),
        ([stay("frame", 90, 200, OUT)], R, UNPAID),
        ([stay("frame", 90, 200, OUT), stay("till", 150, 170)], U, PAID),
        ([stay("frame", 90, 200, OUT, number=2)], None, UNKNOWN),  # another one left
        ([stay("frame", 90, 200, OUT), stay("till", 150, 170, number=2)], None, UNPAID),
        ([stay("frame", 50, 95, OUT)], None, UNKNOWN),  # the take came after the track was over
    ],
)
def test_what_became_of_goods(
    store: Store, visits: list[Visit], put_back: Verification | None, fate: TakeFate
) -> None:
    reach(store, "t", 100.0, C)
    if put_back is not None:
        reach(store, "p", 101.0, None if put_back is U else put_back, rule="returning")
    store.apply([AddVisits(tuple(visits))])
    assert goods(store) == [TakenGoods("t", "hall", "tea", None, 100.0, C, fate)]


def test_a_put_back_undoes_one_take_of_its_shelf_and_track(store: Store) -> None:
    for number, (id, time, zone) in enumerate(
        [("a", 100.0, "tea"), ("b", 120.0, "tea"), ("c", 121.0, "coffee"), ("d", 300.0, "tea")]
    ):
        reach(store, id, time, C, 1 if number < 3 else 2, zone=zone)
    reach(store, "p", 130.0, C, rule="returning")
    store.apply([AddVisits((stay("frame", 90, 200, OUT), stay("frame", 290, 400, OUT, number=2)))])
    assert [(one.event, one.fate) for one in goods(store)] == [
        ("a", UNPAID), ("b", PUT_BACK), ("c", UNPAID), ("d", UNPAID),
    ]  # fmt: skip


def test_any_track_of_a_take_counts(store: Store) -> None:
    both = (TrackId("hall", 1, 1), TrackId("hall", 1, 2))
    reach(store, "t", 100.0, None, tracks=both)
    store.apply([AddVisits((stay("frame", 90, 110), stay("till", 150, 170, number=2)))])
    assert [one.fate for one in goods(store)] == [PAID]


def test_a_person_is_believed_before_the_verdict(store: Store) -> None:
    reach(store, "t", 100.0, R)
    store.feedback.add([FeedbackEntry("t", truth=True, author="guard")])
    assert [one.verification for one in goods(store)] == [C]


def test_conditions_and_rights(store: Store) -> None:
    reach(store, "a", 100.0, C, zone="tea")
    reach(store, "b", 200.0, C, zone="coffee", attributes={"product": "mocha"})
    assert [one.product for one in goods(store)] == [None, "mocha"]
    assert [one.event for one in goods(store, zones=("tea",))] == ["a"]
    assert [one.event for one in goods(store, since=100.0, until=200.0)] == ["a"]
    assert goods(store, cameras=("yard",)) == goods(store, cameras=()) == []
    assert len(goods(store, cameras=("hall",))) == 2
    nothing = ShopLayout((), (), (), ())
    assert goods(store, nothing) == []
    no_till = ShopLayout(("taking",), (), (), ())
    assert [one.fate for one in goods(store, no_till)] == [UNKNOWN, UNKNOWN]
