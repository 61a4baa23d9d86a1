"""The sixty questions as strangers would put them: politely, in a hurry, with typing errors, in another order.

One wording in each language for each question, in the order of `answerable`. They were written before the grammar was
run on them; docs/ask.md has the figures of that first run. The grammar was mended for kinds of wordings afterwards.
"""

METRO = (
    (
        "hi, could you tell me how many people took a tumble on platfrom 2 last week, and how many of them "
        "were helped?",
        "麻烦查一下,上周在2号站台摔倒的乘客有多少名,其中多少名有人帮助?",
    ),
    ("Any scuffles so far today?", "请问今天到现在为止有没有打架的?"),
    (
        "Yesterday's abandoned luggage: which cam saw the most?",
        "昨天哪台摄像机看到的无人看管行李最多?",
    ),
    ("Which of the cameras gives us the most false alarms?", "误报最多的摄像头是哪一台?"),
    (
        "How high is our spending on the large model since the beginning of the month?",
        "月初以来大模型一共花了多少钱?",
    ),
    ("Between 7 and 9 am today, how many commuters entered?", "今早7点至9点之间进站的有多少人?"),
    (
        "I'd like to know the number of individual people on platform 1 yesterday",
        "想知道昨天1号站台有多少个不同的乘客",
    ),
    ("Please list daily loitering for the past week", "近7天每日的徘徊次数分别是多少?"),
    ("Were there more tailgaters today than yesterday?", "今天逃票的比昨天多吗?"),
    ("Who jumped over the barriers last Sunday?", "上周日有哪些人翻越栏杆?"),
    ("How many crowds have been confirmed since Monday?", "周一以来确认了几起人群聚集?"),
    (
        "At what time of day did most people go the wrong way yesterday?",
        "昨天哪个小时反向行走的最多?",
    ),
    (
        "How long did we get no picture from the gates camera yesterday?",
        "昨天闸机的摄像头黑屏了多长时间?",
    ),
    ("Of the falls on Sunday, how many were false alarms?", "前天的摔倒报警中有几次属于误报?"),
    ("Most recent fall on platform 1, please?", "麻烦告诉我1号站台上次有人摔倒的时间"),
)
INDUSTRIAL = (
    (
        "How many staff members went into the reactor hall without hard hats today?",
        "今天没有佩戴安全帽就进反应车间的工人有多少?",
    ),
    ("Missing hi-vis vests yesterday?", "昨天不穿反光背心的情况有多少次?"),
    (
        "For every day of this week, how many people entered the reactor?",
        "这个星期反应车间每天来了多少人?",
    ),
    (
        "On average, how much time did people spend in the reactor yesterday?",
        "昨天大家在反应车间平均待多长时间?",
    ),
    ("Did anybody work on their own last night?", "昨天夜里有没有人一个人干活?"),
    (
        "Last week in the yard, how often did a forklift drive too close to somebody?",
        "上星期院子里车辆离人太近的情况出现了几次?",
    ),
    ("Number of collapsed workers since the start of the month", "本月以来有多少工人晕倒?"),
    (
        "How many of the helmet cases of today have not been checked yet?",
        "今天安全帽违规里,还没核实的有几起?",
    ),
    (
        "Has smoke been detected today after eight in the morning?",
        "今天早上八点之后有没有检测到烟雾?",
    ),
    (
        "In what area do we have the most helmet offences last week?",
        "上周没戴安全帽的情况哪里最多?",
    ),
    ("Total visits in the reactor yesterday", "昨天反应车间的总人次?"),
    (
        "What's the maximum number of people who were in the reactor simultaneously today?",
        "今天反应车间里同一时间最多有多少人?",
    ),
    ("Were there any trespassers at the weekend?", "上周末有外人闯进来吗?"),
    (
        "How many people remained in the reactor for over 10 minutes yesterday?",
        "昨天有几个人在反应车间呆了十分钟以上?",
    ),
    ("How often was the AI consulted yesterday?", "昨天一共请教了大模型几次?"),
)
RETAIL = (
    (
        "Which item is the most popular today, and what are its peak hours?",
        "今天最热卖的商品是哪种?主要在几点买?",
    ),
    ("Did anybody steal something yesterday afternoon?", "昨天下午有没有顾客偷东西?"),
    (
        "Mondays queue waiting times versus Tuesdays, per hour please",
        "请把周一和周二的排队等待时间按小时做个对比",
    ),
    ("How many shoppers have come in so far today?", "今天到目前为止进店的顾客人数?"),
    ("This week: how often did people grab a cola?", "这个礼拜可乐被人拿走几次?"),
    ("How many times were chips put back on the shelf yesterday?", "昨天薯片被顾客放回货架多少次?"),
    ("Yesterday, what was the typical wait at the checkout?", "昨天结账平均要等多久?"),
    ("When were we busiest yesterday?", "昨天什么时候进店的客人最多?"),
    ("Takes this week, grouped by product", "这周每种商品分别被拿了多少次?"),
    (
        "How many people were hanging about the valuables on the 20th of March?",
        "3月20日在贵重物品附近徘徊的有几个?",
    ),
    (
        "Number of times the line got too long between 5pm and 7pm yesterday",
        "昨天下午五点至七点之间队伍过长的情况有几次?",
    ),
    (
        "How many individual customers had a look at the snacks yesterday?",
        "昨天逛过零食区的不同顾客有几位?",
    ),
    (
        "What was the average stay at the valuables last week?",
        "上周顾客在贵重物品前面平均逗留多久?",
    ),
    ("Could you show me yesterdays confirmed takes?", "请展示昨天被确认的拿取"),
    ("How many clients walked out in the last 60 minutes?", "最近60分钟走出店的顾客有多少?"),
)
MOTORWAY = (
    ("How many cars pulled over on the shoulder yesterday?", "昨天停到路肩上的车辆有多少?"),
    (
        "How many cars went the wrong way since the 1st of this month?",
        "这个月以来逆行的车辆共有几辆?",
    ),
    ("Did you see any pedestrian at km 12 today?", "今天在km 12看到过行人吗?"),
    (
        "Yesterday from 7 to 9, how many cars drove past km 15?",
        "昨天早上7点至9点有多少车辆驶过km 15?",
    ),
    ("Show me the traffic at km 12 yesterday, hour by hour", "昨天km 12的车流量,逐小时"),
    ("How many times was there congestion last Friday?", "周五路上一共堵了几回?"),
    (
        "How often were there objects on the road during the last 24 hrs?",
        "24小时内路面上出现抛洒物几次?",
    ),
    ("How many smoke and fire alerts did we get this month?", "这个月的火灾和烟雾报警一共有几起?"),
    ("How many times was it foggy last week?", "上周大雾几次?"),
    (
        "Which camera has seen the most broken down vehicles this month?",
        "本月停车事件最多的是哪台摄像头?",
    ),
    ("Stopped vehicles: this week vs last week", "停车事件,这周和上周比一下"),
    ("How many alerts were wrong yesterday?", "昨天误报了多少起?"),
    (
        "What kinds of events did we have yesterday, and how many of each?",
        "昨天各类事件分别有多少起?",
    ),
    ("How long was the km 12 camera out of order yesterday?", "昨天km 12的摄像头坏了多久?"),
    ("How many alerts were there over the last three days?", "这三天总共有多少报警?"),
)
STRANGERS = {"metro": METRO, "industrial": INDUSTRIAL, "retail": RETAIL, "motorway": MOTORWAY}
UNANSWERABLE = (
    ("metro", "hello, how many people fell on platform 3 last week?"),
    ("metro", "Could you tell me why the trains were late yesterday?"),
    ("metro", "How many people over 60 fell since the beginning of the month?"),
    ("metro", "麻烦查一下昨天有几个老人摔倒"),
    ("metro", "月初以来有几次地铁晚点?"),
    ("industrial", "How many staff members were late for work today?"),
    ("industrial", "How high is the temperature in the reactor hall?"),
    ("industrial", "今天大家的平均工资是多少?"),
    ("retail", "How many clients will walk in tomorrow?"),
    ("retail", "How many people had a look at the snacks but took nothing yesterday?"),
    ("retail", "昨天逛过零食区又没买东西的顾客有几位?"),
    ("motorway", "How many cars pulled over because of the fog yesterday?"),
    ("motorway", "What is the name of the driver who went the wrong way yesterday?"),
    ("motorway", "昨天km 12的摄像头坏了是谁修的?"),
)
LATER = {
    "metro": (
        (
            "Good morning! On platform 2 last week, how many passengers had a fall and how many of these got help?",
            "你好,上周2号站台有多少旅客跌倒?其中有多少得到了帮助?",
        ),
        ("Was there a fight today?", "今天站里打过架吗?"),
        (
            "Where do we have the most unattended bags yesterday - which camera?",
            "昨天丢下的包最多的是哪台相机?",
        ),
        ("Which camera produces the most false alerts?", "哪台摄像机的误报率最高?"),
        ("What's the AI bill this month so far?", "这个月到目前为止大模型的开销?"),
    ),
    "industrial": (
        (
            "Number of workers entering the reactor today with no helmet on?",
            "今天进反应车间时没戴好安全帽的人有几位?",
        ),
        ("How many folks forgot their safety vest yesterday?", "昨天忘记穿反光衣的有几次?"),
        ("Daily headcount of the reactor, this week", "本周反应车间每天的人数是多少?"),
        ("Mean time spent in the reactor yesterday?", "昨天反应车间人均逗留时长?"),
        ("Anyone working alone during last night's shift?", "昨晚是否有人独自工作?"),
    ),
    "retail": (
        (
            "Today's top seller, and when do people buy it most?",
            "今天哪个商品卖得最多?一般几点卖得最多?",
        ),
        ("Any thefts yesterday afternoon?", "昨天下午店里有没有东西被偷?"),
        ("Compare Monday's and Tuesday's queue waits hour by hour", "周一跟周二每小时排队等待对比一下"),
        ("How many people have walked through the door into the shop today?", "今天一共进来多少顾客?"),
        ("How many colas were taken from the shelf this week?", "这周可乐一共被取走多少次?"),
    ),
    "motorway": (
        ("How many vehicles came to a stop on the shoulder yesterday?", "昨天在路肩停下的车有多少辆?"),
        ("Count the wrong-way vehicles of this month", "本月逆行车辆有多少?"),
        ("Has anyone been walking along the road at km 12 today?", "今天km 12有没有人在路上走?"),
        (
            "Yesterday's number of vehicles at km 15 from 7am until 9am",
            "昨天7点到9点之间经过km 15的车有几辆?",
        ),
        ("Traffic per hour at km 12, yesterday", "昨天km 12每个小时过了多少车?"),
    ),
}
"""Of the first five questions of each site, written after the grammar had been mended for the others."""

