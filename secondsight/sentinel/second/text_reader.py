"""Reads the text on what is tracked, such as a number plate.

The reader is a network of the model store that reads one line (family `lprnet` or `ctc`), or PP-OCR as `rapidocr`
carries it in its package: it finds lines of text and reads them, on ONNX Runtime. Where a model finds the plates,
only the reading is left, which takes a fraction of the time. Each look at a track misreads other characters, so they
are voted one by one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from secondsight.errors import ModelError
from secondsight.patterns import Pattern, compiled
from secondsight.records import Attribute, Box
from secondsight.sentinel.inference.crop_model import CropModel
from secondsight.sentinel.runtime.thread_pool import LOOK_TIMEOUT, RequestPool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from secondsight.records import Frame

READ_MOST = 4
"""Crops read in one look: one takes a tenth of a second or more, and a jam must not stall its camera."""
_LEAST = 0.5
"""Score below which a reading is none."""
_LONGEST = 640
"""Longer side, in pixels, that a crop is scaled down to."""
_DETECT = 320
"""Longer side, in pixels, at which lines of text are looked for."""
_MARGIN = 0.1
"""Share of its sides that the box of a plate is enlarged by: models cut plates tightly."""
_SWAPS = 2
"""Most characters of a reading that are taken for others that look like them."""
_ALIKE = dict(zip("0O1I8B5S2Z6G", "O0I1B8S5Z2G6", strict=True))
"""Characters that readers take for each other."""
_EXTRA = "install the extra `plates`: pip install 'secondsight[plates]'"


class Reading(NamedTuple):
    """A text as read once, normalised, and how sure the reader is, 0..1.

    Attributes:
        characters: how sure it is of each character but spaces; empty: all are as sure as the text.
    """

    text: str
    score: float
    characters: tuple[float, ...] = ()


class TextLine(NamedTuple):
    """A line of text in a crop.

    Attributes:
        left, top, bottom: pixels of the crop.
        characters: how sure the reader is of each; empty: it does not say.
    """

    left: float
    top: float
    bottom: float
    text: str
    score: float
    characters: tuple[float, ...] = ()


def normalised(text: str) -> str:
    """Upper case, wide signs as plain ones, and a single space for whatever is neither letter nor digit."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).upper()).strip()


def best_of(lines: Sequence[TextLine], pattern: Pattern | None) -> Reading | None:
    """What the lines of one crop say: of the lines, rows of lines, and all of them together, the best one.

    With a pattern it is the surest that matches all of it, or the fullest as far as it can be `fitted`; without, the
    one with most letters and digits. A text is as sure as its least sure line.
    """
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom) / 2):
        middle = (line.top + line.bottom) / 2
        if rows and rows[-1][-1].top <= middle <= rows[-1][-1].bottom:
            rows[-1].append(line)
        else:
            rows.append([line])
    rows = [sorted(row) for row in rows]
    parts = [[line] for line in lines] + [row for row in rows if len(row) > 1]
    if pattern is not None and len(rows) > 1:
        parts.append([line for row in rows for line in row])
    readings = [one for one in map(_reading, parts) if one.text and one.score >= _LEAST]
    fullest = max(readings, key=lambda one: (len(_spaceless(one.text)), one.score), default=None)
    if pattern is None or fullest is None:
        return fullest
    matching = [one for one in readings if pattern.fullmatch(one.text)]
    if matching:
        return max(matching, key=lambda one: one.score)
    text = fitted(fullest.text, pattern)
    return None if text is None else fullest._replace(text=text)


def _reading(lines: Sequence[TextLine]) -> Reading:
    """What some lines say together."""
    text = normalised(" ".join(line.text for line in lines))
    characters = tuple(score for line in lines for score in line.characters)
    whole = len(characters) == len(_spaceless(text))
    return Reading(text, min(line.score for line in lines), characters if whole else ())


def _spaceless(text: str) -> str:
    return text.replace(" ", "")


