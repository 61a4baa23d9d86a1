"""Fifteen questions about a shop, each in two English and two Chinese wordings, with the truth."""

from bench.accuracy.ask.world import Case, Expected, World


def retail(w: World) -> list[Case]:
    """A shop."""
    lingered = [one for one in w.real("linger", w.on(20)) if one.zone == "valuables"]
    return [
        Case(
            Expected(
                top=w.best_seller(w.today), further_top=w.busiest("take", w.today, w.best_seller(w.today))
            ),
            (
                "What is today's most popular product, and at what hours is it taken most?",
                "Which product sells best today and when do people take it mostly?",
            ),
            ("今日最受欢迎的商品是什么, 主要购买时段?", "今天卖得最好的是哪个商品?什么时段买的人最多?"),
        ),
        Case(
            Expected(len(w.real("take", w.hours(1, 12, 18)))),
            ("Who stole goods yesterday afternoon?", "Did someone shoplift yesterday afternoon?"),
            ("昨天下午谁偷拿了商品?", "昨天下午有人偷东西吗?"),
        ),
        Case(
            Expected(table=w.waits(w.day(1)), other_table=w.waits(w.today)),
            (
                "compare queue waits of Monday and Tuesday by hour",
                "How do waiting times at the till on Monday compare with Tuesday, hour by hour?",
            ),
            ("按小时比较周一和周二的排队等待时间", "周一和周二每小时的排队等候时间对比"),
        ),
        Case(
            Expected(w.passed("in", w.today)),
            ("How many visitors came into the shop today?", "What is today's footfall?"),
            ("今天有多少顾客进店?", "今天的客流量是多少?"),
        ),
        Case(
            Expected(len(w.of_product("take", "cola", w.this_week))),
            (
                "How often was cola taken this week?",
                "How many times did customers take cola off the shelf this week?",
            ),
            ("本周可乐被拿了多少次?", "这周顾客拿了几次可乐?"),
        ),
        Case(
            Expected(len(w.of_product("put_back", "chips", w.yesterday))),
            (
                "How often were chips put back yesterday?",
                "How many times did someone return chips to the shelf yesterday?",
            ),
            ("昨天薯片被放回几次?", "昨天有多少次把薯片放回货架?"),
        ),
        Case(
            Expected(w.mean_wait(w.yesterday)),
            (
                "What was the average queue wait yesterday?",
                "How long did customers wait in line on average yesterday?",
            ),
            ("昨天平均排队多久?", "昨天顾客平均等候多长时间?"),
        ),
        Case(
            Expected(top=w.peak_of_passages("in", w.yesterday)),
            (
                "What was the busiest hour for visitors yesterday?",
                "At which hour did most customers come in yesterday?",
            ),
            ("昨天客流高峰是几点?", "昨天几点进店的人最多?"),
        ),
        Case(
            Expected(table=w.by_product("take", w.this_week)),
            ("Takes per product this week", "Break this week's takes down by product"),
            ("本周各商品被拿取多少次?", "按商品统计本周的拿取次数"),
        ),
        Case(
            Expected(len(lingered)),
            (
                "How many people lingered at the valuables on March 20?",
                "On the 20th of March, how many lingered in front of the valuables?",
            ),
            ("3月20日有多少人在贵重物品前逗留?", "3月20号贵重物品区有几个人徘徊?"),
        ),
        Case(
            Expected(len(w.real("queue", w.hours(1, 17, 19)))),
            (
                "How many long queues were there yesterday from 5 pm to 7 pm?",
                "Between 17:00 and 19:00 yesterday, how often was the queue too long?",
            ),
            ("昨天17点到19点有几次长队?", "昨天下午5点到7点排长队几次?"),
        ),
        Case(
            Expected(w.people("shelves", "snacks", w.yesterday)),
            (
                "How many different people stood at the snacks yesterday?",
                "Distinct customers at the snacks shelf yesterday?",
            ),
            ("昨天零食架前有多少不同的顾客?", "昨天有多少位顾客去过零食区?"),
        ),
        Case(
            Expected(w.dwell("shelves", "valuables", w.last_week)),
            (
                "How long did people stay at the valuables on average last week?",
                "Average dwell time in front of the valuables last week",
            ),
            ("上周贵重物品区平均停留多久?", "上周顾客在贵重物品区平均停留时间"),
        ),
        Case(
            Expected(len(w.confirmed("take", w.yesterday))),
            ("Show the confirmed takes of yesterday", "List yesterday's takes that were confirmed"),
            ("列出昨天已确认的拿取", "给我看昨天确认过的拿取事件"),
        ),
        Case(
            Expected(w.passed("out", w.ago(3600.0))),
            ("How many customers left in the last hour?", "How many people went out during the past hour?"),
            ("过去一小时有多少顾客离开?", "最近一个小时出去了多少人?"),
        ),
    ]
