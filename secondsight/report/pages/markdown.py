"""A report as Markdown (CommonMark with tables). Text from outside is escaped: it makes no markup and no link."""

import re

from secondsight.report.pages.document import (
    BarChart,
    Block,
    HeatMap,
    Paragraph,
    PictureBlock,
    ReportDocument,
    TableBlock,
)

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$]|^\s*[-=]|://|(?<=www)\.)", re.MULTILINE)
_BAR = 24
"""Characters of the longest bar of a chart."""


def to_markdown(document: ReportDocument) -> str:
    """The report; pictures and heat maps are named, not shown."""
    lines = [f"# {_safe(document.title)}", "", _safe(document.subtitle), ""]
    for section in document.sections:
        lines += [f"## {_safe(section.title)}", ""]
        for block in section.blocks:
            lines += [*_block(block), ""]
    if document.note:
        lines += [_safe(document.note), ""]
    return "\n".join(lines).rstrip() + "\n"


def _block(block: Block) -> list[str]:
    match block:
        case Paragraph(text=text, warning=warning):
            return [f"**{_safe(text)}**" if warning else _safe(text)]
        case TableBlock():
            return _table(block)
        case BarChart(caption=caption, labels=labels, values=values):
            most = max(values) or 1.0
            bars = [f"{round(_BAR * value / most) * '#':<{_BAR}} {value:g}" for value in values]
            return [
                _safe(caption),
                "",
                "```text",
                *(f"{a:>6} {b}" for a, b in zip(labels, bars, strict=True)),
                "```",
            ]
        case HeatMap(caption=caption) | PictureBlock(caption=caption):
            return [_safe(caption)]


def _table(table: TableBlock) -> list[str]:
    words = len(table.heads) - table.figures
    rule = [":--"] * words + ["--:"] * table.figures
    rows = [table.heads, tuple(rule), *table.rows]
    cells = [row if row is rows[1] else tuple(map(_safe, row)) for row in rows]
    return [_safe(table.caption), "", *("| " + " | ".join(row) + " |" for row in cells)]


def _safe(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