def fitted(text: str, pattern: Pattern) -> str | None:
    """The text if it matches, or the only one that does of those with the fewest characters taken for their likes.

    Examples:
        >>> from secondsight.patterns import compiled
        >>> from secondsight.sentinel.second.text_reader import fitted
        >>> fitted("8 AB 12O", compiled("[A-Z] [A-Z]{2} [0-9]{3}"))
        'B AB 120'
    """
    if pattern.fullmatch(text):
        return text
    doubtful = [at for at, sign in enumerate(text) if sign in _ALIKE]
    for count in range(1, _SWAPS + 1):
        variants = {
            "".join(_ALIKE[sign] if at in swapped else sign for at, sign in enumerate(text))
            for swapped in combinations(doubtful, count)
        }
        matching = [one for one in variants if pattern.fullmatch(one)]
        if matching:
            return matching[0] if len(matching) == 1 else None
    return None


def voted(readings: Sequence[Reading], pattern: Pattern | None = None) -> Attribute:
    """The text that the readings say together; readers drop spaces, so these do not tell texts apart.

    Of the readings of one length, that with the largest sum of scores, each character is what most of them say, each
    with how sure it is (Fiscus, "ROVER", ASRU 1997, without its alignment). A text of characters that does not match
    the pattern gives way to the whole text with the largest sum. The score is the sum for the least sure character,
    or for the whole text, over the count of all readings.
    """
    lengths: defaultdict[int, float] = defaultdict(float)
    spellings: defaultdict[str, float] = defaultdict(float)
    wholes: defaultdict[str, float] = defaultdict(float)
    for text, score, _ in readings:
        lengths[len(_spaceless(text))] += score
        spellings[text] += score
        wholes[_spaceless(text)] += score
    length = max(lengths, key=lambda one: lengths[one])
    votes: list[defaultdict[str, float]] = [defaultdict(float) for _ in range(length)]
    for text, score, characters in readings:
        signs = _spaceless(text)
        if len(signs) == length:
            for place, sign, sure in zip(votes, signs, characters or (score,) * length, strict=True):
                place[sign] += sure
    signs = "".join(max(place, key=place.__getitem__) for place in votes)
    total = min((max(place.values()) for place in votes), default=0.0)
    spaced = _spaced(signs, spellings)
    if pattern is not None and not pattern.fullmatch(spaced):
        signs = max(wholes, key=lambda one: wholes[one])
        total, spaced = wholes[signs], _spaced(signs, spellings)
    return Attribute(spaced, min(1.0, total / len(readings)), len(readings))


def _spaced(signs: str, spellings: Mapping[str, float]) -> str:
    """A text with the spaces of the surest spelling: of the same text, or else of one as long."""
    same = [text for text in spellings if _spaceless(text) == signs]
    alike = same or [text for text in spellings if len(_spaceless(text)) == len(signs)]
    rest = iter(signs)
    return "".join(sign if sign == " " else next(rest) for sign in max(alike, key=lambda one: spellings[one]))


