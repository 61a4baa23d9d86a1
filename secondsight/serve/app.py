"""The application: routes, and what holds for all of them, around one served site."""

from fastapi import FastAPI

from secondsight import __version__
from secondsight.serve.api.routes import add_routes
from secondsight.serve.console.router import add_pages
from secondsight.serve.http.headers import SecurityHeaders
from secondsight.serve.http.limits import RequestLimits
from secondsight.serve.http.origins import OriginGuard
from secondsight.serve.http.problems import add_handlers
from secondsight.serve.metrics import SiteMetrics
from secondsight.serve.site import ServedSite


def make_app(site: ServedSite) -> FastAPI:
    """An ASGI application for one site.

    Args:
        site: whose store and data folder it shows; open as long as the application is used.

    Returns:
        The application. Further routers may be included; each of their routes needs a right (`serve.auth.requests`).
    """
    app = FastAPI(title="SecondSight", version=__version__, docs_url=None, redoc_url=None)
    app.state.site = site
    app.state.metrics = SiteMetrics(site)
    add_routes(app)
    add_pages(app)
    add_handlers(app)
    # The last one added is the first to see a request.
    app.add_middleware(OriginGuard, authenticator=site.authenticator, settings=site.settings)
    app.add_middleware(RequestLimits, body=site.settings.body_limit)
    app.add_middleware(SecurityHeaders, encrypted=site.settings.tls is not None)
    return app
