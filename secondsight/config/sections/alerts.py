"""The `alerts` section of the site file: the channels that carry events to people and systems. `type` chooses the
class.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from secondsight.addresses import read_address
from secondsight.config.types import Name, Section, Timespan, Whole, nearest
from secondsight.records import Severity, Verification

PUSH_FOLDER = "push"
"""The folder below the data folder with the keys and subscriptions of channels of type `push`."""
Text = Annotated[str, Field(min_length=1)]
_ADDRESS = r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+"
_HOST = r"[A-Za-z0-9._-]+|[0-9A-Fa-f:]+"
_MEDIA_TYPE = r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w.-]+)*"


def _mail_address(text: str) -> str:
    if not re.fullmatch(_ADDRESS, text) or not text.isprintable():
        raise ValueError("expected a mail address, such as guard@example.org")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(_HOST, text):
        raise ValueError("expected the name or address of a server, without a scheme or a port")
    return text


def _media_type(text: str) -> str:
    if not re.fullmatch(_MEDIA_TYPE, text, re.ASCII):
        raise ValueError("expected a media type, such as application/json")
    return text


def _topic(text: str) -> str:
    if not text.isprintable() or re.search(r"[#+\s]", text) or text != text.strip("/") or len(text) > 200:
        raise ValueError(
            "a topic has no spaces, `#` or `+`, and no `/` first or last; at most 200 characters"
        )
    return text


def header_values(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    """Lets headers through that can be sent."""
    for name, value in headers.items():
        if not re.fullmatch(r"[A-Za-z0-9-]+", name):
            raise ValueError("the name of a header holds only letters, digits and -")
        if not re.fullmatch(r"[\x20-\x7e]*", value.get_secret_value()):
            raise ValueError("the value of a header holds only printable ASCII characters")
    return headers


def url_with(*schemes: str) -> AfterValidator:
    """Lets addresses with one of these schemes through."""

    def check(url: SecretStr) -> SecretStr:
        address = read_address(url.get_secret_value())
        if address is None or address.scheme not in schemes or not address.place:
            written = " or ".join(f"{scheme}://HOST" for scheme in schemes)
            raise ValueError(f"expected an address that begins with {written}")
        return url

    return AfterValidator(check)


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < 8:
        raise ValueError("a secret that signs needs at least 8 characters")
    return secret


def _service(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]+", text):
        raise ValueError("expected the name of a host, such as push.example.org or .example.org")
    return text.lower()


SigningSecret = Annotated[SecretStr, AfterValidator(_long_enough)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
ServiceHost = Annotated[str, AfterValidator(_service)]
Host = Annotated[str, AfterValidator(_host)]
MediaType = Annotated[str, AfterValidator(_media_type)]
Topic = Annotated[str, Field(min_length=1), AfterValidator(_topic)]


class ChannelSettings(Section):
    """What every channel has, whatever its type.

    Attributes:
        type: `webhook`, `email`, `mqtt`, `nats`, `push` or `apprise`.
        send: `announcements` are what people are told: first words, updates, withdrawals; `steps` is every step of
            every event.
        cameras: only events of these cameras; of all if empty.
        kinds: only events of these kinds.
        severity: only events of these severities.
        verification: only events that are verified so; what follows the first message of an event goes out whatever
            the verdict, so that a withdrawal reaches everyone who was alarmed.
        pictures: with pictures. Of cameras whose `egress` is `local_only` they go to receivers on this machine only.
        max_per_minute: messages per minute; more wait.
        timeout: seconds that one try may take.
        max_age: messages that could not be delivered for this long go to the dead letters.
        max_attempts: tries after which a message goes there; no limit if absent.
    """

    type: str
    send: Literal["announcements", "steps"] = "announcements"
    cameras: tuple[Name, ...] = ()
    kinds: tuple[Text, ...] = ()
    severity: tuple[Severity, ...] = ()
    verification: tuple[Verification, ...] = ()
    pictures: bool = True
    max_per_minute: Annotated[Whole, Field(ge=1, le=100_000)] | None = None
    timeout: Annotated[Timespan, Field(le=300)] = 10.0
    max_age: Timespan = 86400.0
    max_attempts: Annotated[Whole, Field(ge=1, le=10_000)] | None = None


class WebhookSettings(ChannelSettings):
    """An HTTP POST for each message.

    Attributes:
        url: where to; a secret, since such addresses often hold tokens.
        secret: signs each message (HMAC-SHA256), so that the receiver knows who sent it.
        headers: further headers; their values are secrets.
        form: of the body: `json`, `cloudevents` (CloudEvents 1.0, structured), or `template`.
        template: of the body, in Jinja2, for `form: template`.
        content_type: of a body from a template.
        ca_file: certificates (PEM) to trust instead of the system's.
        send: as of every channel.
        pictures: with the first picture, in base64.
    """

    type: Literal["webhook"]
    url: Annotated[
        SecretStr, url_with("https", "http"), Field(description="such as https://example.org/alarms")
    ]
    secret: SigningSecret | None = None
    headers: Annotated[dict[str, SecretStr], AfterValidator(header_values)] = Field(default_factory=dict)
    form: Literal["json", "cloudevents", "template"] = "json"
    template: str | None = None
    content_type: MediaType = "application/json"
    ca_file: Path | None = None
    send: Literal["announcements", "steps"] = "steps"
    pictures: bool = False

    @model_validator(mode="after")
    def _templated(self) -> Self:
        if (self.form == "template") != (self.template is not None):
            raise ValueError("`form: template` and `template` belong together; write both or neither")
        return self


class EmailSettings(ChannelSettings):
    """A message by SMTP, with the picture inside.

    Attributes:
        host: of the mail server.
        port: of the mail server; 587, or 465 for `tls`, or 25 for `none`, if absent.
        security: `starttls` turns to TLS after the greeting, `tls` speaks it from the start; `none` sends all in
            clear.
        username: to log in with; none, no login.
        password: to log in with.
        sender: address the messages come from.
        to: addresses they go to.
        ca_file: certificates (PEM) to trust instead of the system's.
        max_per_minute: messages per minute; more wait.
    """

    type: Literal["email"]
    host: Host
    port: Annotated[Whole, Field(ge=1, le=65535)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    sender: MailAddress
    to: Annotated[tuple[MailAddress, ...], Field(min_length=1)]
    ca_file: Path | None = None
    max_per_minute: Annotated[Whole, Field(ge=1, le=100_000)] | None = 30

    @model_validator(mode="after")
    def _whole_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` belong together; write both or neither")
        if (
            self.password is not None
            and self.security == "none"
            and self.host not in ("localhost", "127.0.0.1")
        ):
            raise ValueError("a password in clear: set `security: starttls` or `tls`")
        return self

    @property
    def actual_port(self) -> int:
        """The port, or the usual one for this security."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class MqttSettings(ChannelSettings):
    """Messages, retained states and Home Assistant entities over an MQTT broker.

    Attributes:
        url: of the broker: mqtt://HOST, or mqtts://HOST for TLS; a secret, since it may hold a login.
        username: to log in with, if it does not stand in the address.
        password: to log in with.
        protocol: version of MQTT.
        client_id: of the connection; `secondsight-SITE` if absent.
        prefix: first part of all topics; `secondsight/SITE` if absent.
        home_assistant: first part of Home Assistant's discovery topics; empty for no discovery.
        ca_file: certificates (PEM) to trust instead of the system's.
        cert_file: certificate of this client (PEM), where the broker asks for one.
        key_file: its key.
        send: as of every channel.
        pictures: with the snapshot of each camera's last event.
    """

    type: Literal["mqtt"]
    url: Annotated[SecretStr, url_with("mqtt", "mqtts"), Field(description="such as mqtt://localhost:1883")]
    username: str | None = None
    password: SecretStr | None = None
    protocol: Literal["3.1.1", "5"] = "3.1.1"
    client_id: Name | None = None
    prefix: Topic | None = None
    home_assistant: Literal[""] | Topic = "homeassistant"
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    send: Literal["announcements", "steps"] = "steps"


