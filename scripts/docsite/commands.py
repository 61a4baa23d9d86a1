"""The command line, read off the program: every command with its arguments, options and defaults."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import EnumMeta
from pathlib import PurePath
from typing import Any, get_args

from typer.main import get_command

from secondsight.cli.app import app

PROGRAM = "secondsight"


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument or option of a command.

    Attributes:
        names: as it is written, such as `--json`; of an argument its name.
        value: what follows the option, such as `PATH`; empty for a switch.
    """

    names: tuple[str, ...]
    value: str
    default: str
    help: str
    required: bool
    repeated: bool

    @property
    def is_option(self) -> bool:
        return self.names[0].startswith("-")


@dataclass(frozen=True, slots=True)
class Command:
    """One command that does something, such as `secondsight models pull`."""

    words: tuple[str, ...]
    help: str
    parameters: tuple[Parameter, ...]

    @property
    def name(self) -> str:
        return " ".join((PROGRAM, *self.words))

    @property
    def usage(self) -> str:
        """The line that shows how it is called."""
        options = any(one.is_option for one in self.parameters)
        written = [_argument(one) for one in self.parameters if not one.is_option]
        return " ".join([self.name, *(["[OPTIONS]"] if options else []), *written])


def commands() -> list[Command]:
    """Every command, in the program's order."""
    return list(_commands(get_command(app), ()))


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[Command]:
    below = getattr(command, "commands", None)
    for name, one in (below or {}).items():
        yield from _commands(one, (*words, name))
    if below is None:
        yield Command(words, " ".join((command.help or "").split()), tuple(map(_parameter, command.params)))


def _parameter(one: Any) -> Parameter:
    names = tuple(one.opts) if one.opts[0].startswith("-") else (one.opts[0].upper(),)
    value = "" if getattr(one, "is_flag", False) else _value(one)
    return Parameter(
        names, value, _default(one.default), one.help or "", one.required, one.multiple or one.nargs != 1
    )


def _value(one: Any) -> str:
    annotation = getattr(getattr(one, "type_descriptor", None), "annotation", None)
    kinds = [kind for kind in (*get_args(annotation), annotation) if isinstance(kind, type)]
    for kind in kinds:
        if isinstance(kind, EnumMeta):
            return "|".join(str(member.value) for member in list[Any](kind))
        if issubclass(kind, PurePath):
            return "PATH"
        if kind in (int, float):
            return "NUMBER"
    return "TEXT"


def _default(value: Any) -> str:
    if value in (None, False, (), "") or value == []:
        return ""
    return str(getattr(value, "value", value))


def _argument(one: Parameter) -> str:
    text = f"{one.names[0]}{'...' if one.repeated else ''}"
    return text if one.required else f"[{text}]"
