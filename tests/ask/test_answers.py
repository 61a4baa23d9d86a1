"""Questions that must work, follow-ups, refusals, rights: over simulated facts with their truth."""

import pytest

from bench.accuracy.ask.run import BOUNDED, EXACT, judged
from bench.accuracy.ask.sites import SITES
from bench.accuracy.ask.unanswerable import CHINESE, ENGLISH
from secondsight.ask import (
    EventStanding,
    GroupBy,
    Measure,
    QuestionPlan,
    TimeSpan,
    Why,
    answer_to_json,
    plan_from_json,
    plan_to_json,
)
from secondsight.errors import RefusedError
from secondsight.records import Verification
from tests.ask.sites import kiosk, site

MUST_WORK = (
    ("industrial", "今天有几个没戴安全帽的人进入了反应车间?"),
    ("retail", "昨天下午谁偷拿了商品?"),
    ("metro", "How many people fell on platform 2 last week, and how many of those were helped?"),
    ("retail", "今日最受欢迎的商品是什么, 主要购买时段?"),
    ("retail", "compare queue waits of Monday and Tuesday by hour"),
    ("metro", "哪个摄像头误报最多?"),
    ("metro", "what did the brain cost this month?"),
)


@pytest.mark.parametrize(("name", "question"), MUST_WORK)
def test_what_must_work_is_true(name: str, question: str) -> None:
    known = site(name)
    case = next(one for one in SITES[name][1](known.world) if question in one.english + one.chinese)
    answer = known.asker.ask(question)
    assert judged(answer, case.expected)[0] in (EXACT, BOUNDED), answer.text
    assert answer.language == ("zh" if not question.isascii() else "en")
    assert answer.plan is not None


@pytest.mark.parametrize("question", [*ENGLISH, *CHINESE])
def test_what_nothing_answers_is_refused_with_three_that_can_be(question: str) -> None:
    known = site("metro")
    answer = known.asker.ask(question)
    assert answer.refused is not None, answer.text
    assert answer.value is None
    assert len(answer.refused.instead) == 3
    assert known.asker.ask(answer.refused.instead[0]).refused is None


def test_a_follow_up_changes_what_it_names_and_keeps_the_rest() -> None:
    known = site("metro")
    first = known.asker.ask("How many people fell on platform 2 today?")
    yesterday = known.asker.ask("and yesterday?", before=first.plan)
    assert first.plan is not None
    assert yesterday.plan is not None
    assert yesterday.plan.where.cameras == ("platform-2",)
    assert yesterday.plan.kinds == ("fall",)
    shown = known.asker.ask("show me them", before=yesterday.plan)
    assert shown.plan is not None
    assert shown.plan.listed
    assert {one.camera for one in shown.events} <= {"platform-2"}
    confirmed = known.asker.ask("only the confirmed ones", before=yesterday.plan)
    assert confirmed.plan is not None
    assert confirmed.plan.standing is EventStanding.CONFIRMED
    assert confirmed.plan.when == yesterday.plan.when
    expected = [
        one for one in known.world.confirmed("fall", known.world.yesterday) if one.camera == "platform-2"
    ]
    assert confirmed.value == len(expected)
    chinese = known.asker.ask("昨天呢?", before=first.plan)
    assert chinese.plan == yesterday.plan
    assert known.asker.ask("and yesterday?").refused is not None


def test_what_was_not_seen_is_said() -> None:
    known = site("metro")
    answer = known.asker.ask("How many people fell on platform 2 this month?")
    gaps = [gap for gap in answer.coverage if gap.camera == "platform-2"]
    world = known.world
    assert sum(gap.until - gap.since for gap in gaps) == pytest.approx(
        world.unseen("platform-2", world.month)
    )
    assert "Not seen" in answer.text
    assert {gap.camera for gap in answer.coverage} == {"platform-2"}


def test_nobody_learns_of_cameras_that_they_may_not_see() -> None:
    known = site("metro")
    asker = known.asker
    assert (
        asker.ask("How many people fell on platform 2 last week?", cameras=("platform-1",)).refused
        is not None
    )
    whole = asker.ask("How many people fell last week?")
    mine = asker.ask("How many people fell last week?", cameras=("platform-1",))
    theirs = asker.ask("How many people fell last week?", cameras=("platform-2",))
    assert whole.value == (mine.value or 0) + (theirs.value or 0)
    assert {one.camera for one in mine.events} == {"platform-1"}
    assert {gap.camera for gap in mine.coverage} == {"platform-1"}
    widened = asker.ask("and yesterday?", before=whole.plan, cameras=())
    assert widened.value == 0
    refused = asker.ask("How many dogs?", cameras=("platform-1",))
    assert refused.refused is not None
    assert not any("platform-2" in one for one in refused.refused.instead)


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("", Why.EMPTY),
        ("???", Why.EMPTY),
        ("x" * 10_000, Why.TOO_LONG),
        ("How many people fell tomorrow?", Why.FUTURE),
        ("How many people fell yesterday today?", Why.CONTRADICTION),
        ("How many landslides today?", Why.NOT_WATCHED),
        ("How many people fell in the cafeteria?", Why.UNKNOWN_WORDS),
        ("compare falls of today", Why.COMPARE_WHAT),
        ("Most falls today?", Why.MOST_OF_WHAT),
        ("How many people fell per hour per camera today?", Why.TWO_MEANINGS),
        ("How many vehicles passed platform 1 today?", Why.NOT_COUNTED),
    ],
)
def test_each_mistake_has_a_reason_of_its_own(question: str, why: Why) -> None:
    answer = site("metro").asker.ask(question)
    assert answer.refused is not None, answer.text
    assert answer.refused.why is why
    assert len(answer.text) < 600


