"""A data folder as a run leaves it: events with pictures, clips that play, verdicts, steps; people with sessions."""

from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw
from ruamel.yaml import YAML

from secondsight.brain import question_sheet
from secondsight.clock import SystemClock
from secondsight.config import ServeSettings, SiteConfig, make_site
from secondsight.records import Action, Box, Clip, KeyFrame, TrackId, Verification, Word, snapshot_path
from secondsight.serve.auth.authenticator import Asker, Authenticator
from secondsight.serve.auth.passwords import stretched
from secondsight.store import AttachClip, OpenCandidate, Store, User, UserRole
from tests.store.samples import candidate, decision, verdict

SIZE = 320, 180
SUSPECT = Box(0.4, 0.35, 0.5, 0.85)
ZONE = ((0.3, 0.3), (0.7, 0.3), (0.8, 0.95), (0.2, 0.95))
PASSWORD = "correct horse battery"
PEOPLE = {
    "vera": User("vera", UserRole.VIEWER, ("hall",)),
    "olaf": User("olaf", UserRole.OPERATOR),
    "ada": User("ada", UserRole.ADMIN),
}
ANSWERS = (
    Verification.CONFIRMED,
    Verification.UNSURE,
    Verification.REJECTED,
    Verification.CONFIRMED,
    None,
)
"""What the brain says of the events, the oldest first."""
HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>{{971*977}}"


@dataclass(frozen=True)
class Told:
    """What an event of the scene says.

    Attributes:
        answer: of the brain; None while it waits.
        clip: whether there are a clip and key frames.
    """

    id: str
    triggered: float
    camera: str = "hall"
    kind: str = "intrusion"
    answer: Verification | None = Verification.CONFIRMED
    clip: bool = True
    label: str = "person"
    zone: str = "store-room"
    summary: str = "A person in a grey coat opens the door of the store room."


def site_config(folder: Path, timezone: str = "Asia/Shanghai") -> SiteConfig:
    """Two cameras with a zone and a line each."""
    return make_site(_values(timezone), folder)


def site_file(folder: Path) -> Path:
    """The same as a file, with a rule; what the cameras show lies beside it."""
    path = folder / "site.yaml"
    rules = {"in": {"behaviour": "intrusion", "zone": "store-room"}}
    with path.open("w") as file:
        file.write("# The works.\n")
        YAML().dump({**_values("Asia/Shanghai"), "rules": rules}, file)
    for camera in ("hall", "yard"):
        (folder / "pictures" / camera).mkdir(parents=True, exist_ok=True)
        (folder / "pictures" / camera / "0.jpg").write_bytes(picture())
    return path


def _values(timezone: str) -> dict[str, Any]:
    place = {
        "zones": {"store-room": {"coordinates": [list(point) for point in ZONE]}},
        "lines": {"gate": {"coordinates": [[0.1, 0.5], [0.9, 0.5]]}},
    }
    cameras = {
        name: {"source": f"pictures/{name}", "description": f"The {name}", **deepcopy(place)}
        for name in ("hall", "yard")
    }
    return {"site": {"name": "works", "timezone": timezone}, "cameras": cameras}


def add_people(store: Store) -> None:
    """Everybody of `PEOPLE`; all have the same password."""
    secret = stretched(PASSWORD)
    for user in PEOPLE.values():
        assert store.accounts.add(user, secret, "test")


def session_of(store: Store, name: str, settings: ServeSettings) -> str:
    """The secret of a new session, as its cookie has it."""
    signed_in = Authenticator(store, SystemClock(), settings, local=True).sign_in(
        name, PASSWORD, Asker(address="127.0.0.1", secure=False, forwarded=False)
    )
    assert signed_in is not None
    return signed_in.secret


def add_event(store: Store, data: Path, told: Told) -> None:
    """Store an event with its files, and publish that it was raised."""
    suspected = candidate(
        told.id, triggered=told.triggered, camera=told.camera, rule=f"no-{told.kind}", kind=told.kind,
        label=told.label, zone=told.zone, attributes={"coat": "grey"}, box=SUSPECT,
        tracks=(TrackId(told.camera, 0, 1),),
    )  # fmt: skip
    store.apply([OpenCandidate(suspected, decision(Action.REVIEW, deadline=told.triggered + 1e6))])
    if told.clip:
        frame, clip = f"frames/{told.id}/0.jpg", f"clips/{told.id}.mp4"
        for path, content in (
            (frame, picture()),
            (snapshot_path(suspected), picture()),
            (clip, film()),
        ):
            (data / path).parent.mkdir(parents=True, exist_ok=True)
            (data / path).write_bytes(content)
        begin = told.triggered - 4.0
        stored = Clip(clip, begin, begin + 8.0, 0.5, "h264", False, len(film()))
        around = (("person", SUSPECT), ("cart", Box(0.7, 0.6, 0.85, 0.8)))
        store.apply([AttachClip(told.id, stored, (KeyFrame(frame, told.triggered, SUSPECT, around),), None)])
    if told.answer is not None:
        sheet = question_sheet(told.kind, "en")
        answers = {
            question.key: question.choices[0] if question.choices else "stands"
            for question in sheet.questions
        }
        said = verdict(told.answer, summary=told.summary, answers=answers, prompt_version=sheet.version)
        store.cases.settle(told.id, told.answer, said)
    publish(store)


def publish(store: Store) -> None:
    """Publish what waits, as a run does: people are told of everything."""
    from dataclasses import replace

    store.steps.publish([replace(step, word=Word.ALERT) for step in store.steps.unpublished()])


@lru_cache(maxsize=1)
def picture() -> bytes:
    """A room with somebody in it, JPEG."""
    out = BytesIO()
    _drawn(0).save(out, "JPEG")
    return out.getvalue()


@lru_cache(maxsize=1)
def film() -> bytes:
    """Eight seconds in which somebody walks, H.264 in MP4."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(40):
            shown = av.VideoFrame.from_ndarray(np.asarray(_drawn(number - 20)), format="rgb24")
            container.mux(stream.encode(shown))
        container.mux(stream.encode())
    return out.getvalue()


def _drawn(step: int) -> Image.Image:
    width, height = SIZE
    shown = Image.new("RGB", SIZE, (92, 104, 112))
    pen = ImageDraw.Draw(shown)
    pen.rectangle((0, height * 0.6, width, height), fill=(120, 112, 98))
    pen.rectangle((width * 0.55, height * 0.2, width * 0.7, height * 0.62), fill=(70, 52, 40))
    left = SUSPECT.x1 * width + step * 2
    pen.rectangle((left, SUSPECT.y1 * height, left + 0.1 * width, SUSPECT.y2 * height), fill=(60, 64, 90))
    return shown
