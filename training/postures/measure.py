"""Measures the postures network as the rules use it, on timelines that no training saw, and writes its card."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.people.fall import FallState
from secondsight.records import Posture
from secondsight.sentinel.runtime.formats import sha256_of
from secondsight.sentinel.second.postures import PostureMemory, PostureModel
from training.postures.acts import FALLING, KINDS, LYING, RATE
from training.postures.train import FIRST_TEST_SEED, SECONDS, somebody

STILLNESS = 2.0
"""Default of the rule."""
FPS = 5.0
TIMELINES = 400
"""Measured for the card, less those that the camera misses."""


@dataclass(frozen=True)
class Score:
    """Falls that happened and were found; false falls, and timelines and hours without one; of the looks at people
    who lie, the share called lying, and of the others."""

    falls: int
    found: int
    false: int
    quiet: int
    hours: float
    lying: float
    not_lying: float


def postures(model: PostureModel, seed: int) -> tuple[list[Posture | None], NDArray[np.int64]] | None:
    """What the network says at each look of a timeline, and what is true."""
    made = somebody(seed)
    if made is None:
        return None
    points, truth = made
    memory, every, said = PostureMemory(model), round(RATE / FPS), []
    for row in range(0, len(truth), every):
        seen = (points[row, :, 2] >= 0.1).sum() >= 4
        poses = {1: points[row].astype(np.float32)} if seen else {}
        said.append(memory.look(row / RATE, poses, 1.0).get(1))
    return said, truth[::every]


def measure(model: PostureModel, seeds: Sequence[int]) -> Score:
    """Score of these timelines."""
    falls = found = false = quiet = 0
    seconds, lying, others = 0.0, list[bool](), list[bool]()
    for seed in seeds:
        timeline = postures(model, seed)
        if timeline is None:
            continue
        said, truth = timeline
        fell = bool((truth == FALLING).any())
        for posture, true in zip(said, truth.tolist(), strict=True):
            if posture is not None:
                (lying if true == LYING else others).append(posture.lying >= 0.5)
        reported = _reported(said)
        if fell:
            stays = (truth == LYING).sum() / FPS >= STILLNESS + 0.5
            falls += stays
            found += reported and stays
        else:
            false += reported
            quiet += 1
            seconds += SECONDS
    return Score(falls, found, false, quiet, seconds / 3600, float(np.mean(lying)), float(np.mean(others)))


def _reported(said: Sequence[Posture | None]) -> bool:
    """Whether the rule reports a fall: down for `STILLNESS`, looks excepted that are alone in saying otherwise."""
    state, since, against = FallState(), None, 0
    for number, posture in enumerate(said):
        if posture is None:
            continue
        if state.told(number / FPS, posture):
            since, against = number if since is None else since, 0
        elif since is not None:
            against += 1
            since = None if against >= 2 else since
        if since is not None and (number - since) / FPS >= STILLNESS:
            return True
    return False


def write_card(file: Path, table: NDArray[np.float64], people: int) -> None:
    """Write the card of a network beside it.

    Args:
        table: share of each true kind (rows) that is taken for each kind, of single windows.
        people: that it was trained on.
    """
    score = measure(PostureModel(file), range(FIRST_TEST_SEED, FIRST_TEST_SEED + TIMELINES))
    template = Path(__file__).with_name("template.md").read_text(encoding="utf-8")
    text = template.format(
        sha256=sha256_of(file),
        bytes=file.stat().st_size,
        kinds=", ".join(KINDS),
        people=people,
        heads=" | ".join(KINDS),
        dashes="---|" * len(KINDS),
        rows="\n".join(
            f"| {kind} | {' | '.join(f'{share:.2f}' for share in row)} |"
            for kind, row in zip(KINDS, table.tolist(), strict=True)
        ),
        timelines=TIMELINES,
        found=score.found,
        falls=score.falls,
        false=score.false,
        quiet=score.quiet,
        hours=score.hours,
    )
    file.with_suffix(".md").write_text(text, encoding="utf-8")
