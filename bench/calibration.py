"""`python -m bench.calibration`: what calibration does to the brain's probabilities, in the simulated city.

The verdicts on a full suite, and on further cities of its pack, go through the real pipeline, every case with its own
verdict; the labels stand for words of people. A random half of them is fitted as `secondsight calibrate` does it, the
other half judges, a hundred times over. The further cities have seeds that neither a model nor a suite has used. The
expected calibration error (ECE) is never 0: beside it stands what chance alone gives to so many perfect numbers.
Prints Markdown.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

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
REPEATS = 100


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
    parser.add_argument("--cities", type=int, default=0, help="further cities of each pack")
    options = parser.parse_args()
    log.configure("error", "text")
    rows: list[Sequence[str]] = []
    for number, pack in enumerate(PACKS):
        if pack in options.packs:
            suite = named(f"{pack}-{options.size}")
            seeds = range(FIT_SEED + 100 * number, FIT_SEED + 100 * number + options.cities)
            cities = [_city(pack, seed) for seed in seeds]
            rows.append(
                row(suite.name, [one for city in (suite, *cities) for one in judged(city, options.cache)])
            )
            print(f"{pack} done", file=sys.stderr, flush=True)
    lines = [HEAD, ["---", *("---:" for _ in HEAD[1:])], *rows]
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))
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


HEAD = (
    "suite (simulated)",
    "verdicts",
    "of kinds with enough labels",
    "ECE before",
    "ECE after",
    "change",
    "ECE of chance",
    "right decisions before / after",
    "true events kept before / after",
)


def row(name: str, all_of_them: Sequence[Judged]) -> Sequence[str]:
    """Mean figures over random halves of these verdicts, with the interval of the change."""
    rng = np.random.default_rng(0)
    found = np.array([_halved(all_of_them, rng) for _ in range(REPEATS)])
    known, before, after, chance, right, right_after, kept, kept_after = found.mean(axis=0)
    low, high = np.quantile(found[:, 2] / found[:, 1] - 1, (0.025, 0.975))
    return (
        name,
        str(len(all_of_them)),
        f"{known:.0%}",
        f"{before:.3f}",
        f"{after:.3f}",
        f"{after / before - 1:+.0%} ({low:+.0%} to {high:+.0%})",
        f"{chance:.3f}",
        f"{right:.0%} / {right_after:.0%}",
        f"{kept:.0%} / {kept_after:.0%}",
    )


def _halved(some: Sequence[Judged], rng: np.random.Generator) -> list[float]:
    """Figures of one half, read by curves that were fitted to the other."""
    order = rng.permutation(len(some))
    fitted, tried = ([some[i] for i in part] for part in np.array_split(order, 2))
    groups = fit_groups(Sample(one.kind, one.model, one.source, one.raw, one.truth) for one in fitted)
    curves = [_curve(groups, one) for one in tried]
    raw, truth = np.array([one.raw for one in tried]), np.array([one.truth for one in tried])
    told, known = np.array([one.told for one in tried]), np.array([curve is not None for curve in curves])
    read = np.array([r if c is None else float(c([r])[0]) for r, c in zip(raw.tolist(), curves, strict=True)])
    told_after = np.where(known, read >= Thresholds().reject_below, told)
    return [
        float(known.mean()),
        ece(raw, truth),
        ece(read, truth),
        ece(read, rng.random(len(read)) < read),
        float(np.mean(told == truth)),
        float(np.mean(told_after == truth)),
        float(told[truth].mean()),
        float(told_after[truth].mean()),
    ]


def _curve(groups: Sequence[Group], one: Judged) -> Curve | None:
    key = one.kind, one.model, one.source
    return next((g.fit.curve for g in groups if g.fit and (g.kind, g.model, g.source) == key), None)


if __name__ == "__main__":
    sys.exit(main())
