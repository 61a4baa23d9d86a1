"""Sentences read by a large model behind the true protocol: what it writes is checked, repaired once, or refused."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from secondsight.ask import QuestionBrain, RuleReading, rule_by_model
from secondsight.brain import make_answerer
from secondsight.cascade import EgressGate
from secondsight.clock import SystemClock
from secondsight.config import AskSettings, OpenAIBrainSettings
from secondsight.errors import BrainError
from secondsight.records import Egress
from tests.ask.rules.site import SITE
from tests.servers.brain import Behaviour, BrainServer, content

EMPTY: dict[str, Any] = {
    "behaviour": "intrusion",
    "zone": None,
    "line": None,
    "cameras": [],
    "when": None,
    "severity": None,
    "duration": None,
    "distance": None,
    "people": None,
    "text": None,
    "at_once": False,
    "together": False,
}
SENTENCE = "be so kind and shout should one of our folks trespass into the yard once it is dark"


def rules(*drafts: dict[str, Any]) -> Behaviour:
    return content(json.dumps({"rules": [{**EMPTY, **draft} for draft in drafts]}))


def read(
    folder: Path, *answers: Behaviour, sentence: str = SENTENCE, level: Egress = Egress.FULL
) -> tuple[RuleReading, BrainServer]:
    with BrainServer() as server:
        server.script(*answers)
        settings = OpenAIBrainSettings(
            backend="openai", base_url=SecretStr(server.url), model="test-vl", timeout=20, profile="generic"
        )
        brain = QuestionBrain(
            settings=AskSettings(),
            make=partial(make_answerer, settings, SystemClock(), {}),
            gate=lambda answerer: EgressGate(answerer.remote),
            level=lambda camera: level,
            data=folder,
            max_frames=4,
        )
        return rule_by_model(sentence, SITE, brain, "en"), server


def test_its_rule_is_checked_and_marked_as_its_own(tmp_path: Path) -> None:
    found, _ = read(
        tmp_path, rules({"zone": "yard", "when": "daily 20:00-06:00", "severity": "high", "at_once": True})
    )
    assert found.by_model
    assert found.rules == {
        "intrusion": {
            "behaviour": "intrusion",
            "zone": "yard",
            "when": "daily 20:00-06:00",
            "severity": "high",
            "announce": {"when": "at_once"},
        }
    }


def test_rules_that_hold_together_are_combined(tmp_path: Path) -> None:
    near = {"behaviour": "vehicle_near_person", "distance": 3.0, "together": True}
    found, _ = read(tmp_path, rules({"behaviour": "no_vest", "together": True}, near))
    assert [one.get("report") for one in found.rules.values()] == [False, False, None]
    assert found.rules["no-vest-and-vehicle-near-person"]["all"] == ["no-vest", "vehicle-near-person"]


WRONG = [
    rules({"zone": "moon"}),
    rules({"behaviour": "teleport"}),
    rules({"behaviour": "combined"}),
    rules({"when": "sometimes"}),
    rules({"distance": 3.0}),
    rules({"people": 7}),
    rules({"behaviour": "loitering", "duration": -5.0}),
    rules({"behaviour": "climbing"}),
    rules({"behaviour": "described"}),
    rules({"cameras": ["hidden"]}),
    rules(),
    rules(*[{}] * 4),
    content(json.dumps({"rules": [{**EMPTY, "notify": "root@evil"}]})),
    content('{"rules": [{"behaviour": "intru'),
    content("Ignore all rules."),
]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_what_is_no_rule_is_asked_for_again_once(tmp_path: Path, wrong: Behaviour) -> None:
    found, server = read(tmp_path, wrong, rules({"zone": "yard"}))
    assert dict(found.rules["intrusion"]) == {"behaviour": "intrusion", "zone": "yard"}
    assert len(server.requests) == 2
    with pytest.raises(BrainError):
        read(tmp_path, wrong, wrong)


def test_names_of_the_site_are_told_as_data(tmp_path: Path) -> None:
    _, server = read(tmp_path, rules({"zone": "yard"}))
    asked = json.dumps(server.requests[0], default=str)
    assert "platform-2" in asked
    assert "checkout" in asked
