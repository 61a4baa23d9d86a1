"""Cases on the work queue: what is offered, what is believed of what comes back, and what when nobody comes."""

import asyncio
import base64
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import nats
import pytest
from nats.js.api import RetentionPolicy
from PIL import Image
from pydantic import SecretStr

from secondsight.brain.backends.queue import QueueBrain, read_offer
from secondsight.bus import REVIEWERS, BusPlace, StreamName, Subjects
from secondsight.clock import SystemClock
from secondsight.config import QueueBrainSettings, QueueSettings
from secondsight.errors import BrainError
from secondsight.jpeg import jpeg_size
from secondsight.records import Call, Egress, Outcome, Verdict, Verification
from tests.brain.samples import BOX, review_request
from tests.servers.nats import NatsServer

SUBJECTS = Subjects("ss", "depot-7")


class Site:
    """The brain of a site.

    Attributes:
        booked: what went into the ledger.
    """

    def __init__(
        self, server: NatsServer, timeout: float = 20.0, absence: float = 300.0, **queue: Any
    ) -> None:
        settings = QueueBrainSettings(
            timeout=timeout, lease=600, absence=absence, price_in=2.0, price_out=10.0
        )
        place = BusPlace(QueueSettings(url=SecretStr(server.url), **{"timeout": 20, **queue}), SUBJECTS)
        self.booked: list[Call] = []
        self.brain = QueueBrain(settings, place, SystemClock(), self.booked.append)

    async def __aenter__(self) -> "Site":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.brain.close()


class Reviewer:
    """A program of somebody else that answers what it takes.

    Attributes:
        cases: that it took.
    """

    def __init__(self, server: NatsServer) -> None:
        self._url = server.url
        self.cases: list[dict[str, Any]] = []

    async def __aenter__(self) -> "Reviewer":
        self.client = await nats.connect(self._url)
        self.js = self.client.jetstream()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    async def take(self) -> tuple[Any, dict[str, Any]]:
        """The next case, not acknowledged yet."""
        while True:
            try:
                taking = await self.js.pull_subscribe_bind(consumer=REVIEWERS, stream="ss-reviews")
                [message] = await taking.fetch(1, timeout=5)
            except nats.errors.Error:  # not there yet, or nothing to do
                await asyncio.sleep(0.05)
                continue
            case = json.loads(message.data)
            self.cases.append(case)
            return message, case

    async def publish(self, subject: str, data: bytes) -> None:
        """Publish until the server has it."""
        while True:
            try:
                await self.js.publish(subject, data, timeout=2)
                return
            except nats.errors.Error:
                await asyncio.sleep(0.05)

    async def answer(self, *answers: Callable[[dict[str, Any]], bytes]) -> None:
        """Take a case and publish these answers to it."""
        message, case = await self.take()
        for make in answers:
            await self.js.publish(case["reply"], make(case))
        await message.ack()


def saying(word: str, **changes: Any) -> Callable[[dict[str, Any]], bytes]:
    """A good answer."""

    def make(case: dict[str, Any]) -> bytes:
        answers = {question["key"]: "" for question in case["questions"]}
        answers[case["questions"][0]["key"]] = word
        answer = {"summary": "I see.", "answers": answers, "evidence": [{"frame": 1, "box": None}]}
        return json.dumps({"id": case["id"], "answer": answer, "model": "large-1", **changes}).encode()

    return make


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    async def limited() -> Any:
        async with asyncio.timeout(180):
            return await work()

    return asyncio.run(limited())


def test_a_case_goes_out_and_its_verdict_comes_back(server: NatsServer) -> None:
    async def work() -> tuple[Verdict, Site, Reviewer]:
        async with Site(server) as site, Reviewer(server) as reviewer:
            usage = {"tokens_in": 1000, "tokens_out": 100}
            answering = asyncio.create_task(reviewer.answer(saying("yes", probability=0.9, usage=usage)))
            request = review_request(source="hall", egress=Egress.REDACTED, deadline=1_900_000_000.0)
            verdict = await site.brain.review(request)
            await answering
            return verdict, site, reviewer

    verdict, site, reviewer = run(work)
    assert verdict.verification is Verification.CONFIRMED
    assert (verdict.probability, verdict.model, verdict.summary) == (0.9, "large-1", "I see.")
    assert [point.frame for point in verdict.evidence] == [1]
    [call] = site.booked
    assert (call.outcome, call.tokens_in, call.remote, call.egress) == (
        Outcome.ANSWERED,
        1000,
        True,
        Egress.REDACTED,
    )
    assert call.cost == pytest.approx(0.003)
    assert call.destination == server.url
    [case] = reviewer.cases
    assert case["deadline"] == "2030-03-17T17:46:40.000Z"
    assert "hall" not in json.dumps({key: case[key] for key in case if key != "frames"}).replace("Hall", "")
    assert case["frames"][0]["box"] == list(BOX)
    assert jpeg_size(base64.b64decode(case["frames"][0]["jpeg"])) == (320, 180)
    assert server.count("ss-reviews") == 0


