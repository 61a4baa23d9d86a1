"""HLS segments that are encrypted with AES-128, as RFC 8216 has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secondsight.media.frames.limits import SourceRefusedError

if TYPE_CHECKING:
    from secondsight.media.network.opener import Body

_BLOCK = 16


class Decrypted:
    """The clear text of a body; it cannot be sought.

    Raises:
        SourceRefusedError: the library for it is not installed.
    """

    def __init__(self, body: Body, key: bytes, iv: bytes) -> None:
        try:
            from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
        except ImportError:
            raise SourceRefusedError(
                "its segments are encrypted; install what reads them: pip install 'secondsight[encrypted-hls]'"
            ) from None
        self._body = body
        self._decryptor = Cipher(algorithms.AES128(key), modes.CBC(iv)).decryptor()
        self._clear = b""
        self._over = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""
        # The last block says how many of its bytes are padding: it is held back until the end is seen.
        while not self._over and len(self._clear) <= _BLOCK:
            coded = self._body.read(size)
            self._clear += self._decryptor.update(coded)
            if not coded:
                self._over = True
                padding = self._clear[-1] if self._clear else 0
                self._clear = self._clear[: len(self._clear) - min(padding, _BLOCK)]
        count = min(size, len(self._clear) if self._over else len(self._clear) - _BLOCK)
        clear, self._clear = self._clear[:count], self._clear[count:]
        return clear

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def tell(self) -> int:
        return 0

    def close(self) -> None:
        self._body.close()
