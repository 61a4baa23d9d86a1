"""Every router, where it stands, and the OpenAPI description of all of them."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from secondsight import __version__
from secondsight.serve.api import (
    cameras,
    cases,
    events,
    footage,
    health,
    learned,
    money,
    setup,
    stream,
)
from secondsight.serve.api.accounts import people, push, session
from secondsight.serve.api.asking import ask, find, reports, sentence, transcribe
from secondsight.serve.auth.requests import CSRF_HEADER
from secondsight.serve.http.problems import MEDIA_TYPE, Problem

PREFIX = "/api/v1"
RESOURCES: tuple[APIRouter, ...] = (
    session.router,
    ask.router,
    cameras.router,
    footage.router,
    events.router,
    find.router,
    cases.router,
    learned.router,
    money.router,
    reports.router,
    people.router,
    push.router,
    setup.router,
    stream.router,
    transcribe.router,
    sentence.router,
)
OPEN = frozenset({("POST", f"{PREFIX}/session"), ("GET", "/healthz"), ("GET", "/readyz")})
"""What needs no right. `/openapi.json`, which says nothing of a site, is open too."""


def add_routes(app: FastAPI) -> None:
    """Give an app all routes of the API, and those beside it."""
    for router in RESOURCES:
        app.include_router(router, prefix=PREFIX)
    app.include_router(health.router)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        described = get_openapi(
            title="SecondSight",
            version=__version__,
            routes=app.routes,
            summary="Cameras, events, verdicts, costs and people of one site.",
        )
        parts = described["components"]
        parts["schemas"]["Problem"] = Problem.model_json_schema()
        for gone in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(gone, None)
        parts["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": "An API token."},
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "session",
                "description": f"A session; what changes something needs the header {CSRF_HEADER}, too.",
            },
        }
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                _complete(operation, open=(method.upper(), path) in OPEN)
        app.openapi_schema = described
    return app.openapi_schema


def _complete(operation: dict[str, Any], *, open: bool) -> None:
    """Every error is a problem; everything but what is open needs a token or a session."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"].pop("422", None)
    operation["responses"] |= {
        "4XX": {"description": "Refused; the problem says why.", "content": content},
        "5XX": {"description": "It does not work now; the problem says why.", "content": content},
    }
    operation["security"] = [] if open else [{"token": []}, {"session": []}]
