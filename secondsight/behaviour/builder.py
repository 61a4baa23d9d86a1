"""Makes the behaviours of one camera and epoch: each with what it needs to know, and what they share only once."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

import numpy as np

from secondsight.behaviour.combine.combined import Combined, SharedBehaviour
from secondsight.behaviour.combine.scheduled import Scheduled
from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.background import Background
from secondsight.behaviour.signals.change import ScaledPictures
from secondsight.behaviour.signals.evidence import CandidateWriter
from secondsight.behaviour.signals.motion_energy import Motion
from secondsight.behaviour.signals.views import ViewCache
from secondsight.behaviour.spatial.geometry import Points
from secondsight.behaviour.spatial.ground_plane import Ground, make_ground
from secondsight.behaviour.spatial.perspective import Perspective
from secondsight.config import FRAME, CombinedRule, RuleBase, Schedule, SiteConfig, SizedRule
from secondsight.log import fields, redact
from secondsight.records import Candidate, Observation

_log = logging.getLogger(__name__)


class RuleSettings(Protocol):
    """The settings of a behaviour, built-in or of another package, as `secondsight.config` has checked them."""

    def make(self, scene: Scene) -> Behaviour:
        """The behaviour of one camera and epoch."""
        ...


class Runner(Protocol):
    """Runs code of another package that makes a rule's behaviour."""

    def __call__(self, rule: str, function: Callable[[], Behaviour], /) -> Behaviour: ...


def make_behaviours(
    camera: str, config: SiteConfig, origin: str, *, run: Runner = lambda rule, function: function()
) -> list[Behaviour]:
    """Make the behaviours of one camera and epoch: one for each rule that watches the camera and reports
    events.

    Args:
        camera: name of the camera.
        config: the site.
        origin: identity of what is watched: a file's fingerprint, or `live` (see `records.candidate_id`).
        run: calls what makes the behaviours of other packages.

    Returns:
        Fresh behaviours, in the site file's order.

    Raises:
        KeyError: the site has no such camera.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.behaviour import make_behaviours
        >>> from secondsight.config import make_site
        >>> config = make_site(
        ...     {
        ...         "cameras": {"hall": {"source": "hall.mp4"}, "yard": {"source": "yard.mp4"}},
        ...         "rules": {
        ...             "no-entry": {"behaviour": "intrusion", "zone": "frame"},
        ...             "lying": {"behaviour": "fall", "zone": "frame", "cameras": ["yard"]},
        ...         },
        ...     },
        ...     Path(),
        ... )
        >>> [behaviour.rule for behaviour in make_behaviours("yard", config, origin="live")]
        ['no-entry', 'lying']
    """
    builder = BehaviourBuilder(camera, config, origin, run)
    return [builder.make(name) for name, rule in config.rules_of(camera).items() if rule.report]


def foreign_rules(camera: str, config: SiteConfig) -> frozenset[str]:
    """The rules of a camera that run the code of other packages, themselves or by the rules that they combine."""

    def is_foreign(name: str) -> bool:
        rule = config.rules[name]
        if isinstance(rule, CombinedRule):
            return any(is_foreign(member) for _, _, member in rule.named())
        return _is_foreign(rule)

    return frozenset(filter(is_foreign, config.rules_of(camera)))


def _is_foreign(rule: RuleBase) -> bool:
    return type(rule).__module__.split(".")[0] != "secondsight"


