"""The whole API under generated requests, for each role: no 500, answers as described, nothing of another camera."""

from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.serve.conftest import PEOPLE, Served

CHECKS: list[Any] = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
STREAM = "/api/v1/stream"
schemathesis.serializer.alias("audio/wav", "application/octet-stream")
ROLES = ("admin-all", "viewer-hall")


def bombard(served: Served, who: str | None, examples: int) -> int:
    """Send generated requests, good and bad, to every operation; how many were sent."""
    served.site.feed.closed = True  # a stream would not end by itself; tests/serve/test_stream.py has them
    schema = schemathesis.openapi.from_asgi("/openapi.json", served.app)
    headers = {"Authorization": f"Bearer {served.tokens[who]}"} if who else {}
    hidden = who is not None and PEOPLE[who].cameras is not None
    sent = 0
    for found in schema.get_all_operations():
        assert not isinstance(found, Err), "the API describes itself wrongly"
        operation = found.ok()
        if operation.path == STREAM:
            continue
        for mode in GenerationMode:
            if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
                continue  # there is nothing to do wrong

            @hypothesis.settings(
                max_examples=examples,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
            def once(case: Any) -> None:
                nonlocal sent
                sent += 1
                response = case.call(headers=headers)
                case.validate_response(response, checks=CHECKS)
                assert not (hidden and b"yard-" in response.content), response.content

            once()
    return sent


@pytest.mark.parametrize("who", ROLES)
def test_generated_requests_break_nothing(served: Served, who: str) -> None:
    assert bombard(served, who, examples=1) > 60


def test_without_users_too(alone: Served) -> None:
    """Requests with another host's name are refused before anything else."""
    with alone.client(base_url="http://evil.example") as client:
        assert client.get("/api/v1/events").status_code == 421


@pytest.mark.slow
@pytest.mark.parametrize("who", [*PEOPLE, None])
def test_many_generated_requests_break_nothing(served: Served, who: str | None) -> None:
    assert bombard(served, who, examples=60) > 2000
