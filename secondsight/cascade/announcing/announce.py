"""Decides what each step of an event means for the people who are told. A pure function of its arguments.

The first word about an event may be held back: by its rule (`after_verdict`), by quiet hours, by a cooldown. Nothing
holds back what follows a first word, and above all not a withdrawal: people never go on believing what is known to
be false.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from secondsight.config import RuleBase
from secondsight.records import Event, Step, StepKind, Verification, Word
from secondsight.store import ToldEvent

_CERTAIN = (Verification.CONFIRMED, Verification.UNSURE)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What people are told at one step.

    Attributes:
        word: as of the step. why: why nothing is told; empty where something is.
        incident: id of the first event of its incident, with grouping.
    """

    word: Word
    why: str = ""
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What was announced about an event before.

    Attributes:
        first: the step that brought the first word; None while nothing was said.
        stands: whether the last word did not take it back.
    """

    first: Step | None
    stands: bool

    @classmethod
    def of(cls, earlier: Sequence[Step]) -> "_Said":
        said = [step for step in earlier if step.word is not Word.NONE]
        return cls(said[0] if said else None, bool(said) and said[-1].word is not Word.WITHDRAWAL)


def announce(
    step: Step,
    event: Event,
    rule: RuleBase,
    earlier: Sequence[Step],
    told: Sequence[ToldEvent],
    timezone: str = "UTC",
) -> Announcement:
    """Decide what people are told at one step.

    Args:
        step: a step that is not published yet.
        event: whose step it is, as it is now.
        rule: the rule that reported it.
        earlier: all steps of the event before this one, as published.
        told: events of which people were told lately, for cooldown and grouping.
        timezone: of the clock that quiet hours go by.

    Returns:
        The word, the reason for silence, and the incident.

    Examples:
        >>> from secondsight.cascade import announce
        >>> from secondsight.config import RuleBase
        >>> from secondsight.records import Event, Step, StepKind, Verification
        >>> new = Verification.UNVERIFIED
        >>> event = Event("1", "hall", "r", "fall", 0.0, 1.0, None, 0.7, "person", None, (), new, False, False)
        >>> step = Step("1", 1, StepKind.RAISED, 1.0, new, False)
        >>> for severity in ("high", "medium"):
        ...     said = announce(step, event, RuleBase(severity=severity), (), ())
        ...     print([said.word.value, said.why])
        ['alert', '']
        ['none', 'told after the verdict']
    """
    said, truth = _Said.of(earlier), truth_after(step, earlier)
    if said.first is not None:
        word = _following_word(step, rule, said, truth)
        return Announcement(
            word, "" if word is not Word.NONE else _nothing_new(step, said), said.first.incident
        )
    why = _no_occasion(step, event, rule, truth) or _silenced(step, event, rule, told, timezone)
    if why:
        return Announcement(Word.NONE, why)
    if not rule.announce.group.within:
        return Announcement(Word.ALERT)
    first = _incident(event, rule, told)
    return Announcement(Word.ALERT, "", event.id) if first is None else Announcement(Word.UPDATE, "", first)


def truth_after(step: Step, earlier: Sequence[Step]) -> bool | None:
    """What is known of an event after a step: people's newest word, else the brain's; None while neither is known."""
    for one in (step, *reversed(earlier)):
        if one.truth is not None:
            return one.truth
    return {Verification.CONFIRMED: True, Verification.REJECTED: False}.get(step.verification)


def _following_word(step: Step, rule: RuleBase, said: _Said, truth: bool | None) -> Word:
    """The word for a step of an event that was announced."""
    if truth is False:
        return Word.WITHDRAWAL if said.stands else Word.NONE
    kind = step.kind
    if not said.stands:  # taken back, and now it is true after all
        return Word.UPDATE if kind in (StepKind.VERIFIED, StepKind.CORRECTED) else Word.NONE
    if kind is StepKind.ESCALATED:
        return Word.ESCALATION
    if kind is StepKind.VERIFIED:
        assert said.first is not None
        awaited = rule.announces == "both" or said.first.kind is StepKind.LATE
        return Word.UPDATE if awaited and step.verification in _CERTAIN else Word.NONE
    return Word.NONE if kind in (StepKind.RECORDED, StepKind.LATE, StepKind.RAISED) else Word.UPDATE


def _nothing_new(step: Step, said: _Said) -> str:
    if not said.stands:
        return "taken back"
    if step.kind is StepKind.VERIFIED:
        return "told at once" if step.verification in _CERTAIN else "no verdict"
    return "nothing new"


def _no_occasion(step: Step, event: Event, rule: RuleBase, truth: bool | None) -> str:
    """Why a step is no occasion for the first word; empty if it is one."""
    if truth is False:
        return "false alarm" if step.verification is not Verification.REJECTED else "rejected"
    match step.kind:
        case StepKind.RAISED:
            return "told after the verdict" if rule.announces == "after_verdict" else ""
        case StepKind.LATE:
            return ""
        case StepKind.VERIFIED:
            return "" if event.alert or truth else "no verdict, and the policy is closed"
    return "not told before"


def _silenced(step: Step, event: Event, rule: RuleBase, told: Sequence[ToldEvent], timezone: str) -> str:
    """Why the first word is held back; empty if it is not."""
    settings = rule.announce
    if settings.quiet_hours is not None and settings.quiet_hours.holds(step.time, timezone):
        return "quiet hours"
    here = (event.camera, event.rule)
    lately = (other for other in told if other.stands and (other.camera, other.rule) == here)
    if any(abs(event.triggered - other.triggered) < settings.cooldown for other in lately):
        return "cooldown"
    return ""


def _incident(event: Event, rule: RuleBase, told: Sequence[ToldEvent]) -> str | None:
    """The incident, seen by other cameras, that an event belongs to; None for one of its own."""
    group = rule.announce.group
    if group.cameras and event.camera not in group.cameras:
        return None
    for other in reversed(told):
        near = abs(event.triggered - other.triggered) <= group.within
        seen = other.camera != event.camera and (not group.cameras or other.camera in group.cameras)
        if other.rule == event.rule and other.stands and near and seen:
            return other.incident or other.event
    return None
