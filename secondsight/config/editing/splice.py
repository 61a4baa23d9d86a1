"""Writes changed values into a YAML text, and leaves every other byte of it as it is: comments, order, spelling.

The parser says where each value stands; only these places are written anew. A text that does not then hold exactly
the wanted values, as with anchors that several sections share, is refused.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from secondsight.config.reading.yaml_document import parse
from secondsight.errors import ConfigError, RefusedError

_INDENT = 2


@dataclass(frozen=True, slots=True)
class _Patch:
    """Text that replaces what stands between two places."""

    start: int
    end: int
    text: str


def splice(text: str, values: Mapping[str, Any], file: str) -> str:
    """A YAML text with other values.

    Args:
        text: of a site file that can be parsed.
        values: plain values that it shall hold; what is equal is not touched.
        file: its name, for errors.

    Raises:
        RefusedError: the text is written in a way that hides where a value stands.
    """
    now = parse(text, file).values
    if now == values:
        return text
    root = YAML(typ="safe", pure=True).compose(text)
    patches: list[_Patch] = []
    if isinstance(root, MappingNode):
        _Splicer(text, patches).mapping(root, now, values)
    after = text
    for patch in sorted(patches, key=lambda one: (one.start, one.end), reverse=True):
        after = after[: patch.start] + patch.text + after[patch.end :]
    if "\r\n" in text:
        after = after.replace("\r\n", "\n").replace("\n", "\r\n")
    if not _holds(after, values, file):
        raise RefusedError(
            f"{file}: this section is written in a way that a program cannot change safely, such as with anchors; "
            "edit the file by hand"
        )
    return after


def _holds(text: str, values: Mapping[str, Any], file: str) -> bool:
    try:
        return parse(text, file).values == values and text.encode() != b""
    except (ConfigError, UnicodeEncodeError):
        return False


class _Splicer:
    """Collects the patches that make a text hold other values."""

    def __init__(self, text: str, patches: list[_Patch]) -> None:
        self._text, self._patches = text, patches

    def mapping(self, node: MappingNode, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Make a section in block style hold other values."""
        keys = {str(key.value): (key, value) for key, value in node.value}
        for name in old:
            if name in keys and name not in new:
                self._remove(*keys[name])
        for name, value in new.items():
            if name not in old:
                self._insert(node, name, value)
            elif name in keys and value != old[name]:
                self._change(*keys[name], old[name], value)

    def _change(self, key: Node, node: Node, old: Any, new: Any) -> None:
        empty = self._is_empty(node)
        if isinstance(node, MappingNode) and not node.flow_style and isinstance(new, Mapping) and new:
            self.mapping(node, old, new)
        elif isinstance(node, SequenceNode) and not node.flow_style and _alike(old, new):
            self._items(node, old, new)
        elif isinstance(new, Mapping) and new and (empty or node.value == []):
            self._open(key, node, new)
        elif isinstance(node, ScalarNode | MappingNode | SequenceNode) and (empty or _inline(node)):
            start = self._after_colon(key) if empty else node.start_mark.index
            end = start if empty else node.end_mark.index
            self._patches.append(_Patch(start, end, " " * empty + _flow(new)))
        else:
            end = self._end(node)
            written = _block(key.value, new, key.start_mark.column)
            self._patches.append(_Patch(key.start_mark.index, end, written.lstrip(" ")))

    def _items(self, node: SequenceNode, old: Sequence[Any], new: Sequence[Any]) -> None:
        for item, before, after in zip(node.value, old, new, strict=True):
            if before != after:
                self._patches.append(_Patch(item.start_mark.index, self._end(item), _flow(after)))

    def _open(self, key: Node, node: Node, new: Mapping[str, Any]) -> None:
        """Let an empty section, `{}` or nothing, have keys; a comment behind it stays on its line."""
        start = self._after_colon(key)
        end = start if self._is_empty(node) else node.end_mark.index
        if end > start:
            self._patches.append(_Patch(start, end, ""))
        indent = key.start_mark.column + _INDENT
        lines = "".join("\n" + _block(name, value, indent) for name, value in new.items())
        place = self._line_end(end)
        self._patches.append(_Patch(place, place, lines))

    def _insert(self, node: MappingNode, name: str, value: Any) -> None:
        place = self._line_end(self._end(node))
        written = "\n" + _block(name, value, node.value[0][0].start_mark.column)
        self._patches.append(_Patch(place, place, written))

    def _remove(self, key: Node, node: Node) -> None:
        start = self._text.rfind("\n", 0, key.start_mark.index) + 1
        end = self._after_colon(key) if self._is_empty(node) else self._end(node)
        behind = self._text.find("\n", end) + 1
        self._patches.append(_Patch(start, behind or len(self._text), ""))

    def _end(self, node: Node) -> int:
        """Where the last character of a value stands, without blank lines and comments behind it."""
        if isinstance(node, MappingNode) and node.value and not node.flow_style:
            key, value = node.value[-1]
            return self._after_colon(key) if self._is_empty(value) else self._end(value)
        if isinstance(node, SequenceNode) and node.value and not node.flow_style:
            return self._end(node.value[-1])
        written = self._text[node.start_mark.index : node.end_mark.index]
        return int(node.start_mark.index) + len(written.rstrip())

    def _is_empty(self, node: Node) -> bool:
        """Whether a value is not written at all; the parser then says that it stands before the next one."""
        return isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index

    def _after_colon(self, key: Node) -> int:
        return self._text.index(":", int(key.end_mark.index)) + 1

    def _line_end(self, place: int) -> int:
        end = self._text.find("\n", place)
        end = len(self._text) if end < 0 else end
        return end - 1 if self._text[place:end].endswith("\r") else end


def _inline(node: Node) -> bool:
    """Whether a value stands within a line, where another one can take its place."""
    if isinstance(node, ScalarNode):
        return node.style not in ("|", ">")
    return isinstance(node, MappingNode | SequenceNode) and bool(node.flow_style)


def _alike(old: Any, new: Any) -> bool:
    return isinstance(old, list) and isinstance(new, list) and len(old) == len(new)


def _block(name: str, value: Any, indent: int) -> str:
    """`name: value` as lines, without the last line's end."""
    yaml = _dumper()
    yaml.indent(mapping=_INDENT, sequence=2 * _INDENT, offset=_INDENT)
    written = _dumped(yaml, {name: _styled(value)})
    return "\n".join(" " * indent + line for line in written.splitlines())


def _flow(value: Any) -> str:
    """A value within one line."""
    written = _dumped(_dumper(), [_styled(value, flow=True)])
    return written.removeprefix("- ").removesuffix("\n")


def _dumper() -> YAML:
    yaml = YAML(typ="rt")
    yaml.width = 2**20
    return yaml


def _dumped(yaml: YAML, value: Any) -> str:
    buffer = io.StringIO()
    yaml.dump(value, buffer)
    return buffer.getvalue()


def _styled(value: Any, *, flow: bool = False) -> Any:
    """A value for the dumper: lists stand within a line, and so does what they hold."""
    if isinstance(value, Mapping):
        section = CommentedMap({key: _styled(one, flow=flow) for key, one in value.items()})
        if flow or not value:
            section.fa.set_flow_style()
        return section
    if isinstance(value, list | tuple):
        items = CommentedSeq([_styled(one, flow=True) for one in value])
        long = any(
            isinstance(one, Mapping) or (one and isinstance(one, list) and isinstance(one[0], list))
            for one in value
        )
        if flow or not long:
            items.fa.set_flow_style()
        return items
    return value
