"""What a report consists of in every form: sections of a few sorts of blocks. Plain values, not yet escaped."""

from dataclasses import dataclass

from secondsight.records import Box


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or a few. `warning`: to be seen before all else."""

    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table.

    Attributes:
        heads: of the columns.
        rows: of cells, as they are shown.
        figures: number of columns at the end that are figures.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: int


@dataclass(frozen=True, slots=True)
class BarChart:
    """A bar for each label."""

    caption: str
    labels: tuple[str, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A grid of seconds, rows from the top.

    Attributes:
        picture: path in the data folder of a picture to draw it over; None where there is none.
    """

    caption: str
    camera: str
    cells: tuple[tuple[float, ...], ...]
    picture: str | None


@dataclass(frozen=True, slots=True)
class PictureBlock:
    """A key frame: its path in the data folder, and where in it something is."""

    caption: str
    camera: str
    path: str
    box: Box | None


Block = Paragraph | TableBlock | BarChart | HeatMap | PictureBlock


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A whole report.

    Attributes:
        subtitle: site and stretch of time.
        note: who wrote the sentences, if a model did.
    """

    language: str
    title: str
    subtitle: str
    note: str
    sections: tuple[ReportSection, ...]
