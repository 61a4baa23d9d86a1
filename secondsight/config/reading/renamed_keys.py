"""Keys of earlier versions. A section says what they are called now (`Section.renamed`); for one version a site file
may still use the old name.
"""

import copy
from collections.abc import Mapping
from typing import Any

from secondsight.config.reading.key_index import Path, section_at
from secondsight.config.reading.yaml_document import Document
from secondsight.errors import ConfigError


class KeyUpdate:
    """A document with the old keys replaced.

    Args:
        document: as written.

    Attributes:
        document: with today's keys; every key keeps its line.
        warnings: one for each old key, with file, line, and both names.
        mistakes: sections that hold a key under both names.
    """

    def __init__(self, document: Document) -> None:
        self.warnings: list[ConfigError] = []
        self.mistakes: list[ConfigError] = []
        self._written = document
        self.document = Document(document.file, copy.deepcopy(document.values))
        self._update(self.document.values, (), ())

    def _update(self, node: Any, written: Path, path: Path) -> None:
        """Replace the keys of a node and of all below it.

        Args:
            written: where the node stands in the file.
            path: the same in today's keys.
        """
        if written in self._written.lines:
            self.document.lines[path] = self._written.lines[written]
        children: list[tuple[str, str, Any]] = []
        if isinstance(node, list):
            children = [(str(at), str(at), child) for at, child in enumerate(node)]
        elif isinstance(node, dict):
            section = section_at(path, self.document.values)
            renamed: Mapping[str, str] = getattr(section, "renamed", {})
            for key, value in node.items():
                new = renamed.get(key, key)
                if new != key:
                    self._report(key, new, (*written, key), both=new in node)
                children.append((key, new, value))
            node.clear()
            node.update({new: value for _, new, value in children})
        else:
            return
        for key, new, child in children:
            self._update(child, (*written, key), (*path, new))

    def _report(self, old: str, new: str, path: Path, *, both: bool) -> None:
        if both:
            problem = f"this is the old name of `{new}`, which stands here too; remove `{old}`"
            self.mistakes.append(self._written.error(problem, path))
        else:
            problem = f"`{old}` is now called `{new}`; rename it, the next version will not know the old name"
            self.warnings.append(self._written.error(problem, path))
