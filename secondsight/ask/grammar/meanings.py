"""What a phrase can mean, and the entries of the tables."""

from dataclasses import dataclass
from enum import StrEnum

from secondsight.ask.plan import Direction, GroupBy, Measure, Standing


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
    PEOPLE = "people"
    VEHICLES = "vehicles"
    MEASURE = "measure"
    MOVE = "move"
    MANY = "many"
    TIMES = "times"
    EXISTS = "exists"
    LISTED = "listed"
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
class Entry:
    """A line of a table: a regular expression over plain text, and what it means."""

    pattern: str
    meanings: tuple[Meaning, ...] = (Meaning(Slot.FILLER),)


def kind(pattern: str, *kinds: str) -> Entry:
    """A phrase for events; of several kinds, the first that the site knows."""
    return Entry(pattern, (Meaning(Slot.KIND, kinds),))


def lacking(pattern: str, kind: str) -> Entry:
    """A phrase for what people lack, and for the events that report it."""
    return Entry(pattern, (Meaning(Slot.LACKING, kind),))


def measure(pattern: str, value: Measure) -> Entry:
    """A phrase that says what is measured."""
    return Entry(pattern, (Meaning(Slot.MEASURE, value),))


def group(pattern: str, by: GroupBy, *, top: bool = False) -> Entry:
    """A phrase that splits, or asks for the largest part."""
    return Entry(pattern, (Meaning(Slot.GROUP, by), *((Meaning(Slot.TOP),) if top else ())))


def standing(pattern: str, value: Standing) -> Entry:
    """A phrase for what is known of events."""
    return Entry(pattern, (Meaning(Slot.STANDING, value),))


def move(pattern: str, value: Direction | None) -> Entry:
    """A phrase for going in or out, or either."""
    return Entry(pattern, (Meaning(Slot.MOVE, value),))


def answer(pattern: str, key: str, value: str = "yes") -> Entry:
    """A phrase for what the second look answered."""
    return Entry(pattern, (Meaning(Slot.ANSWER, (key, value)),))


def bare(slot: Slot, *patterns: str) -> tuple[Entry, ...]:
    """Phrases that only fill a slot."""
    return tuple(Entry(pattern, (Meaning(slot),)) for pattern in patterns)


def fillers(words: str) -> tuple[Entry, ...]:
    """Words that say nothing, separated by spaces."""
    return tuple(Entry(word) for word in words.split())
