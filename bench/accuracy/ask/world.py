"""Simulated days of a site, with the truth about them, and the facts that a site would have stored of them.

The truth is plain lists of what happened, asked by loops over these lists. Nothing here uses the code that answers
questions. What is stored is what a sentinel and a second look would leave of it: tracks that break, events that never
happened, verdicts that never came, cameras that were off.
"""

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from secondsight.config import SiteConfig

Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a rule reported.

    Attributes:
        real: whether it did happen.
        verified: whether the second look has said so, rightly.
    """

    kind: str
    camera: str
    zone: str | None
    rule: str
    time: float
    real: bool
    verified: bool
    answers: dict[str, str] = field(default_factory=dict)
    track: tuple[str, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A person in a zone; `tracks` are the pieces in which a tracker sees it."""

    person: int
    camera: str
    zone: str
    pieces: tuple[Stretch, ...]
    bare: bool
    first_track: int

    @property
    def enter(self) -> float:
        return self.pieces[0][0]

    @property
    def leave(self) -> float:
        return self.pieces[-1][1]


@dataclass(frozen=True, slots=True)
class Passage:
    """Somebody, or a vehicle, over a counting line."""

    camera: str
    rule: str
    way: str
    time: float


@dataclass(frozen=True, slots=True)
class Wait:
    """A person's wait in a queue that ended at `time`."""

    camera: str
    rule: str
    time: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Expected:
    """What a right answer says.

    Attributes:
        value: the figure; None: only the groups count.
        facts: the figure is one about what was noted, such as visits, and not about people.
        other: of the second time of a comparison. further: of the second question in the same breath.
        top: names of the largest groups. further_top: likewise.
        table: value by group; `other_table` of the second time.
    """

    value: float | None = None
    facts: bool = False
    other: float | None = None
    further: float | None = None
    top: frozenset[str] | None = None
    further_top: frozenset[str] | None = None
    table: dict[str, float] | None = None
    other_table: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question, in two wordings of each language."""

    expected: Expected
    english: tuple[str, str]
    chinese: tuple[str, str]


class World:
    """The truth about one site, and how to ask it.

    Attributes:
        now: UTC seconds at which questions are asked: a Tuesday afternoon.
    """

    def __init__(self, config: SiteConfig, now: datetime) -> None:
        self.config = config
        self.zone = ZoneInfo(config.site.timezone)
        self.local_now = now.replace(tzinfo=self.zone)
        self.now = self.local_now.timestamp()
        self.happenings: list[Happening] = []
        self.stays: list[Stay] = []
        self.passages: list[Passage] = []
        self.queue_waits: list[Wait] = []
        self.spent: list[tuple[float, float]] = []
        self.watched: dict[str, list[Stretch]] = {}
        self.blind: dict[str, list[Stretch]] = {}

    # -- times

    def midnight(self, day: date) -> float:
        return datetime.combine(day, time(), tzinfo=self.zone).timestamp()

    def local(self, moment: float) -> datetime:
        return datetime.fromtimestamp(moment, self.zone)

    def days(self, first: int, last: int) -> Stretch:
        """Whole days, counted back from today; up to now at most."""
        today = self.local_now.date()
        end = self.midnight(today - timedelta(days=last - 1))
        return self.midnight(today - timedelta(days=first)), min(end, self.now)

    def day(self, back: int) -> Stretch:
        return self.days(back, back)

    def past(self, days: int) -> Stretch:
        return self.days(days - 1, 0)

    def on(self, day: int) -> Stretch:
        """A day of this month."""
        return self.day((self.local_now.date() - self.local_now.date().replace(day=day)).days)

    def hours(self, back: int, begin: int, end: int) -> Stretch:
        day = self.local_now.date() - timedelta(days=back)
        until = self.midnight(day + timedelta(days=1)) if end == 24 else self._at(day, end)
        return self._at(day, begin), min(until, self.now)

    def _at(self, day: date, hour: int) -> float:
        return datetime.combine(day, time(hour), tzinfo=self.zone).timestamp()

    def ago(self, seconds: float) -> Stretch:
        return self.now - seconds, self.now

    @property
    def today(self) -> Stretch:
        return self.day(0)

    @property
    def yesterday(self) -> Stretch:
        return self.day(1)

    @property
    def this_week(self) -> Stretch:
        return self.days(self.local_now.weekday(), 0)

    @property
    def last_week(self) -> Stretch:
        monday = self.local_now.weekday() + 7
        return self.days(monday, monday - 6)

    @property
    def weekend(self) -> Stretch:
        monday = self.local_now.weekday() + 7
        return self.days(monday - 5, monday - 6)

    @property
    def month(self) -> Stretch:
        return self.days(self.local_now.day - 1, 0)

    @property
    def night(self) -> Stretch:
        yesterday = self.local_now.date() - timedelta(days=1)
        return self._at(yesterday, 20), self._at(self.local_now.date(), 6)

    # -- what happened

    def reported(self, kind: str | None, when: Stretch) -> list[Happening]:
        return [one for one in self.happenings if kind in (None, one.kind) and when[0] <= one.time < when[1]]

    def real(self, kind: str | None, when: Stretch) -> list[Happening]:
        return [one for one in self.reported(kind, when) if one.real]

    def confirmed(self, kind: str | None, when: Stretch) -> list[Happening]:
        return [one for one in self.reported(kind, when) if one.verified and one.real]

    def rejected(self, kind: str | None, when: Stretch) -> list[Happening]:
        return [one for one in self.reported(kind, when) if one.verified and not one.real]

    def open(self, kind: str | None, when: Stretch) -> list[Happening]:
        return [one for one in self.reported(kind, when) if not one.verified]

    def of_product(self, kind: str, product: str, when: Stretch) -> list[Happening]:
        return [one for one in self.real(kind, when) if self._product(one) == product]

    def last(self, kind: str, camera: str) -> float:
        return max(
            one.time
            for one in self.happenings
            if (one.kind, one.camera) == (kind, camera) and (one.real or not one.verified)
        )

    def most(self, by: str, kind: str, when: Stretch) -> frozenset[str]:
        standing = [one for one in self.reported(kind, when) if one.real or not one.verified]
        return _most(Tally(str(getattr(one, by)) for one in standing))

    def most_rejected(self, by: str) -> frozenset[str]:
        return _most(Tally(str(getattr(one, by)) for one in self.rejected(None, (0.0, self.now))))

    def best_seller(self, when: Stretch) -> frozenset[str]:
        taken = [one for one in self.reported("take", when) if one.real or not one.verified]
        return _most(Tally(product for one in taken if (product := self._product(one)) is not None))

    def busiest(self, kind: str, when: Stretch, products: frozenset[str] | None = None) -> frozenset[str]:
        standing = [one for one in self.reported(kind, when) if one.real or not one.verified]
        if products is not None:
            standing = [one for one in standing if self._product(one) in products]
        return _most(Tally(self._hour(one.time) for one in standing))

    def by_day(self, kind: str, when: Stretch) -> dict[str, float]:
        return dict(Tally(f"{self.local(one.time):%Y-%m-%d}" for one in self.real(kind, when)))

    def by_product(self, kind: str, when: Stretch) -> dict[str, float]:
        found = Tally(self._product(one) for one in self.real(kind, when))
        return {name: count for name, count in found.items() if name is not None}

    def by_kind(self, when: Stretch) -> dict[str, float]:
        return dict(Tally(one.kind for one in self.real(None, when)))

    def _product(self, one: Happening) -> str | None:
        zones = self.config.cameras[one.camera].zones
        return zones[one.zone].product if one.zone in zones else None

    def _hour(self, moment: float) -> str:
        return f"{self.local(moment):%Y-%m-%dT%H:00%z}"

    # -- who was where

    def _stays(self, camera: str, zone: str | None, when: Stretch) -> list[Stay]:
        return [
            one
            for one in self.stays
            if one.camera == camera and one.zone == (zone or "frame") and when[0] <= one.enter < when[1]
        ]

    def people(
        self, camera: str, zone: str | None, when: Stretch, *, bare: bool = False, longer: float = 0.0
    ) -> float:
        found = self._stays(camera, zone, when)
        if bare:
            found = [one for one in found if one.bare]
        if longer:
            found = [one for one in found if any(end - begin >= longer for begin, end in one.pieces)]
        return len({one.person for one in found})

    def people_by_day(self, camera: str, zone: str, when: Stretch) -> dict[str, float]:
        people: dict[str, set[int]] = {}
        for one in self._stays(camera, zone, when):
            people.setdefault(f"{self.local(one.enter):%Y-%m-%d}", set()).add(one.person)
        return {day: len(those) for day, those in people.items()}

    def visits(self, camera: str, zone: str, when: Stretch) -> float:
        return len(self._pieces(camera, zone, when))

    def dwell(self, camera: str, zone: str, when: Stretch) -> float:
        pieces = self._pieces(camera, zone, when)
        return sum(end - begin for begin, end in pieces) / len(pieces)

    def at_once(self, camera: str, zone: str, when: Stretch) -> float:
        moves = [(begin, 1) for begin, _ in self._pieces(camera, zone, when)]
        moves += [(end, -1) for _, end in self._pieces(camera, zone, when)]
        present = most = 0
        for _, step in sorted(moves):
            present += step
            most = max(most, present)
        return most

    def _pieces(self, camera: str, zone: str, when: Stretch) -> list[Stretch]:
        mine = [one for one in self.stays if (one.camera, one.zone) == (camera, zone)]
        return [piece for one in mine for piece in one.pieces if when[0] <= piece[0] < when[1]]

    # -- counts

    def _passed(self, way: str, when: Stretch, camera: str | None) -> list[Passage]:
        return [
            one
            for one in self.passages
            if way in ("any", one.way) and camera in (None, one.camera) and when[0] <= one.time < when[1]
        ]

    def passed(self, way: str, when: Stretch, camera: str | None = None) -> float:
        return len(self._passed(way, when, camera))

    def passages_by_hour(self, way: str, when: Stretch, camera: str) -> dict[str, float]:
        return dict(Tally(self._hour(one.time) for one in self._passed(way, when, camera)))

    def peak_of_passages(self, way: str, when: Stretch) -> frozenset[str]:
        return _most(Tally(self._hour(one.time) for one in self._passed(way, when, None)))

    def mean_wait(self, when: Stretch) -> float:
        return _mean([one.seconds for one in self.queue_waits if when[0] <= one.time < when[1]])

    def waits(self, when: Stretch) -> dict[str, float]:
        waits: dict[str, list[float]] = {}
        for one in self.queue_waits:
            if when[0] <= one.time < when[1]:
                waits.setdefault(self._hour(one.time), []).append(one.seconds)
        return {hour: _mean(seconds) for hour, seconds in waits.items()}

    def cost(self, when: Stretch) -> float:
        return sum(money for moment, money in self.spent if when[0] <= moment < when[1])

    def calls(self, when: Stretch) -> float:
        return sum(when[0] <= moment < when[1] for moment, _ in self.spent)

    def unseen(self, camera: str, when: Stretch) -> float:
        seen = sum(max(0.0, min(end, when[1]) - max(begin, when[0])) for begin, end in self.watched[camera])
        return when[1] - when[0] - seen


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _most(tally: "Tally[str]") -> frozenset[str]:
    most = max(tally.values(), default=0)
    return frozenset(name for name, count in tally.items() if count == most)
