"""Runs the real pipeline over labelled recordings and collects what it found."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from secondsight.config import SiteConfig
from secondsight.ground_truth import Recording
from secondsight.measure.metrics.evaluation import CameraResult, Evaluation, evaluate_results
from secondsight.measure.metrics.events import Found
from secondsight.measure.running.objects import object_quality
from secondsight.measure.running.recordings import Labelled, site_for
from secondsight.records import Action, Event, Verification
from secondsight.site import Site, SiteStatus
from secondsight.store import Store, StoredCandidate

Progress = Callable[[SiteStatus], None]


def evaluate(
    config: SiteConfig,
    labelled: Sequence[Labelled],
    *,
    name: str,
    brain: bool = True,
    objects: bool = False,
    seed: int = 0,
    environ: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Watch the recordings once with this site and judge everything that was found.

    Both columns come from the same run: what the sentinel suspected, and what was left of it after the brain.
    The definitions follow NIST's ActEV evaluations; docs/measuring.md has each of them.

    Args:
        config: the site; its cameras are replaced by the recordings.
        labelled: the recordings.
        name: of the suite or folder, for the report.
        brain: ask the site's brain; a site without one is measured without.
        objects: also measure boxes and tracks, in a second pass.
        seed: of the confidence intervals, which come from a bootstrap over cameras.
        environ: for the brain's key.
        progress: called a few times a second while it runs.

    Returns:
        Figures of the sentinel alone, and of sentinel and brain; and what became of each true event.

    Raises:
        SecondSightError: as `Site`; no rule watches the recordings.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.config import load_site
        >>> from secondsight.measure.running.evaluate import evaluate
        >>> from secondsight.measure.running.recordings import read_folder
        >>> from secondsight.sim import make_city
        >>> _ = make_city("metro", Path("city"), seed=1_000_000, seconds=1, cameras=1)
        >>> site = load_site("city/site.yaml")
        >>> evaluation = evaluate(site, read_folder(Path("city")), name="city", brain=False)
        >>> [system.name for system in evaluation.systems], evaluation.simulated
        (['sentinel'], True)
        >>> round(evaluation.systems[0].overall.hours * 3600)  # seconds watched
        1
    """
    brain = brain and config.brain.backend != "none"
    with tempfile.TemporaryDirectory(prefix="secondsight-eval-") as folder:
        site = site_for(config, labelled, Path(folder), brain=brain)
        watched = watch(site, labelled, environ=environ, progress=progress)
    quality = object_quality(site, labelled) if objects else None
    return evaluate_results(name, watched, brain=brain, seed=seed, objects=quality)


def watch(
    config: SiteConfig,
    labelled: Sequence[Labelled],
    *,
    environ: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> list[CameraResult]:
    """Run a site made by `site_for` to its end, in its data folder; everything it suspected, by recording.

    Raises:
        SecondSightError: as `Site`; SourceError when a recording cannot be read to its end.
    """
    with Site(config, environ=environ) as site:
        for _ in site.events(once=True, poll=0.25, idle=lambda: progress and progress(site.status())):
            pass
        site.raise_for_cameras()
    return collect(config, labelled)


def collect(config: SiteConfig, labelled: Sequence[Labelled]) -> list[CameraResult]:
    """Everything that a finished run of this site suspected, by recording, out of its data folder."""
    with Store.open(config.data, read_only=True) as store:
        return [CameraResult(one.recording, tuple(_found(store, one.recording, config))) for one in labelled]


def _found(store: Store, recording: Recording, config: SiteConfig) -> list[Found]:
    events = {event.id: event for event in store.events.find(camera=recording.camera)}
    attempts = {case.id: case.attempts for case in store.cases.find()}
    return [
        found_of(
            stored,
            events.get(stored.candidate.id),
            recording.start_time,
            post_capture=config.clips.post_capture,
            attempts=attempts.get(stored.candidate.id, 0),
        )
        for stored in store.events.candidates(camera=recording.camera)
    ]


def found_of(
    stored: StoredCandidate, event: Event | None, origin: float, *, post_capture: float, attempts: int = 0
) -> Found:
    """A stored candidate as the yardstick sees it.

    Args:
        event: of the candidate; None if the policy dropped it.
        origin: UTC seconds of the recording's first frame.
        post_capture: seconds of the clip after the trigger, for which a reviewed case waits.
        attempts: calls of a case that never got a verdict.
    """
    candidate, verdict = stored.candidate, event.verdict if event else None
    reviewed = stored.decision.action is Action.REVIEW
    triggered = candidate.triggered - origin
    usage = verdict.usage if verdict else None
    return Found(
        id=candidate.id,
        kind=candidate.kind,
        start=candidate.start - origin,
        end=max((candidate.end if candidate.end is not None else candidate.triggered) - origin, triggered),
        triggered=triggered,
        score=candidate.score,
        told=triggered + (post_capture if reviewed else 0.0) + (usage.latency if usage else 0.0),
        alert=event is not None and event.alert,
        dropped=stored.decision.action is Action.DROP,
        verification=event.verification if event else Verification.UNVERIFIED,
        probability=verdict.probability if verdict else None,
        calls=usage.calls if usage else attempts if reviewed else 0,
        cost=usage.cost if usage else None if reviewed and attempts else 0.0,
    )
