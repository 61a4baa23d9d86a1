"""Fifteen questions about a metro station, each in two English and two Chinese wordings, with the truth."""

from bench.accuracy.ask.world import Case, Expected, World


def metro(w: World) -> list[Case]:
    """A metro station."""
    on_2 = [one for one in w.real("fall", w.last_week) if one.camera == "platform-2"]
    helped = sum(one.answers.get("helped") == "yes" for one in on_2 if one.verified)
    return [
        Case(
            Expected(len(on_2), further=helped),
            (
                "How many people fell on platform 2 last week, and how many of those were helped?",
                "Last week on platform 2, how many falls were there? How many of them got help?",
            ),
            (
                "上周2号站台有几个人跌倒,其中几个得到了帮助?",
                "上个星期2号站台一共摔倒了多少人?其中有多少人有人帮忙?",
            ),
        ),
        Case(
            Expected(len(w.real("fight", w.today))),
            ("Were there any fights today?", "Did a brawl break out today?"),
            ("今天有人打架吗?", "今天发生过几次斗殴?"),
        ),
        Case(
            Expected(top=w.most("camera", "left_bag", w.yesterday)),
            (
                "Which camera had the most left bags yesterday?",
                "On which camera were most bags left behind yesterday?",
            ),
            ("昨天哪个摄像头的遗留包裹最多?", "昨天遗留物品最多的是哪个摄像头?"),
        ),
        Case(
            Expected(top=w.most_rejected("camera")),
            ("Which camera raises the most false alarms?", "What camera is wrong most often?"),
            ("哪个摄像头误报最多?", "误报次数最多的是哪个相机?"),
        ),
        Case(
            Expected(w.cost(w.month)),
            ("what did the brain cost this month?", "How much have we spent on the large model this month?"),
            ("本月大模型花了多少钱?", "这个月大脑的费用是多少?"),
        ),
        Case(
            Expected(w.passed("in", w.hours(0, 7, 9))),
            (
                "How many passengers came in between 7 and 9 this morning?",
                "Number of people who entered the station from 7 am to 9 am today",
            ),
            ("今天早上7点到9点有多少人进站?", "今天7点至9点进站人数是多少?"),
        ),
        Case(
            Expected(w.people("platform-1", None, w.yesterday)),
            (
                "How many different people were on platform 1 yesterday?",
                "Yesterday, how many distinct persons did we see at platform 1?",
            ),
            ("昨天1号站台有多少不同的人?", "昨天1号站台去重后有多少人?"),
        ),
        Case(
            Expected(table=w.by_day("loitering", w.past(7))),
            (
                "Show loitering per day for the last 7 days",
                "Break down loiterers by day over the past seven days",
            ),
            ("过去7天每天有多少次逗留?", "按天统计最近七天的徘徊次数"),
        ),
        Case(
            Expected(len(w.real("tailgating", w.today)), other=len(w.real("tailgating", w.yesterday))),
            ("Compare tailgating today with yesterday", "Is there more fare dodging today than yesterday?"),
            ("比较今天和昨天的尾随次数", "今天的尾随比昨天多吗?"),
        ),
        Case(
            Expected(len(w.real("climbing", w.day(2)))),
            ("List the climbing events of Sunday", "Show me everyone who climbed over the barrier on Sunday"),
            ("列出星期天的翻越事件", "周日有谁翻越了栏杆?给我看看"),
        ),
        Case(
            Expected(len(w.confirmed("crowd", w.this_week))),
            (
                "How many confirmed crowds were there this week?",
                "This week, how many gatherings has the second look confirmed?",
            ),
            ("本周确认的聚集有几次?", "这周经复核确认的人群聚集有多少起?"),
        ),
        Case(
            Expected(top=w.busiest("wrong_way", w.yesterday)),
            (
                "In which hour of yesterday were there the most wrong-way walkers?",
                "When yesterday did people walk the wrong way most?",
            ),
            ("昨天几点逆行的人最多?", "昨天哪个时段逆行最频繁?"),
        ),
        Case(
            Expected(w.unseen("gates", w.yesterday)),
            (
                "How long was the gates camera blind yesterday?",
                "For how many minutes yesterday could the gates camera not see anything?",
            ),
            ("昨天闸机摄像头有多久看不见?", "昨天闸机摄像头失明了多少分钟?"),
        ),
        Case(
            Expected(len(w.rejected("fall", w.day(2)))),
            (
                "How many falls were rejected on Sunday?",
                "On Sunday, how many falls turned out to be false alarms?",
            ),
            ("前天有几次跌倒被否定?", "前天的跌倒里有多少是误报?"),
        ),
        Case(
            Expected(w.last("fall", "platform-1")),
            ("When was the last fall on platform 1?", "When did somebody last fall on platform 1?"),
            ("1号站台最近一次跌倒是什么时候?", "上一次有人在1号站台摔倒是几点?"),
        ),
    ]
