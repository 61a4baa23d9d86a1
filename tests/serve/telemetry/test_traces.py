"""Traces of cases at a collector: what they tell, what they never tell, and a collector that is away."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from pydantic import SecretStr
from typer.testing import CliRunner

from secondsight.cli.app import app
from secondsight.config import SiteConfig, TelemetrySettings, make_site
from secondsight.errors import ConfigError, DeliveryError
from secondsight.records import Action, Call, Outcome, Purpose, Verification
from secondsight.serve.alerts import AlertService
from secondsight.serve.telemetry import CaseTracer, Collector, check_collector
from secondsight.store import AttachClip, OpenCandidate, Store
from tests.serve.alerts.life import Life, eventually, severity
from tests.servers.collector import TraceCollector, attributes
from tests.servers.receiver import Receiver
from tests.store.samples import candidate, clip, decision, key_frames, verdict

SECRET = "s3cr3t-of-the-collector"


@pytest.fixture
def collector() -> Iterator[TraceCollector]:
    with TraceCollector() as running:
        yield running


def settings(collector: TraceCollector, **changes: Any) -> TelemetrySettings:
    headers = {"x-api-key": SecretStr(SECRET)}
    return TelemetrySettings(endpoint=SecretStr(collector.endpoint), headers=headers, **changes)


def tracer_of(collector: TraceCollector, store: Store, **changes: Any) -> CaseTracer:
    made = CaseTracer(Collector(settings(collector, **changes), "Depot 7"), store, rng=random.Random(1))
    made.begin()
    return made


def see_through(
    store: Store, life: Life, id: str = "c", outcomes: tuple[Outcome, ...] = (Outcome.ANSWERED,)
) -> None:
    """A case from suspicion to verdict, with a call of the brain for each outcome."""
    suspected = candidate(id, 990.0, attributes={"plate": "沪B-99999"})
    store.apply([OpenCandidate(suspected, decision(Action.REVIEW, deadline=4e9))])
    store.apply([AttachClip(id, clip(id), key_frames(id))])
    life.publish()
    for number, outcome in enumerate(outcomes):
        call = Call(
            time=store.steps.of(id)[-1].time + number, purpose=Purpose.VERIFY, case_id=id, camera="hall",
            kind="intrusion", backend="openai:some-vlm", destination="api.example.org", remote=True,
            outcome=outcome, frames=4, digest="d" * 32, seconds=0.5, tokens_in=1200, tokens_out=80, cost=0.0042,
        )  # fmt: skip
        store.ledger.add([call])
    store.cases.settle(id, Verification.CONFIRMED, verdict())
    life.publish()


def by_name(spans: list[Span]) -> dict[str, Span]:
    return {span.name: span for span in spans}


def test_a_case_is_one_trace_from_suspicion_to_announcement(
    collector: TraceCollector, store: Store, life: Life, make_config: Callable[..., SiteConfig]
) -> None:
    tracer = tracer_of(collector, store)
    with Receiver() as person:
        config = make_config({"door": {"type": "webhook", "url": person.url, "send": "announcements"}})
        with AlertService(config, store, severity) as alerts:
            see_through(store, life, outcomes=(Outcome.MALFORMED, Outcome.ANSWERED))
            assert alerts.flush(60)
    assert tracer.send_due() == 8
    spans = collector.spans()
    assert collector.names() == [
        "announcement", "announcement", "candidate", "case", "evidence", "review", "review", "verdict",
    ]  # fmt: skip
    assert len({span.trace_id for span in spans}) == 1
    assert len({span.span_id for span in spans}) == 8
    found = by_name(spans)
    root, parents = found["case"], {span.name: span.parent_span_id for span in spans}
    assert root.parent_span_id == b""
    assert parents == {
        "case": b"",
        "candidate": root.span_id,
        "evidence": root.span_id,
        "verdict": root.span_id,
        "announcement": root.span_id,
        "review": found["verdict"].span_id,
    }
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)
    assert (found["candidate"].end_time_unix_nano - found["candidate"].start_time_unix_nano) == pytest.approx(
        1.25e9, abs=1e3
    )
    reviews = [span for span in spans if span.name == "review"]
    assert [span.status.code == Status.STATUS_CODE_ERROR for span in reviews] == [True, False]
    assert attributes(reviews[1]) == {
        "event": "c", "camera": "hall", "rule": "night", "kind": "intrusion", "zone": "yard",
        "backend": "openai:some-vlm", "outcome": "answered", "egress": "full", "remote": True, "frames": 4,
        "cost": 0.0042,
    }  # fmt: skip
    about = attributes(found["verdict"])
    assert (about["verification"], about["probability"], about["tokens_in"]) == ("confirmed", 0.91, 1200)
    told = [attributes(span) for span in spans if span.name == "announcement"]
    assert [(one["channel"], one["step"], one["word"]) for one in told] == [
        ("door", "raised", "alert"),
        ("door", "verified", "update"),
    ]
    assert {attributes(request.resource_spans[0].resource)["site"] for request in collector.requests()} == {
        "Depot 7"
    }
    assert collector.taken[0].path == "/v1/traces"
    assert collector.taken[0].headers["content-type"] == "application/x-protobuf"
    assert collector.taken[0].headers["x-api-key"] == SECRET


def test_nothing_private_stands_in_a_span(collector: TraceCollector, store: Store, life: Life) -> None:
    """No words of models or people, no plates, no files, no secrets."""
    tracer = tracer_of(collector, store)
    see_through(store, life)
    life.deny(note="It was our own guard Willibald.", by="Annegret")
    tracer.send_due()
    sent = b"".join(one.body for one in collector.taken)
    assert b"some-vlm" in sent
    private = [
        "walks along",
        "opposite form",
        "沪B",
        "Willibald",
        "Annegret",
        ".jpg",
        ".mp4",
        SECRET,
        "api.example",
    ]
    assert [text for text in private if text.encode() in sent] == []


def test_each_span_is_sent_once_and_the_past_is_left_alone(
    collector: TraceCollector, store: Store, life: Life
) -> None:
    see_through(store, life, "before")
    tracer = tracer_of(collector, store)
    assert tracer.send_due() == 0
    see_through(store, life, "c")
    assert tracer.send_due() == 5
    assert tracer.send_due() == 0
    assert {attributes(span)["event"] for span in collector.spans()} == {"c"}


def test_spans_of_two_runs_find_each_other(collector: TraceCollector, store: Store, life: Life) -> None:
    first = tracer_of(collector, store)
    store.apply([OpenCandidate(candidate("c"), decision(Action.REVIEW, deadline=4e9))])
    life.publish()
    first.send_due()
    second = tracer_of(collector, store)
    store.apply([AttachClip("c", None, (), "the camera was away")])
    life.publish()
    second.send_due()
    found = by_name(collector.spans())
    assert set(found) == {"candidate", "evidence"}
    assert found["candidate"].trace_id == found["evidence"].trace_id
    assert found["candidate"].parent_span_id == found["evidence"].parent_span_id
    assert found["evidence"].status.code == Status.STATUS_CODE_ERROR


@pytest.mark.parametrize(
    ("answer", "comes_later"), [(503, True), (429, True), (400, False), (404, False), (302, False)]
)
def test_a_collector_that_refuses(
    collector: TraceCollector, store: Store, life: Life, answer: int, comes_later: bool
) -> None:
    tracer = tracer_of(collector, store)
    collector.answer = lambda number, id: answer
    collector.headers = {"Location": "http://127.0.0.1:9/"}
    see_through(store, life)
    with suppress(DeliveryError):
        tracer.send_due()
    collector.answer = lambda number, id: 200
    tracer.send_due()
    assert len(collector.spans()) == (5 if comes_later else 0)


def test_a_collector_that_is_away_loses_nothing(collector: TraceCollector, store: Store, life: Life) -> None:
    collector.stop()
    with tracer_of(collector, store) as tracer:
        see_through(store, life)
        assert eventually(lambda: tracer.trouble)
        assert SECRET not in (tracer.trouble or "")
        collector.start()
        eventually(lambda: len(collector.spans()) == 5)
        assert eventually(lambda: tracer.trouble is None)


def test_one_that_hangs_keeps_nobody_waiting(collector: TraceCollector, store: Store, life: Life) -> None:
    collector.hanging.set()
    with tracer_of(collector, store, timeout=0.2) as tracer:
        see_through(store, life)  # while the tracer waits
        assert "did not answer" in eventually(lambda: tracer.trouble)
    collector.hanging.clear()


def test_spans_that_a_collector_does_not_want_are_told_of() -> None:
    response = ExportTraceServiceResponse(partial_success=ExportTracePartialSuccess(rejected_spans=3))

    class Picky(TraceCollector):
        def _handle(self, request: Any) -> None:
            request.rfile.read(int(request.headers["Content-Length"]))
            content = response.SerializeToString()
            request.send_response(200)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content)

    with Picky() as picky:
        assert Collector(settings(picky), "Depot 7").send([]) == 3


def test_check_says_whether_the_collector_is_there(
    collector: TraceCollector, make_config: Callable[..., SiteConfig]
) -> None:
    config = make_config(telemetry={"endpoint": collector.endpoint + "/"})
    assert check_collector(config) == (True, f"127.0.0.1:{collector.port} takes traces")
    assert collector.taken[0].path == "/v1/traces"
    collector.stop()
    fine, why = check_collector(config)
    assert not fine
    assert "cannot be reached" in why


@pytest.mark.parametrize("wrong", [{"endpoint": "localhost:4318"}, {"endpoint": "grpc://localhost"}, {}])
def test_what_is_no_endpoint_is_told_by_its_key(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"telemetry\.endpoint"):
        make_site({"cameras": {"hall": {"source": "x"}}, "telemetry": wrong}, tmp_path)


def test_a_run_sends_its_traces(tmp_path: Path, collector: TraceCollector) -> None:
    from secondsight.sim import make_city

    make_city("metro", tmp_path, seed=1_000_000, seconds=1, cameras=1)
    (tmp_path / "site.yaml").write_text(
        f"""
cameras: {{platform: {{source: metro-0.mp4}}}}
sentinel: {{model: city-nano}}
rules: {{anyone: {{behaviour: intrusion, zone: frame}}}}
telemetry: {{endpoint: "{collector.endpoint}"}}
"""
    )
    done = CliRunner().invoke(app, ["run", str(tmp_path / "site.yaml"), "--once", "--json"])
    assert done.exit_code == 0, done.output
    assert {"case", "candidate", "evidence", "verdict"} <= set(collector.names())
    assert {attributes(span)["camera"] for span in collector.spans()} == {"platform"}
