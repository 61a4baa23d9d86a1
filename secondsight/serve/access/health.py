"""Whether all is well: cameras, queue, brain, disk, channels."""

import shutil
from dataclasses import dataclass

from secondsight.serve.auth.rights import Principal, Right
from secondsight.serve.site import ServedSite


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """Deliveries of one channel: those that wait, and those that were given up."""

    name: str
    waiting: int
    dead: int


@dataclass(frozen=True, slots=True)
class SiteHealth:
    """The parts of a site that belong to no camera.

    Attributes:
        trouble: what keeps store or brain of the run from working; None for nothing, or where it runs elsewhere.
        waiting: cases without a verdict; `oldest` is the age of the first of them in seconds.
        brain: its backend; empty where no site file is known.
        disk_free, disk_size: of the data folder's disk, bytes.
    """

    trouble: str | None
    waiting: int
    oldest: float | None
    brain: str
    disk_free: int
    disk_size: int
    channels: tuple[ChannelHealth, ...]


def health(site: ServedSite, person: Principal) -> SiteHealth | None:
    """What is known of the site as a whole; None for who may not see all cameras."""
    person.need(Right.VIEW)
    if not person.sees_all:
        return None
    status = site.live.status()
    oldest = site.store.cases.oldest_open()
    disk = shutil.disk_usage(site.data)
    deliveries = site.store.search.delivery_counts()
    names = {channel for channel, _ in deliveries} | set(site.config.alerts if site.config else ())
    return SiteHealth(
        trouble=status.trouble if status is not None else None,
        waiting=site.store.cases.open_count(),
        oldest=None if oldest is None else max(0.0, site.clock.now() - oldest),
        brain=site.config.brain.backend if site.config is not None else "",
        disk_free=disk.free,
        disk_size=disk.total,
        channels=tuple(
            ChannelHealth(name, deliveries.get((name, "waiting"), 0), deliveries.get((name, "dead"), 0))
            for name in sorted(names)
        ),
    )
