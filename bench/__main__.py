"""`python -m bench [NAME ...]`: measures all figures, or those that are named. `python -m bench PROGRAM [options]`
runs one of the longer measurements; each has its own `--help`."""

import argparse
import importlib
import json
import sys

from bench.common import fixtures, machine
from bench.common.figure import Figure

NAMES = (
    "start",
    "render",
    "overload",
    "flood",
    "case",
    "alerts",
    "console",
    "busy",
    "quiet",
    "naive",
    "memory",
    "rules",
    "soak",
)
BARE = {"start", "overload", "flood", "case", "alerts", "console"}
"""Need no videos and no model."""
PROGRAMS = {
    "ask": "bench.accuracy.ask.run",
    "ask_speed": "bench.performance.ask_speed",
    "behaviours": "bench.accuracy.behaviours",
    "calibration": "bench.accuracy.calibration",
    "described": "bench.accuracy.described",
    "counting": "bench.accuracy.counting",
    "filters": "bench.accuracy.filters",
    "find": "bench.accuracy.find",
    "guard": "bench.accuracy.guard",
    "real": "bench.accuracy.real",
    "learn": "bench.accuracy.learn",
    "learn_attribute": "bench.learning.attribute",
    "learn_days": "bench.learning.run",
    "learn_real": "bench.learning.real",
    "learn_weather": "bench.learning.weather",
    "load": "bench.performance.load",
    "results": "bench.accuracy.results",
    "speech": "bench.accuracy.speech",
    "review_cost": "bench.accuracy.review_cost",
    "cpu_by_thread": "bench.performance.cpu_by_thread",
    "plate_readers": "bench.accuracy.plate_readers",
    "plates": "bench.performance.plates",
    "retention": "bench.performance.retention",
    "trackers": "bench.accuracy.trackers",
    "behaviour_pictures": "bench.pictures.behaviour_pictures",
    "real_pictures": "bench.pictures.real_pictures",
}


def main() -> int:
    """Measure, print, and return 1 if a promise is not kept."""
    if sys.argv[1:] and sys.argv[1] in PROGRAMS:
        name = sys.argv.pop(1)
        return int(importlib.import_module(PROGRAMS[name]).main() or 0)
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(NAMES)}; all if none is named. Or one of {', '.join(PROGRAMS)}",
    )
    parser.add_argument("--quick", action="store_true", help="shorter runs: a hint, not a measurement")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"no figure is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if not (set(options.names or NAMES) <= BARE or fixtures.model_file().is_file()):
        parser.error(f"no videos and models in {fixtures.folder()}; set SECONDSIGHT_TEST_DATA")
    facts = machine.facts()
    if not options.json:
        print("  ".join(f"{name}={value}" for name, value in facts.items()), flush=True)
    figures = []
    for name in options.names or NAMES:
        figures.append(importlib.import_module(f"bench.performance.{name}").measure(options.quick))
        if not options.json:
            _show(figures[-1])
    if options.json:
        print(json.dumps({"machine": facts, "figures": [figure.to_json() for figure in figures]}, indent=2))
    return 0 if all(figure.ok for figure in figures) else 1


def _show(figure: Figure) -> None:
    sign, verdict = (">=" if figure.more else "<="), ("ok" if figure.ok else "MISSED")
    print(f"\n{figure.name}: {figure.what}")
    print(f"  {figure.value:.3f} {figure.unit}  target {sign} {figure.target:g}  {verdict}")
    if len(figure.samples) > 1:
        print(f"  samples: {', '.join(f'{sample:.3f}' for sample in figure.samples)}")
    for name, fact in figure.facts.items():
        shown = ", ".join(f"{value:g}" for value in fact) if isinstance(fact, list) else fact
        print(f"  {name}: {shown}", flush=True)
    for promise, kept in figure.others.items():
        print(f"  {promise}: {'ok' if kept else 'MISSED'}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
