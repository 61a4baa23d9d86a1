"""Chinese phrases. Text comes in half width; there are no spaces between words."""

from secondsight.ask.grammar.meanings import (
    Meaning,
    PhraseEntry,
    Slot,
    answer,
    bare,
    fillers,
    group,
    kind,
    lacking,
    measure,
    move,
    standing,
)
from secondsight.ask.plan import Direction, EventStanding, GroupBy, Measure

_HELMET = r"(?:安全帽|头盔|帽子)"
_VEST = r"(?:反光背心|反光衣|安全背心|背心|反光马甲)"
_NOT = r"(?:没有?|未|不|忘记?了?)(?:佩|穿)?(?:戴|带|穿)(?:好|上)?"
_BRAIN = r"(?:大模型|大脑|模型|人工智能|ai)"
_GOODS = r"(?:商品|货物|东西|物品)"
_WITHOUT = r"(?:没|未|不)(?:有)?(?:付钱|付款|结账|买单)"
_CAMERA = r"(?:摄像头|相机|摄像机|镜头)"
_VERY = r"(?:最多|最频繁|最高|最常|最严重|最大)"
_EACH = r"(?:各个?|每个?)"
_VEHICLE = r"(?:车辆?|汽车|机动车|小车|卡车|货车)"

KINDS = (
    kind(r"(?:跌倒|摔倒|摔跤|摔了|滑倒|跌到|摔)了?", "fall"),
    kind(r"打(?:过|了|起)?架|斗殴|打斗|互殴", "fight"),
    kind(r"逗留|徘徊|滞留|游荡", "loitering", "linger"),
    kind(r"(?:遗留|遗忘|无人看管的?|丢下的?)(?:的)?(?:包裹|物品|行李|背包|包)|遗留物", "left_bag"),
    kind(r"(?:人群)?聚集|扎堆|人群拥挤", "crowd"),
    kind(r"(?:翻越|攀爬|翻过|爬过|翻(?=栏杆|围栏|护栏|闸机))(?:了)?(?:栏杆|围栏|护栏|闸机)?", "climbing"),
    kind(r"尾随|逃票", "tailgating"),
    kind(r"逆行|反向行走|走反方向", "wrong_way", "wrong_way_vehicle"),
    kind(r"(?:外人)?(?:非法|擅自)?(?:闯入|闯进(?:来|去)?|入侵|侵入)(?:来|去)?|擅自进入", "intrusion"),
    kind(r"奔跑|跑步", "running"),
    kind(r"违规操作|违章操作", "forbidden_operation"),
    kind(r"(?:人员|工人)?(?:倒地|晕倒|倒下|昏倒)", "man_down", "stillness"),
    kind(r"(?:单独|单人|独自|一个人)(?:作业|工作|干活)", "lone_worker"),
    kind(
        r"人车(?:距离)?过近|(?:叉车|车辆?)?差点(?:儿)?(?:碰|撞)(?:到|上|着)?(?:了)?人|(?:叉车|车辆?)(?:离|距)人(?:太|过)近|(?:叉车|车辆?)靠人太近",
        "vehicle_near_person",
    ),
    kind(r"烟雾(?:报警)?|冒烟|浓烟", "smoke"),
    kind(r"火焰|着火|起火|火灾|明火", "fire"),
    PhraseEntry(r"烟火", (Meaning(Slot.KIND, ("fire",)), Meaning(Slot.KIND, ("smoke",)))),
    kind(r"抛洒物|(?:路上的)?(?:散落物|落物|杂物)", "debris"),
    kind(r"滑坡|塌方|落石", "landslide"),
    kind(
        rf"停车(?=事件)?|{_VEHICLE}停(?:在|着|留)|停了?(?={_VEHICLE})|停了?(?=多少辆|几辆)|停(?:在|着)|违停|抛锚|停",
        "stopped_vehicle",
        "stopped",
    ),
    kind(r"拥堵|堵车|交通堵塞|堵塞|堵了几次车|堵", "jam"),
    kind(r"(?:在)?路上走(?:路|动)?|行人(?:上路)?|(?:人|行人)走上(?:公路|马路|高速)", "pedestrian"),
    kind(r"能见度(?:低|差|不足)|低能见度|大雾(?:天气?)?|起雾", "low_visibility"),
    kind(r"(?:拿取|拿走|拿了|取走|取货|拿|购买|买走|买|卖出|卖)(?:了|的)?", "take"),
    PhraseEntry(
        rf"(?:{_GOODS})?(?:被)?(?:偷拿|偷窃|偷走|偷|盗窃|顺走|{_WITHOUT}(?:就)?(?:被)?(?:拿走|拿|带走|带出)?)(?:了)?(?:的)?"
        rf"(?:{_GOODS})?|小偷|失窃",
        (Meaning(Slot.UNPAID), Meaning(Slot.LISTED), Meaning(Slot.OPEN, "if alone")),
    ),
    kind(r"(?:被)?(?:放回|放了回去|归还)(?:货架|原处)?", "put_back"),
    kind(r"(?:排)?长队(?:排了)?|排队过长|队伍过长|排队太长", "queue"),
    lacking(rf"{_NOT}{_HELMET}|{_HELMET}违规|光头作业", "no_helmet"),
    lacking(rf"{_NOT}{_VEST}|{_VEST}违规", "no_vest"),
)
"""What happens."""

