"""The few values that only the store speaks of; free of SQLAlchemy, so that importing them costs nothing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from secondsight.records import Box, Candidate, PolicyDecision, Verification

DATABASE = "secondsight.db"
"""Name of the SQLite file in a data folder."""


class OpenResult(StrEnum):
    """What `OpenCandidate` found.

    NEW: stored now. RESUME: known, but its clip was never attached (the process died while recording): record
    it again. KNOWN: nothing is left to do; a replayed file reports what it had reported before.
    """

    NEW = "new"
    RESUME = "resume"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class StoredCandidate:
    """One line of the log that guarantees and learning are computed from.

    Attributes:
        candidate: with the score and scores *the policy saw*; `end` is set once the behaviour is over.
        decision: what the policy did with it, and from which thresholds.
        final_score: score when it was over; None while it goes on. `final_scores` likewise.
        verification: that of its event; None for a dropped candidate, which has none.
        settled: whether that event is settled; False for a dropped candidate.
    """

    candidate: Candidate
    decision: PolicyDecision
    final_score: float | None
    final_scores: Mapping[str, float] | None
    verification: Verification | None
    settled: bool


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """On which terms a case may be taken now.

    Attributes:
        margin: seconds a review takes; a case whose deadline is nearer is not begun.
        over_share: cameras that had their share: their cases go behind the others of the same priority.
        cameras: those for which nothing may be spent now.
        kinds: likewise.
    """

    margin: float = 0.0
    over_share: Collection[str] = ()
    cameras: Collection[str] = ()
    kinds: Collection[str] = ()


ANY_TERMS = LeaseTerms()


@dataclass(frozen=True, slots=True)
class CallTotals:
    """A sum over calls of large models.

    Attributes:
        key: what they have in common, in the order asked for: text, a truth value, or the beginning of an hour
            or a day in UTC seconds.
        cases: how many cases they were for.
        unanswered: calls that brought no usable answer, paid for all the same.
        tokens_in, tokens_out: as far as they were counted.
        seconds: that the calls took, one after the other.
        money: in the site's currency, as far as prices are known; `unpriced` calls are not in it.
        first, last: when the first and the last of them was made.
    """

    key: tuple[str | bool | int, ...]
    calls: int
    cases: int
    unanswered: int
    tokens_in: int
    tokens_out: int
    seconds: float
    money: float
    unpriced: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a database has come, and with which data folder.

    Attributes:
        id: random, shared with the data folder.
        run: random, of the run that wrote last.
        beat: grows with each mark, through all runs.
        time: UTC seconds at which it was set.
        files_since: UTC seconds; older files in the data folder that no row refers to are left alone: the
            database may have known them once.
    """

    id: str
    run: str
    beat: int
    time: float
    files_since: float


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event of which people were told.

    Attributes:
        event: its id. camera, rule, triggered: as of the event.
        incident: as of the step by which they were told.
        stands: whether it was not taken back.
    """

    event: str
    camera: str
    rule: str
    triggered: float
    incident: str | None = None
    stands: bool = True


@dataclass(frozen=True, slots=True)
class DueStep:
    """An event for which something is due a while after a step: its id, its rule, the time of that step."""

    event: str
    rule: str
    since: float


@dataclass(frozen=True, slots=True)
class StoredClip:
    """What retention needs to know about one event's files.

    Attributes:
        id: the event's id.
        paths: clip, key frames and snapshot, relative to the data folder; the snapshot may be missing.
        size: bytes of all of them; of the clip alone until they are measured.
        end: UTC seconds from which its age counts: the last moment shown, or when it was stored if that is
            later, as with old recordings.
    """

    id: str
    paths: tuple[str, ...]
    size: int
    end: float


@dataclass(frozen=True, slots=True)
class FeedbackEntry:
    """What a person says about an event: that it was true, a false alarm, or (None) that it cannot be told."""

    event: str
    truth: bool | None
    author: str = ""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """An entry and its time in UTC seconds. The newest one of an event counts."""

    entry: FeedbackEntry
    time: float


@dataclass(frozen=True, slots=True)
class CalibrationSample:
    """A probability that a brain gave, and what people say of the event.

    Attributes:
        model, source: as in the verdict; probabilities of two models or sources are two scales.
        raw: before any calibration, 0..1.
    """

    kind: str
    model: str
    source: str
    raw: float
    truth: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """How to read the probabilities that one model gives for one kind.

    Attributes:
        version: 1 for the first of its kind, model and source; the newest counts.
        method: `as_is`, `platt` or `isotonic`.
        parameters: pairs of numbers that the method reads.
        samples: feedback that it was fitted to.
        ece_before, ece_after: expected calibration error of the raw probabilities, and of fitted ones on samples
            that the fit had not seen.
        time: UTC seconds at which it was fitted; 0 before it is stored.
    """

    kind: str
    model: str
    source: str
    method: str
    parameters: tuple[tuple[float, float], ...]
    samples: int
    ece_before: float
    ece_after: float
    version: int = 0
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Appearance:
    """Where in the picture a case is and what it looks like: a unit vector of fixed length."""

    box: Box
    vector: tuple[float, ...]


class FilterState(StrEnum):
    """Life of a filter: proposed -> active -> expired, or revoked; refused when its test in shadow failed."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Shadow:
    """What a filter would have held back of the settled cases of its camera and kind.

    Attributes:
        tested: settled cases.
        matched: those that it would have held back; of them `confirmed` and `unsure` by the brain, and `true` in
            feedback.
    """

    tested: int = 0
    matched: int = 0
    confirmed: int = 0
    unsure: int = 0
    true: int = 0

    @property
    def harmless(self) -> bool:
        """Whether nothing of that may have been true."""
        return not (self.confirmed or self.unsure or self.true)


