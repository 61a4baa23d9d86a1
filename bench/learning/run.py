"""`python -m bench learn_days`: a simulated site lives through some days, and its model learns.

Every day is watched by the product (sentinel, rules, embedded brain, samples); verdicts of `city-clip` become labels,
simulated people label a few samples and those that a trial asks for; the training, in its own process, begins when
the site file's triggers say so; gate, shadow, sequential test and promotion follow. Prints a line for each day and
writes `index.html` and `plot.svg`. A run that was stopped goes on where it was.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench.learning.city import City, Weather
from bench.learning.days import DayRecord, LearningSite, Plan
from bench.learning.page import page, plot, summary


def main() -> int:
    """Live through the days that are missing, and write the page. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench learn_days", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/learn-days"))
    parser.add_argument("--days", type=int, default=24)
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=14.0, help="filmed on each day")
    parser.add_argument("--fog-from", type=int, default=2, help="day from which there is fog")
    parser.add_argument("--fog", type=float, default=0.7, help="its strength")
    parser.add_argument("--minutes", type=float, default=3.0, help="time budget of a training")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--labels", type=int, default=100, help="new labels that begin a training")
    parser.add_argument("--by-people", type=int, default=2, help="samples a camera-day that people label")
    options = parser.parse_args()
    folder = options.out.resolve()
    fog = Weather("fog", options.fog, options.fog_from, options.days)
    city = City(folder / "film", options.cameras, options.days, options.seconds, (fog,))
    plan = Plan(options.minutes, options.threads, options.labels, options.by_people)
    folder.mkdir(parents=True, exist_ok=True)
    site = LearningSite(city, folder, plan, _say)
    begun = time.monotonic()
    # Films take as long as all else: those of the next day are made while a day is lived through.
    with ProcessPoolExecutor(1, get_context("spawn")) as ahead:
        for day in range(len(site.days), options.days):
            tomorrow = ahead.submit(city.film, day + 1) if day + 1 < options.days else None
            _say(_line(site.live_through(day)))
            write_pages(site, options.cameras)
            if tomorrow is not None:
                tomorrow.result()
    _say(summary(site.days))
    _say(cpu_by_stage(site.days))
    _say(f"{time.monotonic() - begun:.0f} s; {write_pages(site, options.cameras)}")
    return 0


def write_pages(site: LearningSite, cameras: int) -> Path:
    """Write the page and the plot of the days so far; the page's path."""
    target = site.folder / "index.html"
    target.write_text(page(site.days, cameras), encoding="utf-8")
    (site.folder / "plot.svg").write_text(plot(site.days, cameras), encoding="utf-8")
    return target


def cpu_by_stage(days: Sequence[DayRecord]) -> str:
    """CPU seconds of the days by stage, without films that were made ahead and without trainings."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for name, spent in (entry for day in days for entry in day.cpu.items()):
        seconds[name] += spent
    ordered = sorted(seconds.items(), key=lambda one: -one[1])
    return "CPU seconds: " + ", ".join(f"{name} {spent:.0f}" for name, spent in ordered)


def _line(one: DayRecord) -> str:
    recall = (
        f"{one.found}/{one.people} persons found (first model {one.first})" if one.people else "nobody there"
    )
    fog = "fog" if one.fog else "clear"
    notes = "".join(f"\n    {note}" for note in one.notes)
    labels = f"{one.by_brain}+{one.by_people} labels"
    return f"day {one.day} ({fog}) {one.live}: {recall}, {one.calls} calls, {labels}{notes}"


def _say(text: str) -> None:
    print(text, flush=True)
