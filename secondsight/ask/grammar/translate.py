"""Phrases to a plan. Whatever was understood must have its place in the plan; otherwise there is none."""

from dataclasses import replace
from typing import TypeVar

from secondsight.ask.grammar.lexer import KnownWords, Lexer, PlaceWord
from secondsight.ask.grammar.meanings import Slot
from secondsight.ask.grammar.times import Ago, Days, Hours, SiteClock, TimeWord, span_of
from secondsight.ask.plan import (
    ABOUT_EVENTS,
    ABOUT_VISITS,
    LISTABLE,
    AskedPlace,
    Direction,
    EventStanding,
    GroupBy,
    Measure,
    QuestionPlan,
    TimeSpan,
)
from secondsight.ask.refusal import MisunderstoodError, Why
from secondsight.ask.vocabulary import Vocabulary, plain
from secondsight.records import names_in

T = TypeVar("T")

_ALWAYS = {
    Slot.FILLER, Slot.TIME, Slot.PLACE, Slot.COMPARE, Slot.GROUP, Slot.TOP, Slot.MANY, Slot.EXISTS, Slot.THOSE,
}  # fmt: skip
_ASKS = {
    Slot.MANY, Slot.TIMES, Slot.EXISTS, Slot.LISTED, Slot.OPEN, Slot.WHEN, Slot.TOP, Slot.COMPARE, Slot.THOSE,
    Slot.MEASURE,
}  # fmt: skip
"""What makes a clause a question by itself."""
_CHANGES = {
    Slot.STANDING, Slot.LISTED, Slot.OPEN, Slot.ANSWER, Slot.WHEN, Slot.PEOPLE, Slot.PRODUCT, Slot.TIMES, Slot.LAST,
}  # fmt: skip
"""What a follow-up may change besides `_ALWAYS`."""
_ABOUT_EVENTS = {Slot.TIMES, Slot.STANDING, Slot.TOP, Slot.LISTED, Slot.LAST, Slot.MEASURE}
_VISITS = {Slot.MEASURE, Slot.PEOPLE, Slot.VEHICLES, Slot.LACKING, Slot.LONGER, Slot.MOVE, Slot.TIMES}
_USED: dict[Measure, set[Slot]] = {
    Measure.EVENTS: {
        Slot.MEASURE, Slot.KIND, Slot.LACKING, Slot.STANDING, Slot.ANSWER, Slot.LISTED, Slot.TIMES, Slot.PEOPLE,
        Slot.VEHICLES, Slot.PRODUCT, Slot.RULE, Slot.WHEN, Slot.BRAIN, Slot.OPEN, Slot.UNPAID,
    },
    Measure.UNPAID: {
        Slot.UNPAID, Slot.MEASURE, Slot.STANDING, Slot.LISTED, Slot.TIMES, Slot.PEOPLE, Slot.PRODUCT, Slot.WHEN,
        Slot.OPEN,
    },
    Measure.LATEST: {
        Slot.MEASURE, Slot.KIND, Slot.LACKING, Slot.STANDING, Slot.PEOPLE, Slot.VEHICLES, Slot.PRODUCT, Slot.RULE,
        Slot.WHEN, Slot.LAST, Slot.LISTED,
    },
    Measure.PEOPLE: _VISITS,
    Measure.VISITS: _VISITS,
    Measure.DWELL: {Slot.MEASURE, Slot.PEOPLE, Slot.MEAN, Slot.HOW_LONG},
    Measure.AT_ONCE: {Slot.MEASURE, Slot.PEOPLE},
    Measure.PASSAGES: {Slot.MEASURE, Slot.PEOPLE, Slot.VEHICLES, Slot.MOVE, Slot.COUNTER, Slot.TIMES, Slot.WHEN},
    Measure.WAIT: {Slot.MEASURE, Slot.PEOPLE, Slot.MEAN, Slot.HOW_LONG},
    Measure.COST: {Slot.MEASURE, Slot.BRAIN},
    Measure.CALLS: {Slot.MEASURE, Slot.TIMES, Slot.BRAIN},
    Measure.UNSEEN: {Slot.MEASURE, Slot.HOW_LONG},
}  # fmt: skip
"""What a question of each measure may say besides `_ALWAYS`; anything else would be left out of the answer."""
_BY_TIME = {GroupBy.HOUR, GroupBy.DAY, GroupBy.CAMERA}
GROUPS: dict[Measure, set[GroupBy]] = {
    Measure.EVENTS: set(GroupBy),
    Measure.PEOPLE: {*_BY_TIME, GroupBy.ZONE},
    Measure.VISITS: {*_BY_TIME, GroupBy.ZONE},
    Measure.DWELL: {*_BY_TIME, GroupBy.ZONE},
    Measure.PASSAGES: _BY_TIME,
    Measure.WAIT: _BY_TIME,
    Measure.COST: {GroupBy.DAY, GroupBy.CAMERA},
    Measure.CALLS: {GroupBy.DAY, GroupBy.CAMERA},
    Measure.UNSEEN: {GroupBy.CAMERA},
    Measure.UNPAID: {*_BY_TIME, GroupBy.ZONE, GroupBy.PRODUCT},
}
_OF_FIGURES = {Slot.MANY, Slot.TIMES, Slot.EXISTS, Slot.WHEN, Slot.LAST, Slot.COMPARE}
"""What asks for figures or times; then `stolen` asks for no more than that, and `why` cannot be asked with it."""
_OF_PEOPLE = (
    "fall fight loitering linger climbing tailgating running intrusion man_down lone_worker no_helmet no_vest take "
    "put_back queue crowd pedestrian left_bag"
)
OF_PEOPLE = frozenset(_OF_PEOPLE.split())
"""Kinds that only people can be the subject of."""
OF_SHELVES = frozenset({"take", "put_back", "removed_object"})


