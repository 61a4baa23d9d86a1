"""`python -m bench calibration`: what calibration does to the brain's probabilities, in the simulated city.

Cases of many cities (`verdict_cases`) get their verdicts from `city-clip`; the labels stand for words of people.
Cities are cut in two halves, never a city through. Each half is fitted as `secondsight calibrate` does it, and read
by the curves of the other, so that no number is judged by a city that it was fitted to. Intervals are drawn over
cities. The expected calibration error (ECE) is never 0: beside it stands what chance alone gives to so many perfect
numbers. Prints Markdown.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.accuracy.static_scenes import HELD_OUT, TRAINING, days_of
from bench.accuracy.verdict_cases import FIRST, PACKS, Drawn, Judged, cases_of, judged
from secondsight import log
from secondsight.cascade.feedback.calibration import CalibrationGroup, fit_groups
from secondsight.certify import ece, log_loss
from secondsight.config import CalibrationSettings as Thresholds
from secondsight.store import CalibrationSample

DRAWS = 1000
FEW = (25, 50, 100)
"""Labels of a site's beginnings."""
HEAD = (
    "pack (simulated)",
    "verdicts",
    "read by a curve",
    "ECE before",
    "ECE after",
    "of chance",
    "change",
    "above chance",
    "log loss",
    "Brier",
    "right decisions",
    "true events kept",
)
SHORT = ("labels", "kinds together: read", "ECE", "log loss", "each kind alone: read", "ECE", "log loss")

Numbers = NDArray[np.float64]
Fitting = Callable[[Sequence[Judged]], list[CalibrationGroup]]


@dataclass(frozen=True, slots=True)
class Read:
    """Verdicts, each read by curves that had not seen its city.

    Attributes:
        scenes: int (n,). truth: bool (n,). raw, read: float (n,), probability before and after.
        known: bool (n,), whether there was a curve.
        told, told_after: bool (n,), whether people would be told.
    """

    scenes: NDArray[np.int64]
    truth: NDArray[np.bool_]
    raw: Numbers
    read: Numbers
    known: NDArray[np.bool_]
    told: NDArray[np.bool_]
    told_after: NDArray[np.bool_]


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench calibration", description=__doc__)
    parser.add_argument("--packs", nargs="+", choices=PACKS, default=PACKS)
    parser.add_argument("--cities", type=int, default=24, help="of each pack")
    parser.add_argument(
        "--days",
        type=int,
        help="the days of `bench.accuracy.filters`, so many of each of its cities, without what stands",
    )
    parser.add_argument(
        "--keep", type=Path, help="folder for drawn cases; empty it when city or rules change"
    )
    parser.add_argument("--own", action="store_true", help="with --days: halves are days, not cities")
    options = parser.parse_args()
    log.configure("error", "text")
    everything: list[Judged] = []
    rows = []
    for number, pack in enumerate(options.packs):
        if options.days:
            drawn = list(_of_days(pack, options.cities, options.days, options.own, options.keep))
        else:
            drawn = list(cases_of(pack, range(FIRST, FIRST + options.cities), options.keep))
        found = [one for cases in drawn for one in judged(cases)]
        # A city of each pack has the same seed; an even number, so that the halves stay what they are.
        everything += [_moved(one, number * 10_000_000) for one in found]
        rows.append(row(pack, crossed(found, together)))
        print(f"{pack} done", file=sys.stderr, flush=True)
    rows.append(row("all, as one site", crossed(everything, together)))
    print(_table(HEAD, rows))
    print("\nall, as one site, of which so many verdicts are labelled:\n")
    print(_table(SHORT, [beginnings(everything, labels) for labels in FEW]))
    return 0


def _of_days(pack: str, cities: int, days: int, own: bool, keep: Path | None) -> Iterator[list[Drawn]]:
    """Real events and look-alikes of both sets of cities, numbered so that each set, or with `own` every other day of
    each city, is a half: no event and no light is in both."""
    for number in range(cities):
        for half, first in enumerate((TRAINING, HELD_OUT)):
            cases = days_of(pack, first + number, days, keep)
            for day in range(days):
                scene = 100 * (2 * number + half) + day if own else 2 * number + half
                yield [
                    Drawn(scene, case.request, case.of == "event")
                    for case in cases
                    if case.of != "standing" and case.day == day
                ]


def _moved(one: Judged, by: int) -> Judged:
    return Judged(one.scene + by, one.kind, one.model, one.source, one.raw, one.told, one.truth)


def together(some: Sequence[Judged]) -> list[CalibrationGroup]:
    """As the product fits."""
    return fit_groups(_samples(some))


