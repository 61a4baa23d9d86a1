"""The bundles of a site, and the files behind them."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.errors import ModelError, RefusedError
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.catalogue.connection import FOLDER
from secondsight.learn.values import Bundle, BundleState, HistoryEntry
from secondsight.media import write_atomic
from secondsight.sentinel import Detector, InstalledModel, ModelStore

MODELS = f"{FOLDER}/models"
FIRST = "b0000"
"""The name of the bundle that the site file describes, as long as nothing else was promoted."""


def production(catalogue: LearnCatalogue, config: SiteConfig, clock: Clock) -> Bundle:
    """The bundle in production; that of the site file where there is none yet.

    A site file that names another model than the one that production was trained from starts afresh with it.

    Raises:
        ModelError: the site file's model is not installed.
    """
    found = catalogue.in_state(BundleState.PRODUCTION)
    sentinel = config.sentinel
    if found is not None and found.base == sentinel.model:
        return found
    model = ModelStore(config.models).resolve(sentinel.model)
    count = sum(not bundle.model for bundle in catalogue.bundles())
    first = Bundle(
        name=FIRST if not count else f"{FIRST}.{count}",
        model="",
        base=model.name,
        sha256=model.sha256,
        labels=model.labels,
        family=model.family,
        tracker=sentinel.tracker,
        threshold=sentinel.threshold,
        parent="",
        dataset=0,
        state=BundleState.RETIRED,
        created=clock.now(),
    )
    now = clock.now()
    catalogue.add_bundle(first, HistoryEntry(now, first.name, "added", f"the site file names {model.name}"))
    states = {first.name: BundleState.PRODUCTION}
    if found is not None:
        states[found.name] = BundleState.RETIRED
    if (shadow := catalogue.in_state(BundleState.SHADOW)) is not None:
        states[shadow.name] = BundleState.REFUSED
    catalogue.change_bundles(
        states, HistoryEntry(now, first.name, "promoted", "named by the site file", by="site file")
    )
    return catalogue.bundle(first.name)


def model_of(bundle: Bundle, data: Path, config: SiteConfig) -> InstalledModel:
    """The model of a bundle, after its file was hashed.

    Raises:
        ModelError: the file is gone, or was changed.
    """
    if not bundle.model:
        return ModelStore(config.models).resolve(bundle.base)
    path = data / bundle.model
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"bundle {bundle.name}: {path}: {error.strerror or error}; roll back with `secondsight models rollback`"
        ) from None
    if hashlib.sha256(content).hexdigest() != bundle.sha256:
        raise ModelError(
            f"bundle {bundle.name}: {path} was changed after its training; roll back with "
            "`secondsight models rollback`"
        )
    base = ModelStore(config.models).available().get(bundle.base)
    return InstalledModel(
        name=bundle.name,
        path=path,
        family=bundle.family,
        labels=bundle.labels,
        sha256=bundle.sha256,
        bytes=len(content),
        source=f"trained from {bundle.parent} on dataset {bundle.dataset}",
        stated_groups={} if base is None else base.stated_groups,
    )


@contextmanager
def opened(bundle: Bundle, data: Path, config: SiteConfig) -> Iterator[Detector]:
    """The detector of a bundle, for a while. Raises ModelError."""
    detector = Detector.open(model_of(bundle, data, config), config.sentinel.runtime, config.sentinel.device)
    try:
        yield detector
    finally:
        detector.close()


def propose(catalogue: LearnCatalogue, model: InstalledModel, parent: Bundle, clock: Clock) -> Bundle:
    """Make a candidate of a model that was trained elsewhere and installed with `models add`.

    Raises:
        RefusedError: its classes are not those of what is in production, so that rules would wait in vain.
    """
    if model.labels != parent.labels:
        raise RefusedError(
            f"{model.name} has other classes than {parent.name} in production; train it with these, in this order: "
            f"{', '.join(parent.labels)}"
        )
    names = {bundle.name for bundle in catalogue.bundles()}
    number = max((int(name[1:]) for name in names if name[1:].isdigit()), default=0) + 1
    name = f"b{number:04}"
    path = f"{MODELS}/{name}.onnx"
    write_atomic(catalogue.data / path, model.path.read_bytes(), 0)
    bundle = replace(
        parent,
        name=name,
        model=path,
        sha256=model.sha256,
        family=model.family,
        parent=parent.name,
        dataset=0,
        state=BundleState.CANDIDATE,
        created=clock.now(),
    )
    catalogue.add_bundle(bundle, HistoryEntry(clock.now(), name, "proposed", f"from the model {model.name}"))
    return bundle


def promote(
    catalogue: LearnCatalogue,
    name: str,
    clock: Clock,
    *,
    reason: str,
    by: str,
    evidence: Mapping[str, float] | None = None,
) -> Bundle:
    """Put a bundle into production; the one before it stays ready to come back. One transaction.

    Raises:
        RefusedError: there is no such bundle, or it is in production already.
    """
    bundle, current = catalogue.bundle(name), catalogue.in_state(BundleState.PRODUCTION)
    if bundle.state is BundleState.PRODUCTION:
        raise RefusedError(f"{name} is in production already")
    states = {name: BundleState.PRODUCTION}
    if current is not None:
        states[current.name] = BundleState.RETIRED
    entry = HistoryEntry(clock.now(), name, "promoted", reason, evidence or {}, by)
    catalogue.change_bundles(states, entry)
    return catalogue.bundle(name)


def rollback(catalogue: LearnCatalogue, clock: Clock, *, reason: str, by: str) -> Bundle:
    """Put the bundle that was in production before back, and this one aside. One transaction.

    Raises:
        RefusedError: there is none before it.
    """
    current = catalogue.in_state(BundleState.PRODUCTION)
    before = predecessor(catalogue)
    if current is None or before is None:
        raise RefusedError("there is nothing to roll back to: no bundle was in production before")
    states = {before.name: BundleState.PRODUCTION, current.name: BundleState.ROLLED_BACK}
    catalogue.change_bundles(states, HistoryEntry(clock.now(), current.name, "rolled back", reason, by=by))
    return catalogue.bundle(before.name)


def predecessor(catalogue: LearnCatalogue) -> Bundle | None:
    """The bundle that was in production before the present one, unless it was rolled back itself."""
    current = catalogue.in_state(BundleState.PRODUCTION)
    promoted = [entry.bundle for entry in catalogue.history() if entry.action == "promoted"]
    for name in reversed(promoted):
        if current is not None and name != current.name:
            bundle = catalogue.bundle(name)
            if bundle.state is BundleState.RETIRED:
                return bundle
    return None