def test_both_languages_in_one_question_are_one_plan() -> None:
    known = site("metro")
    mixed, plain = (
        known.asker.ask("昨天 platform 2 how many people fell?"),
        known.asker.ask("昨天2号站台有几个人跌倒?"),
    )
    assert mixed.plan == plain.plan


def test_an_answer_is_json_and_its_plan_can_be_sent_back() -> None:
    answer = site("retail").asker.ask("Takes per product this week")
    form = answer_to_json(answer)
    assert form["plan"]["group"] == "product"
    assert plan_from_json(form["plan"]) == answer.plan
    assert answer.plan is not None
    assert plan_from_json(plan_to_json(answer.plan)) == answer.plan
    assert answer.plan.measure is Measure.EVENTS
    assert answer.plan.group is GroupBy.PRODUCT
    wrongs: tuple[object, ...] = (
        None,
        [],
        {"measure": "secrets"},
        {"measure": "events", "sql": "DROP TABLE events"},
    )
    for wrong in wrongs:
        with pytest.raises(RefusedError):
            plan_from_json(wrong)


def test_suspicions_are_no_findings() -> None:
    answer = site("retail").asker.ask("Who stole goods yesterday afternoon?")
    assert "suspicions" in answer.text
    assert answer.events


@pytest.mark.parametrize("group", [GroupBy.HOUR, GroupBy.DAY])
def test_a_plan_from_outside_cannot_ask_for_endless_parts(group: GroupBy) -> None:
    known = site("metro")
    plan = QuestionPlan(Measure.PEOPLE, when=TimeSpan(0.0, known.world.now), group=group)
    refused = known.asker.ask("How many people per hour?", plan=plan).refused
    assert refused is not None
    assert refused.why is Why.TOO_FINE


@pytest.mark.parametrize(
    "question",
    [
        "How many customers left without paying yesterday?",  # one person may take several things
        "没付钱的顾客昨天有几位?",
        "When was the last theft?",
        "昨天付了钱的商品有多少?",
        "How many different people left yesterday?",
        "How many people looked at the tea but took nothing yesterday?",
        "今天人最多的时候是几点?",
        "今天断了几次?",
        "昨天的取走有几个不是假的?",
    ],
)
def test_what_would_be_another_question_is_refused(question: str) -> None:
    assert kiosk().asker.ask(question).refused is not None


@pytest.mark.parametrize("question", ["Who took goods without paying yesterday?", "昨天谁偷拿了商品?"])
def test_goods_without_the_till_are_suspicions_with_their_events(question: str) -> None:
    known = kiosk()
    answer = known.asker.ask(question)
    assert answer.plan is not None
    assert (answer.plan.measure, answer.plan.listed, answer.plan.open) == (Measure.UNPAID, True, True)
    assert answer.result is not None
    total = answer.result.total
    assert answer.value == len(answer.events) == total.confirmed + total.unverified
    assert {one.kind for one in answer.events} == {"take"}
    assert "suspicions" in answer.text or "嫌疑" in answer.text
    assert plan_from_json(plan_to_json(answer.plan)) == answer.plan
    confirmed = known.asker.ask("only the confirmed ones", before=answer.plan)
    assert confirmed.value == answer.low
    assert {one.verification for one in confirmed.events} == {Verification.CONFIRMED}
    hidden = known.asker.ask(question, cameras=("entrance",))
    assert (hidden.value, hidden.high) == (0, 0)


def test_without_a_till_all_takes_are_suspicions() -> None:
    answer = site("retail").asker.ask("Who took goods without paying yesterday?")
    assert answer.plan is not None
    assert (answer.plan.measure, answer.plan.kinds) == (Measure.EVENTS, ("take",))


def test_vehicles_are_no_people() -> None:
    asker = site("industrial").asker
    people = asker.ask("How many people entered the reactor yesterday?")
    vehicles = asker.ask("How many vehicles entered the reactor yesterday?")
    assert (people.value or 0) > 0
    assert vehicles.value == 0
