"""Questions that can be answered at a site, and those of them that are nearest to one that cannot."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from secondsight.ask.vocabulary import Vocabulary, plain
from secondsight.event_words import Language, kind_in_words

NEAREST = 3


_OF: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "kind": (
            "How many {name} events were there today?",
            "Which camera had the most {name} events this week?",
            "How many {name} events were rejected yesterday?",
        ),
        "camera": (
            "How many different people were on {name} yesterday?",
            "How long was {name} not watched yesterday?",
        ),
        "zone": (
            "How many people entered {name} today?",
            "How long did people stay in {name} yesterday?",
        ),
        "site": (
            "How many visitors came in today?",
            "What was the average queue wait yesterday?",
            "What did the brain cost this month?",
            "How many false alarms were there today?",
            "Which camera raises the most false alarms?",
        ),
    },
    "zh": {
        "kind": ("今天有几次{name}?", "哪个摄像头{name}最多?", "昨天{name}误报了几次?"),
        "camera": ("昨天{name}有多少不同的人?", "昨天{name}有多久看不见?"),
        "zone": ("今天有多少人进入{name}?", "昨天{name}平均停留多久?"),
        "site": (
            "今天有多少顾客进店?",
            "昨天平均排队多久?",
            "本月大模型花了多少钱?",
            "今天有多少误报?",
            "哪个摄像头误报最多?",
        ),
    },
}
"""Questions about each kind, camera and zone, and about the site."""


def examples(vocabulary: Vocabulary, language: Language) -> Iterator[str]:
    """Questions with the names of the site; whether each can be answered is for the grammar to say."""
    chinese = language == "zh"
    kinds = dict.fromkeys(vocabulary.rules.values())
    names = {
        "kind": [kind_in_words(one, language) if chinese else one.replace("_", " ") for one in kinds],
        "camera": list(vocabulary.cameras),
        "zone": [one.names[-1] if chinese else one.names[0] for one in vocabulary.zones],
        "site": [""],
    }
    for what, questions in _OF[language].items():
        for name in names[what]:
            yield from (question.replace("{name}", name) for question in questions)


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