PHRASES: tuple[PhraseEntry, ...] = (
    *KINDS,
    measure(r"(?:违规)?事件|违规|报警|告警|警报|事故", Measure.EVENTS),
    PhraseEntry(r"误报(?:警)?", (Meaning(Slot.STANDING, EventStanding.REJECTED),)),
    measure(rf"{_BRAIN}?(?:的)?(?:费用|花费|开销|成本|花了|花|用了)(?:多少钱)?|多少钱", Measure.COST),
    measure(rf"调用(?:了)?|{_BRAIN}(?:被)?调用|(?:请教|询问|问)(?:了|过)?{_BRAIN}", Measure.CALLS),
    measure(
        r"(?:结账|付款|收银)?(?:时)?(?:平均)?(?:要|需要?)?等(?:待|候)?(?:多久|多长时间|多少时间)",
        Measure.WAIT,
    ),
    measure(r"(?:平均)?排(?:了)?(?:多久|多长时间)(?:的)?队", Measure.WAIT),
    measure(r"(?:平均)?(?:排队|等候|等待){1,2}(?:的)?(?:平均)?(?:时间|时长|多久|多长时间)?", Measure.WAIT),
    measure(
        r"(?:平均|人均)?(?:停留|逗留|[待呆站]了?)(?:的)?(?:平均)?(?:时间|时长|多久|多长时间|多少时间)|"
        r"(?:平均|人均)停留",
        Measure.DWELL,
    ),
    measure(
        r"人最多的?时(?:候|刻)?|(?:同时|同一(?:时间|时刻))(?:在场)?(?:里)?最多|最多同时|(?:最高|最大)?同时在场(?:的)?(?:人数)?|同时在场",
        Measure.AT_ONCE,
    ),
    measure(r"客流量?|人流量?|车流量?|流量|(?:经过|通过)的?车辆数", Measure.PASSAGES),
    measure(
        r"看不见|看不到|失明|没有(?:被)?(?:监控|监视|画面)|没被监控|停机|坏了?|断了?|黑了|离线|掉线|断线|黑屏|无画面|没有工作",
        Measure.UNSEEN,
    ),
    measure(r"总?人次", Measure.VISITS),
    PhraseEntry(r"(?:进站|进店|入店|进入)人数", (Meaning(Slot.MOVE, Direction.IN), Meaning(Slot.PEOPLE))),
    *bare(Slot.PEOPLE, r"大家|人员|人数|人|工人|乘客|旅客|员工|顾客|客人|访客"),
    PhraseEntry(r"不同|去重后?|去掉重复的?", (Meaning(Slot.PEOPLE, "distinct"),)),
    *bare(Slot.VEHICLES, _VEHICLE, r"辆"),
    move(r"进(?:入|来|站|店|场|门|到|去)?(?:了|过)?|入(?:店|站|场)", Direction.IN),
    move(r"逛(?:过|了)?", Direction.IN),
    move(
        r"离(?:开|店|站|场)(?:了)?|出(?:去|来|站|店|门|场)(?:了)?|走出(?:了)?|走了(?=多少|几)", Direction.OUT
    ),
    move(r"通过|经过|穿过|驶过", None),
    *bare(Slot.MANY, r"多少|几|统计|数量|数目|总数"),
    *bare(Slot.TIMES, r"(?:多少|几)(?:次|起|回)|次数|次|起(?=$|吗|的)"),
    *bare(Slot.EXISTS, r"吗|有没有|是否|么|没有(?=$)"),
    *bare(Slot.LISTED, r"列出|列举|显示|展示|给我看(?:看|一下)?|看看|谁|哪些"),
    PhraseEntry(
        r"(?:究竟|到底|都)?发生了?什么(?:事情?)?|怎么回事|(?:请)?描述(?:一下)?",
        (Meaning(Slot.OPEN), Meaning(Slot.LISTED)),
    ),
    PhraseEntry(r"人群"),
    PhraseEntry(r"(?:早|晚)高峰(?=\D{0,2}(?:\d|[一二两三四五六七八九十]+点))"),
    *bare(
        Slot.OPEN,
        r"(?:究竟|到底)?(?:为什么|为何|为啥|怎么会)|(?:是)?什么原因|有没有人(?:在|去|来)?(?:帮忙|"
        r"帮助)(?:他|她|他们)?|有人(?:在|去|来)(?:帮忙|帮助)(?:他|她|他们)?|"
        r"(?:他们|人们|这些人|人群)?(?:在|都)?(?:做|干)(?:了|些)?什么",
    ),
    *bare(Slot.WHEN, r"什么时候|何时|什么时间|几点(?:钟)?|的时间"),
    *bare(Slot.LAST, r"最近一次|上一次|最后一次|上次|最近的"),
    standing(r"(?:已经?|经复核|复核)?(?:确认|核实|属实)(?:过)?(?:的)?|真实的?", EventStanding.CONFIRMED),
    standing(
        r"(?:还|尚)?(?:没有?|未|待)(?:被)?(?:复核|核实|确认|验证|审核)(?:的)?", EventStanding.UNVERIFIED
    ),
    standing(r"(?:被)?(?:否定|驳回|排除)(?:的)?|是?假的|误判|虚警|假警报", EventStanding.REJECTED),
    answer(
        r"(?:得到|获得|有)(?:了)?(?:人)?(?:的)?(?:帮助|救助|帮忙)|(?:被)?(?:人)?(?:帮助|救助|帮忙)(?:了)?|有人帮忙",
        "helped",
    ),
    answer(r"受伤", "hurt"),
    group(rf"{_EACH}(?:小时|时段|钟头)|(?:按|逐)小时", GroupBy.HOUR),
    group(r"每天|每日|按天|逐日|按日|各天", GroupBy.DAY),
    group(rf"(?:{_EACH}|按){_CAMERA}", GroupBy.CAMERA),
    group(rf"(?:{_EACH}|按)(?:区域|地点)", GroupBy.ZONE),
    group(rf"(?:{_EACH}|每种|每样|各种|按)(?:商品|产品|货品)", GroupBy.PRODUCT),
    group(rf"(?:{_EACH}|按)规则", GroupBy.RULE),
    group(r"各类|各种|按(?:类型|种类|类别)|每种|每类", GroupBy.KIND),
    group(
        r"(?:哪个|什么|哪些|主要|哪一个)(?:的)?(?:时段|小时|时间段)|主要(?:购买)?时段|主要(?:在|"
        r"是)?(?:几点|什么时候|什么时间)|高峰(?:时段|期|小时)?",
        GroupBy.HOUR,
        top=True,
    ),
    group(r"(?:哪|那)(?:一)?天", GroupBy.DAY, top=True),
    group(
        rf"(?:哪|那)(?:一)?[个台部]?{_CAMERA}|{_CAMERA}是哪(?:一)?[个台部]",
        GroupBy.CAMERA,
        top=True,
    ),
    group(
        r"(?:哪|那)(?:一)?个?(?:区域|地方|地点)|哪里|(?:区域|地方)是哪(?:一)?个|什么地方",
        GroupBy.ZONE,
        top=True,
    ),
    group(r"(?:哪|那)(?:一)?(?:类|种)(?:事件|报警)?", GroupBy.KIND, top=True),
    PhraseEntry(
        r"最(?:受欢迎|畅销|热门|热卖|好卖)的(?:商品|产品|货品)(?:是(?:什么|哪(?:一)?[种个]))?|"
        r"卖得最好的(?:是)?(?:哪个)?(?:商品|产品)?|畅销品|(?:哪|那)(?:一)?(?:种|"
        r"个)(?:商品|产品)(?:最(?:畅销|受欢迎|热门|好卖)|卖得最好)",
        (Meaning(Slot.GROUP, GroupBy.PRODUCT), Meaning(Slot.TOP), Meaning(Slot.KIND, ("take",))),
    ),
    group(r"(?:哪|那)(?:一)?(?:个|种)(?:商品|产品|货品)", GroupBy.PRODUCT, top=True),
    *bare(Slot.TOP, _VERY),
    *bare(
        Slot.COMPARE,
        r"(?:做个|做一下)?(?:比较|对比)(?:一下)?|相比|比(?:一下|一比|怎么样|如何)?",
    ),
    *bare(Slot.BRAIN, _BRAIN),
    *bare(Slot.MEAN, r"平均"),
    *bare(Slot.HOW_LONG, r"多久|多长时间|多少分钟|多少时间|多少小时"),
    *bare(Slot.THOSE, r"其中|它们|他们|这些|那些|呢"),
    *fillers(
        "件 "
        "你好 您好 麻烦 劳驾 帮我 查 查一下 查查 想知道 我想知道 告诉我 一下 分别 到目前为止 到现在为止 目前 属于 就 "
        "大概 大约 差不多 用过 使用过 列一下 加起来 合计 报了 报过 那边 那儿 呆 呆了 附近 旁边 "
        "路面 路面上 看到 看到过 拍到 的 了 是 在 有 啊 请问 请 一共 总共 共 个 位 名 把 被 和 与 跟 及 "
        "或者 或 里面 里 上 前面 前 中 "
        "区域 区 处 内 那 这 时 到 给 我 我们 都 还 也 发生 出现 发现 检测到 记录 架 货架 摄像头 相机 "
        "摄像机 画面 店里 店 镜头 路 站 各有 过 去 来 且 并 多 什么 数 段 次数 情况 哪个 是多少 从 停留 待 "
        "待了 各 下 主要"
    ),
)
