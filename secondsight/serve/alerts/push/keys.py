"""The pair of keys by which push services know this site (VAPID, RFC 8292). Made when it is first asked for, kept in
the data folder: with other keys every browser would have to subscribe anew.
"""

import base64
import os
import secrets
from importlib import import_module
from pathlib import Path
from typing import Any

from secondsight.config import PUSH_FOLDER
from secondsight.errors import ConfigError, StoreError

_LIFETIME = 12 * 3600
"""Seconds that a signed token holds; push services take no more than a day."""


class VapidKeys:
    """The keys of a site.

    Args:
        data: its data folder.

    Raises:
        ConfigError: the extra `push` is missing, or the file holds no key.
        StoreError: the folder cannot be written.
    """

    def __init__(self, data: Path) -> None:
        self._vapid = _kept(data / PUSH_FOLDER / "vapid.pem")

    @property
    def public(self) -> str:
        """The public key as browsers want it: an uncompressed point in base64url."""
        serialization = import_module("cryptography.hazmat.primitives.serialization")
        point: bytes = self._vapid.public_key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    def authorization(self, audience: str, contact: str, now: float) -> str:
        """The header `Authorization` for a push service.

        Args:
            audience: scheme, host and port of the service.
            contact: address of the person whom the service may write to.
            now: UTC seconds.
        """
        claims = {"aud": audience, "sub": f"mailto:{contact}", "exp": int(now) + _LIFETIME}
        return str(self._vapid.sign(claims)["Authorization"])


def push_library() -> Any:
    """pywebpush. Raises ConfigError."""
    try:
        return import_module("pywebpush")
    except ImportError:
        message = "notifications in browsers need the extra: pip install 'secondsight[push]'"
        raise ConfigError(message, key="alerts") from None


def _kept(file: Path) -> Any:
    push_library()
    vapid = import_module("py_vapid")
    try:
        if not file.exists():
            _make(file, vapid.Vapid02)
        return vapid.Vapid02.from_pem(file.read_bytes())
    except OSError as error:
        raise StoreError(f"{file} cannot be used: {error.strerror or error}") from None
    except Exception:  # what the library raises for a file that is no key differs with the file
        raise ConfigError(
            "this file holds no key; restore it, or remove it and let every browser subscribe again",
            file=str(file),
        ) from None


def _make(file: Path, maker: Any) -> None:
    """Make a file with a new key, unless another process has just done so. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    vapid = maker()
    vapid.generate_keys()
    part = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(vapid.private_pem())
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(part, file)
        except FileExistsError:
            return
    finally:
        part.unlink(missing_ok=True)
