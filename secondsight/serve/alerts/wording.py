"""One plain sentence about a step, in the site's language. Text from outside stands in it as text: one line, nothing
that a terminal, a page or a header would obey.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from secondsight.config import FRAME
from secondsight.event_words import Language, kind_in_words, one_line
from secondsight.records import Event, Step, StepKind, Verification, Word


@dataclass(frozen=True, slots=True)
class _Words:
    happened: str
    in_zone: str
    person: str
    comma: str
    withdrawn: str
    escalated: str
    true: str
    false: str
    steps: dict[StepKind, str]
    verifications: dict[Verification, str]


_WORDS: dict[Language, _Words] = {
    "en": _Words(
        happened="{kind} on camera {camera}{zone} at {time}",
        in_zone=", zone {zone}",
        person=" ({by})",
        comma="; ",
        withdrawn="Withdrawn: ",
        escalated="Nobody has acknowledged this: ",
        true="A person says it is true{by}: ",
        false="A person says it is a false alarm{by}: ",
        steps={
            StepKind.RAISED: "",
            StepKind.RECORDED: "Recorded: ",
            StepKind.LATE: "No verdict yet: ",
            StepKind.VERIFIED: "",
            StepKind.ENDED: "Over: ",
            StepKind.ACKNOWLEDGED: "Acknowledged{by}: ",
            StepKind.ESCALATED: "Escalated: ",
        },
        verifications={
            Verification.UNVERIFIED: "not verified",
            Verification.CONFIRMED: "confirmed by the second look",
            Verification.REJECTED: "rejected by the second look",
            Verification.UNSURE: "the second look is unsure",
            Verification.EXPIRED: "not verified in time",
            Verification.FAILED: "not verified, the second look failed",
        },
    ),
    "zh": _Words(
        happened="{kind}，摄像头 {camera}{zone}，{time}",
        in_zone="，区域 {zone}",
        person="（{by}）",
        comma="；",
        withdrawn="撤回：",
        escalated="尚无人确认：",
        true="人工判定属实{by}：",
        false="人工判定误报{by}：",
        steps={
            StepKind.RAISED: "",
            StepKind.RECORDED: "已录像：",
            StepKind.LATE: "尚无复核结果：",
            StepKind.VERIFIED: "",
            StepKind.ENDED: "已结束：",
            StepKind.ACKNOWLEDGED: "已接警{by}：",
            StepKind.ESCALATED: "已升级：",
        },
        verifications={
            Verification.UNVERIFIED: "未复核",
            Verification.CONFIRMED: "复核属实",
            Verification.REJECTED: "复核否定",
            Verification.UNSURE: "复核不确定",
            Verification.EXPIRED: "复核超时",
            Verification.FAILED: "复核失败",
        },
    ),
}


def sentence(step: Step, event: Event, language: Language, timezone: str, camera: str = "") -> str:
    """What a step says of an event, such as `Fall on camera hall, zone yard at 2026-01-01 08:00:01; not verified`.

    Args:
        timezone: that the time is told in.
        camera: what people call it; its name by default.
    """
    words = _WORDS[language]
    place = None if event.zone == FRAME else event.zone
    zone = words.in_zone.format(zone=one_line(place)) if place else ""
    time = datetime.fromtimestamp(event.triggered, ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M:%S")
    kind = kind_in_words(event.kind, language)
    happened = words.happened.format(kind=kind, camera=one_line(camera or event.camera), zone=zone, time=time)
    lead = _lead(step, words)
    if not lead or language == "zh":
        happened = happened[:1].upper() + happened[1:]
    return f"{lead}{happened}{words.comma}{words.verifications[step.verification]}"


def _lead(step: Step, words: _Words) -> str:
    by = words.person.format(by=one_line(step.by)) if step.by else ""
    if step.kind is StepKind.CORRECTED:
        judged = (words.true if step.truth else words.false).format(by=by)
        return (words.withdrawn if step.word is Word.WITHDRAWAL else "") + judged
    if step.word is Word.WITHDRAWAL:
        return words.withdrawn
    if step.word is Word.ESCALATION:
        return words.escalated
    return words.steps[step.kind].format(by=by)
