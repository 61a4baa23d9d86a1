"""Settings to channels."""

from collections.abc import Iterator
from functools import partial

from secondsight.clock import Clock, SystemClock
from secondsight.config import (
    AppriseSettings,
    ChannelSettings,
    EmailSettings,
    MqttSettings,
    NatsSettings,
    PushSettings,
    SiteConfig,
    WebhookSettings,
)
from secondsight.errors import SecondSightError
from secondsight.serve.alerts.channel import Channel
from secondsight.serve.alerts.channels.apprise import AppriseChannel
from secondsight.serve.alerts.channels.email import EmailChannel
from secondsight.serve.alerts.channels.nats import NatsChannel
from secondsight.serve.alerts.channels.webhook import WebhookChannel
from secondsight.serve.alerts.mqtt.channel import MqttChannel
from secondsight.serve.alerts.notices import sample_notice
from secondsight.serve.alerts.push import PushChannel
from secondsight.serve.alerts.view import SiteView
from secondsight.store import DATABASE, Store, User


def make_channel(
    name: str,
    settings: ChannelSettings,
    config: SiteConfig,
    site: SiteView | None = None,
    clock: Clock | None = None,
) -> Channel:
    """Open a channel. Nothing is sent.

    Args:
        name: of the channel.
        site: the site that runs, for channels that show its states; None for a visitor, such as a test message.

    Raises:
        ConfigError: it cannot be used as it is configured; the text names key and extra.
    """
    watch = clock or SystemClock()
    match settings:
        case WebhookSettings():
            return WebhookChannel(name, settings, watch, sample_notice(config, watch.now()))
        case EmailSettings():
            return EmailChannel(name, settings, config.site.language)
        case MqttSettings():
            return MqttChannel(name, settings, config, site)
        case NatsSettings():
            return NatsChannel(name, config)
        case PushSettings():
            users = site.store.accounts.users if site is not None else partial(_users, config)
            return PushChannel(name, settings, config, users, watch)
        case AppriseSettings():
            return AppriseChannel(name, settings)
    raise TypeError(f"no channel for {type(settings).__name__}")


def _users(config: SiteConfig) -> list[User]:
    """Who may see what, of a site that does not run in this process. Raises StoreError."""
    url = config.store.url.get_secret_value() if config.store.url else None
    with Store.open(url or config.data / DATABASE, read_only=True) as store:
        return store.accounts.users()


def check_channels(config: SiteConfig) -> Iterator[tuple[str, bool, str]]:
    """Try to reach every receiver without sending it anything.

    Yields:
        Name of a channel, whether it is fine, and what was found, or what is wrong and what to do.
    """
    for name, settings in config.alerts.items():
        try:
            channel = make_channel(name, settings, config)
            try:
                yield name, True, channel.check()
            finally:
                channel.close()
        except SecondSightError as error:
            yield name, False, str(error)
