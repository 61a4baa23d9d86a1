"""English phrases."""

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

_HELMET = r"(?:safety |hard )?(?:helmets?|hats?|hard ?hats?)"
_VEST = r"(?:(?:safety|reflective|hi ?vis|high visibility) )?vests?"
_BRAIN = r"(?:the )?(?:brain|(?:large |big |vision )?(?:language )?model|ai|second look)"
_GOING = r"(?:(?:go(?:es|ing)?|went|walk(?:s|ed)?|work(?:s|ed)?) )?"
_VIOLATIONS = r"(?:violations?|offences?|breaches|cases?|problems?|issues?)"
_BARRIER = r"(?:barriers?|fences?|railings?|gates?|turnstiles?)"
_CAMERAS = r"(?:cam(?:era)?s?)"
_GOODS = r"(?:goods|things|anything|something|products?|items?|articles?|stuff)"
_CARRIED = (
    r"(?:t(?:oo|a)k(?:e|en|es|ing)?|carr(?:y|ied)|le(?:ft|ave|aves|aving)(?: (?:the (?:shop|store)|with))?)"
)
_WITHOUT = r"without (?:paying|payment|being paid)(?: for)?(?: (?:it|them))?"
_VERY = r"(?:most often|most frequently|most|mostly|best|the most)"
_EVERY = (
    r"(?:(?:grouped |split |sorted |separated |broken |break )?(?:down )?(?:per|by)|for each|of each|"
    r"each|every|for every|in each|at each|on each)"
)

