"""The topics of a site; documented in docs/alerts.md."""

import re
from dataclasses import dataclass

from secondsight.bus import level, slug
from secondsight.config import MqttSettings


@dataclass(frozen=True, slots=True)
class Topics:
    """Where everything of one site stands.

    Attributes:
        base: first part of all topics.
    """

    base: str

    @classmethod
    def of(cls, settings: MqttSettings, site: str) -> "Topics":
        """The topics of a channel: below its `prefix`, or the site's name."""
        return cls(settings.prefix or f"secondsight/{slug(site)}")

    @property
    def node(self) -> str:
        """The site as part of an id, for Home Assistant."""
        return re.sub(r"[^A-Za-z0-9_-]", "_", self.base)

    @property
    def status(self) -> str:
        """`online` or `offline`, the latter also as the last will."""
        return f"{self.base}/status"

    @property
    def health(self) -> str:
        """The site in numbers."""
        return f"{self.base}/health"

    def report(self, kind: str) -> str:
        """Reports, as they come."""
        return f"{self.base}/reports/{level(kind)}"

    def camera(self, camera: str) -> str:
        """`online` while pictures come, else `offline`."""
        return f"{self.base}/cameras/{level(camera)}/status"

    def snapshot(self, camera: str) -> str:
        """A JPEG of the last event."""
        return f"{self.base}/cameras/{level(camera)}/snapshot"

    def counts(self, camera: str) -> str:
        """How many events today, by verification."""
        return f"{self.base}/cameras/{level(camera)}/counts"

    def state(self, camera: str, rule: str) -> str:
        """`ON` while an event of the rule goes on, else `OFF`."""
        return f"{self.base}/cameras/{level(camera)}/rules/{level(rule)}/state"

    def event(self, camera: str, rule: str) -> str:
        """Notices, as they come."""
        return f"{self.base}/cameras/{level(camera)}/rules/{level(rule)}/event"
