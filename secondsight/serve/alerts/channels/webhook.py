"""Posts notices to an HTTP address, signed."""

import json
import socket
import ssl
from collections.abc import Mapping
from typing import Any

import httpx
from jinja2 import TemplateError

from secondsight import __version__
from secondsight.addresses import Address, read_address
from secondsight.clock import Clock
from secondsight.config import WebhookSettings
from secondsight.errors import DeliveryError
from secondsight.serve.alerts.channel import Notice, ReportNotice
from secondsight.serve.alerts.channels.templates import BodyTemplate
from secondsight.serve.alerts.pacing import retry_after
from secondsight.serve.alerts.payload import cloud_event, notice_to_json, with_picture
from secondsight.serve.alerts.receivers import host_of, is_here
from secondsight.serve.alerts.reports import report_cloud_event, report_to_json
from secondsight.serve.alerts.signature import sign
from secondsight.tls import tls_context

_REFUSED = frozenset({400, 410, 413, 415, 422})
"""Answers that say: never send me this again. With others a person may mend what is wrong meanwhile."""
_MEDIA_TYPES = {"json": "application/json", "cloudevents": "application/cloudevents+json; charset=utf-8"}
_MOST_OF_ANSWER = 65536


class WebhookChannel:
    """Posts each notice once per try. Redirects are not followed: where they lead, nobody has configured.

    Args:
        name: of the channel, for messages.
        sample: a notice to try a template on.

    Raises:
        ConfigError: a template or a file of certificates cannot be used.
    """

    def __init__(self, name: str, settings: WebhookSettings, clock: Clock, sample: Notice) -> None:
        address = read_address(settings.url.get_secret_value())
        assert address is not None  # settings have checked it
        self._settings, self._clock, self._address = settings, clock, address
        self._media_type = _MEDIA_TYPES.get(settings.form, settings.content_type)
        self._template: BodyTemplate | None = None
        if settings.template is not None:
            tried = self._payload(sample)
            self._template = BodyTemplate(
                settings.template, self._media_type, tried, f"alerts.{name}.template"
            )
        self._tls = tls_context(f"alerts.{name}", settings.ca_file)
        # The environment names a proxy, if any; what stays on this machine never leaves through one.
        self._client = httpx.Client(
            verify=self._tls,
            timeout=settings.timeout,
            follow_redirects=False,
            trust_env=not is_here(settings),
        )

    def send(self, notice: Notice) -> None:
        """See `Channel.send`."""
        self._post(notice.id, self._body(notice))

    def send_report(self, report: ReportNotice) -> None:
        """See `Channel.send_report`: the file is in the body, but for a body from a template."""
        payload = report_to_json(report, whole=self._template is None)
        if self._settings.form == "cloudevents":
            payload = report_cloud_event(report, payload)
        self._post(report.id, self._rendered(payload))

    def _post(self, id: str, body: bytes) -> None:
        headers = self._headers(id, body)
        try:
            with self._client.stream("POST", self._address.url, content=body, headers=headers) as answer:
                self._read(answer)
                self._judge(answer)
        except httpx.TimeoutException:
            raise DeliveryError(f"the receiver did not answer within {self._settings.timeout:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError) as error:
            raise DeliveryError(f"the receiver cannot be reached: {_reason(error)}") from None

    def check(self) -> str:
        """See `Channel.check`: opens a connection and closes it."""
        host = host_of(self._address.place)
        secure = self._address.scheme == "https"
        port = (
            int(self._address.place.rpartition(":")[2]) if _has_port(self._address) else 443 if secure else 80
        )
        try:
            with socket.create_connection((host, port), self._settings.timeout) as plain:
                if secure:
                    self._tls.wrap_socket(plain, server_hostname=host).close()
        except (OSError, ssl.SSLError) as error:
            raise DeliveryError(f"the receiver cannot be reached: {_reason(error)}") from None
        return f"{host} answers{' by TLS' if secure else ''}; nothing was sent"

    def close(self) -> None:
        """See `Channel.close`."""
        self._client.close()

    def _payload(self, notice: Notice) -> dict[str, Any]:
        payload = notice_to_json(notice)
        return with_picture(payload, notice) if self._settings.pictures else payload

    def _body(self, notice: Notice) -> bytes:
        payload = self._payload(notice)
        return self._rendered(
            cloud_event(notice, payload) if self._settings.form == "cloudevents" else payload
        )

    def _rendered(self, payload: dict[str, Any]) -> bytes:
        if self._template is not None:
            try:
                return self._template.render(payload)
            except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
                raise DeliveryError(f"the template fails on this message: {error}", retry=False) from None
        return json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")

    def _headers(self, id: str, body: bytes) -> Mapping[str, str]:
        own = {name: value.get_secret_value() for name, value in self._settings.headers.items()}
        headers = {
            "user-agent": f"secondsight/{__version__}",
            **own,
            "content-type": self._media_type,
            "webhook-id": id,
        }
        if self._settings.secret is not None:
            headers |= sign(self._settings.secret.get_secret_value(), id, self._clock.now(), body)
        return headers

    def _read(self, answer: httpx.Response) -> None:
        """Read a short answer, so that the connection can be used again."""
        size = 0
        for part in answer.iter_raw():
            size += len(part)
            if size > _MOST_OF_ANSWER:
                return

    def _judge(self, answer: httpx.Response) -> None:
        status = answer.status_code
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise DeliveryError(
                f"the receiver redirects ({status}); write its final address into the site file"
            )
        retry = status not in _REFUSED
        after = retry_after(answer.headers.get("retry-after", ""), self._clock.now()) if retry else None
        raise DeliveryError(f"the receiver answers {status}", retry=retry, after=after)


def _has_port(address: Address) -> bool:
    return address.place.rpartition(":")[2].isdigit() and not address.place.endswith("]")


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).split("\n")[0][:300]
