"""Passwords and other secrets: how they are made, stretched and compared."""

import base64
import hashlib
import hmac
import secrets
import threading

from secondsight.errors import ConfigError

SHORTEST, LONGEST = 12, 1024
_N, _R, _P = 2**15, 8, 1
"""scrypt as OWASP recommends it: 32 MB and about 0.1 s for each try."""
_MEMORY = 2 * 128 * _N * _R
_AT_ONCE = threading.BoundedSemaphore(2)
"""Tries in parallel: more would take the frame path's cores and memory."""


def stretched(password: str) -> str:
    """The form in which a password is stored. Raises ConfigError if it is too short, too long or blank."""
    if not SHORTEST <= len(password) <= LONGEST or not password.strip():
        raise ConfigError(f"a password has {SHORTEST} to {LONGEST} characters")
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${_text(salt)}${_text(_scrypt(password, salt, _N, _R, _P))}"


_NOBODY = f"scrypt${_N}${_R}${_P}${'A' * 22}==${'A' * 43}="
"""What is compared with when there is no such user: an answer takes the same time."""


def matches(password: str, stored: str | None) -> bool:
    """Whether a password is the stored one; takes as long where nothing is stored."""
    _, n, r, p, salt, key = (stored or _NOBODY).split("$")
    with _AT_ONCE:
        found = _scrypt(password[:LONGEST], base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(key)) and stored is not None


def new_secret() -> str:
    """A secret of 256 random bits, as text for cookies and headers."""
    return secrets.token_urlsafe(32)


def new_id() -> str:
    """A random public id."""
    return secrets.token_hex(8)


def digest(secret: str) -> str:
    """What is stored of a random secret; it needs no stretching."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_of(secret: str) -> str:
    """What a page must repeat to show that it is ours: follows from the session, and does not tell it."""
    return hashlib.sha256(b"csrf\0" + secret.encode()).hexdigest()


def same(a: str, b: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(a.encode(), b.encode())


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # Errors replaced: a lone surrogate is no reason to fail.
    return hashlib.scrypt(
        password.encode("utf-8", "replace"), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
