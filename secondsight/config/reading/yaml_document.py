"""Reads a YAML file into plain values, and remembers the line of every key.

Everything that a text file can hold ends in values or in a `ConfigError`: broken YAML, binary data, endless
nesting, aliases that unfold to more than the memory. Error texts name keys and lines but repeat no value.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError

from secondsight.config.reading import key_index
from secondsight.errors import ConfigError
from secondsight.log import redact

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_MOST_BYTES = 2**19
_MOST_VALUES = 100_000
_DEEPEST = 32
"""A site file is a few kilobytes and six levels deep; past these limits it is something else."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: dicts with text keys, lists and scalars.

    Attributes:
        values: the top level.
        lines: 1-based line of every key and list item, by path.
    """

    file: str
    values: dict[str, Any]
    lines: dict[key_index.Path, int] = field(default_factory=dict)

    def error(self, problem: str, path: key_index.Path) -> ConfigError:
        """A mistake at a path; its line is that of the nearest key above which has one."""
        known = (self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines)
        key = redact(".".join(path)) or None
        return ConfigError(redact(problem), file=self.file, line=next(known, None), key=key)


def read_text(file: Path) -> str:
    """A text file as a whole. Raises ConfigError saying why it cannot be read."""
    name = str(file)
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError("no such file; `secondsight init FOLDER` writes a first one", file=name) from None
    except IsADirectoryError:
        problem = "this is a folder; name the site file in it, such as site.yaml"
        raise ConfigError(problem, file=name) from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError("not UTF-8 text; save the file as UTF-8", file=name, line=line) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=name) from None
    except ValueError:
        raise ConfigError("no file can have such a name", file=name.replace("\0", "\\0")) from None
    if len(data) > _MOST_BYTES:
        raise ConfigError("larger than 512 KB: this is not a site file", file=name)
    return text


def parse(text: str, file: str) -> Document:
    """The document that a YAML text holds. Raises ConfigError."""
    tree = _load(text, file)
    if tree is None:
        problem = "the file is empty; `secondsight init FOLDER` writes a first one"
        raise ConfigError(problem, file=file, line=1)
    if not isinstance(tree, dict):
        raise ConfigError("expected keys such as `cameras:` and `rules:` at the top", file=file, line=1)
    reader = _Reader(file)
    return Document(file, reader.plain(tree, ()), reader.lines)


class _Constructor(RoundTripConstructor):
    """Leaves dates as text: their time zones are for pydantic to read. Keys are names as they are written: a camera
    called 007 is not camera 7."""

    def construct_mapping(self, node: Any, maptyp: Any, deep: bool = False) -> Any:  # type: ignore[override]
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and key.tag in _NUMBERS:
                key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, maptyp, deep)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_scalar)


def _load(text: str, file: str) -> Any:
    yaml = YAML(typ="rt")
    yaml.Constructor = _Constructor
    try:
        return yaml.load(text)
    except DuplicateKeyError as error:
        # The library's own text repeats both values.
        name = re.match(r'found duplicate key "(.*?)"', error.problem or "")
        key = redact(name[1]) if name else None
        problem = "this key stands here twice in one section; remove one"
        raise ConfigError(problem, file=file, line=_line(error), key=key) from None
    except MarkedYAMLError as error:
        problem = (error.problem or error.context or "cannot be parsed").split("\n")[0]
        if r"\t" in problem:
            problem = "a tab where spaces are expected; indent with spaces"
        elif "another document" in problem:
            problem = "a second document begins here; a site is one"
        raise ConfigError(f"not valid YAML: {redact(problem)}", file=file, line=_line(error)) from None
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise ConfigError("holds a control character; is it a text file?", file=file, line=line) from None
    except RecursionError:
        raise ConfigError("nested too deeply: this is not a site file", file=file) from None
    except (
        Exception
    ) as error:  # the parser lets all kinds of errors through, such as for a number of 5000 digits
        problem = f"not valid YAML: a value cannot be read ({type(error).__name__})"
        raise ConfigError(problem, file=file) from None


def _line(error: MarkedYAMLError) -> int | None:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else None


class _Reader:
    """Turns the parser's tree into plain values, with limits; merge keys and aliases come out unfolded."""

    def __init__(self, file: str) -> None:
        self.lines: dict[key_index.Path, int] = {}
        self._file = file
        self._count = 0

    def plain(self, node: Any, path: key_index.Path) -> Any:
        self._count += 1
        if len(path) > _DEEPEST or self._count > _MOST_VALUES:
            problem = "nested too deeply or too large: this is not a site file"
            raise ConfigError(problem, file=self._file, line=self.lines.get(path[:1]))
        if isinstance(node, CommentedMap):
            items = [(key, _text(key), value) for key, value in node.items()]
            return {name: self._child(node, key, value, (*path, name)) for key, name, value in items}
        if isinstance(node, CommentedSeq):
            return [self._child(node, i, value, (*path, str(i))) for i, value in enumerate(node)]
        for kind in (str, bool, int, float):  # the parser's own subclasses carry style along
            if isinstance(node, kind):
                return kind(node)
        if node is None:
            return None
        problem = "a kind of value that site files do not use; write plain text, numbers, lists and sections"
        raise ConfigError(problem, file=self._file, line=self.lines.get(path), key=redact(".".join(path)))

    def _child(self, node: CommentedMap | CommentedSeq, key: Any, value: Any, path: key_index.Path) -> Any:
        try:
            position = node.lc.key(key) if isinstance(node, CommentedMap) else node.lc.item(key)
            self.lines[path] = position[0] + 1
        except (KeyError, TypeError):
            pass  # a merged key stands elsewhere; the section's own line will do
        return self.plain(value, path)


def _text(key: Any) -> str:
    """A key as text: cameras may well be called 1, 2, 3."""
    return "null" if key is None else str(key)
