"""What a review needs to know beside its case: questions, place and egress level, made once per rule and camera."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from secondsight.brain import QuestionSheet, question_sheet
from secondsight.config import SiteConfig
from secondsight.records import Case, Egress, Outline, Question


@dataclass(frozen=True, slots=True)
class ReviewContext:
    """What the brain is asked and told in every review of one rule on one camera.

    Attributes:
        sheet: the questions; the first one decides.
        description: of the camera, for the brain; empty if unknown.
        outlines: the camera's zones and lines by name; a case says which one it is about (members of a combined rule
            have zones of their own).
        egress: what of the camera's pictures may leave this machine.
    """

    sheet: QuestionSheet
    description: str = ""
    outlines: Mapping[str, Outline] = field(default_factory=dict)
    egress: Egress = Egress.LOCAL_ONLY

    @property
    def deciding(self) -> Question:
        """The question that decides a case."""
        return self.sheet.questions[0]


class ReviewContexts:
    """The review context of every case of a site.

    Those of configured rules are made at once. A case of an earlier run whose rule or camera has changed or gone gets
    one from what is still configured. Safe in any thread.
    """

    def __init__(self, config: SiteConfig) -> None:
        self.take(config)

    def take(self, config: SiteConfig) -> None:
        """Go over to other cameras and rules."""
        self._config = config
        self._contexts = {
            (camera, name, rule.kind or rule.behaviour): make_context(
                config, camera, name, rule.kind or rule.behaviour
            )
            for camera in config.cameras
            for name, rule in config.rules_of(camera).items()
        }

    def of(self, case: Case) -> ReviewContext:
        """The context of a case."""
        candidate = case.candidate
        key = (candidate.camera, candidate.rule, candidate.kind)
        return self._contexts.get(key) or make_context(self._config, *key)

    def deciding(self, case: Case) -> Question:
        """The question that decides a case."""
        return self.of(case).deciding


def make_context(config: SiteConfig, camera: str, rule: str, kind: str) -> ReviewContext:
    """The context of one rule's cases on one camera; either may be gone from the configuration.

    Args:
        kind: of the events that the rule reports.
    """
    asked = config.rules.get(rule)
    sheet = question_sheet(kind, config.site.language, asked.question if asked else None)
    egress = config.egress_of(camera)
    place = config.cameras.get(camera)
    if place is None:
        return ReviewContext(sheet, egress=egress)
    # A name that is both a zone's and a line's means the zone.
    lines: dict[str, Outline] = {name: line.coordinates for name, line in place.lines.items()}
    outlines = lines | {name: zone.coordinates for name, zone in place.zones.items()}
    return ReviewContext(sheet, place.description, outlines, egress)
