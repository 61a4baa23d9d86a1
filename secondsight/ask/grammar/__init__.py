"""Questions in English and Chinese to plans, by tables of phrases. In: text, the site's names, the time. Out: plans,
or why there is none. Every word of a question must be known, and every known one used: the rest is refused."""

from secondsight.ask.grammar.lexer import compiled, is_chinese, language_of
from secondsight.ask.grammar.times import SiteClock
from secondsight.ask.grammar.translate import GROUPS, Grammar, named_span, places_in

__all__ = [
    "GROUPS",
    "Grammar",
    "SiteClock",
    "compiled",
    "is_chinese",
    "language_of",
    "named_span",
    "places_in",
]
