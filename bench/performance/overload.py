"""Fifty cameras suspect five times what the brain can look at: who is served, how soon, and what that is worth.

The hour is simulated, the queue is not: candidates become cases in an SQLite store, and the product's own workers,
budget, breaker and order serve them. Only the brain is a stand-in, which answers after two seconds.
"""

import asyncio
import io
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.common.figure import Figure, apart
from bench.common.reviews import review_services, suspected
from bench.common.simulated_loop import SimulatedLoop
from secondsight.brain.protocol import RecordCall
from secondsight.cascade import BrainWorkers, decide
from secondsight.clock import ManualClock
from secondsight.config import NoBrainSettings, PolicySettings, make_site
from secondsight.records import Call, KeyFrame, Outcome, ReviewRequest, Usage, Verdict, Verification
from secondsight.store import AttachClip, OpenCandidate, Store

SECONDS, CONCURRENCY = 2.0, 4
"""Of one review; and how many at a time."""
OVERLOAD = 5.0
"""Candidates that arise, over those that the brain can look at."""
SEVERITIES = (0.2, 0.5, 1.0)
BEGIN = 1_767_225_600.0


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One candidate of the simulation: when, where, and what a verdict is worth while it is fresh."""

    time: float
    camera: int
    score: float
    severity: float


@dataclass(frozen=True, slots=True)
class Outturn:
    """What became of all candidates.

    Attributes:
        served: latency from the candidate to its verdict, of those that got one, in seconds.
        value: sum of what those verdicts were worth when they came.
        best: upper bound of that sum for anybody who knows the future.
        expired: cases without a verdict; `counted` of them were reported by the workers.
        resident: MB of resident memory at each quarter of the time.
    """

    candidates: int
    served: tuple[float, ...]
    value: float
    best: float
    expired: int
    counted: int
    resident: tuple[float, ...]

    @property
    def share(self) -> float:
        """Value served, over the bound."""
        return self.value / self.best

    @property
    def p99(self) -> float:
        """Seconds within which 99 of 100 verdicts came."""
        return sorted(self.served)[-(-99 * len(self.served) // 100) - 1]


def measure(quick: bool) -> Figure:
    """Value served over that of an optimum that knows the future; latency and memory beside it."""
    deadline, seconds = 60.0, 120.0 if quick else 600.0
    began = time.perf_counter()
    got = apart(simulate, cameras=50, seconds=seconds, deadline=deadline)
    growth = got.resident[-1] / got.resident[1] - 1.0
    return Figure(
        "overload",
        "value of the verdicts served under fivefold overload, over an offline optimum's upper bound",
        "",
        0.95,
        True,
        (got.share,),
        {
            "simulated_s": seconds,
            "candidates": got.candidates,
            "served": len(got.served),
            "expired": got.expired,
            "p99_s": round(got.p99, 1),
            "deadline_s": deadline,
            "rss_mb": [round(size, 1) for size in got.resident],
            "took_s": round(time.perf_counter() - began, 1),
        },
        {
            "p99 within the deadline": got.p99 <= deadline,
            "every case served or expired": len(got.served) + got.expired == got.candidates,
            "memory grows by no more than 5 % after the first half": growth <= 0.05,
        },
    )


def simulate(
    *, cameras: int, seconds: float, deadline: float, seed: int = 7, folder: Path | None = None
) -> Outturn:
    """Let candidates arise for so many simulated seconds, and wait until each has come to its end.

    Args:
        folder: where the store is made, such as in memory; the system's for temporary files if None.
    """
    rng = random.Random(seed)
    arising = suspicions(rng, cameras, seconds)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        served, expired, counted, resident = _run(arising, Path(scratch), seconds, deadline)
    values = {number: _worth(s, deadline, 0.0) for number, s in enumerate(arising)}
    waits = {number: done - arising[number].time for number, done in served.items()}
    value = sum(values[number] * max(0.0, 1.0 - wait / deadline) for number, wait in waits.items())
    best = optimum(arising, deadline)
    return Outturn(len(arising), tuple(waits.values()), value, best, expired, counted, resident)


def suspicions(rng: random.Random, cameras: int, seconds: float) -> list[Suspicion]:
    """Candidates at random times, five times what can be looked at; one camera in ten is three times as busy."""
    busy = [3.0 if number % 10 == 0 else 1.0 for number in range(cameras)]
    found: list[Suspicion] = []
    now = 0.0
    while True:
        now += rng.expovariate(OVERLOAD * CONCURRENCY / SECONDS)
        if now >= seconds:
            return found
        camera = rng.choices(range(cameras), busy)[0]
        found.append(Suspicion(now, camera, rng.betavariate(2.0, 2.0), rng.choice(SEVERITIES)))


def _worth(suspicion: Suspicion, deadline: float, wait: float) -> float:
    """As the product's documentation has it: severity x uncertainty x freshness."""
    uncertainty = max(4.0 * suspicion.score * (1.0 - suspicion.score), 0.05)
    return suspicion.severity * uncertainty * max(0.0, 1.0 - wait / deadline)


