"""What all formats have in common: a picture's name and its boxes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from secondsight.errors import RefusedError
from secondsight.learn.values import LabelledBox
from secondsight.records import Box


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One picture with its labels.

    Attributes:
        name: of the file, without folders.
        width, height: pixels; 0 where a format does not say.
    """

    name: str
    width: int
    height: int
    boxes: tuple[LabelledBox, ...]


@dataclass(frozen=True, slots=True)
class LabelFormat:
    """A format of labels.

    Attributes:
        name: as the command line calls it.
        write: writes images and classes into a folder; returns the file that `read` takes.
        read: reads such a file, or folder. Raises RefusedError.
    """

    name: str
    write: Callable[[Sequence[LabelledImage], Sequence[str], Path], Path]
    read: Callable[[Path], list[LabelledImage]]


def from_pixels(x1: float, y1: float, x2: float, y2: float, width: float, height: float) -> Box:
    """A box in shares of the picture, cut at its edges. Raises ValueError for one without an area."""
    if width <= 0 or height <= 0:
        raise ValueError("a picture without width or height")
    box = Box(*(min(1.0, max(0.0, value)) for value in (x1 / width, y1 / height, x2 / width, y2 / height)))
    if box.x1 >= box.x2 or box.y1 >= box.y2:
        raise ValueError("a box without an area")
    return box


def to_pixels(box: Box, image: LabelledImage) -> tuple[float, float, float, float]:
    """Corners in pixels."""
    return box.x1 * image.width, box.y1 * image.height, box.x2 * image.width, box.y2 * image.height


def class_of(label: str, classes: Sequence[str]) -> int:
    """Position of a class. Raises RefusedError for one that is not among them."""
    if label not in classes:
        raise RefusedError(f"class {label} is not among the classes to be written: {', '.join(classes)}")
    return classes.index(label)


def read_text(path: Path) -> str:
    """The text of a file. Raises RefusedError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RefusedError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise RefusedError(f"{path} is no text file") from None


@contextmanager
def reading(path: Path, form: str) -> Iterator[None]:
    """Turns whatever a file of another form leads to into one sentence."""
    try:
        yield
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise RefusedError(f"{path} is not as {form} writes it: {what}") from None
