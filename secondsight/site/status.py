"""What a run looks like from outside at one moment: plain values for progress displays, logs and JSON."""

from collections.abc import Mapping
from dataclasses import dataclass

from secondsight.records import SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One camera since its start.

    Attributes:
        state: connecting, live, retrying, ended or failed.
        frames: frames decoded, or passed over because nobody would look at them; `looks` of them went through the
            model.
        fps: the same per second of wall clock, over the last seconds.
        detections: boxes found so far.
        drops: frames or writes lost, by cause.
        position: share of a recording that has been read, 0..1; None for live sources.
        error: the last trouble, free of secrets.
    """

    name: str
    state: str
    frames: int
    looks: int
    fps: float
    detections: int
    detections_per_s: float
    candidates: int
    tracks: int
    drops: Mapping[str, int]
    position: float | None
    error: str | None

    @property
    def gated(self) -> float:
        """Share of frames that needed no inference, 0..1."""
        return 1.0 - self.looks / self.frames if self.frames else 0.0


@dataclass(frozen=True, slots=True)
class PipelineStatus:
    """The cameras that one process watches.

    Attributes:
        over: every camera has ended, and nothing of them is being recorded or written any more.
        trouble: what currently keeps the store from being written, if anything.
    """

    cameras: tuple[CameraStatus, ...]
    over: bool
    trouble: str | None


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """The whole site.

    Attributes:
        open_cases: cases being recorded, waiting or under review.
        verdicts: settled events of this run, by verification.
        trouble: what currently keeps the store or the brain from working, if anything.
        elapsed: seconds since the start.
    """

    cameras: tuple[CameraStatus, ...]
    open_cases: int
    verdicts: Mapping[str, int]
    trouble: str | None
    elapsed: float

    @property
    def position(self) -> float | None:
        """Mean position over recordings; None if there are none."""
        known = [camera.position for camera in self.cameras if camera.position is not None]
        return sum(known) / len(known) if known else None

    @property
    def eta(self) -> float | None:
        """Seconds until the slowest recording is read, at the pace so far; None where that cannot be told."""
        known = [camera.position for camera in self.cameras if camera.position is not None]
        if not known or min(known) <= 0.0:
            return None
        return self.elapsed * (1.0 - min(known)) / min(known)


def status_to_json(status: SiteStatus) -> dict[str, object]:
    """The JSON line of a progress report (docs/json.md)."""
    return {
        "schema": SCHEMA_VERSION,
        "type": "progress",
        "elapsed": round(status.elapsed, 3),
        "position": None if status.position is None else round(status.position, 4),
        "eta": None if status.eta is None else round(status.eta, 1),
        "open_cases": status.open_cases,
        "verdicts": dict(status.verdicts),
        "trouble": status.trouble,
        "cameras": [
            {
                "name": camera.name,
                "state": camera.state,
                "frames": camera.frames,
                "fps": round(camera.fps, 1),
                "gated": round(camera.gated, 4),
                "detections_per_s": round(camera.detections_per_s, 2),
                "candidates": camera.candidates,
                "drops": dict(camera.drops),
                "position": None if camera.position is None else round(camera.position, 4),
                "error": camera.error,
            }
            for camera in status.cameras
        ],
    }