@dataclass(frozen=True, slots=True, eq=False)
class TextReader:
    """An open reader. Thread-safe; one crop is read at a time."""

    _engine: Any
    _plates: CropModel | None
    _pattern: Pattern | None
    _look_timeout: float = LOOK_TIMEOUT
    _network: CropModel | None = None
    _pool: RequestPool = field(init=False)

    def __post_init__(self) -> None:
        def read(asked: tuple[NDArray[np.uint8], bool]) -> Any:
            picture, search = asked
            return self._engine(picture, use_det=search, use_cls=False, use_rec=True)

        # One thread: one crop is read at a time.
        object.__setattr__(self, "_pool", RequestPool("reader", lambda: read, 1, self._look_timeout))

    @classmethod
    def open(
        cls,
        plates: CropModel | None = None,
        pattern: str | None = None,
        network: CropModel | None = None,
        *,
        look_timeout: float = LOOK_TIMEOUT,
    ) -> TextReader:
        """Load the reader; nothing is fetched.

        Args:
            plates: finds what is to be read within a track's box; without it the whole box is searched for text. The
                reader closes it.
            pattern: regular expression that a normalised reading must match from end to end.
            network: reads a plate, or the whole box where nothing finds plates; without it PP-OCR does. The reader
                closes it.
            look_timeout: seconds after which reading one crop counts as never returning.

        Raises:
            ModelError: `rapidocr` or its models are missing.
        """
        engine = _engine() if network is None else None
        return cls(engine, plates, compiled(pattern) if pattern else None, look_timeout, network)

    def voted(self, readings: Sequence[Reading]) -> Attribute:
        """What readings of one track say together; see `voted`."""
        return voted(readings, self._pattern)

    @property
    def trouble(self) -> str | None:
        """Why it is off; None while it is on."""
        models = [model.trouble for model in (self._plates, self._network) if model is not None]
        return next(filter(None, (self._pool.trouble, *models)), None)

    def texts(self, frame: Frame, boxes: Sequence[Box]) -> list[Reading | None]:
        """What is read in each box; None where nothing is, or nothing that matches."""
        if self._plates is None:
            return [best_of(self._lines(frame, box, search=True), self._pattern) for box in boxes]
        return [
            best_of([line for box in found for line in self._lines(frame, _wider(box))], self._pattern)
            for found in self._plates.found(frame, boxes)
        ]

    def rehearse(self) -> None:
        """Run once on blank pictures, to warm up or to be timed; as for one text found."""
        if self._plates is not None:
            self._plates.rehearse()
        if self._network is not None:
            self._network.rehearse()
            return
        if self._plates is None:
            self._recognised(np.full((_DETECT * 3 // 4, _DETECT, 3), 127, np.uint8), search=True)
        self._recognised(np.full((32, 160, 3), 127, np.uint8), search=False)

    def close(self) -> None:
        """Release the models."""
        self._pool.close()
        for model in (self._plates, self._network):
            if model is not None:
                model.close()

    def _lines(self, frame: Frame, box: Box, *, search: bool = False) -> list[TextLine]:
        """Lines of text in a box."""
        if self._network is None:
            return self._recognised(_cut(frame, box), search=search)
        (characters,) = self._network.vectors(frame, [box])
        if not len(characters):
            return []
        labels, sure = self._network.labels, tuple(characters[:, 1].tolist())
        text = "".join(labels[int(number)] for number in characters[:, 0])
        return [TextLine(0.0, 0.0, 1.0, text, sum(sure) / len(sure), sure)]

    def _recognised(self, picture: NDArray[np.uint8], *, search: bool) -> list[TextLine]:
        """Lines of text in a picture, BGR; without a search the picture is taken as one line."""
        result = self._pool.submit((picture, search), lambda result: result).result()
        if result.txts is None:
            return []
        if not search:
            return [TextLine(0.0, 0.0, float(len(picture)), *said) for said in _said(result)]
        return [
            TextLine(
                float(corners[:, 0].min()), float(corners[:, 1].min()), float(corners[:, 1].max()), *said
            )
            for corners, said in zip(np.asarray(result.boxes, np.float64), _said(result), strict=True)
        ]


def _said(result: Any) -> list[tuple[str, float]]:
    return [(str(text), float(score)) for text, score in zip(result.txts, result.scores, strict=True)]


def _cut(frame: Frame, box: Box) -> NDArray[np.uint8]:
    """A part of the picture, BGR, in the picture's own resolution unless that is too large."""
    box = Box(*(min(max(side, 0.0), 1.0) for side in box))
    across, down = (box.x2 - box.x1) * frame.width, (box.y2 - box.y1) * frame.height
    scale = min(1.0, _LONGEST / max(across, down, 1.0))
    return np.ascontiguousarray(frame.crop(box, max(2, round(across * scale)), max(2, round(down * scale))))


def _wider(box: Box) -> Box:
    x, y = _MARGIN * (box.x2 - box.x1), _MARGIN * (box.y2 - box.y1)
    return Box(box.x1 - x, box.y1 - y, box.x2 + x, box.y2 + y)


def _engine() -> Any:
    """The engine with the models of its own package, named one by one: what is named is never fetched."""
    found = find_spec("rapidocr")
    if found is None or found.origin is None or find_spec("onnxruntime") is None:
        raise ModelError(f"`reads: text` needs rapidocr and onnxruntime; {_EXTRA}")
    folder = Path(found.origin).parent / "models"
    models = {
        part: max(folder.glob(f"*_{part.lower()}_*.onnx"), default=None) for part in ("Det", "Rec", "Cls")
    }
    if None in models.values():
        raise ModelError(f"rapidocr has no models in {folder}; {_EXTRA}")
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "error",
            # One thread each: it runs beside the models that watch, and must not crowd them out.
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_side_len": _DETECT,
            "Det.limit_type": "max",
            **{f"{part}.model_path": str(path) for part, path in models.items()},
        }
    )