def alone(some: Sequence[Judged]) -> list[CalibrationGroup]:
    """Each kind for itself, to compare with."""
    kinds = sorted({one.kind for one in some})
    return [group for kind in kinds for group in fit_groups(_samples([o for o in some if o.kind == kind]))]


def _samples(some: Sequence[Judged]) -> list[CalibrationSample]:
    return [CalibrationSample(one.kind, one.model, one.source, one.raw, one.truth) for one in some]


def crossed(some: Sequence[Judged], fitting: Fitting) -> Read:
    """Every verdict, read by what was fitted to the half of the cities that is not its own."""
    halves = [[one for one in some if one.scene % 2 == half] for half in (0, 1)]
    parts = [read_by(fitting(halves[1 - half]), halves[half]) for half in (0, 1)]
    return joined(parts)


def joined(parts: Sequence[Read]) -> Read:
    """Several as one."""
    return Read(*(np.concatenate([getattr(part, name) for part in parts]) for name in Read.__slots__))


def read_by(groups: Sequence[CalibrationGroup], some: Sequence[Judged]) -> Read:
    """Verdicts read by curves."""
    curves = {(g.kind, g.model, g.source): g.fit.curve for g in groups if g.fit}
    mine = [curves.get((one.kind, one.model, one.source)) for one in some]
    raw, known = np.array([one.raw for one in some]), np.array([curve is not None for curve in mine])
    read = [p if c is None else float(c([p])[0]) for p, c in zip(raw.tolist(), mine, strict=True)]
    told = np.array([one.told for one in some])
    return Read(
        scenes=np.array([one.scene for one in some]),
        truth=np.array([one.truth for one in some]),
        raw=raw,
        read=np.array(read),
        known=known,
        told=told,
        told_after=np.where(known, np.array(read) >= Thresholds().reject_below, told),
    )


def row(name: str, of: Read) -> Sequence[str]:
    """One line of the table."""
    before, after, chance = ece(of.raw, of.truth), ece(of.read, of.truth), by_chance(of.read)
    low, high = np.quantile(_changes(of), (0.025, 0.975))
    above = (after - chance) / (before - by_chance(of.raw)) - 1
    pairs = (
        (log_loss(of.raw, of.truth), log_loss(of.read, of.truth), "{:.3f}"),
        (np.mean((of.raw - of.truth) ** 2), np.mean((of.read - of.truth) ** 2), "{:.3f}"),
        (np.mean(of.told == of.truth), np.mean(of.told_after == of.truth), "{:.0%}"),
        (of.told[of.truth].mean(), of.told_after[of.truth].mean(), "{:.0%}"),
    )
    return (
        name,
        str(len(of.raw)),
        f"{of.known.mean():.0%}",
        f"{before:.3f}",
        f"{after:.3f}",
        f"{chance:.3f}",
        f"{after / before - 1:+.0%} ({low:+.0%} to {high:+.0%})",
        f"{above:+.0%}",
        *(f"{form.format(one)} / {form.format(other)}" for one, other, form in pairs),
    )


def by_chance(p: Numbers) -> float:
    """The mean ECE of such probabilities if each were exactly right."""
    rng = np.random.default_rng(0)
    return float(np.mean([ece(p, rng.random(len(p)) < p) for _ in range(DRAWS)]))


def _changes(of: Read) -> list[float]:
    """The change of ECE in cities drawn with replacement."""
    rng = np.random.default_rng(0)
    places = [np.flatnonzero(of.scenes == scene) for scene in np.unique(of.scenes)]
    changes = []
    for _ in range(DRAWS):
        drawn = np.concatenate([places[i] for i in rng.integers(0, len(places), len(places))])
        truth = of.truth[drawn]
        changes.append(ece(of.read[drawn], truth) / ece(of.raw[drawn], truth) - 1)
    return changes


def beginnings(some: Sequence[Judged], labels: int) -> Sequence[str]:
    """Means over draws of so many labels, from as many cities as that takes; all other cities judge."""
    rng, scenes = np.random.default_rng(0), sorted({one.scene for one in some})
    found: list[list[float]] = []
    for _ in range(20):
        fitted: list[Judged] = []
        seen: set[int] = set()
        for scene in rng.permutation(scenes).tolist():
            if len(fitted) < labels:
                seen.add(scene)
                fitted += [one for one in some if one.scene == scene]
        others = [one for one in some if one.scene not in seen]
        figures: list[float] = []
        for fitting in (together, alone):
            of = read_by(fitting(fitted[:labels]), others)
            figures += [float(of.known.mean()), ece(of.read, of.truth), log_loss(of.read, of.truth)]
        found.append(figures)
    means = np.mean(found, axis=0)
    return str(labels), *(f"{m:.3f}" if i % 3 else f"{m:.0%}" for i, m in enumerate(means))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