NEWEST: dict[str, tuple[tuple[str, str], ...]] = {
    "metro": (
        (
            "This morning's rush from seven to nine: how many passengers walked in?",
            "今天早高峰七点到九点一共进来了多少乘客?",
        ),
        (
            "Roughly how many separate people used platform 1 yesterday?",
            "昨天用过1号站台的不同乘客大概有多少?",
        ),
        (
            "Give me a day-by-day breakdown of loitering over the last seven days",
            "把最近一周的徘徊情况按天列一下",
        ),
        (
            "Did we have more fare dodgers today compared to yesterday?",
            "跟昨天相比,今天逃票的人是多了还是少了?",
        ),
        ("List everyone who climbed over the barrier last Sunday", "把上周日翻栏杆的都列出来"),
    ),
    "industrial": (
        (
            "How many close calls between forklifts and people did the yard have last week?",
            "上周院子里叉车差点碰到人的情况有几次?",
        ),
        ("This month, how many workers have collapsed so far?", "这个月到目前有几名工人倒下?"),
        (
            "Of today's helmet violations, how many still need checking?",
            "今天没戴安全帽的报警里还有几起没复核?",
        ),
        ("Any smoke alarm since 8 am today?", "今天8点以后有过烟雾报警吗?"),
        ("Where did most people go without helmets last week?", "上周哪个区域没戴安全帽的最多?"),
    ),
    "retail": (
        ("Chips that were returned to the shelf yesterday: how many times?", "昨天顾客把薯片放回去了几次?"),
        ("What was the mean waiting time at the tills yesterday?", "昨天收银台那边平均排了多久的队?"),
        ("Which hour of yesterday was the busiest?", "昨天店里几点人最多?"),
        ("How often was each product taken this week?", "这周每样商品各被拿了几次?"),
        ("On March 20, how many people lingered near the valuables?", "3月20号有几个人在贵重物品那里徘徊?"),
    ),
    "motorway": (
        ("Number of traffic jams on Friday", "周五堵车堵了几次?"),
        ("In the past 24 hours, how many times was debris reported?", "过去24小时报了几次抛洒物?"),
        ("Total of fire and smoke alarms for this month?", "这个月火灾和烟雾报警加起来多少起?"),
        ("How many fog events did we see last week?", "上周出现了几次大雾天气?"),
        (
            "Which camera recorded the largest number of stopped vehicles this month?",
            "这个月哪个摄像头拍到的停车最多?",
        ),
    ),
}
"""Of the sixth to tenth question of each site, written after all the others."""

