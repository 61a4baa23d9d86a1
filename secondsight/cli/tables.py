"""Plain tables of `measure`, as tables of the screen."""

from typing import TYPE_CHECKING

from rich.table import Column

from secondsight.cli.output import Grid

if TYPE_CHECKING:
    from secondsight.measure import Table as Plain


def rich_table(plain: "Plain") -> Grid:
    """The same table for `Screen.print`: the first column to the left, the others to the right."""
    columns = [
        Column(name, justify="left" if position == 0 else "right", overflow="fold")
        for position, name in enumerate(plain.head)
    ]
    shown = Grid(*columns, title=plain.title or "")
    for row in plain.rows:
        shown.row(*row)
    return shown
