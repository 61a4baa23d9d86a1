"""What a model of speech is told before it listens, and how its text is tidied."""

from collections.abc import Iterable, Sequence

from secondsight.config import SiteConfig
from secondsight.event_words import Language

_MOST = 300
"""Characters of the prompt: Whisper reads the last 224 tokens."""
_LEAD = {"en": "A question about: ", "zh": "以下是普通话的提问，涉及："}
_ALONE = {"zh": "以下是普通话的提问。"}
"""Without words of the site: a text in simplified characters asks for more of them."""
_LONGEST_TEXT = 1000


def site_words(config: SiteConfig) -> tuple[str, ...]:
    """Names that people of a site say: of cameras, zones, lines, rules."""
    names: list[str] = []
    for camera, settings in config.cameras.items():
        names += [camera, *settings.zones, *settings.lines]
    names += config.rules
    return tuple(dict.fromkeys(name.replace("_", " ").replace("-", " ") for name in names))


def initial_prompt(words: Iterable[str], language: Language | None) -> str:
    """The site's words, as a text that might stand before the question; it also sets the script of Chinese."""
    lead = _LEAD.get(language or "", "")
    chosen: list[str] = []
    for word in words:
        if len(lead) + sum(len(one) + 2 for one in (*chosen, word)) > _MOST:
            break
        chosen.append(" ".join(word.split()))
    if not chosen:
        return _ALONE.get(language or "", "")
    return lead + ", ".join(chosen)


def tidied(parts: Sequence[str]) -> str:
    """A transcript on one line, of a length that a question has."""
    text = " ".join(" ".join(parts).split())
    return "".join(character for character in text if character.isprintable())[:_LONGEST_TEXT]