LAST: dict[str, tuple[tuple[str, str], ...]] = {
    "metro": (
        ("Crowds this week that were verified as real: how many?", "这周核实过的人群聚集一共几起?"),
        (
            "What time of day yesterday saw the most people walking the wrong way?",
            "昨天哪个时段逆行的最多?",
        ),
        ("For how long yesterday did the gates camera see nothing?", "昨天闸机那个镜头黑了多长时间?"),
        ("How many of Sunday's fall alarms turned out to be false?", "前天的跌倒报警里有几个是假的?"),
        ("When did somebody last fall over on platform 1?", "1号站台上一次有人摔倒是几点?"),
    ),
    "industrial": (
        ("How often did people go into the reactor yesterday?", "昨天进反应车间一共多少人次?"),
        (
            "What was today's peak number of people inside the reactor at once?",
            "今天反应车间里人最多的时候有多少人?",
        ),
        ("Any trespassers over the last weekend?", "上个周末有没有人擅自闯进来?"),
        (
            "Yesterday, how many workers spent over ten minutes in the reactor?",
            "昨天在反应车间待了十分钟以上的有几个人?",
        ),
        ("How often did we call the large model yesterday?", "昨天一共问了大模型几次?"),
    ),
    "retail": (
        (
            "Between 5 and 7 yesterday evening, how often did the queue get too long?",
            "昨天傍晚五点到七点排长队排了几次?",
        ),
        (
            "How many individual customers looked at the snacks yesterday?",
            "昨天在零食那儿停过的顾客去掉重复的有几位?",
        ),
        ("Last week's average time spent in front of the valuables?", "上周顾客在贵重物品前平均站了多久?"),
        ("Show me which takes were confirmed yesterday", "昨天哪些拿取是确认过的,给我看看"),
        ("How many shoppers walked out during the past hour?", "最近一个小时走了多少顾客?"),
    ),
    "motorway": (
        ("How does this week compare with last week for stopped vehicles?", "这周停车的情况和上周比怎么样?"),
        ("How many of yesterday's alarms were wrong?", "昨天报错了几次?"),
        ("Give me yesterday's events broken down by type", "昨天的事件按类型分别是多少?"),
        ("How much of yesterday did the km 12 camera miss?", "昨天km 12断了多久?"),
        ("Total number of events over the past three days", "这三天总共发生了多少事件?"),
    ),
}
"""Of the last five questions of each site, written last of all and before the grammar was read."""
