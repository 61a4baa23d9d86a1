"""Further wordings of the sixty questions, one in each language, in the order of `answerable`.

They were written when the grammar was done. Their figures in docs/ask.md are of their first run; the grammar was
mended for them afterwards.
"""

METRO = (
    (
        "Tell me how many passengers took a fall on platform 2 last week and how many received help",
        "上周二号站台上摔倒的有几位,有几位被人帮助?",
    ),
    ("Has anybody been fighting today?", "今天站台上有没有发生打斗?"),
    ("Where were the most bags forgotten yesterday, which camera?", "昨天哪个摄像头发现的遗留包裹最多?"),
    ("Which camera is responsible for the most false positives?", "哪一个摄像头的误报次数最高?"),
    ("Brain bill for this month?", "这个月在大模型上花费多少?"),
    ("How many passengers arrived today from 7:00 to 9:00?", "今天7:00到9:00进站的乘客有多少?"),
    (
        "Give me the number of unique people seen on platform 1 yesterday",
        "昨天在1号站台出现过多少个不同的乘客?",
    ),
    ("Loitering by day, last seven days", "最近7天的逗留次数,按天列出"),
    ("Tailgating today vs yesterday", "对比今天与昨天的逃票"),
    ("Which people climbed the railing on Sunday?", "请列出星期日翻越围栏的人"),
    ("Number of crowds this week that are confirmed", "这个星期已经确认的人群聚集共几起?"),
    ("What was the worst hour for wrong way walking yesterday?", "昨天逆行主要发生在哪个时段?"),
    ("How many minutes was the gates camera offline yesterday?", "昨天闸机相机离线多长时间?"),
    ("How many of Sunday's falls were rejected?", "前天被否定的跌倒有几起?"),
    ("What time was the latest fall at platform 1?", "1号站台最后一次有人跌倒是何时?"),
)
INDUSTRIAL = (
    ("How many workers with no hard hat came into the reactor today?", "今天没带安全帽进反应车间的有几人?"),
    ("Count the missing vests of yesterday", "昨天没穿背心的有几次?"),
    ("Daily number of people in the reactor this week", "本周反应车间每天进入多少人?"),
    ("What is the average stay in the reactor yesterday?", "昨天人员在反应车间的平均停留时长?"),
    ("Were there lone workers last night?", "昨晚有没有人独自作业?"),
    (
        "How often did forklifts get too close to people in the yard last week?",
        "上周院子发生了多少次车离人过近?",
    ),
    ("Man down events this month", "这个月倒地事件有几起?"),
    ("How many of today's helmet violations are still open?", "今天的安全帽违规还有几起待复核?"),
    ("Did we have smoke today after 8 am?", "今天8点之后出现过烟雾没有?"),
    ("Which area had most missing helmets last week?", "上周没戴安全帽最多的是哪个地方?"),
    ("How many reactor visits yesterday?", "昨天反应车间一共进了多少人次?"),
    ("Peak number of people in the reactor today?", "今天反应车间里最多同时有几人?"),
    ("Any intruders over the last weekend?", "上周末发生过入侵吗?"),
    (
        "Yesterday, how many people spent at least 10 minutes in the reactor?",
        "昨天停留超过十分钟的人在反应车间有多少?",
    ),
    ("Number of model calls yesterday", "昨天一共调用大脑多少次?"),
)
RETAIL = (
    (
        "What is the best seller today? And when is it bought most?",
        "今天哪种商品最畅销?主要在什么时段被买走?",
    ),
    ("Was anything stolen yesterday afternoon?", "昨天下午有小偷吗?"),
    ("Queue waits by hour: Monday compared with Tuesday", "周一与周二的平均排队时间,按小时对比"),
    ("How many people walked into the shop today?", "今天进来了多少客人?"),
    ("Number of times cola was picked up this week", "本周可乐拿取次数"),
    ("How many chips were returned to the shelf yesterday?", "昨天放回薯片的次数是多少?"),
    ("Yesterday's mean waiting time in the queue", "昨天排队等候的平均时长是多少?"),
    ("When did most visitors come in yesterday?", "昨天进店人数最多的是哪个小时?"),
    ("How often was each product taken this week?", "这周每种商品各卖了几次?"),
    ("Lingerers at the valuables on 20 March", "3月20日贵重物品区的逗留有几次?"),
    ("Did long lines form yesterday between 5 and 7 pm?", "昨天17:00到19:00出现过几次排队过长?"),
    ("How many distinct shoppers visited the snacks yesterday?", "昨天有几个不同的客人到过零食区?"),
    ("Last week's average time people spent at the valuables", "上周在贵重物品处平均停留多少时间?"),
    ("Show me all takes from yesterday that have been confirmed", "显示昨天已核实的拿取记录"),
    ("How many shoppers left the shop in the past hour?", "过去1小时离店的顾客有几个?"),
)
MOTORWAY = (
    ("How many cars were parked on the shoulder yesterday?", "昨天停在路肩上的车有几辆?"),
    ("Count of ghost drivers this month", "这个月逆行的车有几辆?"),
    ("Was anyone on foot on the road at km 12 today?", "今天km 12有人走上高速吗?"),
    ("How much traffic was there at km 15 yesterday from 7 am to 9 am?", "昨天7点到9点km 15经过多少车?"),
    ("Show vehicles per hour at km 12 for yesterday", "昨天km 12各小时的车流量"),
    ("How many jams did we have on Friday?", "周五发生了几次交通堵塞?"),
    ("How often did debris lie on the road in the past 24 hours?", "过去24个小时有几次路上的散落物?"),
    ("Smoke and fire this month: how many?", "本月着火和冒烟一共几次?"),
    ("Was there fog last week?", "上周有几次起雾?"),
    ("Most stopped vehicles this month: which camera?", "这个月哪个摄像头下停车最多?"),
    ("How do stopped vehicles this week compare to last week?", "停车事件:本周比上周多吗?"),
    ("Number of false alarms yesterday", "昨天一共有多少次误报?"),
    ("Events by type yesterday", "昨天每类事件的数量"),
    ("For how long was nothing watched at km 12 yesterday?", "昨天km 12离线了多长时间?"),
    ("How many alarms in the past 3 days?", "最近三天的报警总数"),
)
HELD_OUT = {"metro": METRO, "industrial": INDUSTRIAL, "retail": RETAIL, "motorway": MOTORWAY}
UNANSWERABLE = (
    ("metro", "How many people nearly fell yesterday?"),
    ("metro", "How many trains were late today?"),
    ("metro", "昨天有多少人差点跌倒?"),
    ("metro", "今天有多少列车晚点?"),
    ("metro", "How many people who fell were carrying bags?"),
    ("industrial", "How many workers wore a yellow helmet today?"),
    ("industrial", "今天戴黄色安全帽的有几人?"),
    ("industrial", "Was the smoke toxic today?"),
    ("industrial", "昨天没戴安全帽也没穿反光衣的有几人?"),
    ("industrial", "How many people were in the reactor without permission?"),
    ("retail", "How much did customers pay today?"),
    ("retail", "今天顾客平均花了多少钱?"),
    ("retail", "Which product should we order more of?"),
    ("retail", "昨天有多少回头客?"),
    ("retail", "How many children came in today?"),
    ("motorway", "How many trucks stopped on the shoulder because of a flat tyre?"),
    ("motorway", "昨天有几辆红色的车停在路肩?"),
    ("motorway", "How many cars exceeded 120 km/h yesterday?"),
    ("motorway", "昨天超速的车有几辆?"),
    ("motorway", "What is the number plate of the car that stopped yesterday?"),
)
