"""A sentence to rules by the grammar: cut into known phrases, then each part put where it belongs, or refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from secondsight.ask.examples import nearest
from secondsight.ask.grammar import language_of
from secondsight.ask.rules.cutting import RefusedSentence, cut, unquoted
from secondsight.ask.rules.phrases import VEHICLES, Said, SentencePart, WatchedFor
from secondsight.ask.rules.reading import RuleReading, RuleRefusal
from secondsight.ask.rules.times import schedule_of
from secondsight.ask.rules.wording import EXAMPLES, REASONS, Reason, in_words, note
from secondsight.config import FRAME, SiteConfig, settings_of
from secondsight.event_words import Language

_LASTS: Mapping[str, str] = {"loitering": "loitering_time", "fall": "stillness"}
"""What a least duration is called, where it is not `duration`."""
_NO_LENGTH = frozenset({"line_crossing", "climbing", "tailgating", "wrong_way", "counting"})
_LINES = frozenset({"line_crossing", "climbing", "tailgating"})
_OF_VEHICLES = frozenset(
    {"stopped", "jam", "wrong_way", "intrusion", "loitering", "line_crossing", "vehicle_near_person"}
)
"""What can be watched for of vehicles."""
_WORN = ("no_helmet", "no_vest")


def read_rule(sentence: str, config: SiteConfig) -> RuleReading | RuleRefusal:
    """What a sentence asks to watch for, by the grammar.

    Args:
        sentence: in English or Chinese, such as `tell me when somebody is in the yard after 22:00`.
        config: the site, whose names and rules count.

    Returns:
        Rules that the site's file could hold, or why there are none.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.ask import read_rule
        >>> from secondsight.config import make_site
        >>> site = make_site({"cameras": {"hall": {"source": "hall.mp4"}}}, Path())
        >>> read_rule("tell me when somebody falls at night", site).rules
        {'fall': {'behaviour': 'fall', 'zone': 'frame', 'when': 'daily 20:00-06:00'}}
    """
    language = language_of(sentence)
    try:
        text, quoted = unquoted(sentence)
        return _Assembly(sentence, language, config, cut(text, config), quoted).reading()
    except RefusedSentence as refused:
        return refusal(sentence, language, refused.reason, refused.words, config)


def refusal(
    sentence: str, language: Language, reason: Reason, words: Sequence[str], config: SiteConfig
) -> RuleRefusal:
    """A refusal in words, with the sentences nearest to this one that are understood here."""
    said = REASONS[language][reason].format(words=", ".join(f"`{word}`" for word in words))

    def good(other: str) -> bool:
        try:
            text, quoted = unquoted(other)
            _Assembly(other, language, config, cut(text, config), quoted).reading()
        except RefusedSentence:
            return False
        return True

    near = nearest(sentence, (one for one in _with_names(EXAMPLES[language], config)), good)
    if reason is Reason.UNKNOWN:  # what no behaviour knows can be looked for by its looks
        near = tuple(dict.fromkeys((*near[:-1], EXAMPLES[language][-1])))
    unknown = tuple(words) if reason is Reason.UNKNOWN else ()
    return RuleRefusal(sentence, language, said, unknown, near)


def _with_names(examples: Sequence[str], config: SiteConfig) -> Iterator[str]:
    zones = list(dict.fromkeys(name for one in config.cameras.values() for name in one.zones))
    for example in examples:
        if "{zone}" in example:
            yield from (example.replace("{zone}", zone) for zone in zones[:20])
        else:
            yield example


class _Assembly:
    """The parts of one sentence on their way to rules."""

    def __init__(
        self, sentence: str, language: Language, config: SiteConfig, parts: Sequence[Said], quoted: str | None
    ) -> None:
        self._sentence, self._language, self._config, self._quoted = sentence, language, config, quoted
        self._parts: dict[SentencePart, list[Any]] = {}
        for said in parts:
            if said.part is not SentencePart.FILLER:
                self._parts.setdefault(said.part, []).append(said.value)
        self._notes: list[str] = []

    def reading(self) -> RuleReading:
        """The rules. Raises RefusedSentence."""
        watched = self._watched()
        place = self._place(watched)
        rules = self._rules(watched, place)
        self._check(rules)
        understood = in_words(rules, self._language)
        return RuleReading(self._sentence, self._language, rules, understood, tuple(self._notes))

    def _one(self, part: SentencePart, reason: Reason) -> Any:
        """The one value of a part; None if it is not said. Raises RefusedSentence where two differ."""
        values = list(dict.fromkeys(self._parts.get(part, ())))
        if len(values) > 1:
            raise RefusedSentence(reason)
        return values[0] if values else None

    def _watched(self) -> list[WatchedFor]:
        """What is watched for, each behaviour once, with what the other parts say of it."""
        found: dict[str, dict[str, Any]] = {}
        for one in self._parts.get(SentencePart.BEHAVIOUR, ()):
            found.setdefault(one.behaviour, {}).update(one.settings)
        if SentencePart.LOOKS in self._parts:
            found.setdefault("described", {})["text"] = self._quoted
        vehicles = tuple(dict.fromkeys(self._parts.get(SentencePart.VEHICLE, ())))
        self._take_distance(found, vehicles)
        self._take_count(found, vehicles)
        if not found or set(found) <= set(_WORN):
            self._take_presence(found, vehicles)
        if not found:
            raise RefusedSentence(Reason.NOTHING)
        self._take_vehicles(found, vehicles)
        return [WatchedFor(name, settings) for name, settings in found.items()]

    def _take_distance(self, found: dict[str, dict[str, Any]], vehicles: Sequence[str]) -> None:
        if SentencePart.NEAR not in self._parts:
            return
        if "vehicle_near_person" not in found and not (vehicles and SentencePart.PERSON in self._parts):
            raise RefusedSentence(Reason.DISTANCE)
        settings = found.setdefault("vehicle_near_person", {})
        distances = [value for value in dict.fromkeys(self._parts[SentencePart.NEAR]) if value is not None]
        if len(distances) > 1:
            raise RefusedSentence(Reason.TWO_NUMBERS)
        if distances:
            settings["distance"] = distances[0]

    def _take_count(self, found: dict[str, dict[str, Any]], vehicles: Sequence[str]) -> None:
        count = self._one(SentencePart.COUNT, Reason.TWO_NUMBERS)
        if count is None:
            return
        if set(found) == {"queue"}:
            found["queue"]["people"] = count
            return
        if vehicles or set(found) - {"crowd"} or count < 2:
            raise RefusedSentence(Reason.COUNT)
        found.setdefault("crowd", {})["people"] = count

    def _take_presence(self, found: dict[str, dict[str, Any]], vehicles: Sequence[str]) -> None:
        """Somebody or something is somewhere, stays, or crosses a line."""
        moves = {
            SentencePart.ENTER,
            SentencePart.STAY,
            SentencePart.CROSS,
            SentencePart.PERSON,
            SentencePart.VEHICLE,
        } & set(self._parts)
        if not moves:
            return
        if SentencePart.CROSS in moves:
            found["line_crossing"] = {}
        elif found and SentencePart.LONG not in self._parts:
            return  # a person without a helmet in a zone is the rule of the helmet there
        elif SentencePart.LONG in self._parts or (SentencePart.STAY in moves and not found):
            if not found:
                found["stopped" if vehicles and SentencePart.PERSON not in moves else "loitering"] = {}
        elif moves - {SentencePart.VEHICLE} or SentencePart.PLACE in self._parts:
            found["intrusion"] = {}

    def _take_vehicles(self, found: dict[str, dict[str, Any]], vehicles: Sequence[str]) -> None:
        """Which classes of vehicles are meant, where it matters."""
        if not vehicles:
            if SentencePart.PERSON in self._parts and {"stopped", "jam"} & set(found):
                raise RefusedSentence(Reason.NOTHING)
            return
        takers = [name for name in found if name in _OF_VEHICLES]
        if not takers:
            raise RefusedSentence(Reason.VEHICLES)
        general = [name for name in vehicles if name in ("vehicle", "forklift")]
        classes = list(VEHICLES) if general else list(vehicles)
        if "forklift" in general:
            self._notes.append(note("forklift", self._language))
        by_itself = {"vehicle_near_person": "vehicles", "stopped": "classes", "jam": "classes"}
        for name in takers:
            if name in by_itself:
                found[name] |= {} if general else {by_itself[name]: classes}
            elif SentencePart.PERSON not in self._parts:
                found[name]["classes"] = classes

    def _place(self, watched: Sequence[WatchedFor]) -> dict[str, Any]:
        """Zone, line and cameras, as settings."""
        wants_line = any(one.behaviour in (*_LINES, "wrong_way") for one in watched)
        zones, lines, cameras = self._named(wants_line)
        if len(zones) > 1 or len(lines) > 1:
            raise RefusedSentence(Reason.TWO_PLACES, *zones, *lines)
        if lines and not wants_line:
            raise RefusedSentence(Reason.LINE_UNUSED, *lines)
        if zones and any(one.behaviour in _LINES for one in watched):
            raise RefusedSentence(Reason.ZONE_OF_LINE, *zones)
        if wants_line and not lines:
            lines = self._only_line(cameras)
        for camera in cameras:
            there = self._config.cameras[camera]
            if not {*zones, *lines} <= {*there.zones, *there.lines}:
                raise RefusedSentence(Reason.NOT_THERE, *zones, *lines, camera)
        found: dict[str, Any] = {"zone": zones[0] if zones else FRAME}
        return found | ({"line": lines[0]} if lines else {}) | ({"cameras": cameras} if cameras else {})

    def _named(self, wants_line: bool) -> tuple[list[str], list[str], list[str]]:
        """Zones, lines and cameras that the sentence names; of two with one name what is wanted."""
        zones, lines, cameras = dict[str, None](), dict[str, None](), dict[str, None]()
        for place in self._parts.get(SentencePart.PLACE, ()):
            if place.lines and (wants_line or not (place.zones or place.cameras)):
                lines |= dict.fromkeys(place.lines)
            elif place.zones:
                zones |= dict.fromkeys(place.zones)
            else:
                cameras |= dict.fromkeys(place.cameras)
        return list(zones), list(lines), list(cameras)

    def _only_line(self, cameras: Sequence[str]) -> list[str]:
        there = {name for one in cameras or self._config.cameras for name in self._config.cameras[one].lines}
        if len(there) != 1:
            raise RefusedSentence(Reason.WHICH_LINE if there else Reason.NO_LINE, *sorted(there))
        self._notes.append(note("line", self._language, next(iter(there))))
        return list(there)

    def _rules(self, watched: Sequence[WatchedFor], place: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The rules by name; several behaviours make one combination of them, or with `or` one rule each."""
        shared = self._shared()
        either = SentencePart.OR in self._parts
        if either and len(watched) < 2:
            raise RefusedSentence(Reason.OR)
        single = len(watched) == 1 or either
        length = self._one(SentencePart.LONG, Reason.TWO_NUMBERS)
        if length is not None and either:
            raise RefusedSentence(Reason.DURATION)
        rules: dict[str, dict[str, Any]] = {}
        for one in watched:
            settings = self._settings(one, place)
            if single:
                settings |= shared
                if length is not None:
                    settings |= self._lasting(one, length)
            else:
                settings["report"] = False
                if "when" in shared:
                    settings["when"] = shared["when"]
            rules[self._free(one.behaviour, rules)] = settings
        if not single:
            together = {"behaviour": "combined", "all": list(rules), **shared}
            if place.get("cameras"):
                together["cameras"] = place["cameras"]
            if length is not None:
                together["for"] = _duration(length)
            rules[self._free("-and-".join(one.behaviour for one in watched), rules)] = together
        return rules

    def _shared(self) -> dict[str, Any]:
        """Hours, severity, and whether people are told at once."""
        found: dict[str, Any] = {}
        schedule = schedule_of(
            self._parts.get(SentencePart.HOURS, ()), self._parts.get(SentencePart.DAYS, ())
        )
        if schedule is None:
            raise RefusedSentence(Reason.HOURS)
        if schedule:
            found["when"] = schedule
        severity = self._one(SentencePart.SEVERITY, Reason.SEVERITY)
        if severity is not None:
            found["severity"] = severity
        if SentencePart.AT_ONCE in self._parts:
            found["announce"] = {"when": "at_once"}
        return found

    def _settings(self, one: WatchedFor, place: Mapping[str, Any]) -> dict[str, Any]:
        behaviour, more = one.behaviour, dict(one.settings)
        if behaviour == "forbidden_operation":
            behaviour, more = self._operation(more)
        settings: dict[str, Any] = {"behaviour": behaviour}
        kind = settings_of(behaviour)
        assert kind is not None
        for key in ("cameras", "zone", "line"):
            if key in place and key in kind.model_fields:
                settings[key] = place[key]
        if behaviour in ("left_bag",) and more.get("distance"):
            raise RefusedSentence(Reason.DISTANCE)
        return settings | more

    def _operation(self, more: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """What classifies hands, as a rule of the site names it; without, the words themselves are looked for."""
        known = [
            name
            for rule in self._config.rules.values()
            if rule.behaviour == "forbidden_operation" and (name := getattr(rule, "attribute", None))
        ]
        if known:
            return "forbidden_operation", {"attribute": known[0], **more}
        if not more:
            raise RefusedSentence(Reason.OPERATION)
        self._notes.append(note("operation", self._language))
        texts = {"phone": "a person talks on the phone", "smoking": "a person smokes"}
        return "described", {
            "text": texts[more["answers"][0]],
            "kind": "forbidden_operation",
            "classes": ["person"],
        }

    def _lasting(self, one: WatchedFor, length: float) -> dict[str, Any]:
        if one.behaviour in _NO_LENGTH:
            raise RefusedSentence(Reason.DURATION)
        if one.behaviour == "intrusion":
            raise RefusedSentence(Reason.DURATION)
        return {_LASTS.get(one.behaviour, "duration"): _duration(length)}

    def _free(self, name: str, taken: Mapping[str, Any]) -> str:
        """A name that no rule has."""
        name = name.replace("_", "-")[:56]
        number, free = 2, name
        while free in taken or free in self._config.rules:
            number, free = number + 1, f"{name}-{number}"
        return free

    def _check(self, rules: Mapping[str, Mapping[str, Any]]) -> None:
        """Every rule is one that the site file could hold, and watches some camera."""
        for settings in rules.values():
            kind = settings_of(str(settings["behaviour"]))
            assert kind is not None
            try:
                kind.model_validate(settings)
            except ValidationError as error:
                said = error.errors(include_url=False, include_input=False)[0]
                raise RefusedSentence(Reason.VALUE, ".".join(map(str, said["loc"])), said["msg"]) from None


def _duration(seconds: float) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g}{unit}"
    return f"{seconds:g}s"
