"""Begins a training when the site file's triggers say so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from secondsight.brain import Embedder
from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.errors import RefusedError
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.datasets.build import build_dataset
from secondsight.learn.jobs.launch import new_job, require_training, start_process, trainings, unfinished
from secondsight.learn.jobs.lock import training_process
from secondsight.learn.jobs.spec import JobSpec
from secondsight.learn.promote.bundles import model_of, production
from secondsight.learn.triggers.drift import DriftReport, chosen_samples, embed_new, measure_drift
from secondsight.learn.triggers.due import TrainingOutlook, training_outlook
from secondsight.learn.values import BundleState

_UNDECIDED = (BundleState.CANDIDATE, BundleState.SHADOW)
EMBEDDER = "city-clip"
"""The model whose embeddings of pictures are compared for drift; it comes with the package."""


@dataclass(frozen=True, slots=True)
class BegunTraining:
    """What was begun, or why it could not be.

    Attributes:
        spec: the training; None if it could not be begun.
        text: one sentence for people.
    """

    spec: JobSpec | None
    text: str


def outlook(
    catalogue: LearnCatalogue,
    config: SiteConfig,
    clock: Clock,
    embedder: Callable[[], Embedder] | None = None,
) -> TrainingOutlook:
    """Whether a training is due, and what each trigger waits for. One candidate at a time: what is trained next
    begins from what comes of it.

    Args:
        embedder: embeds pictures for the test of drift that were not yet; if absent, those known count.

    Raises:
        ModelError: the embedder cannot be loaded.
        StoreError: the index cannot be used.
    """
    since = _since(catalogue)
    undecided = [one.name for one in catalogue.bundles() if one.state in _UNDECIDED]
    drift = _drift(catalogue, since, clock, embedder) if config.learn.train.drift is not None else None
    found = training_outlook(config.learn.train, catalogue.labels(), drift, since=since, now=clock.now())
    if found.reason is None or not undecided:
        return found
    text = f"{found.reason.text}; first it is decided what becomes of {', '.join(undecided)}"
    return TrainingOutlook(None, (text, *found.waiting))


def train_if_due(
    catalogue: LearnCatalogue, config: SiteConfig, clock: Clock, embedder: Callable[[], Embedder]
) -> BegunTraining | None:
    """Begin a training if one is due, on a new dataset and in a process of its own; go on with one that was killed.

    Returns:
        None if nothing is due, or one runs.

    Raises:
        StoreError: the index or the dataset cannot be written.
        ModelError: the model in production is gone or changed.
    """
    if training_process(catalogue.data) is not None:
        return None
    try:
        spec = unfinished(catalogue.data)
        if spec is not None:
            number = start_process(catalogue.data, spec)
            return BegunTraining(spec, f"training {spec.name} goes on (process {number})")
        reason = outlook(catalogue, config, clock, embedder).reason
        if reason is None:
            return None
        require_training()
        build_dataset(catalogue, config.learn, clock)
        current = production(catalogue, config, clock)
        model = model_of(current, catalogue.data, config).path
        spec = new_job(catalogue, config.learn, current, model, clock, reason=reason)
        number = start_process(catalogue.data, spec)
    except RefusedError as error:
        return BegunTraining(None, f"a training is due and cannot begin: {error}")
    return BegunTraining(spec, f"training {spec.name} started (process {number}): {reason.text}")


def _since(catalogue: LearnCatalogue) -> float:
    """When the last training began; where there was none, when the first sample was taken."""
    created = [training.spec.created for training in trainings(catalogue.data)]
    first = [sample.time for sample in catalogue.samples(limit=1)]
    return max(created) if created else min(first, default=0.0)


def _drift(
    catalogue: LearnCatalogue, since: float, clock: Clock, embedder: Callable[[], Embedder] | None
) -> DriftReport:
    """Since the last training, or since what is in production went live, if that was later."""
    promoted = [entry.time for entry in catalogue.history() if entry.action in ("promoted", "rolled back")]
    today = f"{datetime.fromtimestamp(clock.now(), UTC):%Y-%m-%d}"
    # The first entry only names what looked from the start.
    days = chosen_samples(catalogue.samples(since=max([since, *promoted[1:]])), today=today)
    if embedder is not None:
        embed_new(catalogue, embedder(), days)
    return measure_drift(days, catalogue.embeddings(EMBEDDER))