class AppriseSettings(ChannelSettings):
    """Any of the services that Apprise knows, such as Telegram, Slack or ntfy; needs the extra `notify`.

    Attributes:
        url: as Apprise writes it, such as tgram://TOKEN/CHAT; all of it is secret.
        max_per_minute: messages per minute; more wait.
        timeout: seconds that one try may take.
    """

    type: Literal["apprise"]
    url: Annotated[SecretStr, Field(min_length=1, description="such as ntfy://my-topic")]
    max_per_minute: Annotated[Whole, Field(ge=1, le=100_000)] | None = 30
    timeout: Annotated[Timespan, Field(le=300)] = 30.0


class PushSettings(ChannelSettings):
    """Notifications in the browsers in which people asked for them, on the console; needs the extra `push`.

    Attributes:
        contact: whom push services may write to if something is wrong; they insist on an address.
        services: hosts of push services, with a dot before it all below one. Browsers of others cannot subscribe.
        pictures: the browser shows the event's picture, which it asks this site for.
        ca_file: certificates (PEM) to trust instead of the system's, for a service of your own.
        max_per_minute: messages per minute; more wait.
    """

    type: Literal["push"]
    contact: MailAddress
    services: Annotated[tuple[ServiceHost, ...], Field(min_length=1)] = (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        ".push.apple.com",
        ".notify.windows.com",
    )
    pictures: bool = False
    ca_file: Path | None = None
    max_per_minute: Annotated[Whole, Field(ge=1, le=100_000)] | None = 30

    def takes(self, host: str) -> bool:
        """Whether browsers of this push service may subscribe."""
        return any(host.endswith(one) if one.startswith(".") else host == one for one in self.services)


