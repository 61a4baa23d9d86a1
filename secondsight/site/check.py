"""Looks before a run whether everything a site needs is there: data folder, model, every camera, the brain."""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from secondsight.brain import make_reviewer, unasked
from secondsight.bus import bus_of
from secondsight.clock import SystemClock
from secondsight.config import ClipBrainSettings, SiteConfig
from secondsight.errors import SecondSightError
from secondsight.log import redact
from secondsight.media import probe, quarantined
from secondsight.permissions import exposure
from secondsight.sentinel import CropModel, Detector, ModelStore, make_tracker
from secondsight.site.pipeline.described import described_rules, told_of
from secondsight.site.pipeline.second_stage import TRACKS, StageCost, cost_of, of_cameras
from secondsight.site.processes.supervisor import core_sets, cores, shares
from secondsight.site.rule_classes import ModelClasses
from secondsight.site.services.egress_setup import describe_egress, sending_cameras
from secondsight.site.sights import is_simulated, knows_only_the_city, look_at
from secondsight.store import DATABASE, Store, prepare_data_folder, revision_at

_AT_ONCE = 16
"""Cameras that are tried at the same time: waiting for a dead one must not add up."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `detail` says what was found, or what is wrong and what to do.

    Attributes:
        warning: it works, and may still not do what is expected.
    """

    part: str
    name: str
    fine: bool
    detail: str
    warning: bool = False


def check_site(
    config: SiteConfig, environ: Mapping[str, str] | None = None, *, look: float = 0.0
) -> Iterator[Finding]:
    """Try every part of a site before a run: data folder, store, models, cameras, brain.

    Args:
        config: the site.
        environ: where the API key's variable is looked up; the process's environment by default.
        look: seconds of each camera in which installed models are compared; 0: they are not.

    Returns:
        An iterator over findings, as they are known; cameras in the order of the site file. What is wrong is
        a finding, not an exception.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.site import check_site, quick_config
        >>> config = quick_config(["missing.mp4"], data=Path("data"), model="city-nano")
        >>> for finding in check_site(config):
        ...     if not finding.fine:
        ...         print(finding.part, finding.name)
        camera missing
    """
    yield _finding("data", str(config.data), lambda: _data(config))
    yield _finding("store", _store_name(config), lambda: _store(config))
    yield _finding("tracker", config.sentinel.tracker, lambda: _tracker(config))
    yield from _model(config)
    yield from _second(config)
    yield from _processes(config)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        names = list(config.cameras)
        cameras = list(pool.map(lambda name: _finding("camera", name, lambda: _camera(config, name)), names))
    yield from cameras
    yield from _sights(config, [one.name for one in cameras if one.fine], look)
    yield _finding("brain", config.brain.backend, lambda: _brain(config, environ))
    yield from _egress(config, environ)


