"""`python -m bench find`: search by words in simulated cities. Of the ten best of each question, how many show
it (precision at 10), and how many of those that show it are among them (recall at 10), by the labels.

The questions are a person's; the model has never seen these seeds. What is searched are the candidates of all packs'
rules, look-alikes among them.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.accuracy.verdict_cases import FIRST, PACKS, Drawn, cases_of
from bench.common import machine
from secondsight.brain import Embedder, make_embedder

BEST = 10
QUESTIONS = {
    "fall": "a person has fallen and lies on the floor",
    "fight": "people who fight",
    "left_bag": "a bag that stands there alone",
    "crowd": "a crowd of people",
    "climbing": "a person climbs over the barrier",
    "fire": "an open fire",
    "smoke": "smoke",
    "man_down": "a worker lies on the ground",
    "no_vest": "a worker without a vest",
    "take": "a person takes a product from the shelf",
    "queue": "people wait in a queue",
    "stopped_vehicle": "a car that has stopped on the road",
    "landslide": "rocks and earth on the road",
    "debris": "a thing lies on the road",
}
"""What a person would type, by the kind of event that it is about."""


def measure(cases: Sequence[Drawn], embedder: Embedder) -> dict[str, dict[str, float]]:
    """Hits among the ten best of each question that has something to find."""
    rows, owners = [], []
    for number, case in enumerate(cases):
        for frame in case.request.frames:
            boxes = [None] if frame.box is None else [None, frame.box]
            rows.append(embedder.parts(frame.jpeg, boxes))
            owners += [number] * len(boxes)
    vectors, owner = np.concatenate(rows), np.array(owners)
    found: dict[str, dict[str, float]] = {}
    for kind, question in QUESTIONS.items():
        right = {number for number, case in enumerate(cases) if case.truth and case.request.kind == kind}
        if not right:
            continue
        order = dict.fromkeys(
            owner[np.argsort(-(vectors @ embedder.words(question)), kind="stable")].tolist()
        )
        hits = len(right & set(list(order)[:BEST]))
        found[kind] = {
            "events": len(right),
            "precision": hits / min(BEST, len(cases)),
            "recall": hits / len(right),
            "reachable": min(BEST, len(right)) / len(right),
            "by_chance": len(right) / len(cases),
        }
    return found


def main() -> int:
    """Draw the cases, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m bench find", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="scenes of each pack")
    parser.add_argument("--model", default="city-clip", help="embedded model or folder")
    parser.add_argument("--keep", type=Path, help="folder in which drawn cases are kept")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    seeds = range(FIRST + 500, FIRST + 500 + options.seeds)
    cases = [case for pack in PACKS for some in cases_of(pack, seeds, options.keep) for case in some]
    found = measure(cases, make_embedder(options.model))
    if options.json:
        print(json.dumps({"machine": machine.facts(), "cases": len(cases), "kinds": found}, indent=1))
        return 0
    print(f"{len(cases)} candidates of {options.seeds} simulated scenes of each pack, model {options.model}")
    print(f"{'kind':<16} {'events':>6} {'P@10':>6} {'R@10':>6} {'best R':>6} {'chance':>6}")
    for kind, row in found.items():
        shares = " ".join(f"{row[name]:>6.2f}" for name in ("precision", "recall", "reachable", "by_chance"))
        print(f"{kind:<16} {row['events']:>6.0f} {shares}")
    for name in ("precision", "recall", "reachable", "by_chance"):
        print(f"mean {name}: {np.mean([row[name] for row in found.values()]):.2f}")
    return 0
