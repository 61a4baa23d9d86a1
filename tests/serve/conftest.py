"""A small site with two cameras and everything that the API shows; people of every role, with all cameras or one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from secondsight.clock import ManualClock
from secondsight.config import CameraSettings, ServeSettings, SiteConfig, SiteDifference, SiteFile, make_site
from secondsight.errors import SourceError
from secondsight.media import Segment
from secondsight.records import (
    Action,
    Box,
    Call,
    Clip,
    Counter,
    Egress,
    KeyFrame,
    Outcome,
    Purpose,
    Track,
    TrackId,
    Verification,
    snapshot_path,
)
from secondsight.serve.app import make_app
from secondsight.serve.auth.authenticator import Authenticator
from secondsight.serve.feed import StepFeed
from secondsight.serve.pictures import CameraPictures
from secondsight.serve.site import LiveState, NotHere, ServedSite
from secondsight.site.status import CameraStatus, SiteStatus
from secondsight.store import (
    DATABASE,
    AddCounters,
    AddTracks,
    Appearance,
    AttachClip,
    Calibration,
    CameraFilter,
    FilterState,
    OpenCandidate,
    SetCounters,
    Shadow,
    Store,
    User,
    UserRole,
)
from tests.store.samples import candidate, decision, verdict

NOW = 1_767_254_400.0
"""2026-01-01T08:00:00Z."""
CLIP = bytes(range(256)) * 40
CAMERAS = ("hall", "yard")
PEOPLE = {
    f"{role.value}-{'all' if cameras is None else cameras[0]}": User(
        f"{role.value}-{'all' if cameras is None else cameras[0]}", role, cameras
    )
    for role in UserRole
    for cameras in (None, ("hall",))
}
"""admin-all, admin-hall, operator-all, ..."""


@dataclass(frozen=True)
class Served:
    """A site and its app, without a server."""

    site: ServedSite
    app: FastAPI
    store: Store
    clock: ManualClock
    tokens: dict[str, str]
    data: Path

    def client(self, who: str | None = None, **settings: Any) -> TestClient:
        """A client on this machine, with the token of somebody."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        options = {"base_url": "http://127.0.0.1:8410", "client": ("127.0.0.1", 50000), **settings}
        return TestClient(self.app, headers=headers, raise_server_exceptions=False, **options)


SEGMENT = Segment(NOW - 3600, NOW - 3592, "hall", True)
"""Of each camera; its file shows nothing."""


def event_id(camera: str, number: int) -> str:
    return f"20260101T0700{number:02d}-{camera}"


def fill(store: Store, data: Path) -> None:
    """Two cameras, each with three events, a case that waits, a filter, tracks, counts and calls."""
    for camera in CAMERAS:
        store.observations.upsert_camera(camera, f"The {camera}")
        for number in range(3):
            _event(store, data, camera, number)
        footage = data / replace(SEGMENT, camera=camera).path
        footage.parent.mkdir(parents=True)
        footage.write_bytes(CLIP)
        store.apply([OpenCandidate(_suspected(camera, 3), decision(deadline=NOW + 600))])
        _learned(store, camera)
        store.apply(
            [
                AddTracks((Track(TrackId(camera, 0, 1), "person", NOW - 90, NOW - 60, 0.8, ((0.1, 0.2),)),)),
                AddCounters((Counter(camera, int(NOW - 60), f"in:{camera}-door", 3.0),)),
                SetCounters((Counter(camera, int(NOW - 60), f"heat.4.5:{camera}-door", 30.0),)),
            ]
        )
    store.calibrations.add(
        Calibration("intrusion", "some-vlm", "logprobs", "platt", ((1.0, 0.0),), 40, 0.2, 0.05)
    )
    published = store.steps.unpublished()
    store.steps.publish(published)


def _suspected(camera: str, number: int) -> Any:
    return candidate(
        event_id(camera, number),
        triggered=NOW - 3600 + number,
        camera=camera,
        rule=f"{camera}-rule",
        zone=f"{camera}-zone",
        attributes={"plate": f"京A-{camera}-{number}"},
        tracks=(TrackId(camera, 0, number),),
    )


def _event(store: Store, data: Path, camera: str, number: int) -> None:
    suspected = _suspected(camera, number)
    store.apply([OpenCandidate(suspected, decision(Action.REVIEW, deadline=NOW + 600))])
    clip, frame = f"clips/2026-01-01/{suspected.id}.mp4", f"frames/2026-01-01/{suspected.id}/0.jpg"
    (data / clip).parent.mkdir(parents=True, exist_ok=True)
    (data / clip).write_bytes(CLIP)
    (data / frame).parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 24), (10 * number, 99, 0)).save(data / frame)
    if number:
        Image.new("RGB", (32, 24), (0, 0, 10 * number)).save(data / snapshot_path(suspected))
    begin = suspected.triggered - 5
    stored = Clip(clip, begin, begin + 10, 0.5, "h264", False, len(CLIP))
    store.apply(
        [AttachClip(suspected.id, stored, (KeyFrame(frame, begin + 5, Box(0.1, 0.2, 0.3, 0.4)),), None)]
    )
    answer = (Verification.CONFIRMED, Verification.REJECTED, Verification.UNSURE)[number]
    said = verdict(
        answer, summary=f"The {camera} shows number {number} with a {'red' if number else 'blue'} hat."
    )
    store.cases.settle(suspected.id, answer, said)


