"""What one review costs and how it is booked; and probabilities from answers that are drawn again."""

import asyncio
import hashlib
from typing import Any

import pytest

from secondsight.brain import make_reviewer
from secondsight.brain.prompts.repeats import seed_of, share
from secondsight.clock import ManualClock
from secondsight.errors import BrainError
from secondsight.records import Call, Egress, Outcome, Purpose, Verdict, Verification
from tests.brain.samples import review_request, settings
from tests.servers.brain import Behaviour, BrainServer, content, ok, slow, status
from tests.servers.brain_logprobs import likely
from tests.table import table

NOW = 1_700_000_000.0


def later(seconds: float, clock: ManualClock, then: Behaviour) -> Behaviour:
    """An answer that takes so long by the brain's own clock."""

    def behave(request: Any, connection: Any) -> None:
        clock.advance(seconds)
        then(request, connection)

    return behave


def reviewed(
    server: BrainServer, booked: list[Call], clock: ManualClock | None = None, **changes: Any
) -> Verdict:
    request = review_request(source="cam-17", purpose=Purpose.AUDIT, egress=Egress.REDACTED)
    made = make_reviewer(
        settings(server.url.replace("//", "//ann:p4ssw0rd@"), **changes),
        clock or ManualClock(NOW),
        {},
        booked.append,
    )
    assert made is not None

    async def run() -> Verdict:
        try:
            return await made.review(request)
        finally:
            await made.close()

    return asyncio.run(run())


def test_one_call_is_booked_with_all_that_is_known_of_it() -> None:
    clock, booked = ManualClock(NOW), list[Call]()
    with BrainServer() as server:
        server.script(later(3.5, clock, ok("yes")))
        reviewed(server, booked, clock, price_in=2.0, price_out=10.0)
        assert b"cam-17" not in server.bodies[0], "the camera's name is for the ledger alone"
        digest = hashlib.blake2b(server.bodies[0], digest_size=16).hexdigest()
    assert booked == [
        Call(
            time=NOW,
            purpose=Purpose.AUDIT,
            case_id="case-1",
            camera="cam-17",
            kind="intrusion",
            backend="openai:test-vl",
            destination=server.url,
            remote=False,
            outcome=Outcome.ANSWERED,
            egress=Egress.REDACTED,
            frames=3,
            digest=digest,
            seconds=3.5,
            tokens_in=1000,
            tokens_out=50,
            cost=0.0025,
        )
    ]


def test_a_repair_is_a_call_of_its_own_and_the_verdict_costs_both() -> None:
    booked: list[Call] = []
    with BrainServer() as server:
        server.script(content("Yes.", usage=(900, 5)), ok("no"))
        verdict = reviewed(server, booked, price_in=1.0)
        sent = [hashlib.blake2b(each, digest_size=16).hexdigest() for each in server.bodies]
    assert [call.outcome for call in booked] == [Outcome.MALFORMED, Outcome.ANSWERED]
    assert [call.digest for call in booked] == sent
    assert [call.purpose for call in booked] == [Purpose.AUDIT] * 2
    assert sum(call.tokens_in or 0 for call in booked) == verdict.usage.tokens_in == 1900
    assert sum(call.cost or 0 for call in booked) == pytest.approx(verdict.usage.cost)


def test_the_refusal_of_a_model_has_its_price() -> None:
    booked: list[Call] = []
    with BrainServer() as server:
        server.script(content(None, refusal="I won't."))
        with pytest.raises(BrainError):
            reviewed(server, booked, price_in=1.0)
    assert [(call.outcome, call.tokens_in) for call in booked] == [(Outcome.MALFORMED, 1000)]


def test_what_nobody_waits_for_any_more_was_sent_all_the_same() -> None:
    booked: list[Call] = []
    with BrainServer() as server:
        server.script(slow(30))
        made = make_reviewer(settings(server.url), ManualClock(NOW), {}, booked.append)
        assert made is not None

        async def run() -> None:
            task = asyncio.create_task(made.review(review_request()))
            while not server.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await made.close()

        asyncio.run(run())
    (call,) = booked
    assert (call.outcome, call.frames, call.tokens_in) == (Outcome.ABANDONED, 3, None)
    assert call.digest == hashlib.blake2b(server.bodies[0], digest_size=16).hexdigest()


def test_a_call_that_runs_out_of_time_has_failed() -> None:
    booked: list[Call] = []
    with BrainServer() as server:
        server.script(slow(30))
        with pytest.raises(BrainError, match=r"in time|within"):
            reviewed(server, booked, timeout=0.5)
    assert [call.outcome for call in booked] == [Outcome.FAILED]


def test_the_question_of_a_check_is_booked_too() -> None:
    booked: list[Call] = []
    with BrainServer(models=None) as server:
        made = make_reviewer(settings(server.url), ManualClock(NOW), {}, booked.append)
        assert made is not None

        async def run() -> None:
            await made.check()
            await made.close()

        asyncio.run(run())
    assert [(call.purpose, call.frames, call.tokens_out) for call in booked] == [(Purpose.CHECK, 1, 50)]