class NatsSettings(ChannelSettings):
    """Messages to the NATS server of the section `queue`.

    Attributes:
        send: as of every channel.
        pictures: pictures never go this way.
    """

    type: Literal["nats"]
    send: Literal["announcements", "steps"] = "steps"
    pictures: Literal[False] = False


CHANNEL_TYPES: dict[str, type[ChannelSettings]] = {
    "webhook": WebhookSettings,
    "email": EmailSettings,
    "mqtt": MqttSettings,
    "nats": NatsSettings,
    "push": PushSettings,
    "apprise": AppriseSettings,
}
"""The settings of every type of channel, by name."""


def _known_type(name: str) -> str:
    near = nearest(name, CHANNEL_TYPES)
    hint = f"did you mean `{near}`?" if near else f"one of: {', '.join(CHANNEL_TYPES)}"
    raise ValueError(f"not a choice here; {hint}")


class _UnknownChannel(ChannelSettings, extra="ignore"):
    """Never valid: says what is wrong with the type, and with the keys that every channel has."""

    type: Annotated[str, AfterValidator(_known_type)] = Field("", validate_default=True)


def channel_settings_class(values: Any) -> type[ChannelSettings] | None:
    """The class for a channel with these plain values; None for a type that there is not."""
    name = values.get("type") if isinstance(values, dict) else None
    return CHANNEL_TYPES.get(name) if isinstance(name, str) else None


def _select(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Validate with the one class that `type` names, so that no mistake is reported about the others."""
    if isinstance(value, ChannelSettings):
        return value
    return (channel_settings_class(value) or _UnknownChannel).model_validate(value)


AnyChannelSettings = Annotated[
    WebhookSettings | EmailSettings | MqttSettings | NatsSettings | PushSettings | AppriseSettings,
    WrapValidator(_select),
]
"""Any channel; its `type` decides which keys it has."""
