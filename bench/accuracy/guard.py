"""`python -m bench guard`: what the guard against hallucination does, and costs. Prints Markdown.

Pictures and evidence are measured on held-out cities with the product's own code and the brain `city-clip`. No
language model runs here, so that the opposite question is put to *simulated answers*: drawn from a stated error
model, through the real guard. They show what the check can and cannot find, not how good a model is.
"""

import argparse
import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.accuracy.guard_cases import SPOILT, Case, cases, elsewhere, roughly, spoil
from secondsight.brain.backends.clip.backend import ClipBrain
from secondsight.brain.checks.guard import GuardedBrain, touches
from secondsight.brain.checks.image_quality import fault_of
from secondsight.brain.prompts.questions import question_sheet
from secondsight.brain.protocol import Reviewer
from secondsight.clock import SystemClock
from secondsight.config import ClipBrainSettings, GuardSettings
from secondsight.records import Evidence, Purpose, ReviewFrame, ReviewRequest, Usage, Verdict, Verification

CONFIRMED, REJECTED, UNSURE = Verification.CONFIRMED, Verification.REJECTED, Verification.UNSURE
MODELS = ((0.0, 0.05), (0.0, 0.15), (0.1, 0.05), (0.3, 0.05), (0.3, 0.15))
"""Bias and error of the simulated models."""
SHARE = 0.3
"""Of simulated cases that are events."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of cases: right, wrong (confirmed where nothing is, or rejected an event) and unsure."""

    right: int
    wrong: int
    unsure: int
    false_alarms: int
    calls: float
    pictures: float


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench guard", description=__doc__)
    parser.add_argument("--seeds", type=int, default=6, help="held-out cities of each pack")
    parser.add_argument("--draws", type=int, default=5000, help="simulated cases")
    options = parser.parse_args()
    found = list(cases(options.seeds))
    print("\n\n".join([pictures(found), with_clip(found), evidence(found), opposite(options.draws)]))
    return 0


