"""What the site calls its things: the words of questions that no dictionary has."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from secondsight.config import SiteConfig, shop_layout
from secondsight.event_words import Language
from secondsight.records import ShopLayout
from secondsight.store import Absence, Store


@dataclass(frozen=True, slots=True)
class ZoneWords:
    """A zone of one camera.

    Attributes:
        names: what it is called: its own name first.
        product: what lies there.
    """

    camera: str
    zone: str
    names: tuple[str, ...]
    product: str | None = None


@dataclass(frozen=True, slots=True)
class LineCounter:
    """A rule that counts passages over a line.

    Attributes:
        names: of the rule and its line.
        cameras: that it watches.
    """

    rule: str
    names: tuple[str, ...]
    cameras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of one site.

    Attributes:
        cameras: what each is called, by its name.
        titles: what an answer calls a camera, by its name; the name where there is none.
        rules: kind of the events of each, by its name.
        counting, queues: rules that count passages; names of those that measure waits.
        absences: what a kind of event says that people lack, by the kind.
        shop: where goods are taken, paid and carried out; None where no camera sees all of it.
    """

    timezone: str = "UTC"
    language: Language = "en"
    currency: str = ""
    cameras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    zones: tuple[ZoneWords, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    counting: tuple[LineCounter, ...] = ()
    queues: tuple[str, ...] = ()
    absences: Mapping[str, Absence] = field(default_factory=dict)
    shop: ShopLayout | None = None

    @classmethod
    def of_site(cls, config: SiteConfig) -> Self:
        """The names in a site file."""
        zones = tuple(
            ZoneWords(camera, name, (name, *zone.aliases), zone.product)
            for camera, settings in config.cameras.items()
            for name, zone in settings.zones.items()
        )
        lines: dict[str, tuple[str, ...]] = {}
        for settings in config.cameras.values():
            lines |= {name: (name, *line.aliases) for name, line in settings.lines.items()}
        counting, absences = [], dict[str, Absence]()
        for name, rule in config.rules.items():
            line = getattr(rule, "line", None)
            if rule.behaviour == "counting" and line is not None:
                watched = tuple(camera for camera in config.cameras if config.watches(name, camera))
                counting.append(LineCounter(name, (name, *lines.get(line, ())), watched))
            attribute = getattr(rule, "attribute", None)
            if attribute is not None:
                kind = rule.kind or rule.behaviour
                said = absences.get(kind, Absence(kind)).attributes
                answers = tuple((attribute, one) for one in getattr(rule, "answers", ()))
                absences[kind] = Absence(kind, tuple(dict.fromkeys((*said, *answers))))
        return cls(
            timezone=config.site.timezone,
            language=config.site.language,
            cameras={
                name: (name, *filter(None, (one.title,)), *one.aliases)
                for name, one in config.cameras.items()
            },
            titles={name: config.title_of(name) for name in config.cameras},
            zones=zones,
            rules={
                name: rule.kind or rule.behaviour
                for name, rule in config.rules.items()
                if rule.report and not rule.only_counts
            },
            counting=tuple(counting),
            queues=tuple(name for name, rule in config.rules.items() if rule.behaviour == "queue"),
            absences=absences,
            shop=shop_layout(config),
        )

    @classmethod
    def of_store(cls, store: Store) -> Self:
        """The names that a database knows, where there is no site file; times are told in UTC."""
        events = store.search.tallies()
        return cls(
            cameras={name: (name,) for name in store.observations.cameras()},
            rules={one.kind: one.kind for one in events},
        )

    def only(self, cameras: Iterable[str] | None) -> Self:
        """What a person may know of it who may see these cameras; None for all."""
        if cameras is None:
            return self
        seen = set(cameras)
        return type(self)(
            timezone=self.timezone,
            language=self.language,
            currency=self.currency,
            cameras={name: words for name, words in self.cameras.items() if name in seen},
            titles={name: title for name, title in self.titles.items() if name in seen},
            zones=tuple(zone for zone in self.zones if zone.camera in seen),
            rules=self.rules,
            counting=self.counting,
            queues=self.queues,
            absences=self.absences,
            shop=self.shop,
        )

    def without_names(self, question: str) -> str:
        """What is left of a question without the names of cameras and zones, which say nothing of its language."""
        left = plain(question)
        named = [*self.cameras.values(), *(zone.names for zone in self.zones)]
        for name in sorted({plain(one) for names in named for one in names}, key=len, reverse=True):
            left = left.replace(name, " ")
        return left if any(letter.isalpha() for letter in left) else question

    def zones_of(self, product: str) -> tuple[ZoneWords, ...]:
        """The zones in which a product lies."""
        return tuple(zone for zone in self.zones if zone.product == product)

    def product_of(self, camera: str, zone: str | None) -> str | None:
        """What lies in a zone; None if that is not known."""
        return next((one.product for one in self.zones if (one.camera, one.zone) == (camera, zone)), None)


def plain(text: str) -> str:
    """A text as names and questions are compared: one width, small letters, no hyphens, single spaces.

    >>> plain("Platform-2　今天")
    'platform 2 今天'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    straight = re.sub(r"[‐-―]", "-", folded).replace("’", "'")
    return " ".join(re.sub(r"_|(?<!\d)[-/]|[-/](?!\d)", " ", straight).split())


def names_in_numbers(name: str) -> tuple[str, ...]:
    """How people speak of `platform-2` or `camera3`: with the number before or behind, in both languages.

    >>> names_in_numbers("cam-3")
    ('camera 3', '3号摄像头', '摄像头3', '3号相机')
    """
    found = re.fullmatch(r"([a-z]*) ?0*(\d+)", plain(name))
    if not found:
        return ()
    word, number = found.groups()
    if word in ("", "cam", "camera", "c"):
        return f"camera {number}", f"{number}号摄像头", f"摄像头{number}", f"{number}号相机"
    return f"{word} {number}", f"{word}{number}"
