"""What a phrase can mean, and the entries of the tables."""

from dataclasses import dataclass
from enum import StrEnum

from secondsight.ask.plan import Direction, EventStanding, GroupBy, Measure


class Slot(StrEnum):
    """Which part of a question a phrase fills. FILLER: none."""

    FILLER = "filler"
    TIME = "time"
    PLACE = "place"
    RULE = "rule"
    COUNTER = "counter"
    PRODUCT = "product"
    KIND = "kind"
    LACKING = "lacking"
    UNPAID = "unpaid"
    PEOPLE = "people"
    VEHICLES = "vehicles"
    MEASURE = "measure"
    MOVE = "move"
    MANY = "many"
    TIMES = "times"
    EXISTS = "exists"
    LISTED = "listed"
    OPEN = "open"
    WHEN = "when"
    LAST = "last"
    STANDING = "standing"
    ANSWER = "answer"
    LONGER = "longer"
    MEAN = "mean"
    HOW_LONG = "how_long"
    BRAIN = "brain"
    GROUP = "group"
    TOP = "top"
    COMPARE = "compare"
    THOSE = "those"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A slot and what fills it."""

    slot: Slot
    value: object = None


@dataclass(frozen=True, slots=True)
class PhraseEntry:
    """A line of a table: a regular expression over plain text, and what it means."""

    pattern: str
    meanings: tuple[Meaning, ...] = (Meaning(Slot.FILLER),)


def kind(pattern: str, *kinds: str) -> PhraseEntry:
    """A phrase for events; of several kinds, the first that the site knows."""
    return PhraseEntry(pattern, (Meaning(Slot.KIND, kinds),))


def lacking(pattern: str, kind: str) -> PhraseEntry:
    """A phrase for what people lack, and for the events that report it."""
    return PhraseEntry(pattern, (Meaning(Slot.LACKING, kind),))


def measure(pattern: str, value: Measure) -> PhraseEntry:
    """A phrase that says what is measured."""
    return PhraseEntry(pattern, (Meaning(Slot.MEASURE, value),))


def group(pattern: str, by: GroupBy, *, top: bool = False) -> PhraseEntry:
    """A phrase that splits, or asks for the largest part."""
    return PhraseEntry(pattern, (Meaning(Slot.GROUP, by), *((Meaning(Slot.TOP),) if top else ())))


def standing(pattern: str, value: EventStanding) -> PhraseEntry:
    """A phrase for what is known of events."""
    return PhraseEntry(pattern, (Meaning(Slot.STANDING, value),))


def move(pattern: str, value: Direction | None) -> PhraseEntry:
    """A phrase for going in or out, or either."""
    return PhraseEntry(pattern, (Meaning(Slot.MOVE, value),))


def answer(pattern: str, key: str, value: str = "yes") -> PhraseEntry:
    """A phrase for what the second look answered."""
    return PhraseEntry(pattern, (Meaning(Slot.ANSWER, (key, value)),))


def bare(slot: Slot, *patterns: str) -> tuple[PhraseEntry, ...]:
    """Phrases that only fill a slot."""
    return tuple(PhraseEntry(pattern, (Meaning(slot),)) for pattern in patterns)


def fillers(words: str) -> tuple[PhraseEntry, ...]:
    """Words that say nothing, separated by spaces."""
    return tuple(PhraseEntry(word) for word in words.split())
