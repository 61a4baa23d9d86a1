"""Metrics that Prometheus takes, and what they say."""

import re
import shutil
import subprocess
from functools import partial
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection

from secondsight.records import Call, Outcome, Purpose
from secondsight.serve.metrics import SiteMetrics
from tests.conftest import require
from tests.serve.conftest import NOW, Served, event_id, serve_app


def read(served: Served) -> dict[tuple[str, tuple[str, ...]], float]:
    with served.client("viewer-all") as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_figures_are_those_of_the_site(served: Served) -> None:
    found = read(served)
    assert found["secondsight_camera_up", ("hall",)] == 1
    assert found["secondsight_camera_frames_per_second", ("hall",)] == 9.5
    assert found["secondsight_camera_gated_ratio", ("yard",)] == pytest.approx(0.9)
    assert found["secondsight_camera_drops_total", ("yard",)] == 2
    assert found["secondsight_queue_cases", ()] == 2
    assert found["secondsight_queue_oldest_age_seconds", ()] == served.clock.now() - NOW
    assert found["secondsight_events_total", ("hall", "intrusion")] == 4
    assert found["secondsight_events_confirmed_total", ("hall", "intrusion")] == 1
    assert found["secondsight_calls_total", ("yard", "intrusion")] == 1
    assert found["secondsight_tokens_sent_total", ("yard", "intrusion")] == 1000
    assert found["secondsight_money_spent_total", ("yard", "intrusion")] == 0.01
    assert found["secondsight_disk_free_bytes", ()] > 0
    assert found["process_resident_memory_bytes", ()] > 10**7


def test_reviews_through_the_queue_are_counted_by_what_came_of_them(served: Served) -> None:
    made = [
        ("hall", "intrusion", "queue", Outcome.ANSWERED, 3),
        ("hall", "intrusion", "queue", Outcome.MALFORMED, 1),
        ("hall", "fall", "queue", Outcome.ANSWERED, 1),
        ("yard", "fall", "queue", Outcome.FAILED, 2),
        ("yard", "fall", "openai:some-vlm", Outcome.ABANDONED, 4),
    ]
    calls = [
        Call(NOW - number, Purpose.VERIFY, event_id(camera, number), camera, kind, backend, "there", True, outcome)
        for camera, kind, backend, outcome, count in made
        for number in range(count)
    ]  # fmt: skip
    served.store.ledger.add(calls)
    found = {
        key: value
        for key, value in read(served).items()
        if key[0].startswith("secondsight_message_queue_reviews")
    }
    assert found == {
        ("secondsight_message_queue_reviews_answered_total", ("hall", "intrusion")): 3,
        ("secondsight_message_queue_reviews_answered_total", ("hall", "fall")): 1,
        ("secondsight_message_queue_reviews_malformed_total", ("hall", "intrusion")): 1,
        ("secondsight_message_queue_reviews_failed_total", ("yard", "fall")): 2,
    }


def _execute(connection: Connection, text: str) -> None:
    connection.exec_driver_sql(text)


def test_deliveries_are_counted_by_channel(served: Served) -> None:
    row = "INSERT INTO deliveries (channel, position, event_id, number, attempts, next_at, created_at, state) VALUES "
    values = [("mqtt", 1, "waiting"), ("mqtt", 2, "waiting"), ("mail", 3, "dead")]
    for channel, position, state in values:
        row_values = f"('{channel}', {position}, '{event_id('hall', 0)}', {position}, 0, 0, 0, '{state}')"
        served.store._database.write(partial(_execute, text=row + row_values))
    found = read(served)
    assert found["secondsight_deliveries_waiting", ("mqtt",)] == 2
    assert found["secondsight_deliveries_dead", ("mail",)] == 1


def test_labels_are_of_cameras_and_kinds_alone(served: Served) -> None:
    text = SiteMetrics(served.site).text().decode()
    labels = {
        name
        for line in text.splitlines()
        if line.startswith("secondsight_")
        for name in re.findall(r'(\w+)="', line)
    }
    assert labels == {"camera", "kind", "version"}


def test_two_apps_beside_each_other_have_no_series_twice(served: Served) -> None:
    other = serve_app(served.store, served.data, served.clock, users=False)
    for app in (served.app, other.app):
        lines = [line for line in app.state.metrics.text().decode().splitlines() if not line.startswith("#")]
        names = [line.rpartition(" ")[0] for line in lines]
        assert len(names) == len(set(names))


def test_sums_are_not_asked_for_at_every_scrape(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = served.store.search.tallies

    def tallies() -> Any:
        asked.append(1)
        return real()

    monkeypatch.setattr(served.store.search, "tallies", tallies)
    metrics = SiteMetrics(served.site)
    for _ in range(5):
        metrics.text()
    assert len(asked) == 1
    served.clock.advance(60)
    metrics.text()
    assert len(asked) == 2


def test_promtool_finds_nothing_to_mend(served: Served) -> None:
    require(shutil.which("promtool"), "promtool is not installed (Debian package prometheus)")
    own = [line for line in SiteMetrics(served.site).text().decode().splitlines() if "python_gc" not in line]
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input="\n".join(own) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
