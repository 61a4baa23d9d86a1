"""What channels that show more than messages may know of the site."""

from collections.abc import Callable
from dataclasses import dataclass

from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.site import SiteStatus
from secondsight.store import Store


@dataclass(frozen=True, slots=True)
class SiteView:
    """A site that runs.

    Attributes:
        status: the newest status; None before there is one.
    """

    config: SiteConfig
    store: Store
    clock: Clock
    status: Callable[[], SiteStatus | None]
