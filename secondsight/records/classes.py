"""Class names of detectors, and the groups they fall into.

Every model has names of its own for what it finds: `car` and `truck`, or `vehicle`; `motorcycle`, or `motorbike`.
A rule names classes once. Groups say which names mean things of one kind: a tracker never takes a thing for one of
another group, and a rule may name a group.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

Group = Literal["people", "two-wheelers", "vehicles", "bags", "animals", "furniture", "other"]
GROUPS: tuple[Group, ...] = get_args(Group)


class _Names(NamedTuple):
    """How a group's members are called, in lower case, with blanks, in the singular.

    Attributes:
        any: names for any member.
        typical: members that a name for any of them mostly means; each with its synonyms.
        further: other members, each with its synonyms.
    """

    any: tuple[str, ...]
    typical: tuple[tuple[str, ...], ...] = ()
    further: tuple[tuple[str, ...], ...] = ()


def _each(text: str) -> tuple[tuple[str, ...], ...]:
    """Members between commas, their synonyms between strokes."""
    return tuple(tuple(name.strip() for name in member.split("/")) for member in text.split(","))


_TABLE: Mapping[Group, _Names] = {
    "people": _Names(
        ("person", "people", "human", "pedestrian", "pedestrians"),
        further=_each(
            "man/men/male, woman/women/female, child/children/kid/boy/girl, worker/workman, rider, "
            "cyclist/bicyclist, motorcyclist, driver, passenger"
        ),
    ),
    "two-wheelers": _Names(
        ("two wheeler", "bike", "cycle"),
        _each("bicycle/pushbike"),
        _each("motorcycle/motorbike/motor, scooter/kick scooter/e scooter/electric scooter, moped, tricycle"),
    ),
    "vehicles": _Names(
        ("vehicle", "motor vehicle"),
        _each("car/automobile/sedan"),
        _each(
            "truck/lorry/lorries, bus/buses/coach/minibus, van/minivan, train/tram, trailer, tractor, "
            "forklift/fork lift"
        ),
    ),
    "bags": _Names(
        ("bag", "baggage", "luggage"),
        _each("suitcase/trolley case, backpack/rucksack, handbag/purse, briefcase"),
    ),
    "animals": _Names(
        ("animal",),
        further=_each("bird, cat, dog, horse, sheep, cow/cattle, elephant, bear, zebra, giraffe, deer, pig"),
    ),
    "furniture": _Names(
        ("furniture",),
        further=_each(
            "chair, couch/sofa, bed, bench, dining table/diningtable/table/desk, "
            "potted plant/pottedplant, toilet"
        ),
    ),
}

_ANY = ""
"""The meaning of a name for any member of its group."""
_MEANINGS: Mapping[str, tuple[Group, str]] = {
    name: (group, meaning)
    for group, names in _TABLE.items()
    for meaning, said in [
        (_ANY, names.any),
        *((member[0], member) for member in (*names.typical, *names.further)),
    ]
    for name in said
}
_TYPICAL = frozenset(member[0] for names in _TABLE.values() for member in names.typical)


def _meaning(name: str) -> tuple[Group, str] | None:
    """Group and meaning of a class name in English; None for one that is not known."""
    plain = " ".join(name.lower().replace("_", " ").replace("-", " ").split())
    return _MEANINGS.get(plain) or _MEANINGS.get(plain.removesuffix("s"))


def group_of(name: str) -> Group:
    """The group of a class by its English name; `other` for names that are not known."""
    found = _meaning(name)
    return "other" if found is None else found[0]


@lru_cache(maxsize=len(GROUPS))
def names_in(group: Group) -> tuple[str, ...]:
    """All English names that are known of a group's classes, in small letters.

    >>> "lorry" in names_in("vehicles"), "person" in names_in("vehicles")
    (True, False)
    """
    return tuple(sorted(name for name, (of, _) in _MEANINGS.items() if of == group))


@lru_cache(maxsize=256)
def groups_of(labels: tuple[str, ...]) -> tuple[Group, ...]:
    """The groups of a model's classes by their English names, by position."""
    return tuple(map(group_of, labels))


@lru_cache(maxsize=4096)
def classes_named(
    wanted: tuple[str, ...], labels: tuple[str, ...], groups: tuple[Group, ...] = ()
) -> frozenset[str]:
    """The classes of a model that are meant by names in a rule.

    A name means the class of that name; a group its members; a synonym the class that the model has; `person`,
    `vehicle`, `bike`, `bag` or `animal` any member. A model that does not tell members apart has them all in one
    class, which then stands for its commonest ones: `vehicle` for `car`, not for `truck`.

    Args:
        wanted: as in the rule: class names of any model, or groups.
        labels: class names of this model.
        groups: of each label; by its name where none are given.

    Examples:
        >>> from secondsight.records import classes_named
        >>> sorted(classes_named(("car", "truck"), ("person", "car", "truck", "bus")))
        ['car', 'truck']
        >>> sorted(classes_named(("car", "truck"), ("vehicle", "person", "bike")))
        ['vehicle']
        >>> sorted(classes_named(("vehicles",), ("person", "car", "truck", "bus")))
        ['bus', 'car', 'truck']
        >>> sorted(classes_named(("truck",), ("vehicle", "person", "bike")))
        []
    """
    known = tuple(zip(labels, groups or groups_of(labels), strict=True))
    return frozenset(label for name in wanted for label in _named(name, known))


def _named(name: str, known: Sequence[tuple[str, Group]]) -> set[str]:
    if any(label == name for label, _ in known):
        return {name}
    if name in GROUPS:
        return {label for label, group in known if group == name}
    meaning = _meaning(name)
    if meaning is None:
        return set()
    group, member = meaning
    mine = {label: _meaning(label) for label, own in known if own == group}
    if member == _ANY:
        return set(mine)
    same = {label for label, found in mine.items() if found == meaning}
    if same or member not in _TYPICAL:
        return same
    # A name of the user's own in this group is taken for any member: nothing says otherwise.
    return {label for label, found in mine.items() if found is None or found[1] == _ANY}
