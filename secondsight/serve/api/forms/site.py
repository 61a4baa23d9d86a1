"""Cameras, counts, tracks, filters, calibrations and money, as the API shows them."""

from typing import Annotated

from pydantic import BeforeValidator

from secondsight.config import BudgetLimits
from secondsight.records import Egress, Outcome, Purpose, ReportKind
from secondsight.serve.api.forms.common import FormIn, FormOut, NoteText, Number, Sides, Time
from secondsight.store import FilterState


class LiveCameraOut(FormOut):
    """A camera at this moment. `state`: connecting, live, retrying, ended or failed. `gated`: share of frames that
    needed no look."""

    state: str
    frames: int
    looks: int
    fps: Number
    gated: Number
    candidates: int
    tracks: int
    drops: dict[str, int]
    position: Number
    error: str | None


class CameraOut(FormOut):
    """A camera. `title`: what people call it; the name where it has none. `status` is null where the site runs in
    another process; `last_minute` then says how fresh its counts are. `configured` is null where no site file is
    known."""

    name: str
    title: str
    description: str
    status: LiveCameraOut | None
    last_minute: Time | None
    configured: bool | None


class SegmentOut(FormOut):
    """A stretch of footage in one file. `moving`: whether anything moved. `size`: bytes."""

    name: str
    start: Time
    end: Time
    moving: bool
    size: int


class FootageOut(FormOut):
    """What was recorded, oldest first."""

    segments: list[SegmentOut]


class CountOut(FormOut):
    """A sum, or a mean, over the stretch of time that begins at `time`."""

    camera: str
    time: Time
    name: str
    value: Number


class TrackOut(FormOut):
    """One object over time. `path`: where its bottom centre was, relative to the picture."""

    id: Annotated[str, BeforeValidator(str)]
    label: str
    start: Time
    end: Time
    score: Number
    path: list[tuple[float, float]]


class ShadowOut(FormOut):
    """What a filter would have held back of settled cases."""

    tested: int
    matched: int
    confirmed: int
    unsure: int
    true: int


class FilterOut(FormOut):
    """Holds back cases of one camera and kind that look like what the brain keeps rejecting. `evidence`: ids of the
    cases that it was made from."""

    id: str
    camera: str
    kind: str
    state: FilterState
    box: Sides
    evidence: list[str]
    shadow: ShadowOut
    hits: int
    created_at: Time
    expires_at: Time
    ended_at: Time | None
    note: str | None


class RevokeIn(FormIn):
    """Why a filter ends."""

    note: NoteText = "revoked by hand"


class CalibrationOut(FormOut):
    """How probabilities of one model are read for one kind."""

    kind: str
    model: str
    source: str
    version: int
    method: str
    samples: int
    ece_before: Number
    ece_after: Number
    time: Time


class CostOut(FormOut):
    """A sum over calls. `by`: what they have in common; hours and days as times."""

    by: dict[str, str | bool]
    calls: int
    cases: int
    unanswered: int
    tokens_in: int
    tokens_out: int
    seconds: Number
    money: Number
    unpriced: int


class CallOut(FormOut):
    """One call of a large model, as the ledger has it."""

    time: Time
    purpose: Purpose
    case_id: str
    camera: str
    kind: str
    backend: str
    destination: str
    remote: bool
    outcome: Outcome
    egress: Egress
    frames: int
    digest: str
    seconds: Number
    tokens_in: int | None
    tokens_out: int | None
    cost: Number


class SpentOut(FormOut):
    """What was spent in a stretch of time."""

    calls: int
    tokens: int
    money: Number


class BudgetOut(FormOut):
    """A budget, and what was spent since the hour and the day began. `scope`: site, kind or camera."""

    scope: str
    name: str
    limits: BudgetLimits
    hour: SpentOut
    day: SpentOut


class VersionOut(FormOut):
    """What answers: the program, and the versions of its API and its JSON."""

    version: str
    api: str
    schema_version: int
    site: str


class HealthOut(FormOut):
    """Whether it works."""

    status: str


class ReportHeadingOut(FormOut):
    """A report that is kept. `writer` is empty where the template wrote it; `waiting`, `sent` and `dead` count the
    channels that it goes to."""

    id: str
    kind: ReportKind
    shift: str
    start: Time
    end: Time
    timezone: str
    language: str
    writer: str
    created_at: Time
    waiting: int
    sent: int
    dead: int


class ReportOut(FormOut):
    """What a report says. `figures`: every figure by its key, as it is shown."""

    id: str
    title: str
    sentences: list[str]
    writer: str
    figures: dict[str, str]
