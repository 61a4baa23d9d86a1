"""Open questions: the large model tells what pictures show, cites them, and says nothing that only facts may say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from secondsight.ask import Why, answer_to_json
from secondsight.cascade import BudgetGate
from secondsight.clock import ManualClock
from secondsight.config import BudgetSettings
from secondsight.records import Egress, Outcome, Purpose
from secondsight.store import Store
from tests.ask.brain.site import NOW, Asked, add, plans, seen
from tests.servers.brain import Behaviour, BrainServer, content, status

WHY = "Why did the crowd gather today?"
STOLEN = "Who took goods without paying today?"
GOOD = seen(("People stand around a musician.", [2]), ("A person in red claps.", [1, 2]))


@pytest.fixture
def server() -> Iterator[BrainServer]:
    with BrainServer(default=GOOD) as serving:
        yield serving


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def store(data: Path) -> Iterator[Store]:
    with Store.open(data) as opened:
        for number in range(7):
            add(opened, data, f"c{number}", "crowd", NOW - 60 * number - 60)
        add(opened, data, "t0", "take", NOW - 90, "yard")
        yield opened


def site(store: Store, data: Path, server: BrainServer, *budgets: BudgetGate, **more: object) -> Asked:
    return Asked(store, data, server, *budgets, translate="never", **more)  # type: ignore[arg-type]


def test_each_sentence_cites_its_pictures(store: Store, data: Path, server: BrainServer) -> None:
    asked = site(store, data, server, events=2)
    answer = asked.ask(WHY)
    assert answer.value == 7
    assert "People stand around a musician [1]. A person in red claps [2][1]." in answer.text
    assert "nobody has checked" in answer.text
    sighting = answer.sighting
    assert sighting is not None
    assert [(one.number, one.event) for one in sighting.pictures] == [(1, "c0"), (2, "c0")]
    assert {one.path for one in sighting.pictures} == {"frames/c0/0.jpg", "frames/c0/1.jpg"}
    (request,) = server.requests
    assert len(request.images) == 4
    (call,) = asked.calls
    assert (call.purpose, call.frames, call.outcome) == (Purpose.ANSWER, 4, Outcome.ANSWERED)
    written = answer_to_json(answer)["seen"]
    assert written["sentences"][1] == {"text": "A person in red claps.", "pictures": [2, 1]}
    assert written["pictures"][0]["event"] == "c0"


def test_every_event_gets_its_share_of_the_pictures(store: Store, data: Path, server: BrainServer) -> None:
    site(store, data, server).ask(WHY)
    (request,) = server.requests
    captions = [text for text in request.texts if text.startswith("picture")]
    assert [text.rpartition(" ")[2] for text in captions] == ["1:", "1:", "2:", "3:", "4:", "5:"]
    assert len(request.images) == 6


REFUSED = {
    "a digit": seen(("There are 3 people.", [1])),
    "a number in words": seen(("There are three people.", [1])),
    "a name": seen(("The man is John.", [1])),
    "a name in small letters": seen(("The man is called smith.", [1])),
    "turned letters": seen(("A person \u202egnilaets\u202c walks.", [1])),
    "an accusation": seen(("The thief hides a bottle.", [1])),
    "a crime": seen(("A person is shoplifting.", [1])),
    "markup": seen(("<b>People</b> stand there.", [1])),
    "an address": seen(("See www.evil.example for more.", [1])),
    "no picture": seen(("People stand there.", [])),
    "another picture": seen(("People stand there.", [99])),
    "a picture as text": seen(("People stand there.", ["1"])),
    "a further key": seen(("People stand there.", [1]), value=42),
    "no truth value": seen(("People stand there.", [1]), enough="yes"),
    "too much": seen(*[("People stand there.", [1])] * 7),
    "sure of nothing": seen(enough=True),
    "half JSON": content('{"sentences": [{"text": "Peo'),
    "prose": content("People gathered because of a concert."),
    "two lines": seen(("People\nstand there.", [1])),
}


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
def test_what_a_model_may_not_say_is_not_said(
    store: Store, data: Path, server: BrainServer, answer: Behaviour
) -> None:
    server.default = answer
    asked = site(store, data, server)
    said = asked.ask(WHY)
    assert said.sighting is None
    assert said.value == 7
    assert "no large model looked at the pictures" in said.text.lower()
    assert [call.outcome for call in asked.calls] == [Outcome.MALFORMED] * 2


@pytest.mark.parametrize(
    "sentence",
    ["共有三人。", "小偷拿了商品。", "张先生在场。", "有人偷走了瓶子。", "John 在场。", "有 2 人。"],
)
def test_so_it_is_in_chinese(store: Store, data: Path, server: BrainServer, sentence: str) -> None:
    server.script(seen((sentence, [1])), seen(("有人把瓶子放进包里。", [1])))
    answer = site(store, data, server).ask("今天谁偷拿了商品?")
    assert "有人把瓶子放进包里 [1]。" in answer.text
    assert "嫌疑" in answer.text
    assert len(server.requests) == 2


def test_what_pictures_do_not_show_is_said(store: Store, data: Path, server: BrainServer) -> None:
    server.default = seen(enough=False)
    assert "The pictures do not show what was asked" in site(store, data, server).ask(WHY).text


def test_suspicions_stay_suspicions(store: Store, data: Path, server: BrainServer) -> None:
    server.default = seen(("A person puts a bottle into a bag.", [1]))
    answer = site(store, data, server).ask(STOLEN)
    assert "suspicions" in answer.text
    assert answer.sighting is not None
    assert [one.verification.value for one in answer.sighting.pictures] == ["unverified"]


def test_without_a_brain_it_says_so(store: Store, data: Path, server: BrainServer) -> None:
    alone = site(store, data, server).alone
    refused = alone.ask(WHY).refused
    assert refused is not None
    assert refused.why is Why.NO_BRAIN
    listed = alone.ask(STOLEN)
    assert listed.value == 1
    assert "No large model looked" in listed.text


def test_without_evidence_budget_or_answer_it_says_so(store: Store, data: Path, server: BrainServer) -> None:
    asked = site(store, data, server)
    assert "nothing to look at" in asked.ask("Why did people fall today?").text
    empty = BudgetGate(BudgetSettings(calls_per_day=0), {}, ManualClock(NOW))
    assert "used up" in site(store, data, server, empty).ask(WHY).text
    assert server.requests == []
    server.default = status(500)
    assert "No large model looked" in asked.ask(WHY).text


def test_pictures_that_are_gone_are_no_evidence(store: Store, tmp_path: Path, server: BrainServer) -> None:
    assert "nothing to look at" in site(store, tmp_path, server).ask(WHY).text
    assert server.requests == []


def test_pictures_that_may_not_leave_do_not(store: Store, data: Path, server: BrainServer) -> None:
    far = site(
        store,
        data,
        server,
        level=lambda camera: Egress.LOCAL_ONLY,
        base_url="http://192.0.2.7/v1",
        timeout=0.3,
    )
    answer = far.ask(WHY)
    assert answer.sighting is None
    assert far.calls == []
    assert "nothing to look at" in answer.text


def test_only_pictures_that_one_may_see_are_shown(store: Store, data: Path, server: BrainServer) -> None:
    answer = site(store, data, server).ask("What happened today?", cameras=("yard",))
    assert answer.sighting is not None
    assert {one.camera for one in answer.sighting.pictures} == {"yard"}
    assert len(server.requests[0].images) == 2


def test_the_model_may_find_that_a_question_is_open(store: Store, data: Path, server: BrainServer) -> None:
    server.script(plans({"kinds": ["crowd"], "open": True}), GOOD)
    answer = Asked(store, data, server).ask("Wherefore that throng?")
    assert (
        "As understood by the large model: what pictures of the events (crowd) show of this question"
        in answer.text
    )
    assert answer.sighting is not None
