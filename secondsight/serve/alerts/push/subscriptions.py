"""The browsers that people want to be told in: one file each, in the data folder, gone when it is revoked.

`push/subscriptions/<id>.json`; the id is made from the address that the browser's push service gave, so that a
browser that subscribes again is the same one. Several processes may use the folder at once.
"""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from secondsight.config import PUSH_FOLDER
from secondsight.log import fields
from secondsight.media import write_atomic

_log = logging.getLogger(__name__)

_FOLDER = f"{PUSH_FOLDER}/subscriptions"


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """One browser of one user.

    Attributes:
        user: its name; `local` on a site without users.
        endpoint: where the push service takes messages for this browser; who knows it can send there.
        p256dh, auth: what the browser made messages readable with, in base64url.
        label: what the person calls the browser.
        created_at: UTC seconds.
    """

    user: str
    endpoint: str
    p256dh: str
    auth: str
    label: str
    created_at: float

    @property
    def id(self) -> str:
        """The same whenever this browser subscribes, known to it too: SHA-256 of the endpoint, 32 hex digits."""
        return hashlib.sha256(self.endpoint.encode()).hexdigest()[:32]

    @property
    def service(self) -> str:
        """Host of the push service."""
        return urlsplit(self.endpoint).hostname or ""


class PushSubscriptions:
    """The subscriptions of a site. Every method that writes raises StoreError."""

    def __init__(self, data: Path) -> None:
        self._data, self._folder = data, data / _FOLDER

    def all(self) -> list[PushSubscription]:
        """All of them, the oldest first."""
        try:
            files = sorted(self._folder.glob("*.json"))
        except OSError:
            return []
        found = [one for file in files if (one := _read(file)) is not None]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    def add(self, new: PushSubscription) -> None:
        """Add one, or renew it."""
        write_atomic(self._file(new.id), json.dumps(asdict(new), ensure_ascii=False).encode(), min_free=0)

    def remove(self, id: str) -> bool:
        """End one at once; False if there is none."""
        if not id.isalnum():
            return False
        try:
            self._file(id).unlink()
        except FileNotFoundError:
            return False
        return True

    def _file(self, id: str) -> Path:
        return self._folder / f"{id}.json"


def _read(file: Path) -> PushSubscription | None:
    """A subscription as it was written; None for what somebody has removed or altered."""
    try:
        return PushSubscription(**json.loads(file.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, TypeError, ValueError):
        _log.warning("not a subscription, passed over", extra=fields(file=file.name))
        return None