class Grammar:
    """Translates questions of one site.

    Args:
        vocabulary: its names.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary, self._lexer = vocabulary, Lexer(vocabulary)

    def plan(self, text: str, clock: SiteClock, before: QuestionPlan | None = None) -> QuestionPlan:
        """The plan of one clause in plain text.

        Args:
            before: plan of the question before, which a follow-up changes.

        Raises:
            MisunderstoodError: a word is unknown, or what is known makes no question that can be answered.
        """
        words = self._lexer.cut(text, clock)
        if words.unknown:
            raise MisunderstoodError(Why.UNKNOWN_WORDS, words.unknown)
        return _Translation(self._vocabulary, words, clock, before).plan()

    def is_question(self, text: str, clock: SiteClock) -> bool:
        """Whether a clause asks something by itself, as opposed to a time or place set before a question."""
        return any(meaning.slot in _ASKS for meaning in self._lexer.cut(text, clock).meanings)


def named_span(words: str, clock: SiteClock) -> TimeSpan | None:
    """What a time in words means, such as `last week`; None for what is no time, and for the future."""
    meanings = Lexer(Vocabulary()).cut(words, clock).meanings
    span = span_of([one.value for one in meanings if isinstance(one.value, TimeWord)], clock)
    return span if span is not None and span.since < clock.now else None


def places_in(text: str, vocabulary: Vocabulary, clock: SiteClock) -> bool:
    """Whether a text names a camera, a zone or a product."""
    named = {meaning.slot for meaning in Lexer(vocabulary).cut(plain(text), clock).meanings}
    return bool(named & {Slot.PLACE, Slot.PRODUCT})


class _Translation:
    """One clause on its way to a plan."""

    def __init__(
        self, vocabulary: Vocabulary, words: KnownWords, clock: SiteClock, before: QuestionPlan | None
    ) -> None:
        self._vocabulary, self._clock, self._before = vocabulary, clock, before
        self._meanings = words.meanings
        self._slots = {meaning.slot for meaning in words.meanings}

    def plan(self) -> QuestionPlan:
        if Slot.THOSE in self._slots and self._before is None:
            raise MisunderstoodError(Why.NO_QUESTION)
        where, when, compare = self._where(), *self._times()
        measure, kinds = self._subject(where)
        if measure is None:
            return self._follow_up(where, when, compare)
        self._check_used(measure)
        lacking = self._lacking() if measure in ABOUT_VISITS else None
        if self._before is not None:
            when = when or self._before.when
            where = where if where != AskedPlace() else self._before.where
        plan = QuestionPlan(
            measure,
            kinds=kinds,
            labels=self._labels(measure),
            lacking=lacking,
            longer=self._one(Slot.LONGER, float),
            direction=self._direction(measure),
            where=where,
            when=when,
            compare=compare,
            standing=self._standing(),
            answers=self._answers(),
            group=self._group(measure),
            top=Slot.TOP in self._slots,
        )
        return self._listed(plan)

    def _listed(self, plan: QuestionPlan) -> QuestionPlan:
        whole = plan.group is None and plan.measure in LISTABLE
        asked = Slot.LISTED in self._slots or (Slot.WHEN in self._slots and not plan.top)
        wanted = {meaning.value for meaning in self._meanings if meaning.slot is Slot.OPEN}
        seen = bool(wanted) and whole and not self._slots & _OF_FIGURES
        if None in wanted and not seen:
            raise MisunderstoodError(Why.NOT_TOGETHER)
        return replace(plan, listed=whole and asked, open=seen)

    # -- what is asked

    def _subject(self, where: AskedPlace) -> tuple[Measure | None, tuple[str, ...]]:
        """What is measured, and the kinds of events; None: the clause names nothing of its own."""
        named = set(self._values(Slot.MEASURE, Measure))
        kinds = self._kinds()
        followed = Slot.UNPAID in self._slots and self._vocabulary.shop is not None
        special = named - {Measure.EVENTS} | ({Measure.UNPAID} if followed else set())
        if len(special) > 1:
            raise MisunderstoodError(Why.TWO_MEANINGS)
        if special:
            measure = special.pop()
            if kinds or (Measure.EVENTS in named and not followed):
                raise MisunderstoodError(Why.NOT_TOGETHER)
            if measure is Measure.PASSAGES:
                self._need_counting(where)
            return measure, ()
        lacking = self._lacking()
        events = Measure.LATEST if Slot.LAST in self._slots else Measure.EVENTS
        if kinds:
            if lacking is not None:
                raise MisunderstoodError(Why.NOT_TOGETHER)
            self._check_subject(kinds)
            return events, kinds
        if lacking is not None:
            of_people = self._slots & {Slot.PEOPLE, Slot.MOVE}
            of_events = self._slots & _ABOUT_EVENTS
            if of_people and not of_events:
                return Measure.PEOPLE, ()
            return events, (lacking,)
        if (
            Measure.EVENTS in named
            or self._slots & {Slot.RULE}
            or (Slot.OPEN in self._slots and not self._before)
            or (Slot.STANDING in self._slots and not self._before)
        ):
            return events, ()
        return self._presence(where), ()

    def _presence(self, where: AskedPlace) -> Measure | None:
        """What a clause measures that speaks of people or vehicles and of nothing that happens."""
        subject = self._slots & {Slot.PEOPLE, Slot.VEHICLES}
        if not subject | (self._slots & {Slot.MOVE}):
            return None
        if self._before is not None and Slot.MOVE not in self._slots and Slot.THOSE in self._slots:
            return None
        if where.zones or Slot.LONGER in self._slots:
            return Measure.VISITS if Slot.TIMES in self._slots else Measure.PEOPLE
        if self._distinct():
            return Measure.PEOPLE
        passing = Slot.MOVE in self._slots or Slot.VEHICLES in self._slots or Slot.TOP in self._slots
        if passing or (where == AskedPlace() and self._vocabulary.counting):
            self._need_counting(where)
            return Measure.PASSAGES
        return Measure.PEOPLE

    def _distinct(self) -> bool:
        return "distinct" in self._values(Slot.PEOPLE, str)

    def _need_counting(self, where: AskedPlace) -> None:
        rules = [
            one
            for one in self._vocabulary.counting
            if not where.cameras or set(one.cameras) & set(where.cameras)
        ]
        if not rules:
            raise MisunderstoodError(Why.NOT_COUNTED)

    def _kinds(self) -> tuple[str, ...]:
        kinds = [kind for wanted in self._values(Slot.KIND, tuple) for kind in self._watched(wanted)]
        if Slot.UNPAID in self._slots and self._vocabulary.shop is None:
            # Nothing tells whether they paid, so all who took something are suspects.
            kinds += self._watched(("take",))
        return tuple(dict.fromkeys(kinds))

    def _watched(self, wanted: tuple[str, ...]) -> tuple[str]:
        """The first of these kinds that a rule watches for."""
        watched = set(self._vocabulary.rules.values())
        known = next((one for one in wanted if one in watched), None)
        if known is None:
            raise MisunderstoodError(Why.NOT_WATCHED, (wanted[0].replace("_", " "),))
        return (known,)

    def _lacking(self) -> str | None:
        lacking = set(self._values(Slot.LACKING, str))
        if len(lacking) > 1:
            raise MisunderstoodError(Why.NOT_TOGETHER)
        kind = lacking.pop() if lacking else None
        if kind is not None and kind not in self._vocabulary.rules.values():
            raise MisunderstoodError(Why.NOT_WATCHED, (kind.replace("_", " "),))
        return kind

    def _check_subject(self, kinds: tuple[str, ...]) -> None:
        if Slot.VEHICLES in self._slots and set(kinds) <= OF_PEOPLE:
            raise MisunderstoodError(Why.NOT_TOGETHER)
        if Slot.PRODUCT in self._slots and not set(kinds) <= OF_SHELVES:
            raise MisunderstoodError(Why.NOT_TOGETHER)

    def _check_used(self, measure: Measure) -> None:
        # `Give me the number of ...` and `show ... per day` ask for figures, not for a list.
        shown = {Slot.LISTED} if self._slots & {Slot.GROUP, Slot.MANY} else set[Slot]()
        if self._slots - _ALWAYS - _USED[measure] - shown:
            raise MisunderstoodError(Why.NOT_TOGETHER)
        if measure is Measure.UNPAID and self._slots >= {Slot.PEOPLE, Slot.MANY}:
            raise MisunderstoodError(Why.NOT_TOGETHER)  # one person may take several things
        if measure is Measure.WAIT and not self._vocabulary.queues:
            raise MisunderstoodError(Why.NOT_WATCHED, ("queue",))

    def _direction(self, measure: Measure) -> Direction | None:
        moves = {meaning.value for meaning in self._meanings if meaning.slot is Slot.MOVE}
        if len(moves) > 1:
            raise MisunderstoodError(Why.TWO_MEANINGS)
        direction = moves.pop() if moves else None
        assert direction is None or isinstance(direction, Direction)
        if measure in ABOUT_VISITS:
            if direction is Direction.OUT:
                raise MisunderstoodError(Why.NOT_TOGETHER)
            return None
        if measure is Measure.PASSAGES and Slot.MOVE not in self._slots and not self._is_traffic():
            return Direction.IN
        return direction

    def _is_traffic(self) -> bool:
        """Whether passages are of vehicles, which count in both directions, and not of visitors."""
        return Slot.VEHICLES in self._slots or not OF_PEOPLE - {"pedestrian"} & set(
            self._vocabulary.rules.values()
        )

    def _labels(self, measure: Measure) -> tuple[str, ...]:
        if measure not in ABOUT_VISITS:
            return ()
        return names_in("vehicles") if Slot.VEHICLES in self._slots else ("person",)

    def _standing(self) -> EventStanding | None:
        said = set(self._values(Slot.STANDING, EventStanding))
        if len(said) > 1:
            raise MisunderstoodError(Why.TWO_MEANINGS)
        return said.pop() if said else None

    def _answers(self) -> tuple[tuple[str, str], ...]:
        return tuple(dict.fromkeys(self._values(Slot.ANSWER, tuple)))

    def _group(self, measure: Measure) -> GroupBy | None:
        named = set(self._values(Slot.GROUP, GroupBy))
        if Slot.WHEN in self._slots and Slot.TOP in self._slots:
            named.add(GroupBy.HOUR)
        if len(named) > 1:
            raise MisunderstoodError(Why.TWO_MEANINGS)
        by = named.pop() if named else None
        if by is None and Slot.TOP in self._slots:
            raise MisunderstoodError(Why.MOST_OF_WHAT)
        if by is not None and by not in GROUPS.get(measure, ()):
            raise MisunderstoodError(Why.NOT_TOGETHER)
        if measure is Measure.UNSEEN and by is None and not any(m.slot is Slot.PLACE for m in self._meanings):
            return GroupBy.CAMERA
        return by

    # -- where and when

    def _where(self) -> AskedPlace:
        places = self._values(Slot.PLACE, PlaceWord)
        cameras = [camera for place in places if not place.zones or place.cameras for camera in place.cameras]
        zones = [zone for place in places if not place.cameras for zone in place.zones]
        products = list(dict.fromkeys(self._values(Slot.PRODUCT, str)))
        if len(products) > 1:
            raise MisunderstoodError(Why.NOT_TOGETHER)
        if products:
            zones += [(one.camera, one.zone) for one in self._vocabulary.zones_of(products[0])]
        if cameras and zones:
            zones = [(camera, zone) for camera, zone in zones if camera in cameras]
            if not zones:
                raise MisunderstoodError(Why.NO_SUCH_ZONE)
        rules = self._values(Slot.RULE, str) + self._values(Slot.COUNTER, str)
        return AskedPlace(
            cameras=tuple(dict.fromkeys(cameras or [camera for camera, _ in zones])),
            zones=tuple(dict.fromkeys(zone for _, zone in zones)),
            rules=tuple(dict.fromkeys(rules)),
            product=products[0] if products else None,
        )

    def _times(self) -> tuple[TimeSpan | None, TimeSpan | None]:
        words: list[TimeWord] = [m.value for m in self._meanings if isinstance(m.value, TimeWord)]
        if Slot.COMPARE in self._slots:
            return self._two_times(words)
        return (self._span(words) if words else None), None

    def _two_times(self, words: list[TimeWord]) -> tuple[TimeSpan | None, TimeSpan | None]:
        days = list(dict.fromkeys(word for word in words if isinstance(word, Days)))
        rest: list[TimeWord] = [word for word in words if isinstance(word, Hours | Ago)]
        if len(days) == 2:
            return self._span([days[0], *rest]), self._span([days[1], *rest])
        if len(days) == 1 and self._before is not None and self._before.when is not None:
            return self._before.when, self._span([days[0], *rest])
        raise MisunderstoodError(Why.COMPARE_WHAT)

    def _span(self, words: list[TimeWord]) -> TimeSpan:
        span = span_of(words, self._clock)
        if span is None:
            raise MisunderstoodError(Why.CONTRADICTION)
        if span.since >= self._clock.now:
            raise MisunderstoodError(Why.FUTURE)
        return span

    # -- follow-ups

    def _follow_up(self, where: AskedPlace, when: TimeSpan | None, compare: TimeSpan | None) -> QuestionPlan:
        """The plan of the question before, with what this one says."""
        before = self._before
        if before is None:
            raise MisunderstoodError(Why.NO_QUESTION)
        changes = self._slots - {Slot.FILLER, Slot.THOSE, Slot.MANY, Slot.EXISTS, Slot.PEOPLE, Slot.TIMES}
        if not changes or self._slots - _ALWAYS - _CHANGES:
            raise MisunderstoodError(Why.NO_QUESTION)
        about_events = {Slot.STANDING, Slot.LISTED, Slot.OPEN, Slot.ANSWER, Slot.LAST}
        if changes & about_events and before.measure not in ABOUT_EVENTS:
            raise MisunderstoodError(Why.NOT_TOGETHER)
        measure = Measure.LATEST if Slot.LAST in self._slots else before.measure
        plan = replace(
            before,
            measure=measure,
            where=where if where != AskedPlace() else before.where,
            when=when or before.when,
            compare=compare,
            standing=self._standing() or before.standing,
            answers=self._answers() or before.answers,
            group=self._group(measure),
            top=Slot.TOP in self._slots,
            listed=False,
        )
        return self._listed(plan)

    # -- reading the meanings

    def _values(self, slot: Slot, kind: type[T]) -> list[T]:
        return [
            meaning.value
            for meaning in self._meanings
            if meaning.slot is slot and isinstance(meaning.value, kind)
        ]

    def _one(self, slot: Slot, kind: type[T]) -> T | None:
        found = list(dict.fromkeys(self._values(slot, kind)))
        if len(found) > 1:
            raise MisunderstoodError(Why.TWO_MEANINGS)
        return found[0] if found else None
