"""The main job on a scene of which everything is known: ninety seconds of a simulated metro platform with a fall, two
look-alikes, a loiterer and a wrong-way walker, first in the clear, then through a dirty lens, then at night. Sentinel
and brain are the small models that ship with the program and know nothing but this city. Needs no file, no network.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from secondsight.cli.output import Screen
from secondsight.cli.tables import rich_table
from secondsight.config import load_site
from secondsight.measure.metrics.evaluation import evaluate_results
from secondsight.measure.output.tables import things_table
from secondsight.measure.running.evaluate import collect
from secondsight.measure.running.recordings import read_folder
from secondsight.sim import demo_world, write_city


def main() -> int:
    """Film the scene, watch it, write the page, and compare with the truth. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo-out"))
    parser.add_argument("--seed", type=int, default=0, help="another scene of the same kind")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    city = out / "city"
    print(f"filming a simulated platform into {city}", flush=True)
    write_city([demo_world(arguments.seed)], city)
    site = city / "site.yaml"
    data = city / "data"
    steps: list[list[object]] = [
        ["check", site],
        ["run", site, "--once", "--annotate", out / "annotated"],
        ["events", "--data", data, "--html", out / "page", "--videos", out / "annotated"],
        ["events", "--data", data],
    ]
    for step in steps:
        print(f"\n$ secondsight {' '.join(map(str, step))}", flush=True)
        done = subprocess.run([sys.executable, "-m", "secondsight", *map(str, step)], check=False)
        if done.returncode:
            return done.returncode
    _compare(site, city)
    print(f"\nlook at {out / 'page' / 'index.html'} and the video in {out / 'annotated'}")
    return 0


def _compare(site: Path, city: Path) -> None:
    labelled = read_folder(city)
    evaluation = evaluate_results("demo", collect(load_site(site), labelled), brain=True)
    print()
    Screen(wide=True).print(rich_table(things_table(evaluation)))


sys.exit(main())
