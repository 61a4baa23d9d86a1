"""Sends notices by any service that Apprise knows."""

import logging
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from secondsight.config import AppriseSettings
from secondsight.errors import ConfigError, DeliveryError
from secondsight.serve.alerts.channel import Notice, ReportNotice

_TYPES = {"alert": "warning", "escalation": "failure", "withdrawal": "success"}
"""Apprise's types of notices, which services show as colours or signs."""


class AppriseChannel:
    """Sends each notice to one service.

    Args:
        name: of the channel, for messages.

    Raises:
        ConfigError: the extra is not installed, or Apprise knows no such address.
    """

    def __init__(self, name: str, settings: AppriseSettings) -> None:
        key = f"alerts.{name}"
        try:
            apprise: Any = import_module("apprise")
        except ImportError:
            message = "channels of type `apprise` need the extra: pip install 'secondsight[notify]'"
            raise ConfigError(message, key=key) from None
        # Its own lines tell addresses, tokens and all.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        asset = apprise.AppriseAsset(app_id="SecondSight", app_desc="SecondSight", async_mode=False)
        self._apprise, self._service = apprise, apprise.Apprise(asset=asset)
        if not self._service.add(settings.url.get_secret_value()):
            raise ConfigError(
                "Apprise knows no address of this form; see its list of services", key=f"{key}.url"
            )

    def send(self, notice: Notice) -> None:
        """See `Channel.send`."""
        kind = _TYPES.get(notice.step.word.value, "info")
        self._notify(notice.site, notice.text, kind, [str(path) for path in notice.pictures[:1]])

    def send_report(self, report: ReportNotice) -> None:
        """See `Channel.send_report`: the file goes along to services that take files."""
        with TemporaryDirectory() as folder:
            file = Path(folder) / report.name
            file.write_bytes(report.content)
            self._notify(report.title, report.text, "info", [str(file)])

    def _notify(self, title: str, body: str, kind: str, files: list[str]) -> None:
        done = self._service.notify(
            title=title,
            body=body,
            body_format=self._apprise.NotifyFormat.TEXT,
            notify_type=kind,
            attach=files or None,
        )
        if not done:
            raise DeliveryError("the service did not take the message")

    def check(self) -> str:
        """See `Channel.check`: Apprise offers no way to reach a service without a message."""
        return "address understood; `secondsight alerts test` sends a message"

    def close(self) -> None:
        """See `Channel.close`."""
