"""Fifteen questions about a factory, each in two English and two Chinese wordings, with the truth."""

from bench.accuracy.ask.world import Case, Expected, World


def industrial(w: World) -> list[Case]:
    """A factory."""
    near = [one for one in w.real("vehicle_near_person", w.last_week) if one.camera == "yard"]
    return [
        Case(
            Expected(w.people("hall", "reactor", w.today, bare=True)),
            (
                "How many people without a helmet entered the reactor today?",
                "How many bareheaded workers went into the reactor area today?",
            ),
            ("今天有几个没戴安全帽的人进入了反应车间?", "今日进入反应车间且未佩戴安全帽的有多少人?"),
        ),
        Case(
            Expected(len(w.real("no_vest", w.yesterday))),
            (
                "How many vest violations were there yesterday?",
                "How often was somebody without a safety vest yesterday?",
            ),
            ("昨天有多少次未穿反光背心?", "昨天没穿反光衣的违规有几起?"),
        ),
        Case(
            Expected(table=w.people_by_day("hall", "reactor", w.this_week)),
            (
                "How many people were in the reactor per day this week?",
                "People seen in the reactor this week, day by day",
            ),
            ("本周每天有多少人进入反应车间?", "这周反应车间每日人数"),
        ),
        Case(
            Expected(w.dwell("hall", "reactor", w.yesterday)),
            (
                "How long did people stay in the reactor on average yesterday?",
                "What was the mean dwell time in the reactor yesterday?",
            ),
            ("昨天在反应车间平均停留多长时间?", "昨天反应车间的人均停留时间是多少?"),
        ),
        Case(
            Expected(len(w.real("lone_worker", w.night))),
            ("Was anyone working alone last night?", "Did somebody work by himself last night?"),
            ("昨晚有人单独作业吗?", "昨夜有几次单人作业?"),
        ),
        Case(
            Expected(len(near)),
            (
                "How many times did a vehicle come too close to a person in the yard last week?",
                "Number of near misses between forklifts and people in the yard last week",
            ),
            ("上周院子里人车过近发生了几次?", "上周院子里叉车离人太近有多少回?"),
        ),
        Case(
            Expected(len(w.real("man_down", w.month))),
            ("How many workers collapsed this month?", "How many men down did we have this month?"),
            ("本月有几个工人倒地?", "这个月发生过多少次人员倒地?"),
        ),
        Case(
            Expected(len(w.open("no_helmet", w.today))),
            (
                "How many helmet violations today are not verified yet?",
                "Of today's missing helmets, how many are still unverified?",
            ),
            ("今天未戴安全帽的事件有几起还没复核?", "今天还未核实的安全帽违规有多少?"),
        ),
        Case(
            Expected(len(w.real("smoke", w.hours(0, 8, 24)))),
            ("Has there been any smoke since 8 o'clock?", "Any smoke since 8 am?"),
            ("今天8点以来有烟雾吗?", "从今天早上8点到现在有没有冒烟?"),
        ),
        Case(
            Expected(top=w.most("zone", "no_helmet", w.last_week)),
            (
                "In which zone were helmets missing most often last week?",
                "Where did most helmet violations happen last week?",
            ),
            ("上周哪个区域未戴安全帽最多?", "上周安全帽违规最多的是哪个区域?"),
        ),
        Case(
            Expected(w.visits("hall", "reactor", w.yesterday), facts=True),
            (
                "How many visits to the reactor were there yesterday?",
                "How many times was the reactor entered yesterday?",
            ),
            ("昨天反应车间有多少人次进入?", "昨天进入反应车间的人次是多少?"),
        ),
        Case(
            Expected(w.at_once("hall", "reactor", w.today)),
            (
                "What was the highest number of people in the reactor at the same time today?",
                "How many people were in the reactor at most at once today?",
            ),
            ("今天反应车间同时最多有几个人?", "今天反应车间的最高同时在场人数是多少?"),
        ),
        Case(
            Expected(len(w.real("intrusion", w.weekend))),
            (
                "Did anyone enter the forbidden area last weekend?",
                "How many intrusions were there last weekend?",
            ),
            ("上周末有人闯入吗?", "上个周末发生了几次非法闯入?"),
        ),
        Case(
            Expected(w.people("hall", "reactor", w.yesterday, longer=600.0)),
            (
                "How many people stayed longer than 10 minutes in the reactor yesterday?",
                "How many persons were in the reactor for more than ten minutes yesterday?",
            ),
            ("昨天有多少人在反应车间停留超过10分钟?", "昨天在反应车间待了10分钟以上的有几个人?"),
        ),
        Case(
            Expected(w.calls(w.yesterday)),
            (
                "How many calls of the brain were made yesterday?",
                "How often did we ask the large model yesterday?",
            ),
            ("昨天调用了多少次大模型?", "昨天大模型被调用几次?"),
        ),
    ]
