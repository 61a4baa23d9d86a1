"""The only door to the terminal: lines, JSON, tables. What goes through it has no secret, no markup that anybody
else wrote, and no character that a terminal would obey.

Camera names, labels, paths, notes and servers' messages come from outside. They are shown, never interpreted, because
nothing here offers a way to interpret them.
"""

import sys
from typing import TYPE_CHECKING, Any

import typer

from secondsight.foreign import json_line, visible
from secondsight.log import own
from secondsight.masking import redact

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress, ProgressColumn
    from rich.table import Column, Table
    from rich.text import Text

_WIDTH = 160


def say(text: str, *, err: bool = False) -> None:
    """A line on standard output, or on standard error; its own line ends stay."""
    typer.echo(visible(redact(text), lines=True), file=own(sys.stderr if err else sys.stdout))


def say_secret(secret: str) -> None:
    """The one line that shows a secret of ours: a token just made, on standard output, to who made it."""
    typer.echo(visible(secret), file=own(sys.stdout))


def say_json(value: Any) -> None:
    """One JSON object as a line on standard output."""
    typer.echo(json_line(_hidden(value)), file=own(sys.stdout))
    own(sys.stdout).flush()


def words(text: str, style: str = "") -> "Text":
    """Text for a table or a screen, in a style of ours."""
    from rich.text import Text

    return Text(visible(redact(text), lines=True), style)


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 camera`, `2 cameras`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


class Grid:
    """A table. Cells of plain text are shown letter by letter."""

    def __init__(self, *columns: "str | Column", title: str = "", expand: bool = False) -> None:
        from rich.table import Column, Table

        shown = [one if isinstance(one, Column) else Column(one, overflow="fold") for one in columns]
        for column in shown:
            column.header = words(str(column.header))
        self._table = Table(
            *shown,
            title=words(title) if title else None,
            title_justify="left",
            header_style="bold",
            expand=expand,
        )

    def row(self, *cells: "str | Text | RenderableType") -> None:
        """Add a row."""
        self._table.add_row(*(words(cell) if isinstance(cell, str) else cell for cell in cells))

    def __rich__(self) -> "Table":
        return self._table


class Screen:
    """Standard output or standard error.

    Args:
        wide: wide enough for every table where there is no terminal.
        console: to write to another place.

    Attributes:
        console: for displays that redraw themselves; give it `Grid`s and `words` only.
    """

    def __init__(self, *, err: bool = False, wide: bool = False, console: "Console | None" = None) -> None:
        from rich.console import Console

        stream = own(sys.stderr if err else sys.stdout)
        self.console = console or Console(file=stream, markup=False, emoji=False, highlight=False)
        if wide and not self.console.is_terminal:
            self.console.width = _WIDTH

    def print(self, shown: "str | Text | Grid" = "", style: str = "", *, whole: bool = False) -> None:
        """Show a line or a table; a `whole` line is left to the terminal to break."""
        self.console.print(words(shown, style) if isinstance(shown, str) else shown, soft_wrap=whole)

    def progress(self, *columns: "ProgressColumn") -> "Progress":
        """Bars with the description of each task in front; nothing where there is no terminal."""
        from rich.progress import Progress, TextColumn

        name = TextColumn("{task.description}", markup=False)
        hidden = not self.console.is_terminal
        return Progress(name, *columns, console=self.console, transient=True, disable=hidden)


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item) for item in value]
    return value
