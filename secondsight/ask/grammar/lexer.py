"""A question cut into known phrases: the longest one that fits at each place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from secondsight.ask.grammar import chinese, english
from secondsight.ask.grammar.meanings import Meaning, PhraseEntry, Slot
from secondsight.ask.grammar.times import LONGER, READERS, Reader, SiteClock, seconds_of
from secondsight.ask.vocabulary import Vocabulary, names_in_numbers, plain
from secondsight.event_words import Language

_CJK = re.compile(r"[\u3400-\u9fff]")
_SKIPPED = re.compile(r"[\s,.;:!?'\"()、。，；：！？“”‘’（）]+")
_WORD = re.compile(r"[a-z0-9']+|.", re.DOTALL)

_LEAST_MENDED = 5
"""Letters of the shortest word in which a typing error is mended: shorter ones are too often other words."""

Reading = Callable[[re.Match[str], SiteClock], tuple[Meaning, ...] | None]
Known = tuple[re.Pattern[str], Reading]


@dataclass(frozen=True, slots=True)
class PlaceWord:
    """What a name may mean: cameras of that name, and zones, each with its camera."""

    cameras: tuple[str, ...] = ()
    zones: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class KnownWords:
    """A question, as far as it is known.

    Attributes:
        meanings: of its known phrases, in their order.
        unknown: words that are not known.
    """

    meanings: tuple[Meaning, ...]
    unknown: tuple[str, ...]


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese letters."""
    return _CJK.search(text) is not None


def language_of(text: str) -> Language:
    """The language in which somebody asks."""
    return "zh" if is_chinese(text) else "en"


class Lexer:
    """Cuts questions by the tables of both languages and the names of a site."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        said, filling = _tables()
        self._names = frozenset(_words_of(vocabulary))
        # Of phrases of one length the first counts.
        self._known: tuple[Known, ...] = (*_places(vocabulary), *said, *_rules(vocabulary), *filling)

    def cut(self, text: str, clock: SiteClock) -> KnownWords:
        """The phrases of a plain text."""
        meanings: list[Meaning] = []
        unknown: list[str] = []
        at = 0
        while at < len(text):
            if skipped := _SKIPPED.match(text, at):
                at = skipped.end()
                continue
            length, found = self._longest(text, at, clock)
            if found is None:
                word = _WORD.match(text, at)
                assert word is not None
                length = len(word[0])
                if (meant := self._meant(word[0])) is not None:
                    text = text[:at] + meant + text[at + length :]
                    continue
                unknown.append(word[0])
            else:
                meanings += found
            at += length
        return KnownWords(tuple(meanings), tuple(unknown))

    def _meant(self, word: str) -> str | None:
        """The word of the site's names that is one typing error away; None where it is not certain which."""
        if len(word) < _LEAST_MENDED or not word.isalpha() or word in self._names:
            return None
        near = [name for name in self._names if name[0] == word[0] and _one_error_apart(word, name)]
        return near[0] if len(near) == 1 else None

    def _longest(self, text: str, at: int, clock: SiteClock) -> tuple[int, tuple[Meaning, ...] | None]:
        matches = [
            (found.end() - at, reading, found)
            for pattern, reading in self._known
            if (found := pattern.match(text, at))
        ]
        for length, reading, found in sorted(matches, key=lambda one: -one[0]):
            meanings = reading(found, clock) if length else None
            if meanings is not None:
                return length, meanings
        return 0, None


def _words_of(vocabulary: Vocabulary) -> Iterator[str]:
    """Latin words of the site's names that are long enough to be told from others."""
    named = [*vocabulary.cameras.values(), *(one.names for one in vocabulary.zones)]
    products = [one.product for one in vocabulary.zones if one.product]
    for name in (*(name for names in named for name in names), *products):
        for word in plain(name).split():
            if len(word) >= _LEAST_MENDED and word.isascii() and word.isalpha():
                yield word


def _one_error_apart(first: str, second: str) -> bool:
    """Whether one letter more, less or other, or two in turned order, make one word of the other.

    >>> _one_error_apart("platfrom", "platform"), _one_error_apart("platform", "platforms")
    (True, True)
    """
    begin = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
    if begin is None:
        return abs(len(first) - len(second)) == 1
    one, other = first[begin:], second[begin:]
    turned = one[:2] == other[1::-1] and one[2:] == other[2:]
    return turned or one[1:] == other[1:] or one[1:] == other or one == other[1:]


