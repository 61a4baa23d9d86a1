"""The documentation site: its generated files, its navigation, and where its links lead. Knows nothing of MkDocs."""

import json
import posixpath
from pathlib import Path
from typing import Any

from scripts.docsite import pages, settings
from secondsight.event_json import STEP_SCHEMA

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SOURCE = "https://github.com/secondsight/secondsight/blob/main/"


def generated() -> dict[str, str]:
    """The generated files by their path in the site's sources."""
    texts = pages.behaviour_texts((DOCS / "behaviours.md").read_text(encoding="utf-8"))
    return {
        "reference/site.md": pages.site_file(pages.first_site_file()),
        "reference/commands.md": pages.command_line(),
        "reference/step.schema.json": json.dumps(STEP_SCHEMA, indent=1) + "\n",
        "reference/event.schema.json": pages.event_schema((DOCS / "json.md").read_text(encoding="utf-8")),
        "start/examples.md": pages.examples(ROOT / "examples"),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        "contributing.md": (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        **{f"{pages.BEHAVIOURS}/{name}.md": pages.behaviour(name, text) for name, text in texts.items()},
        **{f"reference/api/{room}.md": pages.api(room) for room in pages.rooms()},
    }


def navigation(nav: Any) -> Any:
    """A navigation with each placeholder replaced by its list of pages; pages still to be written are left out."""
    return _filled(
        nav,
        {
            "<behaviours>": [{name: f"{pages.BEHAVIOURS}/{name}.md"} for name in settings.behaviours()],
            "<api>": [{room: f"reference/api/{room}.md"} for room in pages.rooms()],
        },
    )


def _filled(nav: Any, lists: dict[str, list[Any]]) -> Any:
    if not isinstance(nav, list):
        return nav
    filled: list[Any] = []
    for entry in nav:
        if isinstance(entry, str) and entry in lists:
            filled += lists[entry]
        elif isinstance(entry, dict):
            filled += [{title: _filled(below, lists)} for title, below in entry.items() if not _later(below)]
        else:
            filled.append(entry)
    return filled


def _later(target: Any) -> bool:
    """Whether a page of the navigation is still to be written: it appears by itself once its file is there."""
    return isinstance(target, str) and target in _LATER and not (DOCS / target).exists()


_LATER = {"tour.md", "security.md"}


def site_link(link: str, path: str) -> str:
    """A link of a page as it has to be on the site.

    Args:
        link: as it is written, relative to the page's file in the repository.
        path: of the page, relative to the folder of the docs.
    """
    target, _, anchor = link.partition("#")
    if "://" in link or (not target and path != "behaviours.md"):
        return link
    folder = _FOLDERS.get(path, f"docs/{posixpath.dirname(path)}")
    place = posixpath.normpath(posixpath.join(folder, target)) if target else "docs/behaviours.md"
    if place == "docs/behaviours.md" and anchor in settings.behaviours():
        place, anchor = f"docs/{pages.BEHAVIOURS}/{anchor}.md", ""
    elif not target:
        return link
    place = _MOVED.get(place, place)
    end = f"#{anchor}" if anchor else ""
    if not place.startswith("docs/"):
        return f"{SOURCE}{place}{end}"
    return posixpath.relpath(place.removeprefix("docs/"), posixpath.dirname(path) or ".") + end


_FOLDERS = {"changelog.md": "", "contributing.md": "", "start/examples.md": "examples"}
"""Folder of the file of a page lies, if not in the docs."""
_MOVED = {
    "CHANGELOG.md": "docs/changelog.md",
    "CONTRIBUTING.md": "docs/contributing.md",
    "README.md": "docs/index.md",
    "examples/README.md": "docs/start/examples.md",
    "README.zh-CN.md": "docs/zh/index.md",
}