# --- probabilities ---


@table(
    ("decision", "chances", "verification", "probability"),
    [
        ("yes", (0.9, {"no": 0.1}), Verification.CONFIRMED, 0.9),
        ("no", (0.75, {"yes": 0.25}), Verification.REJECTED, 0.25),
        ("unclear", (0.5, {"yes": 0.4, "no": 0.1}), Verification.UNSURE, 0.8),
        # A server that drew the less probable word contradicts itself.
        ("yes", (0.2, {"no": 0.8}), Verification.UNSURE, 0.2),
        ("no", (0.2, {"yes": 0.8}), Verification.UNSURE, 0.8),
    ],
)
def test_token_probabilities_become_the_verdict_s(
    decision: str,
    chances: tuple[float, dict[str, float]],
    verification: Verification,
    probability: float,
) -> None:
    with BrainServer() as server:
        server.script(likely(decision, *chances))
        verdict = reviewed(server, [], repeats=5)
        assert len(server.requests) == 1, "nothing is drawn where the server tells"
    assert verdict.verification is verification
    assert verdict.probability == verdict.raw == pytest.approx(probability)
    assert verdict.probability_source == "logprobs"
    assert not verdict.calibrated
    against = verification is Verification.UNSURE and decision != "unclear"
    assert verdict.notes == (("the logprobs speak against the answer",) if against else ())


@table(
    ("answers", "probability"),
    [
        ([], None),
        (["unclear", "unclear"], None),
        (["yes"], 0.75),
        (["no"], 0.25),
        (["yes", "no", "unclear"], 0.5),
        (["yes"] * 9, 0.95),
    ],
)
def test_the_share_of_drawn_answers(answers: list[str], probability: float | None) -> None:
    assert share(answers) == (None if probability is None else pytest.approx(probability))


def test_seeds_differ_by_number_and_case_and_stay_the_same() -> None:
    seeds = [seed_of(case, number) for case in ("a", "b") for number in range(10)]
    assert len(set(seeds)) == 20
    assert seeds == [seed_of(case, number) for case in ("a", "b") for number in range(10)]
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_repeats_are_drawn_apart_and_booked_as_such() -> None:
    booked: list[Call] = []
    with BrainServer() as server:
        server.script(ok("yes"), ok("yes"), ok("no"), ok("yes"), ok("unclear"))
        verdict = reviewed(server, booked, repeats=5, price_in=1.0)
        first, *drawn = [request.body for request in server.requests]
    assert verdict.verification is Verification.CONFIRMED
    assert verdict.probability == pytest.approx(2.5 / 4)
    assert (verdict.probability_source, verdict.notes) == ("repeats", ())
    assert (first["temperature"], first.get("seed")) == (0, None)
    assert {body["temperature"] for body in drawn} == {0.7}
    assert {body["seed"] for body in drawn} == {seed_of("case-1", number) for number in range(1, 5)}
    assert [call.purpose for call in booked] == [Purpose.AUDIT] + [Purpose.REPEAT] * 4
    assert (verdict.usage.calls, verdict.usage.tokens_in) == (5, 5000)
    assert sum(call.cost or 0 for call in booked) == pytest.approx(verdict.usage.cost)


def test_repeats_that_say_otherwise_make_the_verdict_unsure() -> None:
    with BrainServer() as server:
        server.script(ok("yes"), *[ok("no")] * 3)
        verdict = reviewed(server, [], repeats=4)
    assert verdict.verification is Verification.UNSURE
    assert verdict.probability == pytest.approx(0.125)
    assert verdict.answers["present"] == "yes"
    assert verdict.notes == ("the repeats speak against the answer",)


@pytest.mark.parametrize("trouble", [status(500), content("perhaps"), content(None, refusal="no")])
def test_repeats_that_fail_are_left_out_and_said(trouble: Behaviour) -> None:
    with BrainServer() as server:
        server.script(ok("no"), trouble, ok("no"), trouble)
        verdict = reviewed(server, [], repeats=4)
        assert len(server.requests) == 4, "a repeat is not repaired"
    assert verdict.verification is Verification.REJECTED
    assert verdict.probability == pytest.approx(0.25)
    assert verdict.notes == ("2 of 3 repeated answers were of no use",)


def test_without_one_good_repeat_there_is_no_number() -> None:
    with BrainServer() as server:
        server.script(ok("no"), *[status(500)] * 2)
        verdict = reviewed(server, [], repeats=3)
    assert (verdict.probability, verdict.probability_source) == (None, "")
    assert verdict.notes == ("2 of 2 repeated answers were of no use",)


def test_repeats_that_come_too_late_leave_the_answer_as_it_was() -> None:
    booked: list[Call] = []
    with BrainServer() as server:
        server.script(ok("yes"), slow(30))
        verdict = reviewed(server, booked, repeats=2, timeout=2.5)
    assert (verdict.verification, verdict.probability) == (Verification.CONFIRMED, None)
    assert verdict.notes == ("the repeated answers did not come in time",)
    assert [call.outcome for call in booked] == [Outcome.ANSWERED, Outcome.FAILED]
