"""Reads what a model meant where its answer is not of the asked form but leaves no doubt: thoughts before it, a fence
or a sentence around it, `Yes` for `yes`. What allows two readings stays refused.
"""

import json
import re
import unicodedata
from collections.abc import Sequence

_MOST_STARTS = 200
"""Opening braces that are tried; an answer that is clear has its object among the first few."""
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|thought|reasoning)>|<\|end_of_thought\|>", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_SEPARATORS = frozenset(".,;:!?()-–—。，；：！？（）")
_NEGATIONS = frozenset({"not", "never", "neither", "nor", "don't", "isn't", "cannot", "不", "没", "没有"})
_SAME = {
    "yes": frozenset({"true", "y", "是", "是的"}),
    "no": frozenset({"false", "n", "否", "不是"}),
    "unclear": frozenset({"unknown", "unsure", "uncertain", "not sure", "不清楚", "不确定", "无法判断"}),
}
"""Other words for the three decisions, each as a whole answer."""
_WRAPPING = " \t\r\n\"'`*_.!。！"


class Ambiguous(ValueError):
    """The text can be read in more than one way, or in none. The message says which."""


def find_object(text: str, key: str) -> str:
    """The one JSON object with the member `key` that stands in `text`, after thoughts, in a fence, between sentences.

    Args:
        text: what the model wrote, of bounded length.
        key: a member that the object must have at its top.

    Returns:
        The object as it stands in the text.

    Raises:
        Ambiguous: there is none, or a second one, or what is left over speaks of `key` too.

    Examples:
        >>> find_object('<think>{hm}</think> Here you are: {"answers": {}} Done.', "answers")
        '{"answers": {}}'
    """
    *_, said = _THOUGHT_ENDS.split(text)
    decoder, found, left, at = json.JSONDecoder(), "", "", 0
    for _ in range(_MOST_STARTS):
        start = said.find("{", at)
        if start < 0:
            break
        left += said[at:start]
        try:
            value, at = decoder.raw_decode(said, start)
        except (ValueError, RecursionError):
            left, at = left + "{", start + 1
            continue
        if key not in value:
            left += said[start:at]
            continue
        if found:
            raise Ambiguous("more than one answer")
        found = said[start:at]
    if not found:
        raise Ambiguous("no answer of the asked form")
    if f'"{key}"' in left + said[at:]:
        raise Ambiguous("more than one answer, not all of them readable")
    return found


def read_choice(value: object, choices: Sequence[str]) -> str | None:
    """The one of `choices` that an answer clearly means, or None.

    It does where it is that word in other letters, or another word for the same decision; or where it begins with
    that word, goes on after a comma or a stop, and neither names another choice nor negates.

    Examples:
        >>> read_choice("**Yes**", ("yes", "no")), read_choice("Left, at the door.", ("left", "right"))
        ('yes', 'left')
        >>> read_choice("yes and no", ("yes", "no")), read_choice("Yes, no helmet.", ("yes", "no"))
        (None, None)
    """
    if isinstance(value, bool):
        value = "true" if value else "false"
    if not isinstance(value, str) or len(value) > 500:
        return None
    text = unicodedata.normalize("NFKC", value).casefold().strip(_WRAPPING)
    for choice in choices:
        if text in (choice, choice.replace("_", " ")) or text in _SAME.get(choice, ()):
            return choice
    for choice in choices:
        rest = text.removeprefix(choice).lstrip("\"'`*_ ")
        if rest != text and rest[:1] in _SEPARATORS:
            others = set(_WORD.findall(rest)) & ({*choices} | _NEGATIONS)
            return None if others or "n't" in rest else choice
    return None
