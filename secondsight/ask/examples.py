"""Questions that can be answered at a site, and those of them that are nearest to one that cannot."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from secondsight.ask.vocabulary import Vocabulary, plain
from secondsight.event_words import Language, kind_in_words

NEAREST = 3


def examples(vocabulary: Vocabulary, language: Language) -> Iterator[str]:
    """Questions with the names of the site; whether each can be answered is for the grammar to say."""
    kinds = list(dict.fromkeys(vocabulary.rules.values()))
    cameras = list(vocabulary.cameras)
    for kind in kinds:
        name = kind_in_words(kind, language) if language == "zh" else kind.replace("_", " ")
        if language == "zh":
            yield f"今天有几次{name}?"
            yield f"哪个摄像头{name}最多?"
            yield f"昨天{name}误报了几次?"
        else:
            yield f"How many {name} events were there today?"
            yield f"Which camera had the most {name} events this week?"
            yield f"How many {name} events were rejected yesterday?"
    for camera in cameras:
        if language == "zh":
            yield f"昨天{camera}有多少不同的人?"
            yield f"昨天{camera}有多久看不见?"
        else:
            yield f"How many different people were on {camera} yesterday?"
            yield f"How long was {camera} not watched yesterday?"
    for zone in vocabulary.zones:
        if language == "zh":
            yield f"今天有多少人进入{zone.names[-1]}?"
            yield f"昨天{zone.names[-1]}平均停留多久?"
        else:
            yield f"How many people entered {zone.names[0]} today?"
            yield f"How long did people stay in {zone.names[0]} yesterday?"
    if language == "zh":
        yield from (
            "今天有多少顾客进店?",
            "昨天平均排队多久?",
            "本月大模型花了多少钱?",
            "今天有多少误报?",
            "哪个摄像头误报最多?",
        )
    else:
        yield from (
            "How many visitors came in today?",
            "What was the average queue wait yesterday?",
            "What did the brain cost this month?",
            "How many false alarms were there today?",
            "Which camera raises the most false alarms?",
        )


def nearest(question: str, known: Iterable[str], good: Callable[[str], bool]) -> tuple[str, ...]:
    """The three good ones that are spelled most like a question, the nearest first."""
    asked = _pairs(question[:500])

    def likeness(other: str) -> float:
        there = _pairs(other)
        return len(asked & there) / max(1, len(asked | there))

    in_order = sorted(dict.fromkeys(known), key=likeness, reverse=True)
    return tuple(islice(filter(good, in_order), NEAREST))


def _pairs(text: str) -> set[str]:
    """The pairs of letters that stand side by side in a text."""
    letters = plain(text)
    return {letters[at : at + 2] for at in range(len(letters) - 1)}
