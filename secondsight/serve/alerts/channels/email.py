"""Sends notices by SMTP: plain text and HTML with the picture inside."""

import logging
import smtplib
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from jinja2 import Environment, PackageLoader, StrictUndefined

from secondsight.clock import iso
from secondsight.config import EmailSettings
from secondsight.errors import DeliveryError
from secondsight.event_words import Language, kind_in_words, one_line
from secondsight.log import fields
from secondsight.masking import showable
from secondsight.serve.alerts.channel import Notice, ReportNotice
from secondsight.tls import tls_context

_log = logging.getLogger(__name__)

_LONGEST_SUBJECT = 150
_FACTS: dict[Language, tuple[str, ...]] = {
    "en": ("site", "camera", "rule", "kind", "severity", "event", "remark"),
    "zh": ("站点", "摄像头", "规则", "类型", "等级", "事件", "备注"),
}


class EmailChannel:
    """Sends each notice as one message, over a connection of its own.

    All messages of one event make one conversation, and the id of each is that of its notice, so that a mail program
    shows what comes twice once.

    Args:
        name: of the channel, for messages.
        language: of the words around the notice's own.

    Raises:
        ConfigError: the file of certificates cannot be used.
    """

    def __init__(self, name: str, settings: EmailSettings, language: Language) -> None:
        self._name, self._settings, self._language = name, settings, language
        self._tls = None if settings.security == "none" else tls_context(f"alerts.{name}", settings.ca_file)
        self._page = Environment(
            loader=PackageLoader("secondsight.serve.alerts"), autoescape=True, undefined=StrictUndefined
        )
        self._page.filters["showable"] = showable
        self._connection: smtplib.SMTP | None = None

    def send(self, notice: Notice) -> None:
        """See `Channel.send`."""
        self._deliver(self.message(notice))

    def send_report(self, report: ReportNotice) -> None:
        """See `Channel.send_report`: its sentences, and the file beside them."""
        domain = self._settings.sender.partition("@")[2]
        message = self._headed(report.title, report.made_at, f"<{report.id}@{domain}>", report.site)
        message.set_content("\n".join(str(showable(line)) for line in report.text.split("\n")) + "\n")
        kind, _, subtype = report.media_type.partition("/")
        message.add_attachment(report.content, kind, subtype, filename=report.name)
        self._deliver(message)

    def _deliver(self, message: EmailMessage) -> None:
        try:
            with self._connected() as connection:
                refused = connection.send_message(message, self._settings.sender, list(self._settings.to))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise DeliveryError(f"all recipients are refused ({codes[0]})", retry=min(codes) < 500) from None
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise DeliveryError(_answer(error), retry=error.smtp_code < 500) from None
        except (smtplib.SMTPException, OSError) as error:
            raise _unreachable(error) from None
        if refused:
            about = fields(channel=self._name, refused=len(refused), of=len(self._settings.to))
            _log.warning("a mail went to some of its recipients only", extra=about)

    def check(self) -> str:
        """See `Channel.check`: connects and logs in."""
        try:
            with self._connected() as connection:
                connection.noop()
        except (smtplib.SMTPException, OSError) as error:
            raise _unreachable(error) from None
        login = ", login accepted" if self._settings.username else ""
        return f"{self._settings.host} answers{login}; nothing was sent"

    def close(self) -> None:
        """See `Channel.close`."""
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def message(self, notice: Notice) -> EmailMessage:
        """The mail of a notice."""
        settings, event = self._settings, notice.event
        domain = settings.sender.partition("@")[2]
        message = self._headed(notice.text, notice.step.time, f"<{notice.id}@{domain}>", notice.site)
        message["References"] = f"<{event.id}@{domain}>"
        message["X-SecondSight-Word"] = notice.step.word.value
        facts, summary = self._facts(notice), event.verdict.summary if event.verdict else ""
        lines = [
            notice.text,
            *([summary] if summary else []),
            "",
            *(f"{name}: {value}" for name, value in facts),
        ]
        message.set_content("\n".join(str(showable(line)) for line in lines) + "\n")
        picture = self._picture(notice)
        cid = make_msgid(domain="secondsight") if picture else None
        html = self._page.get_template("email.html").render(
            notice=notice,
            language=self._language,
            picture=cid[1:-1] if cid else None,
            summary=summary,
            facts=facts,
        )
        message.add_alternative(html, subtype="html")
        if picture and cid:
            page = message.get_payload()[1]  # type: ignore[index]
            name = f"{event.id}.jpg"
            page.add_related(picture, "image", "jpeg", cid=cid, filename=name, disposition="inline")  # type: ignore[union-attr]
        return message

    def _headed(self, subject: str, time: float, id: str, site: str) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = one_line(f"[{site}] {subject}")[:_LONGEST_SUBJECT]
        message["From"], message["To"] = self._settings.sender, ", ".join(self._settings.to)
        message["Date"] = format_datetime(datetime.fromtimestamp(time, UTC))
        message["Message-ID"] = id
        message["Auto-Submitted"] = "auto-generated"
        return message

    def _facts(self, notice: Notice) -> list[tuple[str, str]]:
        event = notice.event
        values = (
            notice.site,
            notice.camera,
            event.rule,
            kind_in_words(event.kind, self._language),
            notice.severity.value,
            f"{event.id}, {iso(event.triggered)}",
            notice.step.note or event.note or "",
        )
        named = zip(_FACTS[self._language], values, strict=True)
        return [(name, one_line(value)) for name, value in named if value]

    def _picture(self, notice: Notice) -> bytes | None:
        for path in notice.pictures:
            with suppress(OSError):  # retention has removed it meanwhile
                return path.read_bytes()
        return None

    def _connected(self) -> smtplib.SMTP:
        """A connection that is logged in. Raises SMTPException, OSError."""
        settings = self._settings
        if settings.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.actual_port, timeout=settings.timeout, context=self._tls
            )
        else:
            connection = smtplib.SMTP(settings.host, settings.actual_port, timeout=settings.timeout)
        self._connection = connection
        try:
            if settings.security == "starttls":
                connection.starttls(context=self._tls)
            if settings.username is not None and settings.password is not None:
                connection.login(settings.username, settings.password.get_secret_value())
        except BaseException:
            connection.close()
            raise
        return connection


def _unreachable(error: Exception) -> DeliveryError:
    if isinstance(error, smtplib.SMTPResponseException):
        return DeliveryError(_answer(error))
    if isinstance(error, ssl.SSLError):
        return DeliveryError(f"no safe connection to the mail server: {error.reason or error}")
    text = str(error).split("\n")[0][:300] or type(error).__name__
    return DeliveryError(f"the mail server cannot be reached: {text}")


def _answer(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return one_line(f"the mail server answers {error.smtp_code}: {words}")[:300]
