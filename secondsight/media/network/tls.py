"""Encrypted connections to cameras: verified unless the settings say otherwise."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from secondsight.media.frames.limits import SourceRefusedError
from secondsight.media.network.hosts import ServerAddress


@dataclass(frozen=True, slots=True)
class CameraTls:
    """How far a camera's certificate is checked; see `CameraSettings`."""

    verify: bool = True
    authorities: Path | None = None

    def context(self) -> ssl.SSLContext:
        """What Python's connections take. Raises SourceRefusedError if the file of authorities cannot be read."""
        try:
            context = ssl.create_default_context(cafile=self.authorities)
        except (OSError, ssl.SSLError) as error:
            reason = "it has no PEM certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise SourceRefusedError(f"`tls_ca`: {self.authorities}: {reason}") from None
        # A camera's own certificate in the file is enough; its issuer need not be there.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if not self.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            # Old cameras know nothing better, and an unverified connection has nothing to lose.
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
        return context

    def ffmpeg_options(self, place: ServerAddress, timeout: float | None) -> dict[str, str]:
        """What makes FFmpeg verify the connection that it opens itself, to a server that passes now.

        Raises:
            SourceRefusedError: it does not pass; FFmpeg itself would not say why.
            OSError: it cannot be reached.
        """
        if not self.verify:
            return {"tls_verify": "0"}
        self.wrap(socket.create_connection(place, timeout), place.host).close()
        trusted = self.authorities or ssl.get_default_verify_paths().cafile
        return {"tls_verify": "1", "verifyhost": place.host} | ({"ca_file": str(trusted)} if trusted else {})

    def wrap(self, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """The connection, encrypted. Closes it and raises SourceRefusedError or OSError if that fails."""
        try:
            return self.context().wrap_socket(plain, server_hostname=host)
        except BaseException as error:
            plain.close()
            if isinstance(error, ssl.SSLError):
                raise refusal(error) from None
            raise


def refusal(error: ssl.SSLError) -> SourceRefusedError:
    """What failed, and both ways out."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return SourceRefusedError(
            f"its TLS certificate is not trusted: {error.verify_message.rstrip('.')}; give `tls_ca` the PEM file of "
            "its authority or the certificate itself, or set `tls_verify: false` to trust any camera there"
        )
    reason = (error.reason or "it hung up").lower().replace("_", " ")
    return SourceRefusedError(
        f"TLS failed: {reason}; check that the port speaks TLS, or set `tls_verify: false` for an old camera"
    )
