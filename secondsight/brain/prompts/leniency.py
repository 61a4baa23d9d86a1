"""Reads what a model meant where its answer is not of the asked form but leaves no doubt: thoughts before it, a fence
or a sentence around it, `Yes` for `yes`. What allows two readings stays refused.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MOST_STARTS = 200
"""Opening braces that are tried; an answer that is clear has its object among the first few."""
_THOUGHT_ENDS = re.compile(
    r"[<\[◁]\|?(?:/|end_of_)(?:\w+:)?(?:think|thinking|thoughts?|reason|reasoning|reflection|analysis|scratchpad)"
    r"\|?[>\]▷]|<\|channel\|>\s*final\b[^{]{0,60}?<\|message\|>",
    re.IGNORECASE,
)
"""Where models say that their thoughts are over: `</think>`, `[/THINK]`, `<|channel|>final<|message|>`."""
_LAST_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])')
_WORD = re.compile(r"\w+")
_SEPARATORS = frozenset(".,;:!()-–—。，；：！（）\n")
_NEGATIONS = frozenset({"not", "never", "neither", "nor", "cannot"})
_DOUBTS = frozenset(
    {"but", "however", "although", "though", "except", "or", "unlikely", "uncertain", "unsure"}
)
_DOUBTS |= frozenset(
    {"maybe", "perhaps", "possibly", "probably", "might", "may", "could", "doubt", "doubtful"}
)
_DOUBTS |= frozenset({"false", "wrong", "wrongly", "mistake", "mistaken"})
_NOTHING = frozenset({"nobody", "nothing", "none", "nowhere"})
_DOUBTS_ZH = re.compile("误|但|错|或|可能|也许|应该|大概|疑似")
_NEGATIONS_ZH = re.compile("[不没无未非]")
_SAME: Mapping[str, frozenset[str]] = {
    "yes": frozenset({"true", "y", "是", "是的"}),
    "no": frozenset({"false", "n", "否", "不是"}),
    "unclear": frozenset({"unknown", "unsure", "uncertain", "not sure", "不清楚", "不确定", "无法判断"}),
}
"""Other words for the three decisions, each as a whole answer."""
_WRAPPING = " \t\r\n\"'`*_.!。！"


class Ambiguous(ValueError):
    """The text can be read in more than one way, or in none. The message says which."""


def find_object(text: str, *keys: str) -> str:
    """The one JSON object with a member of `keys` in `text`: after thoughts, in a fence, between sentences.

    Args:
        text: what the model wrote, of bounded length.
        keys: members of which the object, or an object within it, must have one.

    Returns:
        The object as it stands in the text, without commas after a last member.

    Raises:
        Ambiguous: there is none, or a second one, or what is left over speaks of one of `keys` too.

    Examples:
        >>> find_object('<think>{hm}</think> Here you are: {"answers": {},} Done.', "answers")
        '{"answers": {}}'
    """
    *_, said = _THOUGHT_ENDS.split(text)
    said = _LAST_COMMA.sub(lambda found: found[1] or "", said)
    decoder, found, left, at = json.JSONDecoder(strict=False), "", "", 0
    for _ in range(_MOST_STARTS):
        start = said.find("{", at)
        if start < 0:
            break
        left += said[at:start]
        try:
            value, at = decoder.raw_decode(said, start)
            wanted = next(_holders(value, keys), None)
        except (ValueError, RecursionError):
            left, at = left + "{", start + 1
            continue
        if wanted is None:
            left += said[start:at]
            continue
        if found:
            raise Ambiguous("more than one answer")
        found = said[start:at]
    if not found:
        raise Ambiguous("no answer of the asked form")
    if any(f'"{key}"' in left + said[at:] for key in keys):
        raise Ambiguous("more than one answer, not all of them readable")
    return found


def unwrapped(value: object, keys: Sequence[str]) -> dict[str, Any] | None:
    """The one object with a member of `keys` in a value: itself, or in a list, another object, or a text of JSON.

    None where there is no such object. Raises Ambiguous where there are several.
    """
    found = list(_holders(value, keys))
    if len(found) > 1:
        raise Ambiguous("more than one answer")
    return found[0] if found else None


def _holders(value: object, keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            value = json.loads(value, strict=False)
        except (ValueError, RecursionError):
            return
    if isinstance(value, dict):
        if any(key in keys for key in map(folded, value)):
            yield value
            return
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from _holders(item, keys)


def folded(key: str) -> str:
    """A key as the form writes it: in small letters, words joined by `_`."""
    return "_".join(key.casefold().replace("-", " ").replace("_", " ").split())


def read_choice(value: object, choices: Sequence[str]) -> str | None:
    """The one of `choices` that an answer clearly means, or None.

    It does where it is that word in other letters, or another word for the same decision; or where it begins with
    that word, goes on after a comma or a stop, and what follows speaks of no other choice, denies nothing and has no
    doubt. A list or an object says what its one readable value says, if the others do not speak against it.

    Examples:
        >>> read_choice("**Yes**", ("yes", "no")), read_choice("Left, at the door.", ("left", "right"))
        ('yes', 'left')
        >>> read_choice("yes and no", ("yes", "no")), read_choice("Yes, no helmet.", ("yes", "no"))
        (None, None)
        >>> read_choice({"answer": "no", "confidence": 0.9}, ("yes", "no"))
        'no'
    """
    parts = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(parts, list):
        return _read_word(parts, choices)
    if any(isinstance(part, dict | list) for part in parts):
        return None
    read = [_read_word(part, choices) for part in parts]
    if len({word for word in read if word is not None}) != 1:
        return None
    said = next(word for word in read if word is not None)
    rest = [
        _plain(part) for part, word in zip(parts, read, strict=True) if word is None and isinstance(part, str)
    ]
    return None if any(_speaks_against(text, said, choices) for text in rest) else said


def _read_word(value: object, choices: Sequence[str]) -> str | None:
    if isinstance(value, bool):
        value = "true" if value else "false"
    if not isinstance(value, str) or len(value) > 500:
        return None
    text = _plain(value)
    forms = {choice: (choice, choice.replace("_", " "), *_SAME.get(choice, ())) for choice in choices}
    for choice, words in forms.items():
        if text in words:
            return choice
    for choice, words in forms.items():
        for word in words:
            rest = text.removeprefix(word).lstrip("\"'`*_ ")
            if text.startswith(word) and rest[:1] in _SEPARATORS:
                return None if _speaks_against(rest, choice, choices) else choice
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip(_WRAPPING)


def _speaks_against(text: str, choice: str, choices: Sequence[str]) -> bool:
    """Whether what is said beside a choice names another one, denies something, or has a doubt."""
    words = set(_WORD.findall(text))
    if words & ({*choices} - {choice}):
        return True
    if choice == "unclear":
        return False
    if words & (_NEGATIONS | _DOUBTS) or "n't" in text or "?" in text or _DOUBTS_ZH.search(text):
        return True
    return choice != "no" and bool(words & _NOTHING or _NEGATIONS_ZH.search(text))