KINDS = (
    kind(
        r"falls?|fell|fallen|falling|(?:fall|fell|fallen) (?:down|over)|slipped|tripped|tumbled?|(?:took|"
        r"take|taking) a (?:fall|tumble)",
        "fall",
    ),
    kind(
        r"fights?|fought|fighting|(?:a )?brawls?(?: br(?:eak|oke) out)?|scuffles?|(?:a )?fight(?:s)? "
        r"br(?:eak|oke) out",
        "fight",
    ),
    kind(r"loiter(?:s|ed|ing|ers?)?|h(?:a|u)ng(?:ing)? (?:around|about)", "loitering", "linger"),
    kind(r"linger(?:s|ed|ing|ers?)?", "linger", "loitering"),
    kind(
        r"(?:left|abandoned|unattended|forgotten) (?:behind )?(?:bags?|luggage|items|suitcases?)|"
        r"bags? (?:were |was )?(?:left behind|left|forgotten|abandoned)|left luggage",
        "left_bag",
    ),
    kind(r"crowds?|gatherings?|crowding|people gathered|overcrowding", "crowd"),
    kind(
        rf"climb(?:s|ed|ing|ers?)?(?: events?|(?: over)?(?: the {_BARRIER})?)?|"
        rf"jump(?:ed|s|ing)? (?:over )?the {_BARRIER}",
        "climbing",
    ),
    kind(
        r"tailgat(?:e|es|ed|ing|ers?)|fare (?:dodg(?:ing|ers?)|evasion|evaders?)|follow(?:ed)? (?:others )?through",
        "tailgating",
    ),
    kind(
        r"wrong way (?:walkers?|walking)|wrong way|(?:walk|walked|go|went|going|walking) (?:in )?the "
        r"wrong (?:way|direction)|"
        r"walk(?:ed|ing|s)? the wrong way",
        "wrong_way",
        "wrong_way_vehicle",
    ),
    kind(
        r"wrong way (?:drivers?|vehicles?|driving|cars?)|ghost drivers?|"
        r"(?:dr(?:o|i)ve|driving|drove|go|went) (?:against the traffic|the wrong way|in the wrong direction)",
        "wrong_way_vehicle",
        "wrong_way",
    ),
    kind(
        r"intru(?:sions?|ders?|ded?)|trespass(?:ed|es|ers?|ing)?|break ins?|unauthori[sz]ed (?:entry|entries|access)|"
        r"(?:enter|entered|went into|in) (?:the |a )?(?:forbidden|restricted|closed) (?:area|zone)",
        "intrusion",
    ),
    kind(r"runners?|running|ran", "running"),
    kind(r"removed objects?|objects? (?:were |was )?removed", "removed_object"),
    kind(r"forbidden operations?", "forbidden_operation"),
    kind(
        r"m(?:a|e)n down|(?:workers? )?collaps(?:e|ed|es|ing)|lying on the (?:ground|floor)",
        "man_down",
        "stillness",
    ),
    kind(
        r"lone work(?:ers?|ing)|work(?:ed|ing|s)? (?:alone|by (?:him|her|them)sel(?:f|ves)|on (?:his|her|their) own)",
        "lone_worker",
    ),
    kind(
        r"near misses|near miss(?: events?)?|close calls?(?: between (?:forklifts?|vehicles?|trucks?) and "
        r"(?:people|persons|workers))?|"
        r"(?:a )?(?:vehicles?|forklifts?|cars?|trucks?) (?:came|come|comes|coming|drove|drive|drives|"
        r"driving|got|get|gets|was|were) too (?:close|near) to "
        r"(?:a |the )?(?:person|people|persons|somebody|someone|anybody|anyone|workers?)|"
        r"vehicles? near (?:people|persons?)|"
        r"near misses between (?:forklifts?|vehicles?|trucks?) and (?:people|persons|workers)",
        "vehicle_near_person",
    ),
    kind(r"smoke(?: alarms?| events?)?|smok(?:ing|y)", "smoke"),
    kind(r"fires?|flames?|burn(?:s|ed|ing|t)?|fire (?:alarms?|events?)", "fire"),
    kind(
        r"debris|(?:lost )?(?:objects?|things?|items?|cargo) (?:lying |lie )?on the (?:road|motorway|lanes?)",
        "debris",
    ),
    kind(r"landslides?|rock ?falls?", "landslide"),
    kind(
        r"(?:stopped|standing|stationary|parked|broken down) (?:vehicles?|cars?|trucks?)|"
        r"(?:vehicles?|cars?|trucks?) (?:that |which )?(?:have |has |had |were |was |are )?(?:pull(?:ed|"
        r"s)? over|stop(?:ped|"
        r"s)?|stood|stand(?:ing|s)?|park(?:ed)?|broke down|came to a (?:stop|halt))|"
        r"breakdowns?",
        "stopped_vehicle",
        "stopped",
    ),
    kind(r"(?:traffic )?jams?|traffic (?:was |is )?jammed|congestions?|jammed", "jam"),
    kind(
        r"pedestrians?(?: on the (?:road|motorway|lanes?))?|(?:people|persons?) on the (?:road|motorway)|"
        r"walk(?:ed|ing|s)? (?:on|along) the (?:road|motorway|lanes?)|on foot(?: on the (?:road|motorway))?",
        "pedestrian",
    ),
    kind(
        r"(?:low|poor|bad) visibility(?: events?)?|visibility (?:was |is )?(?:low|poor|bad)|fog|"
        r"(?:(?:was |is )?it (?:was |is )?)?fogg?y",
        "low_visibility",
    ),
    kind(
        r"take[ns]?|took|taking|pick(?:s|ed)?(?: up)?|grab(?:s|bing)?|reach(?:ed|es)? into|grabbed|bought|"
        r"buy|purchased?|sold|"
        r"(?:take|took|taken|takes) (?:off|from) the shel(?:f|ves)",
        "take",
    ),
    PhraseEntry(
        rf"st(?:ole|olen|eal|eals|ealing)(?: {_GOODS})?|shoplift(?:ed|ing|ers?|s)?|thefts?|thie(?:f|ves)|"
        rf"(?:{_GOODS} )?(?:were |was |got )?{_CARRIED} (?:{_GOODS} )?(?:out )?{_WITHOUT}|"
        rf"unpaid(?: for)?(?: {_GOODS})?(?: (?:that )?(?:were |was )?(?:left the (?:shop|store)|carried out|taken))?",
        (Meaning(Slot.UNPAID), Meaning(Slot.LISTED), Meaning(Slot.OPEN, "if alone")),
    ),
    kind(r"put(?:s|ting)? back|put backs|return(?:ed|s|ing)?(?: to the shel(?:f|ves))?", "put_back"),
    kind(
        r"(?:long|too long) (?:queues?|lines)|(?:queues?|lines?) (?:was |were |is |are |gets? |got |"
        r"getting |bec(?:a|o)me )?too long|queue "
        r"(?:events?|alarms?)",
        "queue",
    ),
    lacking(
        rf"{_GOING}(?:without|lacking|not wearing|with no|no|missing) "
        rf"(?:a |an |their |any )?{_HELMET}|bare ?headed|"
        rf"{_HELMET} {_VIOLATIONS}|{_HELMET} (?:were |was )?missing|missing {_HELMET}",
        "no_helmet",
    ),
    lacking(
        rf"{_GOING}(?:without|lacking|not wearing|with no|no|missing) "
        rf"(?:a |an |their |any )?{_VEST}|"
        rf"{_VEST} {_VIOLATIONS}|{_VEST} (?:were |was )?missing|missing {_VEST}",
        "no_vest",
    ),
)
"""What happens."""

