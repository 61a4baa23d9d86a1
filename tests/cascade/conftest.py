"""A real store, a real video read as a camera, and a recorder between them."""

import io
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from secondsight.cascade import (
    BudgetGate,
    CostEstimates,
    EgressGate,
    Ledger,
    RecentVerdicts,
    Recorder,
    RequestBuilder,
    ReviewContexts,
    ReviewServices,
)
from secondsight.clock import Clock, ManualClock, SystemClock
from secondsight.config import (
    BudgetLimits,
    BudgetSettings,
    CameraSettings,
    ClipsSettings,
    RetentionSettings,
    make_site,
)
from secondsight.media import Packet, Stream
from secondsight.records import Candidate, TrackId
from secondsight.store import Store
from tests.servers.videos import make_video

BEGIN = 1_767_323_045.0
"""UTC seconds of the first picture of every test video (2026-01-02T03:04:05Z)."""
EPOCH = int(BEGIN * 1000)
"""Number of the epoch of a video that begins then."""


def suspicion(
    at: float, *, waited: float = 0.4, id: str = "case-1", camera: str = "hall", epoch: int = EPOCH
) -> Candidate:
    """A candidate that began `at` seconds into the video and was reported `waited` seconds later."""
    start = BEGIN + at
    track = TrackId("hall", epoch, 1)
    return Candidate(
        id, "hall", epoch, "rule", "intrusion", start, start + waited, start + waited, 0.7, (track,), "person"
    )


@pytest.fixture(scope="session")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    """30 s at 10 frames a second, a key frame every 2 s; picture n carries the number n."""
    video = make_video(tmp_path_factory.mktemp("video") / "numbered.mp4", 300, gop=20)
    stream = Stream("hall", CameraSettings.model_validate({"source": str(video)}), ManualClock())
    return [packet for packet, _ in stream if packet.size]


def shown() -> bytes:
    """A JPEG that shows something: somebody before a wall."""
    image = Image.new("RGB", (96, 72), (90, 100, 110))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 48, 96, 72), (60, 50, 40))
    for x in range(0, 96, 8):
        pen.line((x, 0, x, 48), (130, 140, 120))
    pen.ellipse((28, 12, 40, 24), (230, 200, 180))
    pen.rectangle((24, 24, 44, 60), (200, 40, 50))
    picture = io.BytesIO()
    image.save(picture, "JPEG")
    return picture.getvalue()


def make_services(
    store: Store,
    data: Path,
    budget: BudgetSettings,
    clock: Clock | None = None,
    cameras: Mapping[str, BudgetLimits] | None = None,
) -> ReviewServices:
    """What second looks need besides a brain, as a site makes it."""
    gate = BudgetGate(budget, cameras or {}, clock or SystemClock(), ledger=store.ledger)
    return ReviewServices(
        contexts=ReviewContexts(
            make_site({"cameras": {"hall": {"source": "a.mp4", "description": "a hall"}}}, data)
        ),
        requests=RequestBuilder(data, EgressGate(remote=False)),
        budget=gate,
        ledger=Ledger(store.ledger, gate),
        estimates=CostEstimates(),
        recent=RecentVerdicts(budget.reuse, data),
        merge=budget.merge,
    )


@dataclass
class Bench:
    """What a recorder test holds in its hands."""

    store: Store
    data: Path
    clock: ManualClock
    recorder: Recorder
    ready: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    made_room: list[bool] = field(default_factory=list)
    lost: list[Candidate] = field(default_factory=list)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = ManualClock(BEGIN + 1000)
    with Store.open(tmp_path / "secondsight.db", clock, patience=0.2) as store:
        ready = threading.Semaphore(0)
        made_room: list[bool] = []
        lost: list[Candidate] = []

        def make_room() -> bool:
            made_room.append(True)
            return False

        recorder = Recorder(
            store,
            tmp_path,
            ClipsSettings(),
            RetentionSettings(min_free=0),
            clock,
            make_room=make_room,
            on_ready=ready.release,
            on_lost=lost.append,
            quota=8,
        )
        yield Bench(store, tmp_path, clock, recorder, ready, made_room, lost)
        recorder.close(patience=1.0)
