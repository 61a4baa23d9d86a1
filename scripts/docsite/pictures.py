"""`python -m scripts.docsite.pictures`: the terminal's display during a run, and the zones of a camera, for the docs.

Both show the simulated city, seen by the models that ship, so that anyone gets the same pictures.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from PIL import Image
from rich.console import Console

from secondsight.cli.live_table import LiveTable
from secondsight.cli.output import Screen
from secondsight.config import load_site
from secondsight.sim import make_city
from secondsight.site import Site

OUT = Path(__file__).parents[2] / "docs" / "images"
WIDTH = 104
"""Columns of the terminal."""
SHOWN = 0.75
"""Share of the recordings that is read in the picture of the terminal."""


def main() -> int:
    """Draw both. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.docsite.pictures", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        make_city("metro", city, seed=7, seconds=90.0, cameras=2)
        (out / "terminal.svg").write_text(terminal(city / "site.yaml"), encoding="utf-8")
        zones(city / "site.yaml", Path(folder) / "zones.png", out / "zones.jpg")
    print(f"wrote {out / 'terminal.svg'} and {out / 'zones.jpg'}")
    return 0


def terminal(site_file: Path) -> str:
    """The live display of a run as SVG, at the moment when `SHOWN` of the recordings is read."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    display = LiveTable(Screen(console=console))
    reached = False
    with Site(load_site(site_file)) as site:

        def show() -> None:
            nonlocal reached
            status = site.status()
            if not reached and (status.position or 0.0) >= SHOWN:
                display.show(status)
                reached = True

        site.start(once=True)
        for step, event in site.steps(poll=0.05, idle=show):
            if not reached:
                display.step(step, event)
    console.print(display)
    return without_fonts(console.export_svg(title="secondsight run city/site.yaml --once"))


def without_fonts(svg: str) -> str:
    """The picture in the reader's own monospace font: rich would have it fetched from a network."""
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def zones(site_file: Path, drawn: Path, out: Path) -> None:
    """What `secondsight zones` draws for the first camera."""
    camera = next(iter(load_site(site_file).cameras))
    command = [sys.executable, "-m", "secondsight", "zones", camera, "--site", site_file, "--out", drawn]
    subprocess.run(list(map(str, command)), check=True)
    with Image.open(drawn) as picture:
        picture.convert("RGB").save(out, quality=85)


if __name__ == "__main__":
    sys.exit(main())
