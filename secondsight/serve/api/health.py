"""/healthz, /readyz, /metrics: what a watcher of the site asks, beside the API."""

from fastapi import APIRouter, Request, Response

from secondsight.errors import StoreError
from secondsight.serve.api.forms.site import HealthOut
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.auth.rights import ForbiddenError
from secondsight.serve.metrics import CONTENT_TYPE, SiteMetrics

router = APIRouter(tags=["health"])


class MetricsResponse(Response):
    """Prometheus's text format."""

    media_type = CONTENT_TYPE


@router.get("/healthz")
def health() -> HealthOut:
    """Whether the server answers. Open to all."""
    return HealthOut(status="ok")


@router.get("/readyz")
def ready(site: Served) -> HealthOut:
    """Whether the database answers; 503 otherwise. Open to all, and says no more."""
    try:
        site.store.marks.read()
    except StoreError:
        raise StoreError("the database does not answer", retryable=True) from None
    return HealthOut(status="ready")


@router.get("/metrics", response_class=MetricsResponse)
def metrics(request: Request, person: Viewer) -> MetricsResponse:
    """Figures of all cameras, for Prometheus: for people and tokens that may see all of them."""
    if not person.sees_all:
        raise ForbiddenError("metrics are of all cameras; this user may see some")
    found = request.app.state.metrics
    assert isinstance(found, SiteMetrics)
    return MetricsResponse(found.text())
