"""What people are told at each step: never what is false for long, never twice, not at hours that they refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.cascade import announce
from secondsight.config import RuleBase, rule_settings
from secondsight.records import Event, Severity, Step, StepKind, Verification, Word
from secondsight.store import ToldEvent

K, V, W = StepKind, Verification, Word
MONDAY = 4 * 86400.0
"""Monday, 5 January 1970, 00:00 UTC."""


def event(id: str = "e", camera: str = "hall", triggered: float = MONDAY, **changes: Any) -> Event:
    made = Event(
        id,
        camera,
        "fall",
        "fall",
        triggered - 1,
        triggered,
        None,
        0.7,
        "person",
        None,
        (),
        V.UNVERIFIED,
        False,
        False,
    )
    return replace(made, **changes)


def rule(when: str = "at_once", on_brain_failure: str = "open", **announcing: Any) -> RuleBase:
    return RuleBase.model_validate(
        {"announce": {"when": when, **announcing}, "policy": {"on_brain_failure": on_brain_failure}}
    )


def life(
    rule: RuleBase,
    *kinds: StepKind | tuple[StepKind, Any],
    told: Sequence[ToldEvent] = (),
    of: Event | None = None,
    time: float = MONDAY,
) -> list[Step]:
    """The published steps of one event. VERIFIED takes its verification along, CORRECTED what the person said."""
    subject, steps = of or event(), list[Step]()
    verification: Any = V.UNVERIFIED
    settled = False
    what: Any
    for number, one in enumerate(kinds, 1):
        kind, what = one if isinstance(one, tuple) else (one, V.UNVERIFIED)
        if kind is K.VERIFIED:
            verification, settled = what, True
            alert = {V.REJECTED: False, V.CONFIRMED: True, V.UNSURE: True}
            is_open = rule.policy.on_brain_failure == "open"
            subject = replace(subject, verification=what, settled=True, alert=alert.get(what, is_open))
        truth = bool(what) if kind is K.CORRECTED else None
        step = Step(subject.id, number, kind, time, verification, settled, truth=truth)
        said = announce(step, subject, rule, steps, told)
        steps.append(replace(step, position=number, word=said.word, why=said.why, incident=said.incident))
    return steps


def words(steps: Sequence[Step]) -> str:
    return " ".join(step.word.value if step.word is not W.NONE else "-" for step in steps)


CONFIRMED, REJECTED, EXPIRED = (K.VERIFIED, V.CONFIRMED), (K.VERIFIED, V.REJECTED), (K.VERIFIED, V.EXPIRED)
TRUE, FALSE = (K.CORRECTED, True), (K.CORRECTED, False)


@pytest.mark.parametrize(
    ("when", "kinds", "told"),
    [
        ("at_once", (K.RAISED, K.RECORDED, CONFIRMED, K.ENDED), "alert - - update"),
        ("both", (K.RAISED, K.RECORDED, CONFIRMED, K.ENDED), "alert - update update"),
        ("after_verdict", (K.RAISED, K.RECORDED, CONFIRMED, K.ENDED), "- - alert update"),
        ("at_once", (K.RAISED, REJECTED, K.ENDED), "alert withdrawal -"),
        ("both", (K.RAISED, REJECTED, K.ENDED), "alert withdrawal -"),
        ("after_verdict", (K.RAISED, REJECTED, K.ENDED), "- - -"),
        ("after_verdict", (K.RAISED, K.LATE, CONFIRMED), "- alert update"),
        ("after_verdict", (K.RAISED, K.LATE, REJECTED), "- alert withdrawal"),
        ("after_verdict", (K.RAISED, K.LATE, EXPIRED), "- alert -"),
        ("after_verdict", (K.RAISED, EXPIRED), "- alert"),
        ("after_verdict", (K.RAISED, (K.VERIFIED, V.UNVERIFIED)), "- alert"),
        ("both", (K.RAISED, EXPIRED), "alert -"),
        ("at_once", (K.RAISED, CONFIRMED, FALSE, TRUE, FALSE), "alert - withdrawal update withdrawal"),
        ("at_once", (K.RAISED, FALSE, CONFIRMED), "alert withdrawal -"),
        ("at_once", (K.RAISED, TRUE, REJECTED), "alert update -"),
        ("after_verdict", (K.RAISED, FALSE, CONFIRMED), "- - -"),
        ("after_verdict", (K.RAISED, REJECTED, TRUE), "- - -"),
        ("at_once", (K.RAISED, K.ESCALATED, K.ACKNOWLEDGED, REJECTED), "alert escalation update withdrawal"),
        ("after_verdict", (K.RAISED, K.ACKNOWLEDGED), "- -"),
    ],
)
def test_what_people_are_told(when: str, kinds: tuple[Any, ...], told: str) -> None:
    assert words(life(rule(when), *kinds)) == told


@pytest.mark.parametrize("verification", [V.EXPIRED, V.FAILED])
def test_a_closed_rule_says_nothing_without_a_verdict(verification: Verification) -> None:
    *_, last = life(rule("after_verdict", "closed"), K.RAISED, (K.VERIFIED, verification))
    assert (last.word, last.why) == (W.NONE, "no verdict, and the policy is closed")


def test_silence_has_its_reason() -> None:
    raised, recorded, rejected, ended = life(rule("after_verdict"), K.RAISED, K.RECORDED, REJECTED, K.ENDED)
    assert raised.why == "told after the verdict"
    assert (recorded.why, rejected.why, ended.why) == ("not told before", "rejected", "rejected")
    assert life(rule(), K.RAISED, CONFIRMED)[-1].why == "told at once"


@pytest.mark.parametrize(
    ("hour", "told"), [(23, "- - -"), (5, "- - -"), (6, "alert - update"), (12, "alert - update")]
)
def test_quiet_hours(hour: int, told: str) -> None:
    steps = life(
        rule(quiet_hours="daily 22:00-06:00"), K.RAISED, CONFIRMED, K.ENDED, time=MONDAY + hour * 3600
    )
    assert words(steps) == told


def test_a_verdict_after_the_quiet_hours_is_told() -> None:
    settings = rule(quiet_hours="daily 22:00-06:00")
    raised = life(settings, K.RAISED, time=MONDAY + 5.99 * 3600)
    assert raised[0].why == "quiet hours"
    verified = Step("e", 2, K.VERIFIED, MONDAY + 6.01 * 3600, V.CONFIRMED, True)
    assert announce(verified, event(alert=True), settings, raised, ()).word is W.ALERT


@pytest.mark.parametrize(
    ("other", "held_back"),
    [
        ({"triggered": MONDAY - 59}, True),
        ({"triggered": MONDAY - 60}, False),
        ({"triggered": MONDAY - 59, "camera": "gate"}, False),
        ({"triggered": MONDAY - 59, "rule": "fight"}, False),
        ({"triggered": MONDAY - 59, "stands": False}, False),
    ],
)
def test_cooldown(other: dict[str, Any], held_back: bool) -> None:
    before = replace(ToldEvent("o", "hall", "fall", 0.0), **other)
    (step,) = life(rule(cooldown="60s"), K.RAISED, told=[before])
    assert (step.word, step.why) == ((W.NONE, "cooldown") if held_back else (W.ALERT, ""))


def test_one_incident_on_many_cameras_is_one_alert() -> None:
    settings = rule(group={"within": "30s", "cameras": ["hall", "gate", "yard"]})
    (first,) = life(settings, K.RAISED)
    assert (first.word, first.incident) == (W.ALERT, "e")
    told = [ToldEvent("e", "hall", "fall", MONDAY, "e")]

    def other(camera: str, triggered: float) -> Step:
        return life(settings, K.RAISED, told=told, of=event("o", camera, triggered))[0]

    assert (other("gate", MONDAY + 30).word, other("gate", MONDAY + 30).incident) == (W.UPDATE, "e")
    told.append(ToldEvent("o", "gate", "fall", MONDAY + 30, "e"))
    assert other("yard", MONDAY + 60).incident == "e", "what belongs to a part of an incident belongs to it"
    assert other("gate", MONDAY + 91).word is W.ALERT
    assert other("attic", MONDAY).word is W.ALERT, "another place"
    assert other("hall", MONDAY + 61).word is W.ALERT, "nobody else saw it"
    told[:] = [replace(one, stands=False) for one in told]
    assert other("yard", MONDAY).word is W.ALERT, "what was taken back swallows nothing"


def test_a_part_of_an_incident_is_taken_back_too() -> None:
    told = [ToldEvent("o", "gate", "fall", MONDAY, "o")]
    steps = life(rule(group={"within": "30s"}), K.RAISED, REJECTED, told=told)
    assert words(steps) == "update withdrawal"
    assert {step.incident for step in steps} == {"o"}


STEPS = st.one_of(
    st.sampled_from([K.RECORDED, K.LATE, K.ENDED, K.ACKNOWLEDGED, K.ESCALATED]),
    st.tuples(st.just(K.VERIFIED), st.sampled_from(list(V))),
    st.tuples(st.just(K.CORRECTED), st.booleans()),
)
LIVES = st.lists(STEPS, max_size=9).map(lambda rest: (K.RAISED, *rest))
TOLD = st.lists(
    st.builds(
        ToldEvent,
        st.sampled_from(["o", "p"]),
        st.sampled_from(["hall", "gate"]),
        st.just("fall"),
        st.floats(MONDAY - 100, MONDAY + 100),
        st.sampled_from([None, "o"]),
        st.booleans(),
    ),
    max_size=3,
)
RULES = st.builds(
    rule,
    st.sampled_from(["at_once", "after_verdict", "both"]),
    st.sampled_from(["open", "closed"]),
    cooldown=st.sampled_from([0.0, 60.0]),
    quiet_hours=st.sampled_from([None, "daily 00:00-12:00"]),
    group=st.sampled_from([{}, {"within": 30}, {"within": 30, "cameras": ["gate"]}]),
)
HOURS = st.sampled_from([MONDAY, MONDAY + 13 * 3600])


@given(RULES, LIVES, TOLD, HOURS)
def test_a_withdrawal_comes_exactly_when_what_people_believe_has_proved_false(
    settings: RuleBase, kinds: tuple[Any, ...], told: list[ToldEvent], time: float
) -> None:
    believed, said, verdict, person = False, False, None, None
    for step in life(settings, *kinds, told=told, time=time):
        if step.kind is K.VERIFIED:
            verdict = step.verification
        if step.kind is K.CORRECTED:
            person = step.truth
        false = person is False if person is not None else verdict is V.REJECTED
        assert (step.word is W.WITHDRAWAL) == (believed and false), step
        assert not (false and step.word in (W.ALERT, W.UPDATE, W.ESCALATION)), "nobody is told what is false"
        if step.word is not W.NONE:
            believed, said = step.word is not W.WITHDRAWAL, True
        assert bool(step.why) == (step.word is W.NONE)
        assert not (said and believed and false), "people never go on believing what is false"


@given(RULES, LIVES, TOLD, HOURS)
def test_an_alert_comes_once_and_before_everything_else(
    settings: RuleBase, kinds: tuple[Any, ...], told: list[ToldEvent], time: float
) -> None:
    said = [step.word for step in life(settings, *kinds, told=told, time=time) if step.word is not W.NONE]
    assert said.count(W.ALERT) <= 1
    assert W.ALERT not in said[1:]
    grouped = settings.announce.group.within > 0
    assert not said or said[0] is W.ALERT or (said[0] is W.UPDATE and grouped)


@given(RULES, LIVES, TOLD)
def test_nothing_holds_back_what_follows_a_first_word(
    settings: RuleBase, kinds: tuple[Any, ...], told: list[ToldEvent]
) -> None:
    """Cooldown, quiet hours and other cameras decide about the first word alone."""
    unlimited = settings.announce.model_copy(update={"cooldown": 0.0, "quiet_hours": None})
    loud = settings.model_copy(update={"announce": unlimited})
    undisturbed = life(loud, *kinds)
    for at, step in enumerate(undisturbed):
        earlier = undisturbed[:at]
        if any(one.word is not W.NONE for one in earlier):
            subject = event(verification=step.verification, settled=step.settled)
            assert announce(step, subject, settings, earlier, told).word is step.word


@pytest.mark.parametrize(
    ("values", "when"),
    [
        ({"severity": "high"}, "at_once"),
        ({"severity": "high", "policy": {"on_brain_failure": "closed"}}, "after_verdict"),
        ({"severity": "medium"}, "after_verdict"),
        ({"severity": "low", "announce": "both"}, "both"),
        ({"severity": "high", "announce": {"when": "after_verdict"}}, "after_verdict"),
    ],
)
def test_by_default_severity_decides(values: dict[str, Any], when: str) -> None:
    assert RuleBase.model_validate(values).announces == when


def test_every_behaviour_says_how_bad_it_is() -> None:
    severities = {name: kind.model_fields["severity"].default for name, kind in rule_settings().items()}
    assert severities["fall"] is severities["fire"] is severities["man_down"] is Severity.HIGH
    assert severities["no_helmet"] is severities["intrusion"] is Severity.MEDIUM
    assert severities["counting"] is severities["queue"] is Severity.LOW
    assert set(severities.values()) == set(Severity)
