"""A sentence cut into known phrases: the longest that fits at each place, names of the site first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from secondsight.ask.grammar import compiled
from secondsight.ask.rules.phrases import Reader, Said, SentencePart, phrases
from secondsight.ask.rules.wording import Reason
from secondsight.ask.vocabulary import names_in_numbers, plain
from secondsight.config import SiteConfig

MOST_LETTERS = 500
_SKIPPED = re.compile(r"[\s,.;:!?'()、。，；：！？‘’（）]+")
_WORD = re.compile(r"[a-z0-9']+|.", re.DOTALL)
_QUOTED = re.compile(r"[\"“”「]([^\"“”「」]{2,200})[\"“”」]")
_MARK = "\ue000"
"""Stands in the sentence for what was quoted."""

Pattern = tuple[re.Pattern[str], Reader]


class RefusedSentence(Exception):
    """The sentence is no rule."""

    def __init__(self, reason: Reason, *words: str) -> None:
        self.reason, self.words = reason, words


def unquoted(sentence: str) -> tuple[str, str | None]:
    """The sentence in plain text with a mark for what was quoted, and that."""
    if not sentence.strip():
        raise RefusedSentence(Reason.EMPTY)
    if len(sentence) > MOST_LETTERS:
        raise RefusedSentence(Reason.TOO_LONG)
    quoted = _QUOTED.findall(sentence)
    if len(quoted) > 1:
        raise RefusedSentence(Reason.TWO_TEXTS)
    return plain(_QUOTED.sub(_MARK, sentence)), " ".join(quoted[0].split()) if quoted else None


def cut(text: str, config: SiteConfig) -> list[Said]:
    """The known phrases of a plain text, the longest that fits at each place. Raises RefusedSentence."""
    known = (*_names(config), *_table())
    found: list[Said] = []
    unknown: list[str] = []
    at = 0
    while at < len(text):
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
            continue
        if text[at] == _MARK:
            found.append(Said(SentencePart.LOOKS))
            at += 1
            continue
        matches = [
            (match.end() - at, reader, match)
            for pattern, reader in known
            if (match := pattern.match(text, at))
        ]
        for length, reader, match in sorted(matches, key=lambda one: -one[0]):
            if length and (said := reader(match)) is not None:
                found.append(said)
                at += length
                break
        else:
            word = _WORD.match(text, at)
            assert word is not None
            unknown.append(word[0])
            at = word.end()
    if unknown:
        raise RefusedSentence(Reason.UNKNOWN, *dict.fromkeys(unknown))
    return found


@lru_cache(maxsize=1)
def _table() -> tuple[Pattern, ...]:
    return tuple((compiled(pattern), reader) for pattern, reader in phrases())


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """What a name may mean."""

    cameras: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def _names(config: SiteConfig) -> Iterator[Pattern]:
    """Names of the site, with their aliases."""
    found: dict[str, list[tuple[str, str]]] = {}
    for camera, settings in config.cameras.items():
        for name in (camera, *filter(None, (settings.title,)), *settings.aliases, *names_in_numbers(camera)):
            found.setdefault(plain(name), []).append(("cameras", camera))
        for zone, of_zone in settings.zones.items():
            for name in (zone, *of_zone.aliases, *names_in_numbers(zone)):
                found.setdefault(plain(name), []).append(("zones", zone))
        for line, of_line in settings.lines.items():
            for name in (line, *of_line.aliases, *names_in_numbers(line)):
                found.setdefault(plain(name), []).append(("lines", line))
    for text, meant in found.items():
        parts = {
            what: tuple(dict.fromkeys(name for kind, name in meant if kind == what))
            for what in ("cameras", "zones", "lines")
        }
        place = NamedPlace(**parts)
        pattern = " ?".join(re.escape(word) for word in text.split())
        # Answers for the whole phrase, so that `the gate` of `crosses the gate` is the name, not a filler.
        yield compiled(rf"(?:(?:the )?(?:zone|area|line|camera) )?{pattern}"), _said_of(place)


def _said_of(place: NamedPlace) -> Reader:
    return lambda match: Said(SentencePart.PLACE, place)