def _learned(store: Store, camera: str) -> None:
    seen = Appearance(Box(0.1, 0.1, 0.2, 0.2), (1.0, 0.0))
    made = CameraFilter(
        f"f-{camera}", camera, "intrusion", FilterState.PROPOSED, seen, 0.5, 0.2, (event_id(camera, 1),),
        Shadow(tested=3, matched=2), 86400.0, NOW, NOW + 86400.0,
    )  # fmt: skip
    assert store.filters.propose(made, [])
    call = Call(
        time=NOW - 3500, purpose=Purpose.VERIFY, case_id=event_id(camera, 0), camera=camera, kind="intrusion",
        backend="openai:some-vlm", destination="api.example.org", remote=True, outcome=Outcome.ANSWERED,
        egress=Egress.REDACTED, frames=4, digest=f"digest-{camera}", seconds=1.5, tokens_in=1000, tokens_out=50,
        cost=0.01,
    )  # fmt: skip
    store.ledger.add([call])


def site_config(folder: Path) -> SiteConfig:
    """Of the two cameras; one address holds a password."""
    cameras = {
        camera: {
            "source": f"rtsp://operator:hunter2-{camera}@10.0.0.5/{camera}",
            "description": f"The {camera}",
            "budget": {"calls_per_day": 7},
        }
        for camera in CAMERAS
    }
    return make_site(
        {"site": {"name": "works"}, "cameras": cameras, "budget": {"calls_per_hour": 100}}, folder
    )


def site_file(folder: Path, clock: ManualClock) -> SiteFile:
    """The same two cameras in a file, with a zone, a line and a rule each."""
    lines = ["# The works.", "cameras:"]
    for camera in CAMERAS:
        lines += [
            f"  {camera}:  # with care",
            f"    source: rtsp://operator:hunter2-{camera}@10.0.0.5/{camera}",
            "    zones: {store: {coordinates: [[0, 0], [1, 0], [1, 1]]}}",
            "    lines: {gate: {coordinates: [[0, 0], [1, 1]]}}",
        ]
    lines += ["rules:", "  in: {behaviour: intrusion, zone: frame}"]
    (folder / "site.yaml").write_text("\n".join(lines) + "\n")
    return SiteFile(folder / "site.yaml", clock, {})


def no_picture(name: str, settings: CameraSettings) -> bytes:
    """A camera that is away."""
    raise SourceError(f"{name}: away")


class TwoCameras:
    """What a run elsewhere that tells its status would tell of both cameras."""

    config: SiteConfig | None = None

    def apply(self, config: SiteConfig) -> SiteDifference | None:
        return None

    account = None

    def status(self) -> SiteStatus:
        live = [
            CameraStatus(camera, "live", 1000, 100, 9.5, 300, 3.0, 4, 5, {"late": 2}, None, None)
            for camera in CAMERAS
        ]
        return SiteStatus(tuple(live), 2, {}, None, 100.0)


def serve_app(
    store: Store,
    data: Path,
    clock: ManualClock,
    *,
    settings: ServeSettings | None = None,
    live: LiveState | None = None,
    users: bool = True,
) -> Served:
    """An app over a store; with the users of `PEOPLE` and a token for each."""
    settings = settings or ServeSettings()
    authenticator = Authenticator(store, clock, settings, local=True)
    tokens = {}
    for name, user in PEOPLE.items() if users else ():
        assert store.accounts.add(user, None, "test")
        tokens[name] = authenticator.new_token(name, "test", None, "test")[1]
    site = ServedSite(
        store, data, settings, clock, authenticator, StepFeed(store.steps.last, settings.streams),
        site_config(data), live or NotHere(), site_file(data, clock), CameraPictures(clock, no_picture),
    )  # fmt: skip
    return Served(site, make_app(site), store, clock, tokens, data)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder to copy: filling one takes seconds."""
    data = tmp_path_factory.mktemp("filled")
    with Store.open(data / DATABASE, ManualClock(NOW)) as store:
        fill(store, data)
    return data


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(filled, tmp_path / "data"))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def store(data: Path, clock: ManualClock) -> Iterator[Store]:
    with Store.open(data / DATABASE, clock) as opened:
        yield opened


@pytest.fixture
def served(store: Store, data: Path, clock: ManualClock) -> Served:
    return serve_app(store, data, clock, live=TwoCameras())


@pytest.fixture
def alone(store: Store, data: Path, clock: ManualClock) -> Served:
    """The same without users."""
    return serve_app(store, data, clock, users=False)
