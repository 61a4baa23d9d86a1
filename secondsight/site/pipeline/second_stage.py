"""The second-stage models that a site's rules need: which, for which tracks, and what they cost.

A model that no rule names is not opened.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour import bottom_centres, inside_polygon
from secondsight.config import FRAME, SecondStageSettings, SiteConfig
from secondsight.records import Group
from secondsight.sentinel import (
    BOXES,
    TASKS,
    CropModel,
    ModelStore,
    PostureMemory,
    PostureModel,
    SecondStage,
    SecondStageModel,
    Task,
    TextReader,
    TrackFilter,
)

TRACKS = 20
"""Tracks in one picture for which costs are stated."""
_TRIES = 5


def needed(config: SiteConfig, camera: str | None = None) -> dict[str, SecondStageSettings]:
    """Second-stage models that the rules of a camera, or of any, need; by name."""
    rules = config.rules if camera is None else config.rules_of(camera)
    names = {name for rule in rules.values() for name in rule.second_stages}
    return {name: stage for name, stage in config.sentinel.second_stage.items() if name in names}


class Stages:
    """The models of a site, open.

    Raises:
        ModelError: one of them cannot be used; the message names it.
    """

    def __init__(self, config: SiteConfig, store: ModelStore) -> None:
        self._store = store
        self._stages: dict[str, SecondStageModel] = {}
        self._postures: PostureModel | None = None
        try:
            self.take(config)
        except BaseException:
            self.close()
            raise

    def take(self, config: SiteConfig) -> None:
        """Go over to other cameras and rules; models that these do not need any more stay open.

        Raises:
            ModelError: a model that they need cannot be used; nothing has changed.
        """
        for name, settings in needed(config).items():
            if name not in self._stages:
                self._stages[name] = SecondStageModel(name, settings, _opened(config, settings, self._store))
        self._config = config

    def of(
        self, camera: str, labels: tuple[str, ...], groups: tuple[Group, ...] = (), *, points: bool = False
    ) -> SecondStage:
        """The second stage of one camera, fresh.

        Args:
            labels: class names of the detector.
            groups: of each; by its name by default.
            points: whether the detector gives key points.

        Raises:
            ModelError: the network of postures cannot be opened.
        """
        stages = [(self._stages[name], self._wanted(camera, name)) for name in needed(self._config, camera)]
        points = points or any(stage.poses for stage, _ in stages)
        asked = any(rule.judges_postures for rule in self._config.rules_of(camera).values())
        if not (points and asked):
            return SecondStage(stages, labels, groups)
        self._postures = self._postures or PostureModel()
        return SecondStage(stages, labels, groups, PostureMemory(self._postures))

    def close(self) -> None:
        """Release the models."""
        for stage in self._stages.values():
            stage.model.close()
        if self._postures is not None:
            self._postures.close()

    def _wanted(self, camera: str, name: str) -> TrackFilter:
        """Selects the tracks that matter to the rules that need the model: those in one of the rules' zones."""
        settings = self._config.cameras[camera]
        rules = [rule for rule in self._config.rules_of(camera).values() if name in rule.second_stages]
        zones = {rule.places.get("zone", FRAME) for rule in rules}
        return in_zones([np.array(settings.polygon_of(zone)) for zone in sorted(zones)])


def in_zones(polygons: Sequence[NDArray[np.float64]]) -> TrackFilter:
    """Selects the tracks whose feet are in one of some polygons."""

    def wanted(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        feet = np.clip(bottom_centres(boxes), 0.0, 1.0)
        return np.asarray(np.logical_or.reduce([inside_polygon(feet, polygon) for polygon in polygons]))

    return wanted


class StageCost(NamedTuple):
    """What one second-stage model costs one camera.

    Attributes:
        every: seconds between two looks at one track, or at the whole picture.
        each: seconds that one such look takes, as measured.
        whole: whether it looks at whole pictures.
    """

    model: str
    every: float
    each: float
    whole: bool

    @property
    def load(self) -> float:
        """Share of one core, for `TRACKS` tracks that all need it."""
        return self.each * (1 if self.whole else TRACKS) / self.every


def of_cameras(config: SiteConfig) -> Iterator[tuple[str, str]]:
    """Every camera with the name of every model that its rules need."""
    for camera in config.cameras:
        for name in needed(config, camera):
            yield camera, name


def cost_of(config: SiteConfig, name: str, store: ModelStore) -> StageCost:
    """Open a model and time it.

    Raises:
        ModelError: it cannot be used; names it.
    """
    settings = config.sentinel.second_stage[name]
    stage = SecondStageModel(name, settings, _opened(config, settings, store))
    model = stage.model
    try:
        seconds = []
        for _ in range(_TRIES):
            begin = time.perf_counter()
            model.rehearse()
            seconds.append(time.perf_counter() - begin)
    finally:
        model.close()
    called = " and ".join(filter(None, (settings.model, settings.reader or settings.reads)))
    return StageCost(called, settings.every, sorted(seconds)[_TRIES // 2], stage.whole)


def _opened(config: SiteConfig, settings: SecondStageSettings, store: ModelStore) -> CropModel | TextReader:
    sentinel = config.sentinel

    def opened(name: str, tasks: Sequence[Task]) -> CropModel:
        return CropModel.open(
            store.resolve(name), tasks, sentinel.runtime, sentinel.device, look_timeout=sentinel.look_timeout
        )

    if settings.reads is None and settings.model is not None:
        return opened(settings.model, TASKS)
    with ExitStack() as open_models:
        finder = network = None
        if settings.model is not None:
            finder = open_models.enter_context(closing(opened(settings.model, BOXES)))
        if settings.reader is not None:
            network = open_models.enter_context(closing(opened(settings.reader, ("read",))))
        reader = TextReader.open(finder, settings.expression, network, look_timeout=sentinel.look_timeout)
        open_models.pop_all()
    return reader
