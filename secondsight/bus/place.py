"""Which server, and which part of it is this site's."""

from dataclasses import dataclass

from secondsight.addresses import Address, read_address
from secondsight.bus.names import slug
from secondsight.bus.subjects import Subjects
from secondsight.config import QueueSettings, SiteConfig


@dataclass(frozen=True, slots=True)
class BusPlace:
    """The queue as one site uses it."""

    settings: QueueSettings
    subjects: Subjects

    @property
    def address(self) -> Address:
        """Of the server."""
        address = read_address(self.settings.url.get_secret_value())
        assert address is not None  # settings have checked it
        return address

    @property
    def shown(self) -> str:
        """The server, for people: without a login."""
        return f"{self.address.scheme}://{self.address.place}"


def bus_of(config: SiteConfig) -> BusPlace | None:
    """The queue of a site; None for a site without one."""
    if config.queue is None:
        return None
    site = config.queue.site or slug(config.site.name)
    return BusPlace(config.queue, Subjects(config.queue.prefix, site))
