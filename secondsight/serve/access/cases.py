"""Cases on their way to a verdict, and every verdict on them."""

from secondsight.records import Case, CaseState, Verdict
from secondsight.serve.auth.rights import Principal, Right, UnknownError
from secondsight.serve.site import ServedSite
from secondsight.store import Place


def find_cases(
    site: ServedSite,
    person: Principal,
    *,
    cameras: tuple[str, ...],
    state: CaseState | None,
    after: Place | None,
    limit: int,
) -> list[Case]:
    """Cases of cameras that the person may see, newest first."""
    person.need(Right.VIEW)
    return site.store.cases.page(cameras=person.only(cameras), state=state, after=after, limit=limit)


def get_case(site: ServedSite, person: Principal, id: str) -> Case:
    """One case. Raises UnknownError."""
    person.need(Right.VIEW)
    found = site.store.cases.get(id)
    if found is None or not person.sees(found.candidate.camera):
        raise UnknownError("there is no such case")
    return found


def verdicts_on(site: ServedSite, person: Principal, id: str) -> list[Verdict]:
    """Every verdict on a case in the order in which they came. Raises UnknownError."""
    get_case(site, person, id)
    return site.store.cases.verdicts(id)
