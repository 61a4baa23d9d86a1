"""`secondsight worker` as a process: reviews, is killed, stops, and says what is wrong."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy

from secondsight.bus import REVIEWERS
from secondsight.records import Verdict, Verification
from tests.brain.samples import review_request
from tests.conftest import ROOT
from tests.serve.alerts.life import eventually
from tests.serve.queue.test_reviews import Site, run
from tests.servers.brain import BrainServer, ok, slow, status
from tests.servers.nats import NatsServer
from tests.site.sites import secondsight

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts workers with a brain at an address."""
    running: list[subprocess.Popen[str]] = []

    def start(server: NatsServer, brain: BrainServer) -> "subprocess.Popen[str]":
        file = tmp_path / f"worker-{len(running)}.yaml"
        file.write_text(
            f"brain: {{backend: openai, base_url: '{brain.url}', model: test-vl, api_key: s3cret-word, "
            "guard: {opposite: never, picture: false}}\n"
        )
        command = [sys.executable, "-m", "secondsight", "worker", str(file), "--url", server.url]
        running.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def reviewed(server: NatsServer, meanwhile: Callable[[], None] = lambda: None, **request: Any) -> Verdict:
    """The verdict of a case, through the queue."""

    async def work() -> Verdict:
        async with Site(server, timeout=150) as site:
            asking = asyncio.create_task(site.brain.review(review_request(**request)))
            await asyncio.to_thread(meanwhile)
            return await asking

    verdict: Verdict = run(work)
    return verdict


def hands_out_again_after(server: NatsServer, seconds: float) -> None:
    """Make the queue before the site does, impatient."""

    async def make(js: JetStreamContext) -> None:
        subjects = ["ss.*.cases.review.*"]
        await js.add_stream(name="ss-reviews", subjects=subjects, retention=RetentionPolicy.WORK_QUEUE)
        config = ConsumerConfig(
            durable_name=REVIEWERS,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=seconds,
            filter_subject=subjects[0],
        )
        await js.add_consumer("ss-reviews", config)

    server.run(make)


def test_a_worker_reviews_with_its_own_brain(server: NatsServer, start: Start) -> None:
    with BrainServer() as brain:
        brain.default = ok("yes")
        worker = start(server, brain)
        assert reviewed(server).verification is Verification.CONFIRMED
        brain.default = ok("no")
        assert reviewed(server, case_id="another").verification is Verification.REJECTED
        worker.send_signal(signal.SIGINT)
        _, said = worker.communicate(timeout=60)
    assert worker.returncode == 0
    assert "2 reviewed" in said
    assert "Traceback" not in said
    assert "s3cret" not in said


def test_the_case_of_a_killed_worker_goes_to_another_one(server: NatsServer, start: Start) -> None:
    hands_out_again_after(server, 3.0)
    with BrainServer() as hangs, BrainServer() as answers:
        hangs.default, answers.default = slow(60.0, ok("no")), ok("yes")
        first = start(server, hangs)

        def kill() -> None:
            eventually(lambda: hangs.requests, 120)
            first.kill()
            first.wait()
            start(server, answers)

        assert reviewed(server, kill).verification is Verification.CONFIRMED
    assert server.count("ss-reviews") == 0


def test_a_stopped_worker_gives_its_case_back_at_once(server: NatsServer, start: Start) -> None:
    """Not after the half minute for which a killed one is waited for."""
    with BrainServer() as hangs, BrainServer() as answers:
        hangs.default, answers.default = slow(60.0, ok("no")), ok("yes")
        first = start(server, hangs)
        given_back: list[float] = []

        def stop() -> None:
            eventually(lambda: hangs.requests, 120)
            start(server, answers)
            first.send_signal(signal.SIGTERM)
            assert first.wait(60) == 0
            given_back.append(time.monotonic())

        assert reviewed(server, stop).verification is Verification.CONFIRMED
        assert time.monotonic() - given_back[0] < 90


def test_a_worker_whose_brain_fails(server: NatsServer, start: Start) -> None:
    """What may pass is tried again; what does not is the site's to know."""
    with BrainServer() as brain:
        brain.script(status(503), ok("yes"))
        start(server, brain)
        assert reviewed(server).verification is Verification.CONFIRMED


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("queue: {url: nats://127.0.0.1:1}\n", "a worker needs a brain of its own"),
        ("queue: {url: nats://127.0.0.1:1}\nbrain: {backend: queue}\n", "a worker needs a brain of its own"),
        ("brain: {backend: clip, model: city-clip}\n", "name the NATS server"),
        ("brain: {backend: clip, model: city-clip}\nqueue: {url: nats://x, prefex: a}\n", "prefix"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "worker.yaml"
    file.write_text(text)
    ended = secondsight("worker", file)
    assert ended.returncode == 2
    assert problem in ended.stderr
