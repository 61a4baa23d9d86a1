"""The `queue` section of the site file: the NATS server over which programs share the work."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from secondsight.config.sections.alerts import url_with
from secondsight.config.types import Name, Section, Timespan, Whole


class QueueSettings(Section):
    """A NATS server with JetStream. Alerts of `type: nats`, the brain `queue` and counts go over it.

    Attributes:
        url: of the server: nats://HOST, or tls://HOST; a secret, since it may hold a login or a token.
        username: to log in with, if it does not stand in the address.
        password: to log in with.
        credentials: file with a token and a key, as `nsc` and NATS accounts write it.
        ca_file: certificates (PEM) to trust instead of the system's.
        cert_file: certificate of this client (PEM), where the server asks for one.
        key_file: its key.
        prefix: first part of all subjects and streams; a pool of reviewers serves all sites with the same prefix.
        site: the site's part of its subjects; made from `site.name` if absent.
        observations: whether counts per minute are published.
        keep: how long the server keeps what is published; decided when a stream is made.
        replicas: copies that a cluster of servers keeps; decided when a stream is made.
        timeout: seconds that one message may take.
    """

    url: Annotated[SecretStr, url_with("nats", "tls"), Field(description="such as nats://localhost:4222")]
    username: str | None = None
    password: SecretStr | None = None
    credentials: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    prefix: Name = "ss"
    site: Name | None = None
    observations: bool = True
    keep: Timespan = 7 * 86400.0
    replicas: Annotated[Whole, Field(ge=1, le=5)] = 1
    timeout: Annotated[Timespan, Field(le=300)] = 10.0

    @model_validator(mode="after")
    def _whole_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` belong together; write both or neither")
        return self