class BehaviourBuilder:
    """Where the behaviours of one camera and epoch are made.

    Args:
        origin, run: as of `make_behaviours`.
    """

    def __init__(self, camera: str, config: SiteConfig, origin: str, run: Runner) -> None:
        self._camera, self._config, self._origin, self._run = camera, config, origin, run
        self._settings = config.cameras[camera]
        self._perspective, self._views, self._motion = Perspective(), ViewCache(), Motion()
        self._polygons: dict[str, Points] = {}
        # Rules of other hours come back to another scene: each schedule has a background of its own.
        self._backgrounds: dict[Schedule | None, Background] = {}
        self._pictures = ScaledPictures()
        ground = self._settings.ground
        self._ground: Ground | None = make_ground(ground) if ground.calibrated else None
        self._members: dict[str, SharedBehaviour] = {}
        self._named = {
            member
            for rule in config.rules_of(camera).values()
            if isinstance(rule, CombinedRule)
            for _, _, member in rule.named()
        }

    def make(self, name: str) -> Behaviour:
        """The behaviour of a rule; one that combinations name judges for them too."""
        return self._shared(name) if name in self._named else self._new(name)

    def _new(self, name: str) -> Behaviour:
        rule = self._config.rules[name]
        if isinstance(rule, CombinedRule):
            return self._combined(name, rule)
        rule = self._limited(rule)
        # What makes no events has nothing to be silent about.
        return self._single(name, rule if rule.report else rule.model_copy(update={"cooldown": 0.0}))

    def _limited(self, rule: RuleBase) -> RuleBase:
        """A rule within the sizes of its zone."""
        zone = self._settings.zones.get(rule.places.get("zone", FRAME))
        if zone is None or not isinstance(rule, SizedRule) or (zone.min_area, zone.max_area) == (0.0, 1.0):
            return rule
        sizes = {
            "min_area": max(rule.min_area, zone.min_area),
            "max_area": min(rule.max_area, zone.max_area),
        }
        return rule.model_copy(update=sizes)

    def _combined(self, name: str, rule: CombinedRule) -> Behaviour:
        timezone, when = self._config.site.timezone, rule.when
        members = {
            member: self._shared(member)
            for _, _, member in rule.named()
            if self._config.watches(member, self._camera)
        }
        return Combined(
            rule,
            self._writer(name, rule, None),
            members,
            open=lambda time: when is None or when.holds(time, timezone),
        )

    def _shared(self, name: str) -> SharedBehaviour:
        if name not in self._members:
            self._members[name] = SharedBehaviour(self._new(name))
        return self._members[name]

    def _single(self, name: str, rule: RuleBase) -> Behaviour:
        background = self._backgrounds.setdefault(rule.when, Background(self._pictures))
        scene = self._scene(name, rule, background)
        if rule.when is None:
            return self._judge(name, rule, scene)

        def anew() -> Behaviour:
            background.forget()
            return self._judge(name, rule, scene)

        return Scheduled(name, rule.when, self._config.site.timezone, anew)

    def _judge(self, name: str, rule: RuleBase, scene: Scene) -> Behaviour:
        make = partial(cast(RuleSettings, rule).make, scene)
        try:
            return self._run(name, make) if _is_foreign(rule) else make()
        # Other people's code may raise anything, and must not cost the camera its other rules.
        except Exception as error:
            _log.exception(
                "the rule is off: its behaviour cannot be made",
                extra=fields(camera=self._camera, rule=name, behaviour=rule.behaviour),
            )
            reason = redact(f"{type(error).__name__}: {error}".split("\n")[0])
            return DisabledBehaviour(name, f"rule {name} is off: its behaviour cannot be made ({reason})")

    def _scene(self, name: str, rule: RuleBase, background: Background) -> Scene:
        places = rule.places
        zone, line, excluded = places.get("zone"), places.get("line"), places.get("exclude_zone")
        segment = None if line is None else np.array(self._settings.lines[line].coordinates, dtype=np.float64)
        return Scene(
            writer=self._writer(name, rule, zone or line),
            polygon=self._polygon(zone or FRAME),
            segment=segment,
            background=background,
            patience=self._config.sentinel.lost_track,
            excluded=None if excluded is None else self._polygon(excluded),
            perspective=self._perspective,
            ground=self._ground,
            views=self._views,
            motion=self._motion,
        )

    def _writer(self, name: str, rule: RuleBase, place: str | None) -> CandidateWriter:
        return CandidateWriter(self._camera, self._origin, name, rule.kind or rule.behaviour, place)

    def _polygon(self, zone: str) -> Points:
        if zone not in self._polygons:
            self._polygons[zone] = np.array(self._settings.polygon_of(zone), dtype=np.float64)
        return self._polygons[zone]


class DisabledBehaviour:
    """A rule that cannot be judged.

    Attributes:
        trouble: why not.
    """

    def __init__(self, rule: str, trouble: str) -> None:
        self._rule, self.trouble = rule, trouble

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._rule

    def update(self, observation: Observation) -> list[Candidate]:
        """Nothing."""
        return []

    def close(self, time: float) -> list[Candidate]:
        """Nothing."""
        return []
