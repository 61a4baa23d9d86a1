"""The test that begins a training when a site has changed, on simulated camera-days: false alarms, and delays.

What a camera shows and how sure the model is wander from day to day, with heavy tails; where a site changes, one
camera or all of them shift by some standard deviations of that.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.learn import DriftSign, LabelledBox, Sample, SampleReason, measure_drift
from secondsight.records import Box

ALPHA = 0.05
CAMERAS, DAYS, CHANGE = 4, 120, 60
_DAY = 86400.0
_START = 1_767_225_600.0
_WIDTH = 16
_SAMPLES = 4
_HELD_OUT = 90_000
"""First seed; tests use others."""
_BOX = Box(0.4, 0.4, 0.5, 0.6)


@dataclass(frozen=True, slots=True)
class SimulatedChange:
    """How a site changes.

    Attributes:
        cameras: how many change. sign: what does; size: by how many standard deviations of a day.
    """

    cameras: int
    sign: DriftSign
    size: float


def simulated_days(
    rng: np.random.Generator, change: SimulatedChange | None
) -> tuple[dict[str, list[Sample]], dict[str, NDArray[np.float32]]]:
    """The samples of a site's camera-days, and their embeddings."""
    days, embeddings = {}, {}
    for day in range(DAYS):
        for camera in range(CAMERAS):
            changed = change if change is not None and day >= CHANGE and camera < change.cameras else None
            mood = rng.standard_t(4, _WIDTH + 1)
            if changed is not None:
                mood[: 1 if changed.sign is DriftSign.SCORES else _WIDTH + 1] += changed.size
            score = float(np.clip(0.6 + 0.05 * mood[0], 0.05, 0.99))
            members = [_sample(camera, day, number, score) for number in range(_SAMPLES)]
            for member in members:
                embeddings[member.id] = (mood[1:] + rng.normal(0, 1, _WIDTH)).astype(np.float32)
            days[members[0].day] = members
    return days, embeddings


def _sample(camera: int, day: int, number: int, score: float) -> Sample:
    id, time = f"{camera}-{day}-{number}", _START + day * _DAY + number
    seen = (LabelledBox("person", _BOX, score),)
    return Sample(id, f"c{camera}", 0, time, SampleReason.UNIFORM, 0.1, "", 64, 36, "b0000", seen, 0.5, "")


def drift(sites: int) -> None:
    """Measure false alarms and delays, and print them."""
    print(f"\n## Drift ({sites} simulated sites of {CAMERAS} cameras, {DAYS} days each, level {ALPHA:.0%})\n")
    alarms = sum(
        measure_drift(*simulated_days(np.random.default_rng(_HELD_OUT + number), None)).evidence >= 1 / ALPHA
        for number in range(sites)
    )
    print(f"False alarms, looked at after every day: {alarms} of {sites} sites ({alarms / sites:.1%}).\n")
    print("| changed on day 60 | shown | days until then (median, quartiles) |\n|---|---|---|")
    for change in (
        SimulatedChange(1, DriftSign.SCORES, 4.0),
        SimulatedChange(CAMERAS, DriftSign.SCORES, 4.0),
        SimulatedChange(1, DriftSign.PICTURES, 2.0),
        SimulatedChange(CAMERAS, DriftSign.PICTURES, 2.0),
    ):
        waited = [found for number in range(sites // 10) if (found := _delay(number, change)) is not None]
        what = (
            f"{change.sign} of {change.cameras} of {CAMERAS} cameras by {change.size:g} standard deviations"
        )
        low, middle, high = np.quantile(waited, (0.25, 0.5, 0.75)) if waited else (np.nan,) * 3
        print(f"| {what} | {len(waited)} of {sites // 10} | {middle:.0f} ({low:.0f} to {high:.0f}) |")


def _delay(number: int, change: SimulatedChange) -> int | None:
    """Days from the change until it is shown; None if it is not."""
    days, embeddings = simulated_days(np.random.default_rng(_HELD_OUT + 50_000 + number), change)

    def shown(last: int) -> bool:
        known = {day: members for day, members in days.items() if members[0].time < _START + last * _DAY}
        return measure_drift(known, embeddings).evidence >= 1 / ALPHA

    low, high = CHANGE, DAYS
    if shown(low) or not shown(high):
        return None
    # The highest evidence so far never falls, so that its first day can be looked for by halves.
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high - CHANGE
