"""`python -m bench.calibration`: what calibration does to the brain's probabilities, in the simulated city.

Judged are the verdicts on the full suites, each by curves that have not seen it, fitted in two ways: to other cities
alone, as if a calibration were carried from site to site; and to the other cameras of the same site as well, as a
site that labels its own events has it. The other cities have seeds that neither a model nor a suite has used. All go
through the real pipeline, every case with its own verdict, labels stand for words of people, and the fit is that of
`secondsight calibrate`. Prints Markdown.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.filters import alone
from secondsight import log
from secondsight.cascade.calibration import Curve, Group, ece, fit_groups
from secondsight.config import Calibration as Thresholds
from secondsight.config import load_site
from secondsight.measure.evaluate import watch
from secondsight.measure.feedback import words_of
from secondsight.measure.labelled import read_folder, site_for
from secondsight.measure.suites import Suite, named, prepare
from secondsight.records import Verification
from secondsight.store import Sample, Store

PACKS = ("metro", "industrial", "retail", "motorway")
FIT_SEED = 900_000
"""First seed of the recordings that calibrations are fitted to; training uses far lower ones, suites higher ones."""
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict of the brain and what the labels say."""

    camera: str
    kind: str
    model: str
    source: str
    raw: float
    told: bool
    truth: bool


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.calibration", description=__doc__)
    parser.add_argument("--cache", type=Path, help="where suites are kept (default: the user's cache folder)")
    parser.add_argument("--packs", nargs="+", choices=PACKS, default=PACKS)
    parser.add_argument("--size", choices=("full", "quick"), default="full", help="of the suites judged on")
    parser.add_argument("--cities", type=int, default=2, help="cities of each pack that are fitted to")
    options = parser.parse_args()
    log.configure("error", "text")
    rows: list[Sequence[str]] = []
    kinds: list[Sequence[str]] = []
    for number, pack in enumerate(PACKS):
        if pack in options.packs:
            suite = named(f"{pack}-{options.size}")
            seeds = range(FIT_SEED + 100 * number, FIT_SEED + 100 * number + options.cities)
            others = [one for seed in seeds for one in judged(_city(pack, seed), options.cache)]
            mine, theirs = compared(suite.name, others, judged(suite, options.cache))
            rows, kinds = rows + mine, kinds + theirs
            print(f"{pack} done", file=sys.stderr, flush=True)
    print(_table(_SUITE_HEAD, rows), _table(_KIND_HEAD, kinds), sep="\n\n")
    return 0


def _city(pack: str, seed: int) -> Suite:
    return replace(named(f"{pack}-full"), name=f"{pack}-fit-{seed}", seed=seed)


def judged(suite: Suite, cache: Path | None) -> list[Judged]:
    """Every verdict with a probability that the brain gives in a suite, with its truth."""
    folder = prepare(suite, cache)
    labelled = read_folder(folder)
    with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as data:
        site = alone(site_for(load_site(folder / "site.yaml"), labelled, Path(data), brain=True))
        watch(site, labelled)
        with Store.open(site.data) as store:
            words = words_of(store.events(), [one.recording for one in labelled], "labels")
            store.learned.add_feedback(words)
            return [
                Judged(
                    event.camera,
                    event.kind,
                    event.verdict.model,
                    event.verdict.probability_source,
                    event.verdict.raw,
                    event.verification is not Verification.REJECTED,
                    event.truth,
                )
                for event in store.events()
                if event.verdict and event.verdict.raw is not None and event.verdict.usage.calls
                if event.truth is not None
            ]


def compared(
    name: str, others: Sequence[Judged], tried: Sequence[Judged]
) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    """Rows of one suite: all verdicts together, and kind by kind."""
    abroad = _groups(others)
    at_home: dict[str, Sequence[Group]] = {
        camera: _groups([*others, *(one for one in tried if one.camera != camera)])
        for camera in {one.camera for one in tried}
    }
    ways: dict[str, Callable[[Judged], Sequence[Group]]] = {
        "other cities": lambda one: abroad,
        "and the site's other cameras": lambda one: at_home[one.camera],
    }
    rows, kinds = [], []
    for way, groups_of in ways.items():
        curves = [_curve(groups_of(one), one) for one in tried]
        rows.append(_row((name, way), tried, curves))
        for kind in sorted({one.kind for one in tried}):
            of_kind = [(one, curve) for one, curve in zip(tried, curves, strict=True) if one.kind == kind]
            if all(curve is not None for _, curve in of_kind):
                kinds.append(
                    _row((name, kind, way), [one for one, _ in of_kind], [curve for _, curve in of_kind])
                )
    return rows, kinds


_FIGURES = (
    "verdicts",
    "ECE before",
    "ECE after",
    "change",
    "right before / after",
    "true kept before / after",
)
_SUITE_HEAD = ("suite (simulated)", "fitted to", *_FIGURES)
_KIND_HEAD = ("suite (simulated)", "kind", "fitted to", *_FIGURES)


def _row(names: Sequence[str], tried: Sequence[Judged], curves: Sequence[Curve | None]) -> Sequence[str]:
    """Figures of some verdicts, each read by its curve; as it is where there is none."""
    raw = np.array([one.raw for one in tried])
    truth = np.array([one.truth for one in tried])
    cameras = np.array([one.camera for one in tried])
    told = np.array([one.told for one in tried])
    known = np.array([curve is not None for curve in curves])
    read = np.array([r if c is None else float(c([r])[0]) for r, c in zip(raw.tolist(), curves, strict=True)])
    after = np.where(known, read >= Thresholds().reject_below, told)
    return (
        *names,
        str(len(tried)),
        _interval(raw, truth, cameras),
        _interval(read, truth, cameras),
        f"{ece(read, truth) / ece(raw, truth) - 1:+.0%}",
        f"{np.mean(told == truth):.0%} / {np.mean(after == truth):.0%}",
        f"{np.mean(told[truth]):.0%} / {np.mean(after[truth]):.0%}" if truth.any() else "-",
    )


def _groups(some: Sequence[Judged]) -> list[Group]:
    return fit_groups(Sample(one.kind, one.model, one.source, one.raw, one.truth) for one in some)


def _curve(groups: Sequence[Group], one: Judged) -> Curve | None:
    key = one.kind, one.model, one.source
    return next((g.fit.curve for g in groups if g.fit and (g.kind, g.model, g.source) == key), None)


def _interval(p: NDArray[np.float64], y: NDArray[np.bool_], cameras: NDArray[np.str_]) -> str:
    """ECE with the 95% interval of a bootstrap over cameras."""
    rng = np.random.default_rng(0)
    rows = [np.flatnonzero(cameras == name) for name in np.unique(cameras)]
    found = []
    for _ in range(RESAMPLES):
        chosen = np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])
        found.append(ece(p[chosen], y[chosen]))
    low, high = np.quantile(found, (0.025, 0.975))
    return f"{ece(p, y):.3f} ({low:.3f} to {high:.3f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
