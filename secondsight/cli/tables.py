"""Where tables are printed, and plain tables of `measure` as such."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from secondsight.measure.output.tables import Table as Plain

_WIDTH = 160


def wide_console() -> Console:
    """Standard output: as wide as the terminal, or wide enough for every table where there is none."""
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    return console


def rich_table(plain: "Plain") -> Table:
    """The same table for `Console.print`: the first column to the left, the others to the right."""
    shown = Table(title=plain.title, title_justify="left", header_style="bold")
    for position, name in enumerate(plain.head):
        shown.add_column(name, justify="left" if position == 0 else "right", overflow="fold")
    for row in plain.rows:
        shown.add_row(*row)
    return shown
