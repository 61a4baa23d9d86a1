"""The words of all pages in every language, one file per page: `alarms.title` is `title` in `alarms.yaml`."""

from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args

from secondsight.packaged import packaged_yaml

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Words = dict[str, dict[Language, str]]
Translate = Callable[..., str]


@lru_cache(maxsize=1)
def catalogue() -> Words:
    """Every text by its key, in every language."""
    found: Words = {}
    for file in sorted(files(__package__).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            page = file.name.removesuffix(".yaml")
            read: dict[str, Any] = packaged_yaml(__package__, file.name)
            found |= {f"{page}.{key}": words for key, words in read.items()}
    return found


def translator(language: Language) -> Translate:
    """A function from a key, and what stands in the text's braces, to the text.

    Raises:
        KeyError: when called with a key that no file has: a mistake in a template.
    """
    words = catalogue()

    def translate(key: str, **values: object) -> str:
        text = words[key][language]
        return text.format(**values) if values else text

    return translate
