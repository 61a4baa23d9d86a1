"""What calibration and filters are measured on: halves without a common city, whole days."""

from dataclasses import replace

import numpy as np

from bench.accuracy.calibration import crossed, row, together
from bench.accuracy.static_scenes import TAKEN_FOR, days_of
from bench.accuracy.verdict_cases import Judged
from secondsight.certify import ece
from secondsight.records import iou


def of_city(scene: int, low: float, high: float, count: int = 60) -> list[Judged]:
    """A brain that says 0.5 of everything, of which `low` or `high` comes true."""
    share = low if scene % 2 else high
    rng = np.random.default_rng(scene)
    one = Judged(scene, "fall", "m", "clip", 0.5, True, False)
    return [
        replace(one, truth=bool(t), raw=float(r))
        for t, r in zip(rng.random(count) < share, rng.uniform(0.4, 0.6, count), strict=True)
    ]


def test_no_verdict_is_read_by_a_curve_that_knows_its_city() -> None:
    """Cities of one half come true, those of the other do not: read by the other's curve, all is wrong."""
    some = [one for scene in range(6) for one in of_city(scene, 0.05, 0.95)]
    read = crossed(some, together)
    assert len(read.raw) == len(some)
    assert ece(read.read, read.truth) > ece(read.raw, read.truth)
    alike = [one for scene in range(6) for one in of_city(scene, 0.9, 0.9)]
    read = crossed(alike, together)
    assert ece(read.read, read.truth) < ece(read.raw, read.truth) / 2
    assert len(row("x", read)) == 12


def test_a_day_has_what_stands_there_and_what_happens() -> None:
    (first, *rest) = days_of("metro", 900_001, 1)
    cases = [first, *rest]
    assert {case.of for case in cases} == {"standing", "event", "lookalike"}
    assert {case.candidate.kind for case in cases if case.of == "standing"} == {TAKEN_FOR["metro"]}
    times = [case.candidate.triggered for case in cases]
    assert times == sorted(times)
    assert times[-1] - times[0] < 86400.0
    boxes = [
        frame.box for case in cases if case.of == "standing" for frame in case.request.frames if frame.box
    ]
    assert np.median([iou(boxes[0], box) for box in boxes[1:]]) > 0.4
