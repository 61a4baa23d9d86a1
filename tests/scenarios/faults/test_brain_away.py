"""A brain that is away, late, wrong or mad, through the whole product."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import load_site
from secondsight.records import Event, Verification, snapshot_path
from secondsight.site import Site
from tests.servers.brain import (
    Behaviour,
    BrainServer,
    content,
    garbage,
    half_body,
    ok,
    reset_midway,
    slow,
    status,
)
from tests.site.sites import PATIENCE, Running, assert_sound, brain_settings, in_time, site_file, stored


def reviewed(
    shorts: Path,
    models: Path,
    folder: Path,
    url: str,
    policy: dict[str, object] | None = None,
    **brain: object,
) -> Event:
    """The one event of a short video, reviewed by the brain at `url`."""
    rule = {"behaviour": "intrusion", "zone": "frame", "policy": policy or {}}
    path = site_file(
        folder,
        {"hall": shorts / "one.mp4"},
        models=models,
        brain=brain_settings(url, **brain),
        rules={"presence": rule},
    )
    with Site(load_site(path)) as site:
        (announced,) = site.events(once=True)
    (event,) = assert_sound(folder / "data")
    assert event.verification is announced.verification
    return event


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(status(500, "internal"), id="500"),
        pytest.param(garbage(), id="not-http", marks=pytest.mark.slow),
        pytest.param(half_body(), id="half-json", marks=pytest.mark.slow),
        pytest.param(reset_midway(), id="reset", marks=pytest.mark.slow),
        pytest.param(slow(60.0), id="timeout"),
    ],
)
def test_a_passing_fault_costs_a_retry_and_a_lasting_one_the_verdict(
    fault: Behaviour, request: pytest.FixtureRequest, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    # Long enough for an answer on a busy machine; what never answers is waited for twice.
    limits: dict[str, Any] = {"timeout": 5.0 if "timeout" in request.node.name else 60.0, "retries": 1}
    with BrainServer(default=fault) as brain:
        lasting = reviewed(shorts, models_dir, tmp_path / "lasting", brain.url, **limits)
        calls = len(brain.requests)
        brain.default = ok("no")
        brain.script(fault)
        passing = reviewed(shorts, models_dir, tmp_path / "passing", brain.url, **limits)
    assert calls == 2, "one retry"
    assert lasting.verification is Verification.FAILED
    assert lasting.verdict is None
    assert lasting.note, "the event says what was wrong"
    assert lasting.alert, "on_brain_failure is open"
    assert lasting.clip is not None
    assert passing.verification is Verification.REJECTED
    assert not passing.alert


def test_an_answer_that_is_no_verdict_is_repaired_once_and_then_fails(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    with BrainServer(default=content("Looks fine to me!")) as brain:
        event = reviewed(shorts, models_dir, tmp_path / "never", brain.url, retries=0)
        assert event.verification is Verification.FAILED
        assert len(brain.requests) == 2, "the request and its repair"
        brain.default = ok("yes")
        brain.script(content('{"answers": {"present": "maybe"}}'))
        event = reviewed(shorts, models_dir, tmp_path / "second", brain.url, retries=0)
    assert event.verification is Verification.CONFIRMED
    assert event.verdict is not None
    assert event.verdict.usage.calls == 2


@pytest.mark.parametrize(
    ("on_failure", "alert"), [pytest.param("open", True, marks=pytest.mark.slow), ("closed", False)]
)
def test_a_case_expires_at_its_deadline(
    on_failure: str, alert: bool, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    with BrainServer() as brain:
        url = brain.url
    # Gone for good: connections are refused from here on.
    event = reviewed(
        shorts,
        models_dir,
        tmp_path,
        url,
        policy={"deadline": "5s", "on_brain_failure": on_failure},
        retries=20,
        backoff=0.2,
    )
    assert event.verification is Verification.EXPIRED
    assert event.alert is alert
    assert event.verdict is None
    assert "deadline" in (event.note or "")


def test_a_brain_that_is_too_busy_is_asked_until_the_deadline(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    busy = status(429, "slow down", retry_after=0.1)
    with BrainServer(default=busy) as brain:
        # The clip is cut before the first request; on a busy machine that takes seconds.
        policy: dict[str, object] = {"deadline": "20s"}
        lasting = reviewed(
            shorts, models_dir, tmp_path / "lasting", brain.url, policy, retries=0, backoff=0.1
        )
        assert len(brain.requests) > 2
        brain.default = ok("no")
        brain.script(busy, busy, busy)
        passing = reviewed(shorts, models_dir, tmp_path / "passing", brain.url, retries=0, backoff=0.1)
    assert lasting.verification is Verification.EXPIRED
    assert passing.verification is Verification.REJECTED


@pytest.mark.parametrize(("on_failure", "alert"), [("open", True), ("closed", False)])
def test_the_policy_says_whether_people_are_told_of_a_failure(
    on_failure: str, alert: bool, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    with BrainServer(default=status(400, "no such picture format")) as brain:
        event = reviewed(
            shorts, models_dir, tmp_path, brain.url, policy={"on_brain_failure": on_failure}, retries=5
        )
        assert len(brain.requests) == 1, "what is refused for good is not asked again"
    assert event.verification is Verification.FAILED
    assert event.alert is alert


def test_people_are_told_in_time_without_the_brain_and_corrected_when_it_is_back(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    brain = BrainServer(default=ok("no")).start()
    brain.stop()
    announce = {"when": "after_verdict", "patience": "2s"}
    try:
        path = site_file(
            tmp_path,
            {"hall": shorts / "one.mp4"},
            brain=brain_settings(brain.url, retries=20, backoff=0.3),
            rules={"presence": {"behaviour": "intrusion", "zone": "frame", "announce": announce}},
        )
        with Running(tmp_path, "run", path, "--once", "--json", models=models_dir) as run:

            def steps() -> list[dict[str, Any]]:
                return [line["step"] for line in run.lines if line["type"] == "event"]

            def words() -> list[tuple[str, str]]:
                return [(step["kind"], step["word"]) for step in steps() if step["word"] != "none"]

            run.until(lambda: ("late", "alert") in words(), "an alert without a verdict")
            assert not any(event.settled for event in stored(tmp_path / "data"))
            brain.start()
            assert run.process.wait(90) == 0
            assert words()[0] == ("late", "alert")
            assert [word for word in words() if word[1] == "withdrawal"] == [("verified", "withdrawal")]
            raised, late = (
                next(step for step in steps() if step["kind"] == kind) for kind in ("raised", "late")
            )
            waited = _seconds(late["time"]) - _seconds(raised["time"])
            assert waited >= 2.0
            assert in_time(waited, 3.0)
            assert late["note"] == "not verified: no verdict within 2 s"
        (event,) = assert_sound(tmp_path / "data")
        assert event.verification is Verification.REJECTED
        assert (tmp_path / "data" / snapshot_path(event)).is_file(), "the picture of the trigger"
    finally:
        brain.stop()


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def test_a_brain_that_comes_back_finds_the_cases_waiting(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    names = ("one", "two", "three")
    brain = BrainServer().start()
    brain.stop()
    try:
        path = site_file(
            tmp_path,
            {name: shorts / f"{name}.mp4" for name in names},
            brain=brain_settings(brain.url, retries=20, backoff=0.3),
        )
        data = tmp_path / "data"
        with Running(tmp_path, "run", path, "--once", "--json", models=models_dir) as run:
            run.until(lambda: len(stored(data)) == 3 and all(event.clip for event in stored(data)), "cases")
            assert not any(event.settled for event in stored(data))
            run.until(lambda: [line for line in run.lines if line.get("trouble")], "word of the trouble")
            run.kill()
        # They wait in the database, not in the process.
        with Running(tmp_path, "run", path, "--once", "--json", models=models_dir) as run:
            run.until(lambda: [line for line in run.lines if line.get("trouble")], "word of the trouble")
            assert not any(event.settled for event in stored(data))
            brain.start()
            assert run.process.wait(PATIENCE) == 0
        events = assert_sound(data)
        assert {event.camera for event in events} == set(names)
        assert all(event.verification is Verification.CONFIRMED for event in events)
        assert len(brain.requests) == 3
    finally:
        brain.stop()
