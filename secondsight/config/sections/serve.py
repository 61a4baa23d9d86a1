"""The sections `serve` and `telemetry` of the site file: where the API and the console listen and whom they believe,
and the collector that takes traces of cases.
"""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from secondsight.config.sections.alerts import header_values, url_with
from secondsight.config.types import Name, Section, Size, Timespan, Whole


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError("not an address or network; write 10.0.0.2 or 10.0.0.0/24") from None


def _header(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", value):
        raise ValueError("not the name of a header; write such as X-Remote-User")
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]", value):
        raise ValueError("not a host name; write it without scheme and port, such as cameras.example.org")
    return value.lower()


def _issuer(value: str) -> str:
    parts = urlsplit(value)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not local):
        raise ValueError("not an https address; write such as https://login.example.org/realms/site")
    return value


Network = Annotated[str, AfterValidator(_network)]
HostName = Annotated[str, AfterValidator(_host)]


class TlsSettings(Section):
    """Files with which connections are encrypted.

    Attributes:
        certificate: PEM file with the certificate and those that vouch for it.
        key: PEM file with its private key, without a password.
    """

    certificate: Path
    key: Path


class GroupRights(Section):
    """What people of a group may do.

    Attributes:
        role: of these people.
        cameras: those that they may see; all if absent.
    """

    role: Literal["viewer", "operator", "admin"]
    cameras: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None


class OpenIdSettings(Section):
    """An OpenID Connect provider that signs people in.

    Attributes:
        issuer: its address, exactly as it calls itself.
        client_id: what it calls this site.
        client_secret: this site's password there, if it has one.
        scopes: what is asked for.
        name_claim: what of its answer is the user's name.
        groups_claim: what of its answer are the user's groups, for `groups`.
    """

    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: Annotated[SecretStr, Field(min_length=1)] | None = None
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"


class ServeSettings(Section):
    """The API and the console of a site; `secondsight run` serves them where this section stands.

    Attributes:
        host: address to listen on. Without users (`secondsight users add`) only one of this machine is allowed.
        port: to listen on.
        tls: encrypts connections; without it a reverse proxy should.
        hosts: names under which people reach it. Where any are named, requests for others are refused; without users
            only these and this machine's own are answered.
        proxies: addresses or networks of reverse proxies; only what they say of a request's origin is believed.
        user_header: header in which such a proxy names the user that it has signed in; the user must be known here.
        groups_header: header in which such a proxy names the user's groups, separated by commas.
        groups: roles by group, of a proxy's header or an OpenID provider. Where any are given, only people of these
            groups come in that way, and need not be known here before.
        openid: a provider that signs people in, besides passwords.
        session: how long one stays signed in.
        login_attempts: failed ones, of one user or one address, after which one waits.
        login_window: until failed attempts are forgotten.
        body_limit: largest body of a request.
        streams: most live streams at a time.
    """

    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[Whole, Field(ge=0, le=65535)] = 8410
    tls: TlsSettings | None = None
    hosts: tuple[HostName, ...] = ()
    proxies: tuple[Network, ...] = ()
    user_header: Annotated[str, AfterValidator(_header)] | None = None
    groups_header: Annotated[str, AfterValidator(_header)] | None = None
    groups: dict[str, GroupRights] = Field(default_factory=dict)
    openid: OpenIdSettings | None = None
    session: Timespan = 12 * 3600.0
    login_attempts: Annotated[Whole, Field(ge=1, le=1000)] = 5
    login_window: Timespan = 300.0
    body_limit: Annotated[Size, Field(ge=1024, le=10**9)] = 10**6
    streams: Annotated[Whole, Field(ge=1, le=10_000)] = 64


class TelemetrySettings(Section):
    """An OpenTelemetry collector that takes traces by OTLP over HTTP.

    Attributes:
        endpoint: of the collector, without `/v1/traces`; a secret, since it may hold a login.
        headers: that it asks for, such as a token; their values are secrets.
        ca_file: certificates (PEM) to trust instead of the system's.
        timeout: seconds that one request may take.
    """

    endpoint: Annotated[
        SecretStr, url_with("https", "http"), Field(description="such as http://localhost:4318")
    ]
    headers: Annotated[dict[str, SecretStr], AfterValidator(header_values)] = Field(default_factory=dict)
    ca_file: Path | None = None
    timeout: Annotated[Timespan, Field(le=300)] = 10.0