PHRASES: tuple[PhraseEntry, ...] = (
    *KINDS,
    measure(r"events?|incidents?|alarms?|alerts?|alarm events?|detections?", Measure.EVENTS),
    measure(
        rf"(?:costs?|expenses?|spending|price|bill)(?: (?:of|for|on) {_BRAIN})?|{_BRAIN} (?:costs?|expenses|bill)|"
        rf"(?:spent|spend|paid|pay)(?: (?:on|for) {_BRAIN})",
        Measure.COST,
    ),
    measure(
        rf"calls?(?: (?:of|to) {_BRAIN})?(?: (?:were |was )?made)?|(?:ask(?:ed)?|call(?:ed)?|"
        rf"consult(?:ed)?|quer(?:y|ied)) {_BRAIN}|"
        rf"{_BRAIN} calls?|{_BRAIN} (?:was |is )?(?:asked|called|consulted|used)",
        Measure.CALLS,
    ),
    measure(
        r"(?:(?:average|mean|typical) )?(?:queue|queu(?:e)?ing|wait|waiting)(?: (?:waits?|times?|waiting times?))+|"
        r"(?:average|mean|typical) (?:queue )?waits?(?: at the (?:checkouts?|cashiers?|counters?))?|"
        r"(?:(?:average|mean) )?wait(?:ing)?(?: times?)?(?: in "
        r"(?:the |a )?(?:queue|line))|(?:average|mean) wait(?:ing)?(?: time)?|waits|"
        r"how long (?:did |do |does |must )?(?:people |customers |shoppers |visitors |passengers |they )?"
        r"(?:have to |had to )?(?:wait|queue|stand)(?:ed|d)?(?: in (?:the )?(?:line|queue))?(?: on average)?",
        Measure.WAIT,
    ),
    measure(
        r"how (?:long|much time) (?:did |do |does )?"
        r"(?:people |customers |visitors |workers |they |shoppers |passengers |persons )?"
        r"(?:stay|remain|spend|dwell|linger)(?:ed)?|(?:(?:average|mean|typical) )?(?:dwell|stay|visit) "
        r"(?:times?|durations?|lengths?)|"
        r"(?:average|mean) (?:dwell|stay)|dwell|(?:average|mean) time (?:that )?(?:people|customers|"
        r"visitors|workers) (?:spent|spend|stayed)|(?:average|mean|typical) time spent",
        Measure.DWELL,
    ),
    measure(
        r"(?:highest|largest|biggest|greatest|maximum|peak|max) (?:number|count) of (?:people|persons|"
        r"workers|visitors|customers)(?: who| that)?|"
        r"(?:at most )?at (?:once|the same (?:time|moment))|simultaneously|peak occupancy|(?:maximum|"
        r"highest|peak) occupancy|at most(?: at once)?",
        Measure.AT_ONCE,
    ),
    measure(
        r"footfall|traffic(?: (?:count|volume|flow))?|vehicle counts?|visitor (?:numbers?|counts?)|"
        r"passages?|throughput",
        Measure.PASSAGES,
    ),
    measure(
        r"how long (?:was|were|is|has) (?=.* (?:blind|down|off|offline|not watched|unwatched|not running|dark|out))|"
        r"blind|offline|not watched|nothing (?:was )?watched|unwatched|not (?:running|working|recording)|"
        r"blind(?:ness)? time|outages?|down ?time|"
        r"(?:no|without(?: any)?) (?:pictures?|images?|video|signal)|out of (?:order|service)|broken|"
        r"down|(?:could )?not see(?: anything)?|(?:could )?saw nothing|see nothing|unseen|(?:for )?how many minutes",
        Measure.UNSEEN,
    ),
    measure(r"visits?", Measure.VISITS),
    *bare(
        Slot.PEOPLE,
        r"people|headcount|persons?|passengers?|commuters?|travell?ers?|workers?|employees?|"
        r"staff(?: members?)?|"
        r"walkers?|everyone|everybody|men and women|"
        r"individuals|people seen|folks?",
    ),
    *bare(
        Slot.PEOPLE,
        r"(?:people|persons?|passengers?|workers?|customers?|visitors?|those|everyone|anyone) (?:who|that)",
    ),
    PhraseEntry(r"break down|broken down"),
    PhraseEntry(r"distinct|different|unique|individual|separate", (Meaning(Slot.PEOPLE, "distinct"),)),
    *bare(Slot.PEOPLE, r"customers?|clients?|buyers?|visitors?|shoppers?|guests?"),
    *bare(Slot.VEHICLES, r"vehicles?|cars?|trucks?|lorries|drivers?"),
    move(r"came by|visited|went to|been to|(?:had|took|have) a look at|look(?:ed|s|ing)? at", Direction.IN),
    move(
        r"enter(?:ed|s|ing)?|c(?:a|o)me? (?:in|into|inside)|w(?:e|a)nt (?:in|into|inside)|arriv(?:ed|es?)|"
        r"walk(?:ed)? in(?:to)?|go in(?:to)?|walk(?:ed)? through the door(?: in(?:to)?)?",
        Direction.IN,
    ),
    move(
        r"left|le(?:ave|aves|aving)|w(?:e|a)nt (?:out|outside)|go out|exit(?:ed|s)?|c(?:a|o)me out|walk(?:ed)? out",
        Direction.OUT,
    ),
    move(r"pass(?:ed|es)?(?: (?:by|through))?|cross(?:ed|es)?|went through|drove (?:by|past|through)", None),
    *bare(Slot.MANY, r"how many|how much|how high|number of|total number of|count(?: of)?|how many of"),
    *bare(Slot.TIMES, r"how often|how many times|number of times|times"),
    *bare(
        Slot.EXISTS,
        r"(?:is|are|was|were|has|have) there(?: been)?(?: any| a| an)?|did (?:anyone|anybody|someone|"
        r"somebody|any ?(?:one|body))|"
        r"has (?:anyone|anybody|someone|somebody)|(?:was|is|were) (?:anyone|anybody|someone|somebody|"
        r"anything)|any|did",
    ),
    *bare(Slot.PEOPLE, r"anyone|anybody|someone|somebody"),
    *bare(
        Slot.LISTED,
        r"show(?: me)?|list|display|who|which ones|give me|"
        r"which (?=(?:people|persons?|drivers?|passengers?|workers?|employees?|customers?|visitors?) )",
    ),
    PhraseEntry(
        r"what (?:exactly )?(?:happened|went on|was going on)|describe(?: what happened)?",
        (Meaning(Slot.OPEN), Meaning(Slot.LISTED)),
    ),
    *bare(
        Slot.OPEN,
        r"why(?: did| was| were| is| are| has| have)?|how come|what caused|"
        r"(?:was|is|were|did) (?:anyone|anybody|someone|somebody|people) help(?:ing)?|"
        r"who helped|what (?:was|were|did) (?:the )?(?:people|persons?|passengers|workers|customers|they|he|she) "
        r"do(?:ing)?|(?:for )?what reason",
    ),
    PhraseEntry(r"gather(?:ed|ing)?|good (?:morning|afternoon|evening|day)"),
    *bare(Slot.WHEN, r"when|(?:at )?(?:what|which) times?(?: of (?:the )?day)?"),
    *bare(Slot.LAST, r"(?:the )?(?:last|latest|most recent)(?: time)?"),
    standing(
        r"(?:confirmed|verified|proven|true|real)(?: (?:as|to be) (?:real|true))?", EventStanding.CONFIRMED
    ),
    standing(
        r"unverified|(?:have |has )?not (?:yet )?(?:been )?(?:verified|checked|confirmed|"
        r"reviewed)(?: yet)?|unchecked|(?:still "
        r")?(?:pending|open)|(?:still )?needs? (?:checking|verification|to be (?:checked|verified|reviewed))",
        EventStanding.UNVERIFIED,
    ),
    standing(
        r"rejected|false(?: alarms?| positives?)?|(?:turned out to be|that were|were) false(?: alarms?)?|"
        r"wrong|mistaken|"
        r"false (?:alarm|positive)s?",
        EventStanding.REJECTED,
    ),
    answer(
        r"helped|got help|were helped|was helped|received help|(?:being )?assisted|got assistance", "helped"
    ),
    answer(r"hurt|injured|wounded", "hurt"),
    group(r"(?:a )?(?:hourly|hour by hour) breakdown", GroupBy.HOUR),
    group(r"(?:a )?(?:daily|day by day) breakdown", GroupBy.DAY),
    group(rf"hourly|{_EVERY} hour(?: of the day)?|hour by hour|over the hours", GroupBy.HOUR),
    group(rf"daily|{_EVERY} day|day by day|over the days", GroupBy.DAY),
    group(rf"{_EVERY} {_CAMERAS}", GroupBy.CAMERA),
    group(rf"{_EVERY} (?:zone|area)", GroupBy.ZONE),
    group(rf"{_EVERY} product", GroupBy.PRODUCT),
    group(rf"{_EVERY} rule", GroupBy.RULE),
    group(rf"{_EVERY} (?:kind|type|sort)(?: of (?:event|incident|alarm))?", GroupBy.KIND),
    group(
        r"(?:(?:at|in|on) )?(?:what|which) hours?(?: of)?|(?:busiest|peak|rush|worst|top) hours?(?: for| "
        r"of)?|busiest time",
        GroupBy.HOUR,
        top=True,
    ),
    group(r"(?:on )?(?:what|which) days?|busiest day", GroupBy.DAY, top=True),
    group(rf"(?:on |by )?(?:what|which)(?: of the)? {_CAMERAS}", GroupBy.CAMERA, top=True),
    group(r"(?:in |at )?(?:what|which) (?:zones?|areas?)|where", GroupBy.ZONE, top=True),
    group(r"(?:what|which) rules?", GroupBy.RULE, top=True),
    group(r"(?:what|which) (?:kinds?|types?) of (?:events?|incidents?|alarms?)", GroupBy.KIND, top=True),
    PhraseEntry(
        r"when (?:were|was|are|is) (?:we|it|the (?:shop|store|station)) (?:the )?(?:most busy|busiest)",
        (Meaning(Slot.GROUP, GroupBy.HOUR), Meaning(Slot.TOP), Meaning(Slot.MEASURE, Measure.PASSAGES)),
    ),
    PhraseEntry(
        r"(?:what|which) (?:product|item|article)s? (?:is|are|was|were) (?:the )?(?:most popular|"
        r"best selling|most sold)|"
        r"(?:the )?(?:most popular|best selling|most sold|favou?rite) (?:product|item|article)s?|(?:best|"
        r"top) ?sellers?|"
        r"(?:what|which) (?:product|item|article)s? (?:is |are |was |were )?(?:sells?|sold|taken|took|bought)",
        (Meaning(Slot.GROUP, GroupBy.PRODUCT), Meaning(Slot.TOP), Meaning(Slot.KIND, ("take",))),
    ),
    group(r"(?:what|which) products?", GroupBy.PRODUCT, top=True),
    *bare(Slot.TOP, rf"{_VERY}|busiest|highest|largest|raises the most|had the most|saw the most"),
    *bare(Slot.COMPARE, r"compared?|compare(?:d)? (?:with|to)|comparison|versus|vs|than|difference|more"),
    *bare(Slot.THOSE, r"those|these|them|of (?:those|these|them)|ones|it|they|the same|what about|how about"),
    *bare(Slot.HOW_LONG, r"(?:for )?how long(?: was| were| did| does)?"),
    *bare(Slot.BRAIN, _BRAIN),
    *bare(Slot.MEAN, r"(?:on )?average|mean|typically"),
    *fillers(
        "the a an of in on at to for from by is are was were be been there did do does have has had we "
        "our us i me my "
        "you please tell can could would hi hello hey produces produce i'd like know want wonder "
        "thanks kindly gives give "
        "remain remained "
        "what that which with its total so far ever all happen happened occur "
        "occurred took "
        "place see seen saw detected recorded observed reported during over within into off front around site shop "
        "store station works area zone shelf shelves camera cameras hall door and only just then now still get got "
        "make made exactly altogether overall number raises had through s how or stay stays stayed "
        "staying stood spent "
        "spend roughly approximately used inside near rush break responsible form formed lie lay lying anything"
    ),
)
