"""Errors as `application/problem+json` (RFC 9457): what is wrong and what to do, never a trace, value or secret."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from secondsight.errors import ConfigError, RefusedError, SecondSightError, SourceError, StoreError
from secondsight.foreign import visible
from secondsight.log import fields
from secondsight.masking import redact
from secondsight.serve.auth.authenticator import SignInError, TooManyAttemptsError
from secondsight.serve.auth.rights import ForbiddenError, UnknownError

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Not possible now",
    413: "Too large",
    416: "No such range",
    421: "Wrong host",
    422: "Invalid request",
    429: "Too many attempts",
    500: "Internal error",
    503: "Not available now",
}


class Problem(BaseModel):
    """What went wrong.

    Attributes:
        title: of this status.
        status: as of the response.
        detail: what is wrong and what to do.
        errors: of invalid requests: where (`query.limit`), and what is wrong there.
    """

    title: str
    status: int
    detail: str = ""
    errors: list[dict[str, str]] | None = None


def problem(
    status: int,
    detail: str = "",
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """A response for an error."""
    shown = visible(redact(detail), lines=True)
    form = Problem(title=_TITLES.get(status, "Error"), status=status, detail=shown, errors=errors)
    return JSONResponse(form.model_dump(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE)


def of_error(error: SecondSightError) -> JSONResponse:
    """The response that says what one of our own errors says."""
    headers: dict[str, str] = {}
    match error:
        case SignInError():
            status, headers = 401, {"WWW-Authenticate": "Bearer"}
        case ForbiddenError():
            status = 403
        case UnknownError():
            status = 404
        case RefusedError():
            status = 404 if error.unknown else 409
        case TooManyAttemptsError():
            status, headers = 429, {"Retry-After": str(max(1, round(error.wait)))}
        case ConfigError() | SourceError():
            status = 422
        case StoreError():
            status, headers = 503, {"Retry-After": "2"}
            _log.warning("the store cannot answer a request", extra=fields(error=str(error)))
        case _:
            status = 500
            _log.error("a request failed", extra=fields(error=str(error)))
    return problem(status, str(error), headers=headers)


def add_handlers(app: FastAPI) -> None:
    """Let an app answer with problems whatever happens."""

    @app.exception_handler(SecondSightError)
    def ours(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, SecondSightError)
        return of_error(error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return problem(422, "the request is not as it should be", [_place(one) for one in error.errors()])

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers) if error.headers else None
        return problem(error.status_code, str(error.detail), headers=headers)


def _place(error: Any) -> dict[str, str]:
    """Where a request is wrong and how; what stands there is not repeated: it may be a password."""
    return {"where": ".".join(map(str, error["loc"])), "problem": str(error["msg"])}
