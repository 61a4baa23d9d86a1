"""A small shop that one camera sees whole, another one its entrance: goods are followed, people are seen twice."""

import random
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.accuracy.ask.world import Case, Expected, Stretch, World
from secondsight.config import SiteConfig, make_site
from secondsight.records import (
    Action,
    Candidate,
    Coverage,
    CoverageState,
    PolicyDecision,
    Track,
    TrackId,
    Usage,
    Verdict,
    Verification,
    Visit,
    candidate_id,
)
from secondsight.store import AddTracks, AddVisits, AttachClip, OpenCandidate, SetCoverage, Store, Write

_SQUARE = {"coordinates": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]}
_LINE = {"coordinates": [[0.1, 0.5], [0.9, 0.5]]}
_OUT = "exit:right_to_left"
_PER_DAY = 40
_LOOKS, _SPREAD = 64, 0.06
"""Size of embeddings, and how much those of one person vary: two of them have a cosine of about 0.8."""
_DAYS = 9
_SHELVES = {"coffee": "coffee", "tea": "tea", "sweets": "chocolate"}


@dataclass(frozen=True, slots=True)
class Reached:
    """A take that was reported.

    Attributes:
        real: whether something was taken; verified: whether the second look has said so, rightly.
        put_back: whether it was put back; put_back_verified: whether that is verified.
    """

    shelf: str
    time: float
    real: bool
    verified: bool
    put_back: bool = False
    put_back_verified: bool = False


@dataclass(frozen=True, slots=True)
class Shopper:
    """One person in the shop.

    Attributes:
        pieces: in which the tracker sees the person; before them the entrance camera does, once.
        paid: whether the person was at the till, and when; passed: went by it, too briefly to pay.
        left: whether the person was seen to leave by the door.
    """

    person: int
    pieces: tuple[Stretch, ...]
    reached: tuple[Reached, ...]
    paid: float | None
    passed: bool
    left: bool
    first_track: int

    @property
    def stole(self) -> bool:
        return self.left and self.paid is None


def config() -> SiteConfig:
    """The site file."""
    shelves = {
        name: {**_SQUARE, "product": product, "aliases": [alias]}
        for (name, product), alias in zip(_SHELVES.items(), ("咖啡", "茶叶", "巧克力"), strict=True)
    }
    floor = {
        "source": "floor.mp4",
        "zones": {**shelves, "checkout": {**_SQUARE, "till": True}},
        "lines": {"exit": _LINE},
    }
    return make_site(
        {
            "site": {"timezone": "Europe/London"},
            "cameras": {"floor": floor, "entrance": {"source": "entrance.mp4"}},
            "rules": {
                **{f"taking-{name}": {"behaviour": "take", "zone": name} for name in _SHELVES},
                **{f"returning-{name}": {"behaviour": "put_back", "zone": name} for name in _SHELVES},
                "visitors": {"behaviour": "counting", "line": "exit"},
            },
        },
        Path("/srv"),
    )


