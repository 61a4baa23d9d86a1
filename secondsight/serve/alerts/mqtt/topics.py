"""The topics of a site; documented in docs/alerts.md."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from secondsight.config import MqttSettings


def slug(name: str) -> str:
    """A name as part of a topic or an id: small ASCII letters, digits and `-`.

    >>> slug("Hall 3, Zürich"), slug("北京")
    ('hall-3-zurich', 'site-da0eb7')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]
    return found or f"site-{hashlib.blake2b(name.encode(), digest_size=3).hexdigest()}"


def level(name: str) -> str:
    """A name as one level of a topic; names of the site file stay as they are."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name) or "_"


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
