"""What kinds of events are called, and text from outside as it may stand in a sentence."""

from typing import Literal

from secondsight.foreign import visible
from secondsight.masking import redact
from secondsight.records import Verification

Language = Literal["en", "zh"]

_KINDS_ZH = {
    "intrusion": "闯入",
    "described": "文字描述的情况",
    "loitering": "逗留",
    "line_crossing": "越线",
    "fall": "跌倒",
    "wrong_way": "逆行",
    "fight": "打架",
    "stillness": "静止",
    "left_bag": "遗留包裹",
    "running": "奔跑",
    "crowd": "聚集",
    "climbing": "翻越",
    "removed_object": "物品被取走",
    "tailgating": "尾随",
    "no_helmet": "未戴安全帽",
    "no_vest": "未穿反光背心",
    "forbidden_operation": "违规操作",
    "man_down": "人员倒地",
    "lone_worker": "单人作业",
    "vehicle_near_person": "人车过近",
    "take": "伸手取货",
    "linger": "逗留",
    "stopped_vehicle": "车辆停驶",
    "wrong_way_vehicle": "车辆逆行",
    "put_back": "放回",
    "queue": "排队",
    "jam": "拥堵",
    "pedestrian": "行人上路",
    "low_visibility": "能见度低",
    "stopped": "停车",
    "smoke": "烟雾",
    "fire": "火焰",
    "debris": "抛洒物",
    "landslide": "滑坡",
}
_VERIFICATIONS_ZH = {
    Verification.UNVERIFIED: "未复核",
    Verification.CONFIRMED: "复核属实",
    Verification.REJECTED: "复核否定",
    Verification.UNSURE: "复核不确定",
    Verification.EXPIRED: "复核超时",
    Verification.FAILED: "复核失败",
}


def kind_in_words(kind: str, language: Language) -> str:
    """What a kind of event is called, such as `line crossing`."""
    known = _KINDS_ZH.get(kind) if language == "zh" else None
    return known or one_line(kind.replace("_", " "))


def verification_in_words(verification: Verification, language: Language) -> str:
    """What a state of verification is called."""
    return _VERIFICATIONS_ZH[verification] if language == "zh" else verification.value


def one_line(text: str) -> str:
    """Text from outside on one line, without secrets."""
    return visible(redact(" ".join(text.split())))