def test_the_offer_is_read_back_as_the_request(server: NatsServer) -> None:
    request = review_request(count=2, outline=((0.1, 0.1), (0.9, 0.1), (0.5, 0.9)))

    async def work() -> bytes:
        async with Site(server) as site, Reviewer(server) as reviewer:
            asking = asyncio.create_task(site.brain.review(request))
            message, _ = await reviewer.take()
            asking.cancel()
            data: bytes = message.data
            return data

    _, found = read_offer(run(work))
    for key in ("kind", "camera", "zone", "triggered", "questions", "outline", "sheet", "case_id"):
        assert getattr(found, key) == getattr(request, key), key
    assert [frame.box for frame in found.frames] == [frame.box for frame in request.frames]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (lambda case: b"\xff not json", "malformed"),
        (lambda case: b"{}", "malformed"),
        (lambda case: json.dumps({"id": "another", "answer": "{}"}).encode(), "another one's"),
        (lambda case: saying("perhaps")(case), "must be one of"),
        (lambda case: saying("yes", probability=7)(case), "less than or equal to 1"),
        (lambda case: json.dumps({"id": case["id"]}).encode(), "neither"),
        (lambda case: b"[" * 100_000, "malformed"),
        (lambda case: b'"' + b"a" * 500_000 + b'"', "longer than"),
    ],
)
def test_wrong_answers_cost_a_try_and_nothing_else(
    server: NatsServer, answer: Callable[[dict[str, Any]], bytes], problem: str
) -> None:
    """The next try of the same case is offered anew, and takes a good answer."""

    async def work() -> None:
        async with Site(server) as site, Reviewer(server) as reviewer:
            answering = asyncio.create_task(reviewer.answer(answer))
            with pytest.raises(BrainError, match=problem) as failed:
                await site.brain.review(review_request())
            assert failed.value.retryable
            assert not failed.value.away
            await answering
            assert site.brain.counts["malformed"] == 1
            answering = asyncio.create_task(reviewer.answer(saying("no")))
            verdict = await site.brain.review(review_request())
            assert verdict.verification is Verification.REJECTED
            await answering
            assert [call.outcome for call in site.booked] == [Outcome.MALFORMED, Outcome.ANSWERED]

    run(work)


def test_a_late_answer_serves_the_next_try(server: NatsServer) -> None:
    async def work() -> None:
        async with Reviewer(server) as reviewer:
            async with Site(server, timeout=2.0) as site:
                asking = asyncio.create_task(site.brain.review(review_request()))
                message, case = await reviewer.take()
                with pytest.raises(BrainError, match="no verdict within 2 s") as failed:
                    await asking
                assert failed.value.retryable
                assert not failed.value.away
                await reviewer.js.publish(case["reply"], saying("yes")(case))
                await message.ack()
                while not site.brain.counts["late"]:
                    await asyncio.sleep(0.05)
            async with Site(server) as again:  # as after a restart
                verdict = await again.brain.review(review_request())
                assert verdict.verification is Verification.CONFIRMED
            assert len(reviewer.cases) == 1

    run(work)


def test_of_two_answers_the_first_counts(server: NatsServer) -> None:
    async def work() -> None:
        async with Site(server) as site, Reviewer(server) as reviewer:
            answering = asyncio.create_task(reviewer.answer(saying("yes"), saying("no"), saying("no")))
            verdict = await site.brain.review(review_request())
            assert verdict.verification is Verification.CONFIRMED
            await answering
            while site.brain.counts["duplicate"] < 2:
                await asyncio.sleep(0.05)

    run(work)


