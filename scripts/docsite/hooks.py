"""Hooks of MkDocs: adds the generated pages, and makes links of pages that are also read on their own fit the site.

Start it from the project's folder: `python -m mkdocs build --strict`, or `make docs`.
"""

import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pymdownx.slugs import slugify

sys.path.insert(0, str(Path(__file__).parents[2]))

from scripts.docsite import pages, site

_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_FENCED = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the generated pages into the navigation; anchors keep letters of every language."""
    config.nav = site.navigation(config.nav)
    config.mdx_configs["toc"]["slugify"] = slugify(case="lower")
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    for path, text in site.generated().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links to where their targets are on the site."""
    path = page.file.src_uri
    if path == "behaviours.md":
        markdown = pages.behaviours_index(markdown)
    parts = _FENCED.split(markdown)
    for i in range(0, len(parts), 2):
        parts[i] = _LINK.sub(lambda match: f"{match[1]}{site.site_link(match[2], path)}{match[3]}", parts[i])
    return "".join(parts)