class Kiosk:
    """Nine days of the shop, the truth about them, and what a site would have stored.

    Attributes:
        world: its clock and its calendar.
        described: whether a re-id model describes tracks: each person's looks vary around one of its own.
    """

    def __init__(
        self, seed: int, *, described: bool = True, now: datetime = datetime(2026, 4, 22, 15, 30)
    ) -> None:
        self.world = World(config(), now)
        self.described = described
        dice = random.Random(seed)
        self.shoppers: list[Shopper] = []
        today = self.world.local_now.date()
        for back in range(_DAYS - 1, -1, -1):
            begin = self.world.midnight(today - timedelta(days=back))
            crew = [dice.randrange(10**9) for _ in range(_PER_DAY * 3 // 4)]
            free: dict[int, float] = {}
            for n in range(_PER_DAY):
                person = dice.choice(crew)
                enter = begin + 8 * 3600 + n * 660 + dice.uniform(0, 900)
                if enter > free.get(person, 0.0):
                    one = _shopper(dice, person, enter, len(self.shoppers) * 10)
                    free[person] = one.pieces[-1][1] + 120
                    if one.pieces[-1][1] < self.world.now - 60:
                        self.shoppers.append(one)

    # -- the truth

    def unpaid(self, when: Stretch) -> float:
        """Goods carried out without the till."""
        return sum(self.unpaid_by_product(when).values())

    def unpaid_by_product(self, when: Stretch) -> dict[str, float]:
        """The same for each product."""
        return dict(
            Tally(
                _SHELVES[one.shelf]
                for shopper in self.shoppers
                if shopper.stole
                for one in shopper.reached
                if one.real and not one.put_back and when[0] <= one.time < when[1]
            )
        )

    def people(self, when: Stretch) -> float:
        """Different people in the shop."""
        return len({one.person for one in self.shoppers if when[0] <= one.pieces[0][0] - 30 < when[1]})

    # -- what is stored

    def store(self, store: Store) -> None:
        """Fill an empty store."""
        writes: list[Write] = []
        verdicts: list[tuple[str, Verification]] = []
        for shopper in self.shoppers:
            visits = tuple(_visits(shopper))
            writes.append(AddVisits(visits))
            if self.described:
                writes.append(AddTracks(tuple(_described(shopper, visits))))
            for one in shopper.reached:
                for kind, time, real, verified in _reports(one):
                    candidate = _candidate(shopper, one.shelf, kind, time)
                    decision = PolicyDecision(Action.REVIEW, "simulated", "simulated")
                    writes += [OpenCandidate(candidate, decision), AttachClip(candidate.id, None)]
                    if verified:
                        verdicts.append(
                            (candidate.id, Verification.CONFIRMED if real else Verification.REJECTED)
                        )
        since = self.world.midnight(self.world.local_now.date() - timedelta(days=_DAYS - 1))
        writes.append(
            SetCoverage(
                tuple(
                    Coverage(camera, CoverageState.WATCHED, since, self.world.now)
                    for camera in self.world.config.cameras
                )
            )
        )
        store.apply(writes)
        for id, known in verdicts:
            store.cases.settle(
                id, known, Verdict(known, 0.9, {}, (), "simulated", "simulated", "simulated", Usage(calls=1))
            )


def _shopper(dice: random.Random, person: int, enter: float, first_track: int) -> Shopper:
    length = dice.uniform(90, 600)
    cuts = sorted(dice.uniform(0.1, 0.9) * length for _ in range(dice.choice((0, 0, 0, 1, 2))))
    edges = [0.0, *cuts, length]
    pieces = tuple((enter + a + (1.5 if a else 0.0), enter + b) for a, b in pairwise(edges) if b - a > 5.0)
    reached = tuple(
        Reached(
            dice.choice(list(_SHELVES)),
            enter + dice.uniform(0.05, 0.6) * length,
            real=dice.random() < 0.8,
            verified=dice.random() < 0.75,
            put_back=dice.random() < 0.2,
            put_back_verified=dice.random() < 0.7,
        )
        for _ in range(dice.choice((0, 1, 1, 2)))
    )
    reached = tuple(one for one in reached if _track_at(pieces, one.time) is not None)
    paid = enter + dice.uniform(0.65, 0.85) * length if dice.random() < 0.6 else None
    return Shopper(person, pieces, reached, paid, dice.random() < 0.2, dice.random() < 0.9, first_track)


def _track_at(pieces: tuple[Stretch, ...], time: float) -> int | None:
    return next((n for n, (begin, end) in enumerate(pieces) if begin <= time <= end), None)


def _reports(one: Reached) -> Iterator[tuple[str, float, bool, bool]]:
    yield "take", one.time, one.real, one.verified
    if one.put_back:
        yield "put_back", one.time + 0.2, True, one.put_back_verified


def _candidate(shopper: Shopper, shelf: str, kind: str, time: float) -> Candidate:
    number = _track_at(shopper.pieces, min(time, shopper.pieces[-1][1]))
    track = TrackId("floor", 1, shopper.first_track + (number or 0))
    rule = f"{'taking' if kind == 'take' else 'returning'}-{shelf}"
    return Candidate(
        id=candidate_id("floor", "simulated", rule, track, time),
        camera="floor",
        epoch=1,
        rule=rule,
        kind=kind,
        start=time,
        triggered=time,
        peak=time,
        score=0.8,
        tracks=(track,),
        label="person",
        zone=shelf,
        end=time + 3.0,
    )


def _visits(shopper: Shopper) -> Iterator[Visit]:
    """Of the entrance once, of the shop in pieces, of the till where the person was there and was seen."""
    spot = (shopper.person % 97) / 100, (shopper.person % 89) / 100
    begin = shopper.pieces[0][0] - 30
    entrance = TrackId("entrance", 1, shopper.first_track)
    yield Visit(entrance, "frame", "person", begin, begin + 20, spot, spot)
    for n, (since, until) in enumerate(shopper.pieces):
        track = TrackId("floor", 1, shopper.first_track + n)
        last = n == len(shopper.pieces) - 1
        yield Visit(
            track,
            "frame",
            "person",
            since,
            until,
            spot,
            spot,
            left_by=_OUT if last and shopper.left else None,
        )
        at_till = (
            shopper.paid if shopper.paid is not None else (until - 8 if shopper.passed and last else None)
        )
        if at_till is not None and since <= at_till <= until:
            stay = 15.0 if shopper.paid is not None else 2.0
            yield Visit(track, "checkout", "person", at_till, at_till + stay, spot, spot)


def _described(shopper: Shopper, visits: tuple[Visit, ...]) -> Iterator[Track]:
    own = np.random.default_rng(shopper.person).normal(size=_LOOKS)
    for visit in visits:
        if visit.zone == "frame":
            dice = np.random.default_rng((shopper.first_track, visit.track.number, len(visit.track.camera)))
            look = own / np.linalg.norm(own) + dice.normal(size=_LOOKS) * _SPREAD
            path = (visit.first, visit.last)
            yield Track(visit.track, "person", visit.enter, visit.leave, 0.9, path, tuple(look.tolist()))


def cases(kiosk: Kiosk) -> list[Case]:
    """Questions about goods that were not paid for, and about different people."""
    world = kiosk.world
    afternoon = world.hours(1, 12, 18)
    return [
        Case(
            Expected(kiosk.unpaid(world.yesterday)),
            (
                "How often were goods taken without paying yesterday?",
                "How many unpaid items left the shop yesterday?",
            ),
            ("昨天有多少商品没付钱就被拿走?", "昨天没结账就拿走的商品有几件?"),
        ),
        Case(
            Expected(kiosk.unpaid(afternoon)),
            (
                "Who took goods without paying yesterday afternoon?",
                "Show me what was shoplifted yesterday afternoon",
            ),
            ("昨天下午谁偷拿了商品?", "昨天下午有哪些东西没付款就被带走了?"),
        ),
        Case(
            Expected(table=kiosk.unpaid_by_product(world.this_week)),
            ("Unpaid goods per product this week", "How many thefts of each product were there this week?"),
            ("这周每种商品各被偷了几次?", "本周没付钱的商品按种类各有多少?"),
        ),
        Case(
            Expected(kiosk.unpaid_by_product(world.last_week)["coffee"]),
            (
                "How many times was coffee stolen last week?",
                "How often did coffee leave without being paid for last week?",
            ),
            ("上周咖啡被偷了几次?", "上周有几次没买单就拿走咖啡?"),
        ),
        Case(
            Expected(kiosk.unpaid(world.yesterday), other=kiosk.unpaid(world.day(2))),
            ("Compare thefts of yesterday and Monday", "How do yesterday's thefts compare with Monday's?"),
            ("比较昨天和周一的偷窃次数", "昨天和周一的失窃次数对比一下"),
        ),
        Case(
            Expected(kiosk.people(world.yesterday)),
            (
                "How many different people were in the shop yesterday?",
                "How many individual customers came by yesterday?",
            ),
            ("昨天有多少个不同的人来过?", "昨天店里一共有多少个不同的顾客?"),
        ),
        Case(
            Expected(kiosk.people(world.today)),
            ("Distinct visitors today?", "How many unique people did the floor camera see today?"),
            ("今天去重后有多少位顾客?", "今天floor摄像头看到多少个不同的人?"),
        ),
        Case(
            Expected(kiosk.people(world.last_week)),
            (
                "How many different people have we seen last week?",
                "The number of separate people in the shop last week",
            ),
            ("上周一共来了多少个不同的客人?", "上周看到的不同的人有多少个?"),
        ),
    ]
