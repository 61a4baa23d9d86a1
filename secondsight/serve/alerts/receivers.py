"""Where a channel's messages go, as far as its settings tell."""

import ipaddress

from secondsight.addresses import read_address
from secondsight.config import ChannelSettings, MqttSettings, WebhookSettings


def is_here(settings: ChannelSettings) -> bool:
    """Whether messages go to this machine only; mail never does, since a mail server passes it on."""
    match settings:
        case WebhookSettings(url=url) | MqttSettings(url=url):
            address = read_address(url.get_secret_value())
            return address is not None and leads_here(host_of(address.place))
    return False


def host_of(place: str) -> str:
    """The host in `host:port` or `[::1]:port`."""
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0]


def leads_here(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
