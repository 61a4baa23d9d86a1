"""Signs messages as Standard Webhooks does (www.standardwebhooks.com): HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

_PREFIX = "whsec_"
_TOLERANCE = 300.0
"""Seconds that the clocks of sender and receiver may be apart."""


def sign(secret: str, id: str, time: float, body: bytes) -> dict[str, str]:
    """The three headers that go with a body.

    Args:
        secret: shared with the receiver; `whsec_` and base64, or plain text.
        id: of the message, the same at every try.
        time: of this try, UTC seconds.

    >>> sign("whsec_c2VjcmV0LXNlY3JldA==", "m-1", 1.0, b"{}")["webhook-signature"][:3]
    'v1,'
    """
    stamp = str(int(time))
    signature = f"v1,{_mac(secret, id, stamp, body)}"
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature}


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether a message comes, unchanged and lately, from one that knows the secret.

    Args:
        headers: of the request, names in small letters.
        now: the receiver's time, UTC seconds.
    """
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp)) > _TOLERANCE:
        return False
    expected = f"v1,{_mac(secret, headers.get('webhook-id', ''), stamp, body)}"
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)


def _mac(secret: str, id: str, stamp: str, body: bytes) -> str:
    signed = f"{id}.{stamp}.".encode() + body
    return base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
