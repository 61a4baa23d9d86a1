"""Search over all events: filters and words, newest first, more as one scrolls. The address is the permalink."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from secondsight.records import Event, Verification
from secondsight.serve.access import cameras as camera_access
from secondsight.serve.access import events as access
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.auth.rights import Principal
from secondsight.serve.console.page import Asked, Page, PageRoute
from secondsight.serve.cursors import read_cursor, write_cursor
from secondsight.serve.site import ServedSite
from secondsight.store import EventSearch

router = APIRouter(prefix="/search", route_class=PageRoute)
_ON_ONE_PAGE = 60
_WEEK = 7 * 86400.0
_Word = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What was asked, as the fields of the form have it.

    Attributes:
        since, until: date and time in the site's zone, as `2026-01-31T08:00`.
        truth: what people said: `true`, `false`, or empty for whatever.
    """

    text: str = ""
    camera: str = ""
    kind: str = ""
    verification: str = ""
    truth: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> str:
        """As part of an address; what is empty is left out."""
        given = {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}
        return urlencode(given)

    def conditions(self, page: Page) -> EventSearch:
        """What is searched for."""
        return EventSearch(
            cameras=(self.camera,) if self.camera else None,
            kinds=(self.kind,) if self.kind else (),
            verifications=(Verification(self.verification),) if self.verification in VERIFICATIONS else (),
            truth={"true": True, "false": False}.get(self.truth),
            since=page.time.seconds(self.since),
            until=page.time.seconds(self.until),
            text=self.text,
        )


VERIFICATIONS = tuple(one.value for one in Verification)


@dataclass(frozen=True, slots=True)
class ResultsView:
    """Some events.

    Attributes:
        onward: query of the following ones; None when there are none.
    """

    events: tuple[Event, ...]
    onward: str | None


@dataclass(frozen=True, slots=True)
class SearchView:
    """The form with what can be chosen, and the first results."""

    asked: SearchForm
    cameras: list[str]
    kinds: list[str]
    results: ResultsView
    verifications: tuple[str, ...] = field(default=VERIFICATIONS)


@router.get("")
def search(
    site: Served,
    person: Viewer,
    page: Asked,
    text: _Word = "",
    camera: _Word = "",
    kind: _Word = "",
    verification: _Word = "",
    truth: Literal["", "true", "false"] = "",
    since: _Word = "",
    until: _Word = "",
    cursor: Annotated[str | None, Query(max_length=512)] = None,
) -> Response:
    """The form, with what it has found; without `cursor` from the newest on. As a part: the results alone."""
    asked = SearchForm(text, camera, kind, verification, truth, since, until)
    results = _results(site, person, page, asked, cursor)
    if page.part:
        return page.show("parts/results.html", results, person)
    names = [one.name for one in camera_access.cameras(site, person)]
    return page.show("search.html", SearchView(asked, names, access.kinds(site, person), results), person)


@dataclass(frozen=True, slots=True)
class KindOnDays:
    """A kind on two days. Attributes: events, confirmed: on the first and on the second."""

    kind: str
    events: tuple[int, int]
    confirmed: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DaysView:
    """Attributes: days: when each begins, UTC seconds."""

    days: tuple[float, float]
    kinds: list[KindOnDays]


@router.get("/days")
def compare_days(
    site: Served, person: Viewer, page: Asked, first: _Word = "", second: _Word = ""
) -> Response:
    """Two days beside each other; today and the same day of last week where none are named."""
    now = site.clock.now()
    days = [
        page.time.day_of(page.time.seconds(day) or otherwise)
        for day, otherwise in ((first, now - _WEEK), (second, now))
    ]
    found = [access.tallies(site, person, *day) for day in days]
    kinds = sorted({one.kind for day in found for one in day})
    rows = [
        KindOnDays(
            kind,
            _both(sum(one.events for one in day if one.kind == kind) for day in found),
            _both(
                sum(
                    one.events
                    for one in day
                    if one.kind == kind and one.verification is Verification.CONFIRMED
                )
                for day in found
            ),
        )
        for kind in kinds
    ]
    return page.show("days.html", DaysView((days[0][0], days[1][0]), rows), person)


def _both(values: Iterable[int]) -> tuple[int, int]:
    first, second = values
    return first, second


def _results(
    site: ServedSite, person: Principal, page: Page, asked: SearchForm, cursor: str | None
) -> ResultsView:
    found = access.find_events(site, person, asked.conditions(page), read_cursor(cursor), _ON_ONE_PAGE)
    further = write_cursor(found.next)
    onward = (
        None if further is None else "&".join(filter(None, (asked.query, urlencode({"cursor": further}))))
    )
    return ResultsView(found.events, onward)