def optimum(arising: Sequence[Suspicion], deadline: float) -> float:
    """Upper bound of the value that can be served: a transport problem, solved as a linear programme.

    Time is cut into stretches as long as a review. No reviewer can begin two reviews within one, hence each has room
    for as many beginnings as there are reviewers; and each case counts as begun at the best moment of the stretch.
    """
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    gains, rows, columns = [], [], []
    stretches = int((arising[-1].time + deadline) / SECONDS) + 1
    for number, suspicion in enumerate(arising):
        for stretch in range(int(suspicion.time / SECONDS), int((suspicion.time + deadline) / SECONDS)):
            wait = max(suspicion.time, stretch * SECONDS) + SECONDS - suspicion.time
            if (gain := _worth(suspicion, deadline, wait)) > 0.0:
                gains.append(gain)
                rows.append(number)
                columns.append(len(arising) + stretch)
    variables = np.arange(len(gains))
    entries = csr_matrix(
        (np.ones(2 * len(gains)), (np.concatenate([rows, columns]), np.concatenate([variables, variables]))),
        shape=(len(arising) + stretches, len(gains)),
    )
    room = np.concatenate([np.ones(len(arising)), np.full(stretches, float(CONCURRENCY))])
    found = linprog(-np.array(gains), A_ub=entries, b_ub=room, bounds=(0, 1), method="highs")
    return float(-found.fun)


class _SlowBrain:
    """Answers yes after two seconds of the loop's time."""

    name, remote, reads_questions = "stand-in", False, False

    def __init__(self, clock: ManualClock, book: RecordCall) -> None:
        self._clock, self._book = clock, book

    async def review(self, request: ReviewRequest) -> Verdict:
        began = self._clock.now()
        await asyncio.sleep(SECONDS)
        usage = Usage(1, 1000, 50, 0.0, SECONDS)
        self._book(
            Call(
                time=began,
                purpose=request.purpose,
                case_id=request.case_id,
                camera=request.source,
                kind=request.kind,
                backend=self.name,
                destination="",
                remote=False,
                outcome=Outcome.ANSWERED,
                seconds=SECONDS,
                tokens_in=1000,
                tokens_out=50,
            )
        )
        return Verdict(Verification.CONFIRMED, None, {}, (), "", self.name, request.sheet, usage)

    async def check(self) -> str:
        return "stand-in"

    async def close(self) -> None:
        """Nothing is held open."""


def _run(
    arising: Sequence[Suspicion], data: Path, seconds: float, deadline: float
) -> tuple[dict[int, float], int, int, tuple[float, ...]]:
    """Serve them; the time of each verdict by number, expired cases, those reported, and memory."""
    clock = ManualClock(BEGIN)
    loop = SimulatedLoop(clock)
    cameras = {f"camera-{one.camera}": {"source": "none.mp4"} for one in arising}
    with Store.open(data / "overload.db", clock) as store:
        services = review_services(store, clock, make_site({"cameras": cameras}, data), data)
        brain = _SlowBrain(clock, services.ledger.book)
        settings = NoBrainSettings(concurrency=CONCURRENCY)
        workers = BrainWorkers(
            store.cases, brain, settings, clock, services, on_settled=lambda: None, loop=loop
        )
        picture = _picture(data)
        resident: list[float] = []

        async def arise() -> None:
            for number, suspicion in enumerate(arising):
                await asyncio.sleep(BEGIN + suspicion.time - clock.now())
                _open(store, clock, number, suspicion, deadline, picture)
                workers.wake()
                if len(resident) < 4 * suspicion.time / seconds:
                    resident.append(_resident())
            await asyncio.sleep(deadline + SECONDS)
            resident.append(_resident())
            workers.stop_soon()

        task = loop.create_task(arise())
        workers.run()
        task.result()
        events = store.events.find()
        settled = {call.case_id: call.time + call.seconds for call in store.ledger.find()}
    served = {
        int(event.id): settled[event.id] - BEGIN
        for event in events
        if event.verification is Verification.CONFIRMED
    }
    expired = sum(event.verification is Verification.EXPIRED for event in events)
    return served, expired, workers.expired, tuple(resident)


def _picture(data: Path) -> str:
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(picture, "JPEG")
    (data / "one.jpg").write_bytes(picture.getvalue())
    return "one.jpg"


def _open(
    store: Store, clock: ManualClock, number: int, suspicion: Suspicion, deadline: float, picture: str
) -> None:
    now, camera = clock.now(), f"camera-{suspicion.camera}"
    candidate = suspected(f"{number:06}", camera, number, now, score=suspicion.score)
    policy = PolicySettings(deadline=deadline)
    decision = decide(candidate, policy, brain=True, now=now, weight=suspicion.severity)
    store.apply([OpenCandidate(candidate, decision)])
    store.apply([AttachClip(candidate.id, None, (KeyFrame(picture, now, None),))])


def _resident() -> float:
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6
