"""Fifteen questions about a motorway, each in two English and two Chinese wordings, with the truth."""

from bench.accuracy.ask.world import Case, Expected, World


def motorway(w: World) -> list[Case]:
    """A motorway."""
    shoulder = [one for one in w.real("stopped_vehicle", w.yesterday) if one.zone == "shoulder"]
    walkers = [one for one in w.real("pedestrian", w.today) if one.camera == "km-12"]
    this, before = w.real("stopped_vehicle", w.this_week), w.real("stopped_vehicle", w.last_week)
    return [
        Case(
            Expected(len(shoulder)),
            (
                "How many vehicles stopped on the shoulder yesterday?",
                "Yesterday's number of cars standing on the hard shoulder",
            ),
            ("昨天路肩上停了多少辆车?", "昨天有几辆车停在路肩?"),
        ),
        Case(
            Expected(len(w.real("wrong_way_vehicle", w.month))),
            (
                "How many wrong-way drivers were there this month?",
                "How many vehicles drove against the traffic this month?",
            ),
            ("本月有多少辆车逆行?", "这个月发生了几起逆行?"),
        ),
        Case(
            Expected(len(walkers)),
            (
                "Were there pedestrians on the road at km 12 today?",
                "Did anybody walk on the motorway at km 12 today?",
            ),
            ("今天km-12路上有行人吗?", "今天km 12有几个行人上路?"),
        ),
        Case(
            Expected(w.passed("any", w.hours(1, 7, 9), "km-15")),
            (
                "How many vehicles passed km 15 between 7 and 9 yesterday?",
                "Vehicle count at km 15 yesterday from 7 to 9",
            ),
            ("昨天7点到9点km 15通过了多少辆车?", "昨天7点到9点km 15的车流量是多少?"),
        ),
        Case(
            Expected(table=w.passages_by_hour("any", w.yesterday, "km-12")),
            ("Vehicles per hour yesterday at km 12", "Hourly traffic at km 12 yesterday"),
            ("昨天km 12每小时车流量", "按小时列出昨天km 12经过的车辆数"),
        ),
        Case(
            Expected(len(w.real("jam", w.day(4)))),
            ("How many traffic jams were there on Friday?", "How often was traffic jammed on Friday?"),
            ("周五堵了几次车?", "星期五有几次拥堵?"),
        ),
        Case(
            Expected(len(w.real("debris", w.ago(86400.0)))),
            (
                "How many times was debris on the road in the last 24 hours?",
                "Any objects lying on the road in the past 24 hours?",
            ),
            ("过去24小时路上有几次抛洒物?", "最近24小时发现了多少次抛洒物?"),
        ),
        Case(
            Expected(len(w.real("fire", w.month)) + len(w.real("smoke", w.month))),
            (
                "How many fires or smoke alarms were there this month?",
                "Count fire and smoke events this month",
            ),
            ("本月火焰或烟雾有多少次?", "这个月烟火报警共几次?"),
        ),
        Case(
            Expected(len(w.real("low_visibility", w.last_week))),
            ("How often was visibility low last week?", "Number of low visibility events last week"),
            ("上周能见度低有几次?", "上周出现过几次低能见度?"),
        ),
        Case(
            Expected(top=w.most("camera", "stopped_vehicle", w.month)),
            (
                "Which camera saw the most stopped vehicles this month?",
                "On what camera do vehicles stop most often this month?",
            ),
            ("本月哪个摄像头停车最多?", "这个月停车事件最多的摄像头是哪个?"),
        ),
        Case(
            Expected(len(this), other=len(before)),
            (
                "Compare stopped vehicles of this week and last week",
                "Stopped vehicles: this week versus last week",
            ),
            ("比较本周和上周的停车数", "本周与上周停车事件对比"),
        ),
        Case(
            Expected(len(w.rejected(None, w.yesterday))),
            ("How many false alarms did we have yesterday?", "How many of yesterday's alarms were false?"),
            ("昨天有多少误报?", "昨天误报了几次?"),
        ),
        Case(
            Expected(table=w.by_kind(w.yesterday)),
            ("How many events of each kind were there yesterday?", "Yesterday's events broken down by kind"),
            ("昨天各类事件各有多少?", "按类型统计昨天的事件"),
        ),
        Case(
            Expected(w.unseen("km-12", w.yesterday)),
            ("How long was km 12 not watched yesterday?", "How long was the camera at km 12 down yesterday?"),
            ("昨天km 12有多长时间没有监控?", "昨天km 12的摄像头停机多久?"),
        ),
        Case(
            Expected(len(w.real(None, w.past(3)))),
            (
                "How many events were there in the last 3 days?",
                "Total number of alarms over the past three days",
            ),
            ("最近3天共有多少事件?", "过去三天一共多少报警?"),
        ),
    ]
