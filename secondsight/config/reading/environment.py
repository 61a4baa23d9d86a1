"""Environment variables for site files: the `.env` file beside them, and `${NAME}` in their values."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from secondsight.config.reading import key_index
from secondsight.config.reading.confidential import Resolved
from secondsight.config.reading.yaml_document import Document, read_text
from secondsight.errors import ConfigError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_QUOTED = re.compile(r"""(["'])(.*?)\1\s*(?:#.*)?""")


def read_environment(folder: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables of `folder/.env`, overruled by `environ` (default: the process's environment).

    A line is `NAME=value`, `export NAME=value` or a comment; quotes around a value are dropped, and ` #`
    begins a comment after a value without quotes.

    Raises:
        ConfigError: a line is none of that, or the file cannot be read.
    """
    file = folder / ".env"
    pairs: dict[str, str] = {}
    text = read_text(file) if file.is_file() else ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line and not line.startswith("#"):
            name, value = _pair(line, str(file), number)
            pairs[name] = value
    return {**pairs, **(os.environ if environ is None else environ)}


def _pair(line: str, file: str, number: int) -> tuple[str, str]:
    match = _ASSIGNMENT.fullmatch(line)
    if not match:
        raise ConfigError("expected NAME=value", file=file, line=number)
    name, value = match[1], match[2]
    if value[:1] in ("'", '"'):
        quoted = _QUOTED.fullmatch(value)
        if not quoted:
            raise ConfigError("the quotes around the value do not match", file=file, line=number, key=name)
        return name, quoted[2]
    return name, re.split(r"(?:^|\s)#", value, maxsplit=1)[0].strip()


def substitute(document: Document, variables: Mapping[str, str]) -> tuple[Document, list[ConfigError]]:
    """The document with `${NAME}` and `${NAME:-default}` replaced in its values, and the mistakes in doing
    so.
    """
    mistakes: list[ConfigError] = []

    def replace(node: Any, path: key_index.Path) -> Any:
        if isinstance(node, dict):
            return {key: replace(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [replace(value, (*path, str(i))) for i, value in enumerate(node)]
        if not isinstance(node, str) or "${" not in node:
            return node
        if "${" in _VARIABLE.sub("", node):
            mistakes.append(
                document.error("`${` begins no variable; write ${NAME} or ${NAME:-default}", path)
            )
            return node
        return _VARIABLE.sub(lambda match: value_of(match, path), node)

    def value_of(match: re.Match[str], path: key_index.Path) -> str:
        name, default = match[1], match[2]
        value = variables.get(name, default)
        if value is None:
            problem = (
                f"environment variable {name} is not set; set it, or write it into .env beside this file"
            )
            mistakes.append(document.error(problem, path))
            return match[0]
        return value

    return Document(document.file, replace(document.values, ()), document.lines), mistakes


def resolved(document: Document, variables: Mapping[str, str]) -> Iterator[Resolved]:
    """The variables that `substitute` replaces in a document; defaults stand in the file, and are none."""
    yield from _resolved(document.values, (), variables)


def _resolved(node: Any, path: key_index.Path, variables: Mapping[str, str]) -> Iterator[Resolved]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _resolved(value, (*path, key), variables)
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from _resolved(value, (*path, str(position)), variables)
    elif isinstance(node, str):
        for match in _VARIABLE.finditer(node):
            if match[1] in variables:
                yield Resolved(match[1], variables[match[1]], path)
