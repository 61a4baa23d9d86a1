"""What tables and lines of the command line say in the site's language. JSON, errors and logs stay English."""

from collections.abc import Callable

from secondsight.event_words import Language

Say = Callable[[str], str]
"""English words -> the same in the site's language."""

_ZH = {
    "acknowledged": "已接警",
    "alert": "告警",
    "camera": "摄像头",
    "case": "案例",
    "clip": "视频",
    "confirmed": "复核属实",
    "connecting": "连接中",
    "corrected": "人工判断",
    "count": "计数项",
    "day": "日",
    "detections/s": "检测/秒",
    "drops": "丢弃",
    "ended": "已结束",
    "escalated": "已升级",
    "event": "事件",
    "events": "事件",
    "expired": "复核超时",
    "failed": "复核失败",
    "false": "误报",
    "fps": "帧/秒",
    "gated": "免检",
    "hour": "小时",
    "id": "编号",
    "in all": "合计",
    "kind": "类型",
    "known": "结论",
    "lasted": "时长",
    "late": "复核延迟",
    "live": "在线",
    "minute": "分钟",
    "no cases": "无案例",
    "no event with a picture in that time": "该时段没有带图片的事件",
    "no events": "没有事件",
    "nobody has acknowledged it": "尚无人确认",
    "none": "无",
    "none yet": "暂无",
    "note": "备注",
    "open": "进行中",
    "open cases": "待处理",
    "raised": "触发",
    "read": "进度",
    "recorded": "已录像",
    "rejected": "复核否定",
    "retrying": "重连中",
    "score": "得分",
    "seen": "目标",
    "start": "开始",
    "state": "状态",
    "time": "时间",
    "time left": "剩余时间",
    "true": "属实",
    "truth": "人工判断",
    "unsure": "复核不确定",
    "unverified": "未复核",
    "value": "数值",
    "verdicts": "复核结果",
    "verification": "复核",
    "verified": "已复核",
    "withdrawn": "撤回",
}


def sayer(language: Language) -> Say:
    """What says words of the command line in a language; words that it does not know stay as they are."""
    return (lambda text: _ZH.get(text, text)) if language == "zh" else (lambda text: text)
