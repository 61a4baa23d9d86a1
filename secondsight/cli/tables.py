"""Plain tables of `measure`, drawn on a terminal."""

from rich.table import Table

from secondsight.measure.tables import Table as Plain


def rich_table(plain: Plain) -> Table:
    """The same table for `Console.print`: the first column to the left, the others to the right."""
    shown = Table(title=plain.title, title_justify="left", header_style="bold")
    for position, name in enumerate(plain.head):
        shown.add_column(name, justify="left" if position == 0 else "right", overflow="fold")
    for row in plain.rows:
        shown.add_row(*row)
    return shown
