"""Removes what identifies people from pictures and text: faces, number plates, names, numbers.

Pure, on bytes and boxes. What is blurred is averaged over a few coarse cells and drawn smoothly again: what was finer
than a cell is gone from the bytes, which of a mere Gaussian blur is not true (it can be undone in part).
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from secondsight.errors import BrainError
from secondsight.jpeg import open_jpeg
from secondsight.records import Box, Egress, Question, ReviewRequest

QUALITY = 92
ANYWHERE = "a fixed camera"
"""Stands for a description that may hold a name."""
LEFT_OUT = "..."

_HEAD = 0.35
"""Share of an upright person's box, from its top, that holds head and shoulders: a head is an eighth of a standing
body, a fifth of a sitting one."""
_CUT_OFF = 0.6
"""The same of a person whose legs are below the picture."""
_UPRIGHT = 0.8
"""Least width over height of a person who is not upright: the head may be anywhere in the box."""
_PLATE = 0.5
"""Share of a vehicle's box, from its bottom, that holds the plate."""
_MARGIN = 0.15
"""Share of a region by which it is enlarged: boxes are drawn tightly, hair and hats stand out."""
_COARSE, _COARSEST = 8, 4
"""Cells over the longer side of a region: of a part of a person or something, of a face or plate itself."""

_OPENERS = frozenset({"a", "an", "the", "this", "that", "here", "there", "view", "camera"})
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class BlurRegion:
    """A part of a picture to be blurred.

    Attributes:
        cells: over its longer side, how many are left.
    """

    box: Box
    cells: int


@dataclass(frozen=True, slots=True)
class RedactionTargets:
    """What is to be hidden in one picture, relative boxes.

    Attributes:
        faces, plates: None where no model can find them; then people's heads and vehicles' lower parts are hidden.
    """

    people: tuple[Box, ...]
    vehicles: tuple[Box, ...]
    faces: tuple[Box, ...] | None = None
    plates: tuple[Box, ...] | None = None


def regions_of(seen: RedactionTargets, width: int, height: int) -> list[BlurRegion]:
    """What to blur in a picture of `width` x `height` pixels."""
    faces = [BlurRegion(_enlarged(box), _COARSEST) for box in seen.faces or ()]
    plates = [BlurRegion(_enlarged(box), _COARSEST) for box in seen.plates or ()]
    if seen.faces is None:
        faces = [BlurRegion(_enlarged(_head(box, width, height)), _COARSE) for box in seen.people]
    if seen.plates is None:
        plates = [BlurRegion(_enlarged(_bottom(box)), _COARSE) for box in seen.vehicles]
    return faces + plates


def blurred(jpeg: bytes, seen: RedactionTargets) -> bytes:
    """The picture, as JPEG without its metadata, with everything in `seen` blurred.

    Raises:
        ValueError: the bytes are no picture that can be read.
    """
    from PIL import Image

    picture = open_jpeg(jpeg)
    for region in regions_of(seen, *picture.size):
        corners = _pixels(region.box, *picture.size)
        if corners is None:
            continue
        part = picture.crop(corners)
        longer = max(part.size)
        few = [max(1, round(region.cells * side / longer)) for side in part.size]
        coarse = part.resize((few[0], few[1]), Image.Resampling.BOX)
        picture.paste(coarse.resize(part.size, Image.Resampling.BICUBIC), corners[:2])
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def redacted(request: ReviewRequest, seen: Sequence[RedactionTargets]) -> ReviewRequest:
    """The request with its pictures blurred and its words without names and numbers.

    Args:
        seen: what is to be hidden, one for each frame.

    Raises:
        BrainError: a picture cannot be read; then nothing leaves.
    """
    frames = []
    for frame, targets in zip(request.frames, seen, strict=True):
        try:
            frames.append(replace(frame, jpeg=blurred(frame.jpeg, targets)))
        except ValueError as error:
            raise BrainError(f"a key frame is {error}", retryable=False) from None
    return replace(
        request,
        camera=description(request.camera),
        zone=None,
        frames=tuple(frames),
        questions=tuple(redacted_question(question) for question in request.questions),
        egress=Egress.REDACTED,
    )


def description(text: str) -> str:
    """The description of a place if it surely has no name and no number, else `ANYWHERE`.

    Sure is only a text of plain small letters; its first word may be an article with a capital.
    """
    words = text.split()
    rest = words[1:] if words and words[0].lower() in _OPENERS else words
    plain = all(word.isascii() and word == word.lower() and not re.search(r"[0-9@]", word) for word in rest)
    return text if plain else ANYWHERE


def question_words(text: str) -> str:
    """A question in a person's own words without what looks like a name or a number: words with digits, and those
    that begin with a capital but no sentence. Names in a script without capitals cannot be told, and stay."""
    begins = True
    parts = []
    at = 0
    for match in _WORD.finditer(text):
        word = match[0]
        letters = word.lstrip("\"'([“‘")
        suspect = (
            any(sign.isdigit() for sign in word) or "@" in word or (letters[:1].isupper() and not begins)
        )
        parts += [text[at : match.start()], LEFT_OUT if suspect else word]
        begins = word[-1] in ".?!:"
        at = match.end()
    return "".join([*parts, text[at:]])


def redacted_question(question: Question) -> Question:
    """A question with `question_words` for its text, also where its opposite quotes that."""
    words = question_words(question.text)
    before, after = (json.dumps(text, ensure_ascii=False) for text in (question.text, words))
    return question._replace(text=words, opposite=question.opposite.replace(before, after))


def _head(box: Box, width: int, height: int) -> Box:
    across, down = (box.x2 - box.x1) * width, (box.y2 - box.y1) * height
    if across >= _UPRIGHT * down:
        return box
    share = _CUT_OFF if box.y2 >= 0.99 else _HEAD
    return box._replace(y2=box.y1 + share * (box.y2 - box.y1))


def _bottom(box: Box) -> Box:
    return box._replace(y1=box.y2 - _PLATE * (box.y2 - box.y1))


def _enlarged(box: Box) -> Box:
    x, y = _MARGIN * (box.x2 - box.x1), _MARGIN * (box.y2 - box.y1)
    return Box(box.x1 - x, box.y1 - y, box.x2 + x, box.y2 + y)


def _pixels(box: Box, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Corners in pixels, grown to whole ones and cut off at the picture's edges; None if nothing is left."""
    left, top = max(int(box.x1 * width), 0), max(int(box.y1 * height), 0)
    right, bottom = min(-int(-box.x2 * width // 1), width), min(-int(-box.y2 * height // 1), height)
    return (left, top, right, bottom) if left < right and top < bottom else None


def united(*boxes: Iterable[Box]) -> tuple[Box, ...]:
    """All of them, each once."""
    return tuple(dict.fromkeys(box for some in boxes for box in some))