def compiled(pattern: str) -> re.Pattern[str]:
    """A phrase within a text: words of letters and digits are not cut in two."""
    return re.compile(rf"(?:(?<![a-z0-9])|(?![a-z0-9]))(?:{pattern})(?:(?![a-z0-9])|(?<![a-z0-9]))")


def _alternatives(pattern: str) -> list[str]:
    """The parts of a pattern, each tried by itself: an expression takes the first that fits, not the longest."""
    parts, depth = [""], 0
    for letter in pattern:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _fixed(meanings: tuple[Meaning, ...]) -> Reading:
    return lambda match, clock: meanings


def _timed(reader: Reader) -> Reading:
    def read(match: re.Match[str], clock: SiteClock) -> tuple[Meaning, ...] | None:
        words = reader(match, clock)
        return None if words is None else tuple(Meaning(Slot.TIME, word) for word in words)

    return read


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[Known, ...], tuple[Known, ...]]:
    """What both languages know, and their fillers."""
    times = [(compiled(pattern), _timed(reader)) for pattern, reader in READERS]
    lengths: list[Known] = [
        (compiled(pattern), lambda match, clock: (Meaning(Slot.LONGER, seconds_of(match)),))
        for pattern in LONGER
    ]
    said: list[Known] = []
    filling: list[Known] = []
    for entry in (*english.PHRASES, *chinese.PHRASES):
        into = filling if _is_filler(entry) else said
        into += [(compiled(one), _fixed(entry.meanings)) for one in _alternatives(entry.pattern)]
    return (*times, *lengths, *said), tuple(filling)


def _is_filler(entry: PhraseEntry) -> bool:
    return all(meaning.slot is Slot.FILLER for meaning in entry.meanings)


_NUMERALS = dict(zip("123456789", "一二三四五六七八九", strict=True))


def _spelled(name: str) -> str:
    """A name as it may stand in a question: with a plural s, without its spaces, with Chinese numerals."""
    words = [re.escape(word) for word in plain(name).split()]
    if is_chinese(name):
        words = [
            re.sub(r"(?<!\d)[1-9](?!\d)", lambda digit: f"[{digit[0]}{_NUMERALS[digit[0]]}]", word)
            for word in words
        ]
    return " ?".join(words) + ("s?" if words and words[-1][-1].isascii() and words[-1][-1].isalpha() else "")


def _places(vocabulary: Vocabulary) -> Iterator[Known]:
    """Cameras, zones and products by all their names; one name may mean several."""
    cameras: dict[str, list[str]] = {}
    zones: dict[str, list[tuple[str, str]]] = {}
    products: dict[str, str] = {}
    for camera, names in vocabulary.cameras.items():
        for name in (*names, *names_in_numbers(camera)):
            cameras.setdefault(_spelled(name), []).append(camera)
    for one in vocabulary.zones:
        for name in (*one.names, *names_in_numbers(one.zone)):
            zones.setdefault(_spelled(name), []).append((one.camera, one.zone))
        if one.product is not None:
            products[_spelled(one.product)] = one.product
    for text in dict.fromkeys((*cameras, *zones)):
        place = PlaceWord(
            tuple(dict.fromkeys(cameras.get(text, ()))), tuple(dict.fromkeys(zones.get(text, ())))
        )
        yield compiled(text), _fixed((Meaning(Slot.PLACE, place),))
    for text, product in products.items():
        yield compiled(text), _fixed((Meaning(Slot.PRODUCT, product),))


def _rules(vocabulary: Vocabulary) -> Iterator[Known]:
    for rule in vocabulary.rules:
        yield compiled(rf"(?:rule )?{_spelled(rule)}(?: rule)?"), _fixed((Meaning(Slot.RULE, rule),))
    for kind in dict.fromkeys(vocabulary.rules.values()):
        yield compiled(_spelled(kind)), _fixed((Meaning(Slot.KIND, (kind,)),))
    for counting in vocabulary.counting:
        for name in counting.names:
            yield compiled(_spelled(name)), _fixed((Meaning(Slot.COUNTER, counting.rule),))