@dataclass(frozen=True, slots=True)
class CameraFilter:
    """Holds back cases of one camera and kind that look like what the brain keeps rejecting.

    Attributes:
        seen: the place and the look; a case matches whose box overlaps by `overlap` (intersection over union) and
            whose look is within `radius` (cosine distance).
        evidence: ids of the rejected cases that it was made from.
        shadow: its test on stored cases.
        life: seconds for which it holds from its beginning and from each proof on.
        hits: cases that it matched since, held back or audited.
    """

    id: str
    camera: str
    kind: str
    state: FilterState
    seen: Appearance
    overlap: float
    radius: float
    evidence: tuple[str, ...]
    shadow: Shadow
    life: float
    created_at: float
    expires_at: float
    hits: int = 0
    ended_at: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Screening:
    """What the filters say of a case that has just got its pictures.

    Attributes:
        seen: its look, kept for later filters.
        filter: id of the filter that it matches.
        hold_back: whether it is settled as rejected; otherwise it is an audit of the filter.
        probability: with which that was drawn.
    """

    seen: Appearance
    filter: str | None = None
    hold_back: bool = False
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A settled case with its look.

    Attributes:
        calls: of the brain for this very case; 0 where the verdict was shared or reused, or there is none.
        truth: the newest feedback; None without any.
        filter: the filter that it matched.
    """

    id: str
    triggered: float
    seen: Appearance
    verification: Verification
    calls: int
    truth: bool | None
    filter: str | None


class DeliveryState(StrEnum):
    """Life of a delivery: waiting -> sent, or dead and, when a person asks for it, waiting again."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One step of an event on its way to one channel's receiver.

    Attributes:
        position: of the step in the order of publication; with `channel` it names the delivery.
        event: id of the event; `number` is the step's number within it.
        attempts: tries so far.
        next_at: UTC seconds before which it is not tried again.
        error: why the last try failed.
        created_at: when it was put into the outbox, or a person let it wait again.
    """

    channel: str
    position: int
    event: str
    number: int
    state: DeliveryState
    attempts: int
    next_at: float
    error: str | None
    created_at: float
    sent_at: float | None

    @property
    def id(self) -> str:
        """As of the step: the same whenever it is sent."""
        return f"{self.event}-{self.number}"


@dataclass(frozen=True, slots=True)
class ChannelTotals:
    """The outbox of one channel in numbers.

    Attributes:
        position: how far it has read the published steps.
        oldest: since when the longest waiting delivery waits, UTC seconds.
        error: why a waiting one could not be sent, if it was tried.
    """

    channel: str
    position: int
    waiting: int
    sent: int
    dead: int
    oldest: float | None
    last_sent: float | None
    error: str | None
