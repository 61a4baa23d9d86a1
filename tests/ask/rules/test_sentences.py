"""Sentences in both languages: the rule that they ask for, or a refusal that says why and what would do."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.ask import RuleReading, RuleRefusal, read_rule, rules_as_yaml
from secondsight.config import make_site
from tests.ask.rules.site import SITE

ZONE = {"zone": "frame"}
UNDERSTOOD: list[tuple[str, dict[str, Any]]] = [
    ("Tell me when somebody is in the yard after 22:00",
     {"behaviour": "intrusion", "zone": "yard", "when": "daily 22:00-24:00"}),
    ("alert us if anyone enters the loading area between 10 pm and 6 am on weekdays",
     {"behaviour": "intrusion", "zone": "yard", "when": "Mon-Fri 22:00-06:00"}),
    ("somebody in the yard after 8 pm and before 6 am",
     {"behaviour": "intrusion", "zone": "yard", "when": "daily 20:00-06:00"}),
    ("notify me when a car enters the yard at weekends",
     {"behaviour": "intrusion", "zone": "yard", "when": "Sat,Sun", "classes": ["car"]}),
    ("Alert us immediately if someone falls on platform 2",
     {"behaviour": "fall", "zone": "platform-2", "announce": {"when": "at_once"}}),
    ("warn me when a person lies on the floor for more than 20 seconds, critical",
     {"behaviour": "man_down", **ZONE, "duration": "20s", "severity": "high"}),
    ("tell me when two people fight on camera 3",
     {"behaviour": "fight", **ZONE, "cameras": ["cam-3"]}),
    ("when somebody stays on platform 2 longer than five minutes, high priority",
     {"behaviour": "loitering", "zone": "platform-2", "loitering_time": "5min", "severity": "high"}),
    ("tell me if someone hangs around in the yard at night",
     {"behaviour": "loitering", "zone": "yard", "when": "daily 20:00-06:00"}),
    ("notify me when more than 10 people gather in the yard for 30 seconds",
     {"behaviour": "crowd", "zone": "yard", "people": 11, "duration": "30s"}),
    ("let us know when at least 8 people are on platform 2 between 7 and 9 am",
     {"behaviour": "crowd", "zone": "platform-2", "people": 8, "when": "daily 07:00-09:00"}),
    ("tell me when the queue at the checkout is longer than 6 people",
     {"behaviour": "queue", "zone": "checkout", "people": 7}),
    ("tell me when customers wait longer than 5 minutes in the queue",
     {"behaviour": "queue", **ZONE, "people": None, "wait": 300.0}),
    ("warn me when a car stops in the yard for more than 2 minutes",
     {"behaviour": "stopped", "zone": "yard", "classes": ["car"], "duration": "2min"}),
    ("tell me when there is a traffic jam", {"behaviour": "jam", **ZONE}),
    ("tell me when a vehicle is nearer than 3.5 metres to a person",
     {"behaviour": "vehicle_near_person", **ZONE, "distance": 3.5}),
    ("tell me when a truck comes within 10 feet of a worker",
     {"behaviour": "vehicle_near_person", **ZONE, "distance": 3.05, "vehicles": ["truck"]}),
    ("Tell me when a worker without a helmet enters the yard", {"behaviour": "no_helmet", "zone": "yard"}),
    ("somebody not wearing a safety vest in the yard, low priority",
     {"behaviour": "no_vest", "zone": "yard", "severity": "low"}),
    ("tell me when a worker works alone at night",
     {"behaviour": "lone_worker", **ZONE, "when": "daily 20:00-06:00"}),
    ("tell me when a bag is left alone for 2 minutes", {"behaviour": "left_bag", **ZONE, "duration": "2min"}),
    ("Somebody climbs over the fence", {"behaviour": "climbing", "line": "gate"}),
    ("tell me when somebody crosses the gate on Mondays and Fridays after 6pm",
     {"behaviour": "line_crossing", "line": "gate", "when": "Mon,Fri 18:00-24:00"}),
    ("tell me when somebody follows others through the gate",
     {"behaviour": "tailgating", "line": "gate"}),
    ("tell me when somebody takes something from the shelf", {"behaviour": "take", **ZONE}),
    ("tell me when somebody runs on platform 2", {"behaviour": "running", "zone": "platform-2"}),
    ("people smoke in the yard",
     {"behaviour": "described", "zone": "yard", "text": "a person smokes", "kind": "forbidden_operation",
      "classes": ["person"]}),
    ("tell me when you see smoke", {"behaviour": "smoke", **ZONE}),
    ('tell me when you see "a delivery scooter" on platform 2',
     {"behaviour": "described", "zone": "platform-2", "text": "a delivery scooter"}),
    ("tell me when somebody smokes",
     {"behaviour": "described", **ZONE, "text": "a person smokes", "kind": "forbidden_operation",
      "classes": ["person"]}),
    ("the camera is covered", {"behaviour": "low_visibility", **ZONE}),
    ("晚上10点以后有人在院子时通知我", {"behaviour": "intrusion", "zone": "yard", "when": "daily 22:00-24:00"}),
    ("晚上十点到早上六点有人进入院子请马上通知我",
     {"behaviour": "intrusion", "zone": "yard", "when": "daily 22:00-06:00", "announce": {"when": "at_once"}}),
    ("工作日下午两点到四点站台超过10人时报警",
     {"behaviour": "crowd", "zone": "platform-2", "people": 11, "when": "Mon-Fri 14:00-16:00"}),
    ("有人在站台停留超过5分钟请通知我",
     {"behaviour": "loitering", "zone": "platform-2", "loitering_time": "5min"}),
    ("院子里没戴安全帽的人", {"behaviour": "no_helmet", "zone": "yard"}),
    ("车辆停在院子超过1分钟时通知我", {"behaviour": "stopped", "zone": "yard", "duration": "1min"}),
    ("收银台排队超过6人时通知我", {"behaviour": "queue", "zone": "checkout", "people": 7}),
    ("夜间有人独自工作时报警", {"behaviour": "lone_worker", **ZONE, "when": "daily 20:00-06:00"}),
    ("东门车间有人跌倒，紧急", {"behaviour": "fall", **ZONE, "cameras": ["hall"], "severity": "high"}),
    ("周一到周五有人翻越围栏", {"behaviour": "climbing", "line": "gate", "when": "Mon-Fri"}),
    ("看到“外卖电动车”时通知我", {"behaviour": "described", **ZONE, "text": "外卖电动车"}),
]  # fmt: skip

REFUSED = [
    ("", "empty"),
    ("   ", "empty"),
    ("tell me " * 80, "too long"),
    ("tell me when a dog is in the yard", "`dog`"),
    ("tell me when nobody is at the checkout", "`nobody`"),
    ("tell me when somebody is in the yard unless it rains", "`unless`"),
    ("tell me when somebody except a guard enters the yard", "`except`"),
    ("tell me when somebody steals", "`steals`"),
    ("tell me when two people are closer than 1 m", "`two`"),
    ("tell me when a person is nearer than 2 m to a person", "people and vehicles only"),
    ("tell me when the forklift is near the yard", "people and vehicles only"),
    ("tell me when a car falls", "not of vehicles"),
    ("tell me when somebody climbs over the fence for 10 seconds", "cannot have a minimum duration"),
    ("tell me when somebody is in the yard and on platform 2", "one zone and one line"),
    ("tell me when somebody is in the yard after 8 pm and after 10 pm", "contradict"),
    ("tell me when somebody crosses the yard", "told at a line"),
    ("tell me when somebody falls at the gate", "is a line"),
    ("tell me when somebody crosses the gate on camera 3", "no such zone or line"),
    ("tell me when more than 5 cars are in the yard", "`5`"),
    ("tell me when more than 3 people fall", "Numbers can be watched"),
    ("tell me when somebody falls, high priority, low priority", "two severities"),
    ("tell me or let me know", "names nothing"),
    ('tell me when you see "a cat" or "a dog"', "one text in quotes"),
    ("hello", "`hello`"),
    ("院子里有狗时通知我", "狗"),
    ("除了保安以外有人进入院子", "除"),
    ("两个人距离小于1米时通知我", "两"),
]


@pytest.mark.parametrize(("sentence", "expected"), UNDERSTOOD, ids=[one[0][:40] for one in UNDERSTOOD])
def test_what_is_understood(sentence: str, expected: dict[str, Any]) -> None:
    found = read_rule(sentence, SITE)
    assert isinstance(found, RuleReading), found
    assert list(found.rules.values()) == [expected]
    assert found.understood
    make_site(
        {**SITE.model_dump(mode="json", include={"data"}), "cameras": _cameras(), "rules": dict(found.rules)},
        Path(),
    )


def _cameras() -> dict[str, Any]:
    return {
        name: {
            "source": "a.mp4",
            "zones": {zone: {"coordinates": "0,0,1,0,1,1"} for zone in one.zones},
            "lines": {line: {"coordinates": "0,0,1,1"} for line in one.lines},
        }
        for name, one in SITE.cameras.items()
    }


@pytest.mark.parametrize(("sentence", "why"), REFUSED, ids=[one[0][:40] for one in REFUSED])
def test_what_is_refused(sentence: str, why: str) -> None:
    found = read_rule(sentence, SITE)
    assert isinstance(found, RuleRefusal), found
    assert why in found.reason.replace("The sentence is empty", "empty")
    for other in found.nearest:
        assert isinstance(read_rule(other, SITE), RuleReading), other
    assert found.nearest


@pytest.mark.parametrize(
    "sentence",
    [
        "tell me when somebody without a vest is nearer than 3 m to a forklift after 18:00",
        "18点之后没穿反光衣的人距离叉车小于3米时通知我",
    ],
)
def test_two_conditions_of_one_person_are_a_combination(sentence: str) -> None:
    found = read_rule(sentence, SITE)
    assert isinstance(found, RuleReading)
    when = "daily 18:00-24:00"
    assert dict(found.rules) == {
        "no-vest": {"behaviour": "no_vest", "zone": "frame", "report": False, "when": when},
        "vehicle-near-person": {
            "behaviour": "vehicle_near_person",
            "zone": "frame",
            "distance": 3,
            "report": False,
            "when": when,
        },
        "no-vest-and-vehicle-near-person": {
            "behaviour": "combined",
            "all": ["no-vest", "vehicle-near-person"],
            "when": when,
        },
    }
    assert len(found.notes) == 1


def test_either_of_two_is_a_rule_each_with_free_names() -> None:
    found = read_rule("tell me when somebody falls or fights at night", SITE)
    assert isinstance(found, RuleReading)
    assert dict(found.rules) == {
        "fall-2": {"behaviour": "fall", "zone": "frame", "when": "daily 20:00-06:00"},
        "fight": {"behaviour": "fight", "zone": "frame", "when": "daily 20:00-06:00"},
    }
    assert rules_as_yaml(found.rules).startswith("rules:\n  fall-2:\n    behaviour: fall\n")


@pytest.mark.parametrize(
    ("lines", "why"), [((), "no camera has one"), (("north", "south"), "`north`, `south`")]
)
def test_what_needs_a_line_says_which(lines: tuple[str, ...], why: str) -> None:
    there = {name: {"coordinates": "0,0,1,1"} for name in lines}
    site = make_site({"cameras": {"hall": {"source": "a.mp4", "lines": there}}}, Path())
    found = read_rule("tell me when somebody climbs over the fence", site)
    assert isinstance(found, RuleRefusal)
    assert why in found.reason


def test_a_model_of_hands_that_rules_name_is_used() -> None:
    values = {
        "cameras": {"hall": {"source": "a.mp4"}},
        "sentinel": {"second_stage": {"hands": {"model": "city-hands"}}},
        "rules": {"op": {"behaviour": "forbidden_operation", "zone": "frame", "attribute": "hands"}},
    }
    found = read_rule("tell me when somebody smokes", make_site(values, Path()))
    assert isinstance(found, RuleReading)
    assert found.rules == {
        "forbidden-operation": {
            "behaviour": "forbidden_operation",
            "zone": "frame",
            "attribute": "hands",
            "answers": ["smoking"],
        }
    }


WORDS = (
    "tell me when somebody a car the yard gate falls fights after 18:00 at night for 5 minutes nearer than 3 m to or "
    "and without helmet more people 院子 有人 超过 分钟 晚上 urgent no not \" ' ( 9 :"
)


@given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=12).map(" ".join))
def test_whatever_comes_is_a_valid_rule_or_refused(sentence: str) -> None:
    found = read_rule(sentence, SITE)
    if isinstance(found, RuleReading):
        make_site({"cameras": _cameras(), "rules": dict(found.rules)}, Path())
    else:
        assert found.reason
