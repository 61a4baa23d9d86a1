"""Where a brain is, and with which key it is asked. Pure parsing: nothing here opens a connection or loads a
client.

Credentials are taken out of the address at once, so that no later error, log line or `repr` can show them.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from secondsight.addresses import read_address
from secondsight.config import OpenAIBrainSettings
from secondsight.errors import ConfigError
from secondsight.masking import KNOWN, secrets_of

NO_KEY = "none"
"""Sent where a server asks for no key: the client library insists on one, local servers ignore it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A parsed `base_url`.

    Attributes:
        url: address without credentials and without a slash at the end.
        shown: the same for people; names the socket of a unix endpoint.
        remote: False only for localhost, 127.0.0.0/8, ::1 and unix sockets. Any other name or address counts
            as remote, one of this very machine too: what a name means is the network's business.
        socket: path of the unix socket to connect to instead of the URL's host.
        login: user and password, sent as HTTP basic authentication in place of the API key.
    """

    url: str
    shown: str
    remote: bool
    socket: str | None = None
    login: tuple[str, str] | None = field(default=None, repr=False)


def parse_endpoint(text: str) -> Endpoint:
    """Read `http(s)://[user:password@]host[:port]/path` or `unix:///path/to/socket`. Raises ConfigError."""
    try:
        address = read_address(text)
        parts = urlsplit(address.url if address is not None else text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _wrong("not an address that can be; write http://127.0.0.1:8000/v1") from None
    if parts.query or parts.fragment:
        raise _wrong("an address with ? or # is not supported; put a key into api_key_env or api_key_file")
    if parts.scheme == "unix":
        if host or not parts.path.strip("/"):
            raise _wrong("a unix socket is written unix:///path/to/socket")
        return Endpoint("http://localhost/v1", f"unix:{parts.path}", remote=False, socket=parts.path)
    if parts.scheme not in ("http", "https") or not host:
        raise _wrong("not an HTTP address; write http://127.0.0.1:8000/v1 (most servers' path is /v1)")
    place = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    url = f"{parts.scheme}://{place}{parts.path}".rstrip("/")
    KNOWN.add(secrets_of(text))
    login = None
    if parts.username is not None:
        login = unquote(parts.username), unquote(parts.password or "")
    return Endpoint(url, url, remote=not _is_loopback(host), login=login)


def find_api_key(settings: OpenAIBrainSettings, environ: Mapping[str, str]) -> str | None:
    """The API key: from the environment variable if it is set, else from the file, else from the site file
    itself; None if none of them is configured.

    Raises:
        ConfigError: what is configured is missing, unreadable or no key. The text never holds the key.
    """
    name, file = settings.api_key_env, settings.api_key_file
    if name is not None and environ.get(name, "").strip():
        return _plausible(environ[name].strip(), f"environment variable {name}", "brain.api_key_env")
    if file is not None:
        return _plausible(_read(file), f"file {file}", "brain.api_key_file")
    if settings.api_key is not None:
        return _plausible(settings.api_key.get_secret_value().strip(), "brain.api_key", "brain.api_key")
    if name is not None:
        raise ConfigError(
            f"environment variable {name} is not set; set it to the brain's API key", key="brain.api_key_env"
        )
    return None


def key_source(settings: OpenAIBrainSettings) -> str:
    """What to mend when the key is refused."""
    if settings.api_key_env is not None:
        return f"environment variable {settings.api_key_env}"
    if settings.api_key_file is not None:
        return f"file {settings.api_key_file}"
    return "brain.api_key" if settings.api_key is not None else "brain.api_key_env, which is not set"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigError(f"{file} cannot be read: {reason}", key="brain.api_key_file") from None


def _plausible(key: str, where: str, config_key: str) -> str:
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(f"{where} has no API key (one word of plain letters and signs)", key=config_key)
    KNOWN.add([key])
    return key


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wrong(problem: str) -> ConfigError:
    return ConfigError(problem, key="brain.base_url")
