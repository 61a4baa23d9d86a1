"""What the rules of a site describe in words: the model that compares, which tracks matter, and what is usual.

The model is that of `find.model`; it is opened when the first rule needs it. What is usual on a camera is kept in the
data folder, `described/CAMERA.RULE.json`, and begins anew with another text or model.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from secondsight.brain import Embedder, make_embedder
from secondsight.config import FRAME, DescriptionNeeds, SiteConfig
from secondsight.errors import ConfigError, StoreError
from secondsight.log import fields
from secondsight.media import make_folder, write_atomic
from secondsight.records import Box, Group
from secondsight.sentinel import Description, TrackFilter, UsualScores, WordMatcher, WordScorer
from secondsight.site.pipeline.second_stage import in_zones

FOLDER = "described"
_TRIES = 3

_log = logging.getLogger(__name__)


class _Kept(BaseModel):
    """A file of usual scores."""

    text: str
    model: str
    scene: bool
    scores: list[float]


@dataclass(slots=True)
class _Learned:
    """What is usual for one rule on one camera, and how much of it has been written."""

    file: Path
    needs: DescriptionNeeds
    usual: UsualScores
    written: tuple[float, ...]


class Descriptions:
    """The descriptions of the cameras of one process.

    Args:
        data: the data folder.
        make: opens the model.

    Raises:
        ModelError: the model cannot be opened.
        ConfigError: it does not know the language of a text.
    """

    def __init__(
        self, config: SiteConfig, data: Path, make: Callable[[str], Embedder] = make_embedder
    ) -> None:
        self._data, self._make = data, make
        self._embedder: Embedder | None = None
        self._scorer: WordScorer | None = None
        self._learned: dict[tuple[str, str], _Learned] = {}
        self.take(config)

    def take(self, config: SiteConfig) -> None:
        """Go over to other rules. Raises as the class does; then nothing has changed."""
        described = [(name, rule.description) for name, rule in config.rules.items() if rule.description]
        if described and self._embedder is None:
            self._embedder = self._make(config.find.model)
        for name, needs in described:
            assert self._embedder is not None
            _encoded(self._embedder, name, needs.text)
        self._config = config

    def of(
        self, camera: str, labels: tuple[str, ...], groups: tuple[Group, ...], *, block: bool
    ) -> WordMatcher | None:
        """What compares on one camera, fresh; None where no rule describes anything.

        Args:
            block: whether looks are waited for.
        """
        config = self._config
        needed = {
            name: rule.description for name, rule in config.rules_of(camera).items() if rule.description
        }
        if not needed or self._embedder is None:
            return None
        self._scorer = self._scorer or WordScorer(self._embedder, config.sentinel.look_timeout)
        descriptions = []
        for name, needs in needed.items():
            zone = config.rules[name].places.get("zone", FRAME)
            polygon = np.array(config.cameras[camera].polygon_of(zone), dtype=np.float64)
            (x1, y1), (x2, y2) = polygon.min(axis=0).tolist(), polygon.max(axis=0).tolist()
            wanted: TrackFilter = in_zones([polygon])
            descriptions.append(
                Description(
                    rule=name,
                    words=_encoded(self._embedder, name, needs.text),
                    scene=Box(x1, y1, x2, y2) if needs.scene else None,
                    classes=tuple(getattr(config.rules[name], "classes", ())),
                    every=needs.every,
                    votes=needs.votes,
                    wanted=wanted,
                    usual=self._usual(camera, name, needs, self._embedder.name),
                )
            )
        return WordMatcher(self._scorer, descriptions, labels, groups, block=block)

    def save(self) -> None:
        """Write what has been learned since the last time. What cannot be written is said, and tried again."""
        for learned in self._learned.values():
            scores = learned.usual.scores
            if scores == learned.written or self._embedder is None:
                continue
            needs = learned.needs
            kept = _Kept(text=needs.text, model=self._embedder.name, scene=needs.scene, scores=list(scores))
            try:
                make_folder(learned.file.parent)
                write_atomic(learned.file, kept.model_dump_json().encode(), min_free=0)
                learned.written = scores
            except (OSError, StoreError) as error:
                _log.warning("usual scores are not kept", extra=fields(file=learned.file, error=str(error)))

    def close(self) -> None:
        """Write what has been learned, and end the model."""
        self.save()
        if self._scorer is not None:
            self._scorer.close()

    def _usual(self, camera: str, rule: str, needs: DescriptionNeeds, model: str) -> UsualScores:
        """Of this process; from the file the first time."""
        known = self._learned.get((camera, rule))
        if known is None or known.needs != needs:
            file = usual_file(self._data, camera, rule)
            scores = read_usual(file, needs, model)
            known = _Learned(file, needs, UsualScores(needs.false_alarms, scores), scores)
            self._learned[camera, rule] = known
        return known.usual


def usual_file(data: Path, camera: str, rule: str) -> Path:
    """Where what is usual for a rule on a camera is kept. Names have no dots."""
    return data / FOLDER / f"{camera}.{rule}.json"


def read_usual(file: Path, needs: DescriptionNeeds, model: str) -> tuple[float, ...]:
    """Scores that were kept for this text and this model; none without them, or where they cannot be read."""
    try:
        kept = _Kept.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError, json.JSONDecodeError) as error:
        _log.warning(
            "what is usual is learned anew", extra=fields(file=file, error=str(error).split("\n")[0])
        )
        return ()
    same = (kept.text, kept.model, kept.scene) == (needs.text, model, needs.scene)
    return tuple(score for score in kept.scores if np.isfinite(score)) if same else ()


def described_rules(config: SiteConfig) -> Iterator[tuple[str, str, DescriptionNeeds]]:
    """Every camera with the name of each rule in words that watches it."""
    for camera in config.cameras:
        for name, rule in config.rules_of(camera).items():
            if rule.description is not None:
                yield camera, name, rule.description


def told_of(config: SiteConfig, camera: str, rule: str, needs: DescriptionNeeds) -> str:
    """What a rule in words costs a camera, as measured, and how much of what is usual is known.

    Raises:
        ModelError, ConfigError: as of `Descriptions`.
    """
    embedder = make_embedder(config.find.model)
    _encoded(embedder, rule, needs.text)
    blank = np.full((embedder.side, embedder.side, 3), 127, np.uint8)
    seconds = []
    for _ in range(_TRIES):
        begin = time.perf_counter()
        embedder.pictures([blank] if needs.scene else [blank, blank])
        seconds.append(time.perf_counter() - begin)
    what, units = ("picture", "minutes") if needs.scene else ("track", "tracks")
    cost = f"{embedder.name}: {1e3 * min(seconds):.0f} ms a {what}, every {needs.every:g} s"
    if getattr(config.rules[rule], "limit", None) is not None:
        return f"{cost}; the limit is the rule's own"
    scores = read_usual(usual_file(config.data, camera, rule), needs, embedder.name)
    usual = UsualScores(needs.false_alarms, scores)
    if usual.limit is None:
        return f"{cost}; learns what is usual: {len(scores)} of {usual.needed} {units}, and reports nothing before"
    return f"{cost}; limit {usual.limit:.3f}, from {len(scores)} {units}"


def _encoded(embedder: Embedder, rule: str, text: str) -> NDArray[np.float32]:
    try:
        return embedder.words(text)
    except ConfigError as error:
        raise ConfigError(error.problem, key=f"rules.{rule}.text") from None
