"""From evidence to candidates: what was seen of an object so far, and the candidate made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from secondsight.behaviour.signals.views import TrackSample
from secondsight.records import Box, Candidate, TrackId, candidate_id


@dataclass(slots=True)
class CandidateEvidence:
    """Running numbers over the samples that count for a candidate; constant size however long it lasts.

    Attributes:
        looks: how many samples.
        peak: moment of the best view: whole before cut off by the picture's edge, then the largest
            confidence x area, then the earliest.
    """

    looks: int = 0
    peak: float = 0.0
    _sum: float = 0.0
    _max: float = 0.0
    _area: float = 0.0
    _view: tuple[bool, float] = (False, -1.0)
    _votes: dict[str, float] = field(default_factory=dict)

    def add(self, sample: TrackSample) -> None:
        """Take one more sample into account."""
        time, confidence, area, whole, label = sample
        self.looks += 1
        self._sum += confidence
        self._max = max(self._max, confidence)
        self._area = max(self._area, area)
        self._votes[label] = self._votes.get(label, 0.0) + confidence
        view = (whole, confidence * area)
        if view > self._view:
            self._view, self.peak = view, time

    @property
    def label(self) -> str:
        """The class with the largest sum of confidence: one look's slip does not rename the object."""
        return max(self._votes, key=self._votes.__getitem__, default="")

    @property
    def score(self) -> float:
        """Mean confidence of the detector, 0..1: how sure the sentinel is of what the object is."""
        return min(self._sum / self.looks, 1.0) if self.looks else 0.0

    def scores(self) -> dict[str, float]:
        """Every number, by name."""
        return {
            "mean_confidence": self.score,
            "max_confidence": self._max,
            "max_area": self._area,
            "looks": float(self.looks),
            "label_share": self._votes.get(self.label, 0.0) / self._sum if self._sum > 0 else 0.0,
        }


@dataclass(frozen=True, slots=True)
class CandidateWriter:
    """Writes the candidates of one rule on one camera.

    Attributes:
        camera: name of the camera.
        origin: identity of what is watched, see `records.candidate_id`.
        rule: name of the rule.
        kind: what its events are called.
        zone: name of its zone or line, if it has one.

    Examples:
        >>> from secondsight.behaviour.signals.evidence import CandidateEvidence, CandidateWriter
        >>> from secondsight.behaviour.signals.views import TrackSample
        >>> evidence = CandidateEvidence()
        >>> evidence.add(TrackSample(time=100.0, confidence=0.6, area=0.02, whole=True, label="person"))
        >>> evidence.add(TrackSample(time=100.2, confidence=0.8, area=0.02, whole=True, label="person"))
        >>> writer = CandidateWriter("hall", "live", "no-entry", "intrusion", "door")
        >>> candidate = writer.candidate(0, [7], 100.0, 100.2, evidence, extra={"dwell": 0.2})
        >>> str(candidate.tracks[0]), round(candidate.score, 3), candidate.peak, candidate.scores["dwell"]
        ('hall/0/7', 0.7, 100.2, 0.2)
    """

    camera: str
    origin: str
    rule: str
    kind: str
    zone: str | None

    def candidate(
        self,
        epoch: int,
        numbers: Sequence[int],
        start: float,
        triggered: float,
        evidence: CandidateEvidence,
        *,
        end: float | None = None,
        extra: Mapping[str, float],
    ) -> Candidate:
        """Write the candidate of tracked objects, as it stands.

        Args:
            epoch: of the tracks.
            numbers: the tracks, at least one, the main one first. The id depends on the first one and on
                `start` only.
            start: first moment of the behaviour, UTC seconds.
            triggered: moment of the report, UTC seconds.
            evidence: what was seen of the object.
            end: last moment of the behaviour, UTC seconds; None while it goes on.
            extra: the behaviour's own numbers, by name.

        Returns:
            The candidate.
        """
        tracks = tuple(TrackId(self.camera, epoch, number) for number in numbers)
        return self._candidate(epoch, tracks[0], start, triggered, evidence, end, extra, tracks=tracks)

    def region(
        self,
        epoch: int,
        number: int,
        start: float,
        triggered: float,
        evidence: CandidateEvidence,
        box: Box,
        *,
        end: float | None = None,
        extra: Mapping[str, float],
    ) -> Candidate:
        """Write the candidate of something without a track: a region of the picture.

        Args:
            epoch: of the region.
            number: of the region within the epoch. The id depends on it and on `start` only.
            start: first moment of the behaviour, UTC seconds.
            triggered: moment of the report, UTC seconds.
            evidence: what was seen of the region.
            box: the region, relative to the picture.
            end: last moment of the behaviour, UTC seconds; None while it goes on.
            extra: the behaviour's own numbers, by name.

        Returns:
            The candidate.
        """
        subject = f"{epoch}/region {number}"
        return self._candidate(epoch, subject, start, triggered, evidence, end, extra, box=box)

    def _candidate(
        self,
        epoch: int,
        subject: TrackId | str,
        start: float,
        triggered: float,
        evidence: CandidateEvidence,
        end: float | None,
        extra: Mapping[str, float],
        *,
        tracks: tuple[TrackId, ...] = (),
        box: Box | None = None,
    ) -> Candidate:
        return Candidate(
            id=candidate_id(self.camera, self.origin, self.rule, subject, start),
            camera=self.camera,
            epoch=epoch,
            rule=self.rule,
            kind=self.kind,
            start=start,
            triggered=triggered,
            peak=evidence.peak,
            score=evidence.score,
            tracks=tracks,
            label=evidence.label,
            zone=self.zone,
            end=end,
            scores={**evidence.scores(), **extra},
            box=box,
        )
