"""A report as one HTML file that opens without a network: charts are SVG, pictures are in the file, all text is
escaped, and there is no script.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from secondsight.event_words import one_line
from secondsight.jpeg import jpeg_size
from secondsight.masking import showable
from secondsight.report.pages.document import (
    BarChart,
    Block,
    HeatMap,
    PictureBlock,
    ReportDocument,
)
from secondsight.report.words.texts import ReportWords

Pictures = Callable[[str, str], Path | None]
"""Camera and path in the data folder -> the file, where it may be shown."""
_MOST_BYTES = 2_000_000
"""Of a key frame; a larger one is left out."""
_CHART = (720.0, 180.0, 40.0, 24.0)
"""Width, height, and margins on the left and below, of a chart."""
_MOST_LABELS = 13
_HEAT_SIZE = (640.0, 360.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart as it is drawn; `label` is empty where labels would touch."""

    x: str
    y: str
    width: str
    height: str
    label: str
    middle: str
    title: str


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A cell of a heat map as it is drawn."""

    x: str
    y: str
    width: str
    height: str
    opacity: str


def to_html(
    document: ReportDocument, timezone: str, pictures: Pictures, title_of: Callable[[str], str] = one_line
) -> str:
    """The report as one file.

    Args:
        pictures: finds the files that may be shown.
        title_of: what people call a camera.
    """
    frames = [block for block in _blocks(document) if isinstance(block, PictureBlock)]
    held = sorted({block.camera for block in frames if pictures(block.camera, block.path) is None})
    words = ReportWords("zh" if document.language == "zh" else "en", timezone)
    names = ", ".join(map(title_of, held))
    return _environment().get_template("report.html").render(
        document=document,
        picture=lambda camera, path: _data_uri(pictures(camera, path)),
        bars=bars,
        heat=heat_cells,
        most=lambda chart: f"{max(chart.values):g}",
        percent=lambda share: f"{100 * share:.2f}%",
        kind=lambda block: type(block).__name__,
        held=words("pictures.held", cameras=names) if held else "",
    )  # fmt: skip


def bars(chart: BarChart) -> list[Bar]:
    """The bars of a chart, from left to right."""
    width, height, left, below = _CHART
    most = max(chart.values) or 1.0
    step = (width - left) / len(chart.values)
    every = -(-len(chart.values) // _MOST_LABELS)
    drawn = []
    for at, (label, value) in enumerate(zip(chart.labels, chart.values, strict=True)):
        tall = (height - below - 10) * value / most
        x = left + at * step
        drawn.append(
            Bar(
                x=f"{x + step * 0.1:.1f}",
                y=f"{height - below - tall:.1f}",
                width=f"{step * 0.8:.1f}",
                height=f"{tall:.1f}",
                label=label if at % every == 0 else "",
                middle=f"{x + step / 2:.1f}",
                title=f"{label}: {value:g}",
            )
        )
    return drawn


def heat_cells(heat: HeatMap) -> list[HeatCell]:
    """The cells of a heat map that have any heat. Opacity follows the square root, so that a place where a person
    stood for hours does not hide where people walk."""
    width, height = _HEAT_SIZE
    rows, columns = len(heat.cells), len(heat.cells[0])
    most = max(map(max, heat.cells)) or 1.0
    across, down = width / columns, height / rows
    return [
        HeatCell(
            f"{x * across:.1f}",
            f"{y * down:.1f}",
            f"{across:.1f}",
            f"{down:.1f}",
            f"{0.75 * (value / most) ** 0.5:.3f}",
        )
        for y, row in enumerate(heat.cells)
        for x, value in enumerate(row)
        if value > 0
    ]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("secondsight.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=showable,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _blocks(document: ReportDocument) -> list[Block]:
    return [block for section in document.sections for block in section.blocks]


def _data_uri(file: Path | None) -> str:
    """A JPEG as part of the page; empty where there is none that can be shown."""
    try:
        data = file.read_bytes() if file is not None and file.stat().st_size <= _MOST_BYTES else b""
        jpeg_size(data)
    except (OSError, ValueError):
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