def _finding(part: str, name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(part, name, True, look())
    except SecondSightError as error:
        return Finding(part, name, False, redact(str(error)))


def _data(config: SiteConfig) -> str:
    free = shutil.disk_usage(prepare_data_folder(config.data)).free
    floor = config.retention.min_free
    if free < floor:
        raise SecondSightError(
            f"{free / 1e9:.1f} GB free, but retention.min_free keeps {floor / 1e9:.1f} GB; no clip could be written"
        )
    kept = quarantined(config.data)
    held = f", {sum(b.size for b in kept) / 1e9:.1f} GB in quarantine" if kept else ""
    open_to_all = exposure(config.data)
    return f"writable, {free / 1e9:.1f} GB free{held}{f'; {open_to_all}' if open_to_all else ''}"


def _store_name(config: SiteConfig) -> str:
    return redact(config.store.url.get_secret_value()) if config.store.url else DATABASE


def _store(config: SiteConfig) -> str:
    url = config.store.url.get_secret_value() if config.store.url else None
    where = url or config.data / DATABASE
    if revision_at(where, patience=2.0) is None:
        return "empty; the first run makes its tables"
    with Store.open(where, read_only=True, patience=2.0) as store:
        counts = store.cases.counts()
    return f"ready, {sum(counts.values())} cases so far"


def _tracker(config: SiteConfig) -> str:
    """Loads what every run loads: a server without libGL is told so here."""
    sentinel = config.sentinel
    make_tracker(
        sentinel.tracker,
        frame_rate=sentinel.fps,
        lost_track=sentinel.lost_track,
        activation=sentinel.threshold,
    )
    return "loads"


def _model(config: SiteConfig) -> Iterator[Finding]:
    sentinel = config.sentinel
    classes = ModelClasses(sentinel.model, (), ())

    def look() -> str:
        nonlocal classes
        detector = Detector.open(
            ModelStore(config.models).resolve(sentinel.model), sentinel.runtime, sentinel.device
        )
        classes = ModelClasses(sentinel.model, detector.labels, detector.groups)
        width, height = detector.size
        detector.close()
        return (
            f"{detector.family.name}, {len(classes.labels)} classes, {width}x{height}, on {sentinel.device}"
        )

    yield _finding("model", sentinel.model, look)
    if not config.rules:
        yield Finding(
            "rule", "none", False, "no rule: nothing would ever be reported; write one under `rules`"
        )
    for name in config.rules:
        yield _finding("rule", name, partial(_rule, config, name, classes))


def _rule(config: SiteConfig, name: str, classes: ModelClasses) -> str:
    """What a rule does, once: all that is wrong with it, or where it watches.

    Args:
        classes: of the model; none where it could not be opened.
    """
    rule = config.rules[name]
    problems = classes.problems(rule) if classes.labels else []
    # Only `clip` cannot read; in a panel another brain may.
    reviewed = rule.report and not rule.only_counts and rule.policy.verify != "never"
    if reviewed and all(isinstance(brain, ClipBrainSettings) for brain in config.brain.asked):
        problems += filter(None, [unasked(rule.kind or rule.behaviour, rule.question)])
    watched = [camera for camera in config.cameras if name in config.rules_of(camera)]
    if not watched:
        problems.append("no camera has its zone and line; name them in a camera, or correct the rule")
    if problems:
        raise SecondSightError("; ".join(problems))
    instead = "; ".join(classes.replacements(rule))
    return f"{rule.behaviour} on {', '.join(watched)}{f'; counts {instead}' if instead else ''}"


def _processes(config: SiteConfig) -> Iterator[Finding]:
    """How the cameras are shared out, if they are."""
    parts = shares(config)
    if len(parts) > 1:
        each = " or ".join(str(count) for count in sorted({len(part) for part in parts}))
        own = " or ".join(str(count) for count in sorted({len(s) for s in core_sets(len(parts), cores())}))
        detail = f"{each} of {len(config.cameras)} cameras in each, with {own} of {len(cores())} cores"
        yield Finding("processes", str(len(parts)), True, detail)


def _second(config: SiteConfig) -> Iterator[Finding]:
    """The re-identification model, and what each second-stage model costs each camera that needs it."""
    sentinel, store = config.sentinel, ModelStore(config.models)
    if sentinel.reid is not None:
        yield _finding("reid", sentinel.reid, lambda: _reid(config, store))
    timed: dict[str, StageCost | Finding] = {}
    for camera, name in of_cameras(config):
        if name not in timed:
            timed[name] = _timed(config, name, store)
        cost = timed[name]
        if isinstance(cost, Finding):
            yield replace(cost, name=f"{name} on {camera}")
            continue
        what = "picture" if cost.whole else "crop"
        per = f"{cost.load:.1%} of a core" + ("" if cost.whole else f" for {TRACKS} tracks")
        detail = f"{cost.model}: {cost.each * 1e3:.1f} ms a {what}, every {cost.every:g} s: {per}"
        yield Finding("second", f"{name} on {camera}", True, detail)
    for camera, name, needs in described_rules(config):
        yield _finding("described", f"{name} on {camera}", partial(told_of, config, camera, name, needs))


def _timed(config: SiteConfig, name: str, store: ModelStore) -> StageCost | Finding:
    try:
        return cost_of(config, name, store)
    except SecondSightError as error:
        return Finding("second", name, False, redact(str(error)))


def _reid(config: SiteConfig, store: ModelStore) -> str:
    sentinel = config.sentinel
    model = CropModel.open(store.resolve(sentinel.reid or ""), ("embed",), sentinel.runtime, sentinel.device)
    model.close()
    return f"{model.family.name}, {model.size[0]}x{model.size[1]}, on {sentinel.device}"


def _camera(config: SiteConfig, name: str) -> str:
    info = probe(name, config.cameras[name])
    rate = f", {info.frame_rate:g} fps" if info.frame_rate else ""
    length = f", {info.duration:.0f} s" if info.duration else ""
    sizes = ", ".join(f"{width}x{height}" for width, height in info.choices)
    several = f", of {len(info.choices)} video streams ({sizes}; `stream` chooses)" if sizes else ""
    return f"{info.codec} {info.width}x{info.height}{rate}{length}{', live' if info.live else ''}{several}"


def _sights(config: SiteConfig, cameras: Sequence[str], look: float) -> Iterator[Finding]:
    """What the models make of the cameras that give pictures."""
    model = config.sentinel.model
    if knows_only_the_city(model, ModelStore(config.models)):
        real = [name for name in cameras if not is_simulated(config, name)]
        if real:
            yield Finding(
                "model",
                model,
                True,
                f"knows only the simulated city, and {', '.join(real)} may be real: it will miss and mistake much; "
                "`secondsight models list` shows models for real cameras, such as yolox-nano",
                warning=True,
            )
    if look <= 0 or not cameras:
        return
    try:
        seen = look_at(config, cameras, look)
    except SecondSightError:
        return  # the model's own finding says why
    for name, sights in seen.items():
        said = [str(sights[0])]
        said += [f"{one}: more of what the rules wait for, right or wrong" for one in sights[1:]]
        yield Finding("sees", name, True, "; ".join(said), warning=len(said) > 1 or bool(sights[0].missing))


def _brain(config: SiteConfig, environ: Mapping[str, str] | None) -> str:
    brain = make_reviewer(config.brain, SystemClock(), environ, bus=bus_of(config))
    if brain is None:
        return "none: events stay unverified"

    async def ask() -> str:
        try:
            return await brain.check()
        finally:
            await brain.close()

    return asyncio.run(ask())


def _egress(config: SiteConfig, environ: Mapping[str, str] | None) -> Iterator[Finding]:
    """What leaves of each camera whose pictures may go elsewhere. A brain that cannot be made is reported before."""
    try:
        brain = make_reviewer(config.brain, SystemClock(), environ, bus=bus_of(config))
    except SecondSightError:
        return
    if brain is None or not brain.remote:
        return
    for name in sending_cameras(config):
        yield _finding("egress", name, partial(describe_egress, config, name, brain))
