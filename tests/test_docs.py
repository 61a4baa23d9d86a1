"""The documentation holds together: links lead somewhere, and the two READMEs show the same."""

import re
from pathlib import Path

from tests.conftest import ROOT
from tests.table import table

PAGES = sorted(
    path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
)
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@table("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not link.startswith("http") and (
            not target.exists() or (anchor and anchor not in anchors(target))
        ):
            broken.append(link)
    assert not broken


def commands(name: str) -> list[str]:
    """Lines of a README's examples without their comments."""
    blocks = _FENCED.findall((ROOT / name).read_text(encoding="utf-8"))
    lines = (re.split(r"(?:^|\s)#", line)[0].rstrip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


def test_the_readmes_show_the_same_commands() -> None:
    english = commands("README.md")
    assert len(english) > 50
    assert commands("README.zh-CN.md") == english


def test_the_readmes_state_the_same_figures() -> None:
    rows = [
        re.findall(r"^\| (\S+-full .*)$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 4