def pictures(found: Sequence[Case]) -> str:
    """Which frames are refused, as they are and spoilt."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for case in found:
        for frame in case.request.frames:
            for name in case.conditions or ("clear",):
                _count(counts[name], bool(fault_of(frame)))
        frame = case.request.frames[0]
        for how in SPOILT:
            spoilt = replace(frame, jpeg=spoil(frame.jpeg, how))
            _count(counts[f"clear or not, made {how}"], fault_of(spoilt).startswith(how))
    lines = [f"| {name} | {n} | {refused / n:.1%} |" for name, (n, refused) in sorted(counts.items())]
    return "\n".join(["| frames of the city | frames | refused |", "|---|---:|---:|", *lines])


def with_clip(found: Sequence[Case]) -> str:
    """`city-clip` on the cases as they are, with half of their frames spoilt, and with all."""
    brain = ClipBrain(ClipBrainSettings(model="city-clip"), SystemClock())
    rng = random.Random("spoilt")
    shares = (0.0, 0.5, 1.0)
    spoilt = {share: [_spoilt(case, share, rng) for case in found] for share in shares}
    lines = []
    for name, guard in (
        ("none", GuardSettings(picture=False, evidence=False)),
        ("pictures and evidence", GuardSettings()),
    ):
        for share, group in spoilt.items():
            lines.append(_line(f"{name} | {share:.0%}", _run(_Counted(brain), guard, group), len(group)))
    head = "| guard | frames spoilt | right | wrong | false alarms | unsure | calls per case | pictures per case |"
    text = f"{len(found)} cases, {sum(case.true for case in found)} of them events.\n\n"
    return text + "\n".join([head, "|---|---:|---:|---:|---:|---:|---:|---:|", *lines])


def evidence(found: Sequence[Case]) -> str:
    """Simulated places on real boxes of the city."""
    rng = random.Random("places")
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for case in found:
        for index, frame in enumerate(case.request.frames):
            if frame.box is None:
                continue
            for name, draw in (
                ("drawn roughly around the suspect", roughly),
                ("of its size, anywhere", elsewhere),
            ):
                place = Evidence(index, draw(frame.box, rng))
                _count(counts[name], not touches(place, case.request))
    lines = [f"| {name} | {n} | {refused / n:.1%} |" for name, (n, refused) in counts.items()]
    return "\n".join(["| simulated places | places | refused |", "|---|---:|---:|", *lines])


def opposite(draws: int) -> str:
    """Simulated answers through the real guard."""
    lines = []
    for bias, error in MODELS:
        for name in ("never", "band", "always"):
            rng = random.Random(
                f"{bias} {error}"
            )  # the same answers to the first question whatever is asked then
            group = [_plain(number, rng.random() < SHARE) for number in range(draws)]
            brain = _Counted(_Drawn({case.request.case_id: case.true for case in group}, bias, error))
            tally = _run(brain, GuardSettings(opposite=name, picture=False), group)
            lines.append(_line(f"{bias:.0%} | {error:.0%} | {name}", tally, draws))
    head = "| yes to anything | wrong answers | opposite | right | wrong | false alarms | unsure | calls | pictures |"
    return "\n".join([head, "|---:|---:|---|---:|---:|---:|---:|---:|---:|", *lines])


class _Drawn:
    """Simulated answers. A share `bias` of cases gets yes to whatever is asked; in the others each answer is wrong
    with probability `error`, independently. It is 0.8 to 1 sure of a blind yes, 0.7 to 1 of a right answer and 0.5 to
    0.95 of a wrong one.
    """

    name, remote, reads_questions = "simulated", False, True

    def __init__(self, truth: dict[str, bool], bias: float, error: float) -> None:
        self._truth, self._bias, self._error = truth, bias, error

    async def review(self, request: ReviewRequest) -> Verdict:
        guard = request.purpose is Purpose.GUARD
        blind = random.Random(f"blind {request.case_id}").random() < self._bias
        rng = random.Random(f"{guard} {request.case_id}")
        truth = self._truth[request.case_id] is not guard
        right = rng.random() >= self._error
        yes = blind or truth is right
        surety = (
            rng.uniform(0.8, 1.0) if blind else rng.uniform(0.7, 1.0) if right else rng.uniform(0.5, 0.95)
        )
        return Verdict(
            verification=CONFIRMED if yes else REJECTED,
            probability=surety if yes else 1 - surety,
            answers={},
            evidence=(),
            summary="",
            model=self.name,
            prompt_version="",
            usage=Usage(),
        )

    async def check(self) -> str:
        return self.name

    async def close(self) -> None: ...


class _Counted:
    """A brain whose calls and pictures are counted."""

    def __init__(self, brain: Reviewer) -> None:
        self._brain, self.calls, self.pictures = brain, 0, 0
        self.name, self.remote = brain.name, brain.remote
        self.reads_questions = brain.reads_questions

    async def review(self, request: ReviewRequest) -> Verdict:
        self.calls += 1
        self.pictures += len(request.frames)
        return await self._brain.review(request)

    async def check(self) -> str:
        return await self._brain.check()

    async def close(self) -> None:
        await self._brain.close()


def _run(brain: _Counted, guard: GuardSettings, group: Sequence[Case]) -> Tally:
    guarded = GuardedBrain(brain, guard, 60.0)

    async def all_of_them() -> list[Verification]:
        return [(await guarded.review(case.request)).verification for case in group]

    said = asyncio.run(all_of_them())
    pairs = list(zip(said, (case.true for case in group), strict=True))
    return Tally(
        right=sum(one is (CONFIRMED if true else REJECTED) for one, true in pairs),
        wrong=sum(one is (REJECTED if true else CONFIRMED) for one, true in pairs),
        unsure=sum(one is UNSURE for one, _ in pairs),
        false_alarms=sum(one is CONFIRMED and not true for one, true in pairs),
        calls=brain.calls / len(group),
        pictures=brain.pictures / len(group),
    )


def _line(name: str, tally: Tally, cases: int) -> str:
    shares = (tally.right, tally.wrong, tally.false_alarms, tally.unsure)
    told = " | ".join(f"{share / cases:.1%}" for share in shares)
    return f"| {name} | {told} | {tally.calls:.2f} | {tally.pictures:.1f} |"


def _count(counts: list[int], hit: bool) -> None:
    counts[0] += 1
    counts[1] += hit


def _spoilt(case: Case, share: float, rng: random.Random) -> Case:
    frames = list(case.request.frames)
    for index in rng.sample(range(len(frames)), round(share * len(frames))):
        frames[index] = replace(frames[index], jpeg=spoil(frames[index].jpeg, rng.choice(SPOILT)))
    return replace(case, request=replace(case.request, frames=tuple(frames)))


def _plain(number: int, true: bool) -> Case:
    """A case without a picture: who draws answers does not look."""
    frames = tuple(ReviewFrame(b"", float(i), None) for i in range(6))
    questions = question_sheet("fall", "en").questions
    request = ReviewRequest(f"{number}", "fall", "", "", None, 0.0, 1.0, frames, questions)
    return Case(request, true, ())


if __name__ == "__main__":
    sys.exit(main())
