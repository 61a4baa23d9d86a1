"""`python -m bench results`: measures the four suites of the simulated city and writes docs/results.md.

Every figure of that page comes out of this run, except those of the behaviours, which `python -m bench behaviours
--page` writes; the words around them are a template beside this file.
"""

import argparse
import os
import sys
from pathlib import Path
from string import Template

from bench.accuracy.behaviour_page import BEGIN, END, PAGE, put, section_of
from bench.common import machine
from secondsight import log
from secondsight.config import load_site
from secondsight.measure.metrics.evaluation import Evaluation
from secondsight.measure.metrics.events import CAUSES, What
from secondsight.measure.output.tables import Table, tables
from secondsight.measure.running.evaluate import evaluate
from secondsight.measure.running.recordings import read_folder
from secondsight.measure.running.suites import find_suite, prepare_suite

PACKS = ("metro", "industrial", "retail", "motorway")
_HEADLINE = (
    ("event accuracy", "event_accuracy", "{:.0%}"),
    ("false alarms per camera-hour", "false_alarms_per_hour", "{:.0f}"),
    ("P_miss", "p_miss", "{:.2f}"),
    ("F1", "f1", "{:.2f}"),
)


def main() -> int:
    """Measure and write. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench results", description=__doc__)
    parser.add_argument("--cache", type=Path, help="where suites are kept (default: the user's cache folder)")
    parser.add_argument("--size", choices=("full", "quick"), default="full")
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    log.configure("warning", "text")
    found = []
    for pack in PACKS:
        print(f"measuring {pack}-{options.size}", flush=True)
        found.append(_measure(f"{pack}-{options.size}", options.cache))
    template = Template(Path(__file__).with_name("results.template.md").read_text(encoding="utf-8"))
    page = template.substitute(
        machine=", ".join(f"{name} {value}" for name, value in machine.facts().items() if name != "load"),
        headline=headline(found),
        distances=distances(found),
        causes=causes(found),
        suites="\n\n".join(_suite(one) for one in found),
        size=options.size,
        behaviours=put(f"{BEGIN}\n{END}", _behaviours()),
        brain=Path(__file__).with_name("results.brain.md").read_text(encoding="utf-8").strip(),
    )
    options.out.write_text(page, encoding="utf-8")
    print(f"wrote {os.path.relpath(options.out)}")
    return 0


def _behaviours() -> str:
    """What `python -m bench behaviours --page` has written stays."""
    return section_of(PAGE.read_text(encoding="utf-8")) if PAGE.is_file() else ""


def _measure(name: str, cache: Path | None) -> Evaluation:
    folder = prepare_suite(find_suite(name), cache)
    return evaluate(load_site(folder / "site.yaml"), read_folder(folder), name=name, objects=True)


def headline(found: list[Evaluation]) -> str:
    """One row for each suite: the sentinel alone and with the brain, beside each other."""
    head = [
        "suite (simulated)",
        *(f"{label}: alone / + brain" for label, _, _ in _HEADLINE),
        "false alarms",
        "calls per case",
    ]
    rows = []
    for one in found:
        alone, both = (system.overall.figures for system in one.systems)
        cells = [
            f"{_text(alone[key].value, form)} / **{_text(both[key].value, form)}**"
            for _, key, form in _HEADLINE
        ]
        change = one.false_alarm_change.value if one.false_alarm_change else None
        rows.append(
            [one.name, *cells, _text(change, "{:+.0%}"), _text(both["calls_per_case"].value, "{:.2f}")]
        )
    return _markdown(Table("", tuple(head), tuple(map(tuple, rows))))


def distances(found: list[Evaluation]) -> str:
    """How far each suite lies from the targets."""
    rows = []
    for one in found:
        both = one.systems[1].overall.figures
        accuracy, calls = both["event_accuracy"].value, both["calls_per_day"].value
        change = one.false_alarm_change.value if one.false_alarm_change else None
        rows.append(
            (
                one.name,
                _text(accuracy and accuracy * 100 - 94, "{:+.0f} points"),
                _text(change and (change + 0.6) * 100, "{:+.0f} points"),
                _text(calls, "{:.0f}"),
            )
        )
    head = (
        "suite",
        "event accuracy, against 94%",
        "false alarms, against -60%",
        "calls per camera-day, here",
    )
    return _markdown(Table("", head, tuple(rows)))


def causes(found: list[Evaluation]) -> str:
    """Where the misses that remain with the brain come from."""
    rows = []
    for one in found:
        both = one.systems[1].overall
        events = both.counts[What.HIT] + both.counts[What.MISS]
        rows.append((one.name, f"{events:.0f}", *(str(both.causes[cause]) for cause in CAUSES)))
    head = ("suite", "true events", *(str(cause).replace("_", " ") for cause in CAUSES))
    return _markdown(Table("", head, tuple(rows)))


def _text(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _suite(evaluation: Evaluation) -> str:
    parts = [f"## {evaluation.name} (simulated)", f"`secondsight eval {evaluation.name} --objects`"]
    for table in tables(evaluation):
        parts += [f"### {table.title}", _markdown(table), *([table.note] if table.note else [])]
    return "\n\n".join(parts)


def _markdown(table: Table) -> str:
    rows = [table.head, tuple("---" if not i else "---:" for i in range(len(table.head))), *table.rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") or " " for cell in row) + " |" for row in rows
    )


if __name__ == "__main__":
    sys.exit(main())