def test_a_probability_that_speaks_against_its_answer_is_unsure(server: NatsServer) -> None:
    async def work() -> Verdict:
        async with Site(server) as site, Reviewer(server) as reviewer:
            answering = asyncio.create_task(reviewer.answer(saying("yes", probability=0.1)))
            verdict = await site.brain.review(review_request())
            await answering
            return verdict

    assert run(work).verification is Verification.UNSURE


@pytest.mark.parametrize("retry", [True, False])
def test_a_reviewer_that_cannot(server: NatsServer, retry: bool) -> None:
    def decline(case: dict[str, Any]) -> bytes:
        return json.dumps({"id": case["id"], "error": "no GPU\x1b[2J", "retry": retry}).encode()

    async def work() -> None:
        async with Site(server) as site, Reviewer(server) as reviewer:
            answering = asyncio.create_task(reviewer.answer(decline))
            with pytest.raises(BrainError, match="no GPU") as failed:
                await site.brain.review(review_request())
            assert failed.value.retryable is retry
            assert "\x1b" not in str(failed.value)
            await answering

    run(work)


def test_nobody_there_is_a_brain_that_is_away(server: NatsServer) -> None:
    """And the case waits: whoever comes answers it, though the site has asked again meanwhile."""

    async def work() -> None:
        async with Site(server, absence=1.0) as site, Reviewer(server) as reviewer:
            with pytest.raises(BrainError, match="nobody takes cases") as failed:
                await site.brain.check()
            for _ in range(2):
                with pytest.raises(BrainError, match="nobody takes cases") as failed:
                    await site.brain.review(review_request())
                assert failed.value.away
            assert (await reviewer.js.stream_info("ss-reviews")).state.messages == 1
            await reviewer.answer(saying("yes"))
            assert (await site.brain.review(review_request())).verification is Verification.CONFIRMED

    run(work)


def test_no_server_is_a_brain_that_is_away(server: NatsServer) -> None:
    async def work() -> None:
        async with Site(server, timeout=1) as site:
            server.stop()
            with pytest.raises(BrainError, match=server.url) as failed:
                await site.brain.review(review_request())
            assert failed.value.away
            assert site.booked == []  # nothing was sent

    run(work)


def test_a_server_that_restarts_under_a_review(server: NatsServer) -> None:
    async def work() -> None:
        async with Site(server, timeout=40) as site, Reviewer(server) as reviewer:
            asking = asyncio.create_task(site.brain.review(review_request()))
            message, case = await reviewer.take()
            server.stop()
            server.start()
            await reviewer.publish(case["reply"], saying("yes")(case))
            await message.ack()
            assert (await asking).verification is Verification.CONFIRMED

    run(work)


def test_a_case_too_large_for_a_message_is_made_smaller(server: NatsServer) -> None:
    noise = Image.frombytes("RGB", (1280, 720), random.Random(1).randbytes(1280 * 720 * 3))
    out = BytesIO()
    noise.save(out, "JPEG", quality=95)
    request = review_request(count=6)
    request = replace(request, frames=tuple(replace(one, jpeg=out.getvalue()) for one in request.frames))

    async def work() -> dict[str, Any]:
        async with Site(server) as site, Reviewer(server) as reviewer:
            answering = asyncio.create_task(reviewer.answer(saying("no")))
            await site.brain.review(request)
            await answering
            return reviewer.cases[0]

    case = run(work)
    assert len(case["frames"]) == 6
    assert max(jpeg_size(base64.b64decode(case["frames"][0]["jpeg"]))) < 768
    assert len(json.dumps(case)) < 1_048_576


def test_what_is_there_stays_as_its_administrator_made_it(server: NatsServer) -> None:
    async def work() -> None:
        async with Site(server) as site, Reviewer(server) as reviewer:
            await reviewer.js.add_stream(
                name="ss-reviews",
                subjects=["ss.*.cases.review.*"],
                retention=RetentionPolicy.WORK_QUEUE,
                max_msgs=9,
            )
            answering = asyncio.create_task(reviewer.answer(saying("no")))
            await site.brain.review(review_request())
            await answering
            assert (await reviewer.js.stream_info(StreamName.REVIEWS.of("ss"))).config.max_msgs == 9

    run(work)
