"""The section `alerts`: mistakes are named, secrets are known, files are found."""

import logging
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import MqttSettings, WebhookSettings, load_site, make_site
from secondsight.errors import ConfigError
from secondsight.masking import redact
from tests.table import table

SITE = {
    "cameras": {"hall": {"source": "x"}},
    "rules": {"night": {"behaviour": "intrusion", "zone": "frame"}},
}
MAIL = {"type": "email", "host": "mail.example.org", "sender": "a@example.org", "to": ["b@example.org"]}


def problems(channel: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as raised:
        make_site({**SITE, "alerts": {"ops": channel}}, Path("/srv"))
    return str(raised.value)


@table(
    ("channel", "problem"),
    [
        ({}, "alerts.ops.type: not a choice here; one of: webhook, email, mqtt, nats, push, apprise"),
        ({"type": "webhok"}, "did you mean `webhook`?"),
        ({"type": "webhook"}, "alerts.ops.url: this key is required"),
        ({"type": "webhook", "url": "ftp://x"}, "begins with https://HOST or http://HOST"),
        ({"type": "webhook", "url": "https://x", "tmplate": "y"}, "did you mean `template`?"),
        ({"type": "webhook", "url": "https://x", "template": "y"}, "belong together"),
        ({"type": "webhook", "url": "https://x", "headers": {"A b": "y"}}, "only letters, digits and -"),
        ({"type": "webhook", "url": "https://x", "headers": {"A": "x\r\nB: y"}}, "printable ASCII"),
        ({"type": "webhook", "url": "https://x", "content_type": "a\r\nb"}, "media type"),
        ({"type": "webhook", "url": "https://x", "cameras": ["hal"]}, "did you mean `hall`?"),
        ({"type": "webhook", "url": "https://x", "kinds": ["fire"]}, "no rule reports events of this kind"),
        ({"type": "webhook", "url": "https://x", "severity": ["bad"]}, "high"),
        ({**MAIL, "to": []}, "alerts.ops.to: must not be empty"),
        ({**MAIL, "to": ["b@example.org\nBcc: c@example.org"]}, "expected a mail address"),
        ({**MAIL, "host": "smtp://mail"}, "without a scheme or a port"),
        ({**MAIL, "username": "x"}, "`username` and `password` belong together"),
        ({**MAIL, "username": "x", "password": "long secret", "security": "none"}, "a password in clear"),
        ({"type": "mqtt", "url": "http://x"}, "mqtt://HOST or mqtts://HOST"),
        ({"type": "mqtt", "url": "mqtt://x", "prefix": "a/#"}, "a topic has no spaces"),
    ],
)
def test_mistakes(channel: dict[str, Any], problem: str) -> None:
    assert problem in problems(channel)


def test_secrets_are_known_everywhere() -> None:
    channels = {
        "hook": {
            "type": "webhook",
            "url": "https://hooks.example.org/T02ABCDE/B03XYZ9/a8Kq2mZ91xQw77",
            "secret": "whsec_c2VjcmV0",
            "headers": {"Authorization": "Zyx-12-abc"},
        },
        "mail": {**MAIL, "username": "x", "password": "p4ss w0rd!"},
        "bus": {"type": "mqtt", "url": "mqtts://site:br0ker-pw@example.org"},
        "chat": {"type": "apprise", "url": "tgram://123456789:AAbbCC-dd_ee/-10012345"},
    }
    config = make_site({**SITE, "alerts": channels}, Path("/srv"))
    secrets = ["a8Kq2mZ91xQw77", "whsec_c2VjcmV0", "Zyx-12-abc", "p4ss w0rd!", "br0ker-pw", "AAbbCC-dd_ee"]
    for secret in secrets:
        assert secret not in redact(f"it said {secret} to us"), secret
        assert secret not in repr(config)


def test_files_and_defaults(tmp_path: Path) -> None:
    channels = {
        "hook": {"type": "webhook", "url": "https://x", "ca_file": "ca.pem"},
        "bus": {"type": "mqtt", "url": "mqtts://x", "cert_file": "c.pem", "key_file": "/etc/k.pem"},
    }
    hook, bus = make_site({**SITE, "alerts": channels}, tmp_path).alerts.values()
    assert isinstance(hook, WebhookSettings)
    assert isinstance(bus, MqttSettings)
    assert hook.ca_file == tmp_path / "ca.pem"
    assert (bus.cert_file, bus.key_file) == (tmp_path / "c.pem", Path("/etc/k.pem"))
    assert (hook.send, bus.send) == ("steps", "steps")


def test_secret_in_clear_gets_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(
        "cameras: {hall: {source: x}}\n"
        "alerts:\n"
        "  hook: {type: webhook, url: https://x, secret: in clear text}\n"
        "  more: {type: webhook, url: https://x, secret: '${HOOK_SECRET}'}\n"
    )
    with caplog.at_level(logging.WARNING, "secondsight"):
        load_site(file, {"HOOK_SECRET": "kept elsewhere"})
    (warning,) = [one for one in caplog.messages if "in clear" in one]
    assert "site.yaml:3: alerts.hook.secret" in warning
    assert "in clear text" not in warning
