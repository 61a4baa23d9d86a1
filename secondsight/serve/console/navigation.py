"""What stands in the head of every page: an entry for each page that the person may open."""

from dataclasses import dataclass

from secondsight.serve.auth.rights import Principal, Right


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A page in the navigation.

    Attributes:
        path: of the page; pages below it count as the same.
        text: key of its name.
        right: without which it is left out.
    """

    path: str
    text: str
    right: Right = Right.VIEW


NAVIGATION = (
    NavigationEntry("/alarms", "alarms.title"),
    NavigationEntry("/live", "live.title"),
    NavigationEntry("/search", "search.title"),
    NavigationEntry("/find", "find.title"),
    NavigationEntry("/ask", "ask.title"),
    NavigationEntry("/reports", "reports.title"),
    NavigationEntry("/money", "money.title"),
    NavigationEntry("/learning", "learning.title", Right.ADMINISTER),
    NavigationEntry("/setup", "setup.title", Right.ADMINISTER),
    NavigationEntry("/users", "users.title", Right.ADMINISTER),
    NavigationEntry("/audit", "audit.title", Right.ADMINISTER),
)


def entries_for(person: Principal | None) -> list[NavigationEntry]:
    """What a person may open; nothing for strangers."""
    return [] if person is None else [entry for entry in NAVIGATION if person.may(entry.right)]
