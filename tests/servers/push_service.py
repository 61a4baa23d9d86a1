"""A push service and its browsers, by the book: it takes what RFC 8030 and 8292 ask for and nothing else, and what it
takes only the browser can read (RFC 8291, RFC 8188)."""

import base64
import json
import re
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.servers.receiver import Receiver, Taken

MOST = 4096


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Subscribed:
    """A browser that has subscribed for the messages of one site.

    Attributes:
        site_key: the site's public key, in base64url: no other may send.
        messages: what it was sent and could read.
    """

    endpoint: str
    site_key: str
    auth: bytes = field(default_factory=lambda: b"0123456789abcdef")
    messages: list[dict[str, Any]] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def point(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": encoded(self.point), "auth": encoded(self.auth)}

    def read(self, body: bytes) -> bytes:
        """What a body says. Raises InvalidTag for one that was made for another browser."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        shared = self._key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )
        about = b"WebPush: info\0" + self.point + sender
        secret = HKDF(hashes.SHA256(), 32, self.auth, about).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert plain[-1:] == b"\2", "the last record ends with 2"
        return plain[:-1]


class PushService(Receiver):
    """Delivers at once to the browsers that have subscribed.

    Attributes:
        statuses: answers to messages for one browser, by its endpoint's path, instead of taking them.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.browsers: dict[str, Subscribed] = {}
        self.statuses: dict[str, int] = {}
        self.posted: list[str] = []

    @property
    def origin(self) -> str:
        return self.url.removesuffix("/alarm")

    def subscribe(self, site_key: str) -> Subscribed:
        """A new browser, for the site with this key."""
        path = f"/push/{len(self.browsers)}"
        self.browsers[path] = Subscribed(f"{self.origin}{path}", site_key)
        return self.browsers[path]

    def refuse(self, browser: Subscribed, status: int) -> None:
        """Answer so to messages for a browser; 201 takes them again."""
        self.statuses[browser.endpoint.removeprefix(self.origin)] = status

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        self.posted.append(request.path)
        while self.hanging.is_set():
            time.sleep(0.02)
        status = self.statuses.get(request.path, 201)
        if status == 201:
            status = self._take(Taken(request.path, {k.lower(): v for k, v in request.headers.items()}, body))
        request.send_response(status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        if status == 201:
            request.send_header("Location", f"{self.origin}/message/{len(self.posted)}")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _take(self, one: Taken) -> int:
        browser = self.browsers.get(one.path)
        if browser is None:
            return 404
        if len(one.body) > MOST:
            return 413
        topic, urgency = one.headers.get("topic", "x"), one.headers.get("urgency", "normal")
        good = (
            one.headers.get("ttl", "").isdigit()
            and one.headers.get("content-encoding") == "aes128gcm"
            and re.fullmatch(r"[A-Za-z0-9_-]{1,32}", topic)
            and urgency in ("very-low", "low", "normal", "high")
        )
        if not good:
            return 400
        if not self._is_signed(one, browser):
            return 403
        browser.messages.append(json.loads(browser.read(one.body)))
        browser.taken.append(one)
        return 201

    def _is_signed(self, one: Taken, browser: Subscribed) -> bool:
        found = re.fullmatch(
            r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)", one.headers.get("authorization", "")
        )
        if found is None or found[4] != browser.site_key:
            return False
        head, claims = json.loads(decoded(found[1])), json.loads(decoded(found[2]))
        signature = decoded(found[3])
        pair = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(found[4]))
        try:
            key.verify(
                encode_dss_signature(*pair), f"{found[1]}.{found[2]}".encode(), ec.ECDSA(hashes.SHA256())
            )
        except InvalidSignature:
            return False
        now = time.time()
        return (
            head["alg"] == "ES256"
            and claims["aud"] == self.origin
            and now < claims["exp"] <= now + 86400
            and claims["sub"].startswith("mailto:")
        )
