"""TLS as every client here wants it: certificates are verified, by the system's authorities or by the site file's."""

import ssl
from pathlib import Path

from secondsight.errors import ConfigError


def tls_context(
    section: str, ca_file: Path | None, cert_file: Path | None = None, key_file: Path | None = None
) -> ssl.SSLContext:
    """A context that verifies.

    Args:
        section: of the site file that names the files, for messages, such as `queue`.
        ca_file: certificates to trust instead of the system's.
        cert_file: certificate of this client; `key_file` its key, if that is not in the same file.

    Raises:
        ConfigError: a file is not there, or has no such thing.
    """
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError):
        raise _unusable(section, "ca_file", ca_file) from None
    if cert_file is not None:
        try:
            context.load_cert_chain(cert_file, key_file)
        except (OSError, ssl.SSLError):
            raise _unusable(section, "cert_file", cert_file) from None
    return context


def _unusable(section: str, key: str, file: Path | None) -> ConfigError:
    return ConfigError(
        "this file cannot be read, or has no certificates (PEM)",
        file=str(file),
        key=f"{section}.{key}",
    )
