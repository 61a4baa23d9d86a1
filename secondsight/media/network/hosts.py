"""Which servers a camera's source may lead to: its own, and those that its settings allow.

A redirect, a playlist, the address of a key: all of them are written by whatever answers at the camera's address.
They must not make this machine connect to others in its network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from secondsight.media.frames.limits import SourceRefusedError

_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322, "rtmps": 443}


class ServerAddress(NamedTuple):
    """A server. `host` is in small letters, without the brackets of IPv6."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def server_of(url: str) -> ServerAddress:
    """The server that an address names. Raises ValueError if it names none that can be connected to."""
    parts = urlsplit(url)
    port = parts.port if parts.port is not None else _PORTS.get(parts.scheme.lower())
    if not parts.hostname or not port:
        raise ValueError("no address of a server")
    return ServerAddress(parts.hostname, port)


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """Where one camera's source may lead.

    Attributes:
        own: the server of the source itself; None for a file.
        allowed: as in `CameraSettings.allow_hosts`.
    """

    own: ServerAddress | None
    allowed: tuple[str, ...] = ()

    def check(self, url: str, schemes: tuple[str, ...], *, any_port: bool = False) -> ServerAddress:
        """The server of an address to which the source leads.

        Args:
            schemes: those that may be followed.
            any_port: other ports of the source's own host may be followed too.

        Raises:
            SourceRefusedError: it may not lead there; says where, without path and login.
        """
        try:
            scheme, place = urlsplit(url).scheme.lower(), server_of(url)
        except ValueError:
            scheme, place = url.partition(":")[0][:20], None
        if place is None or scheme not in schemes:
            raise SourceRefusedError(
                f"it leads to an address of kind `{scheme}`, which a camera may not name"
            )
        own = place == self.own or (any_port and self.own is not None and place.host == self.own.host)
        if not own and not any(_matches(one, scheme, place) for one in self.allowed):
            raise SourceRefusedError(
                f"it leads to another server, {scheme}://{place}; if this is right, write it into `allow_hosts`"
            )
        return place


def _matches(allowed: str, scheme: str, place: ServerAddress) -> bool:
    host, colon, port = allowed.lower().rpartition(":")
    if not colon or port.endswith("]"):
        host, port = allowed.lower(), str(_PORTS[scheme])
    if str(place.port) != port:
        return False
    return place.host.endswith(host[1:]) if host.startswith("*.") else place.host == host.strip("[]")
