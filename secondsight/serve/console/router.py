"""Every page, and the static files."""

from fastapi import APIRouter, FastAPI

from secondsight.serve.console.pages import (
    alarms,
    ask,
    audit,
    events,
    find,
    learning,
    live,
    money,
    notifications,
    reports,
    search,
    session,
    setup,
    users,
)
from secondsight.serve.console.static_files import KeptFiles
from secondsight.serve.console.templating import STATIC

PAGES: tuple[APIRouter, ...] = (
    session.router,
    alarms.router,
    events.router,
    search.router,
    find.router,
    ask.router,
    users.router,
    notifications.router,
    live.router,
    money.router,
    learning.router,
    reports.router,
    setup.router,
    audit.router,
)


def add_pages(app: FastAPI) -> None:
    """Give an app the console."""
    for router in PAGES:
        app.include_router(router, include_in_schema=False)
    app.mount(STATIC, KeptFiles(), name="static")
