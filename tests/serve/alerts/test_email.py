"""E-mail, against a real SMTP server."""

import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import SiteConfig
from secondsight.errors import DeliveryError
from secondsight.serve.alerts import make_channel
from secondsight.serve.alerts.channel import Channel
from tests.serve.alerts.certificates import make_certificate
from tests.serve.alerts.notice import EVIL, evil, notice, report_notice
from tests.servers.smtp import Postmaster
from tests.table import table


@pytest.fixture
def postmaster() -> Iterator[Postmaster]:
    with Postmaster() as running:
        yield running


@pytest.fixture
def make(make_config: Callable[..., SiteConfig], postmaster: Postmaster) -> Callable[..., Channel]:
    def make(**settings: Any) -> Channel:
        values = {"type": "email", "host": "127.0.0.1", "port": postmaster.port, "security": "none"}
        values |= {"sender": "secondsight@example.org", "to": ["guard@example.org", "boss@example.org"]}
        config = make_config({"mail": {**values, **settings}})
        return make_channel("mail", config.alerts["mail"], config)

    return make


def test_text_page_and_picture(make, postmaster: Postmaster, tmp_path: Path) -> None:
    picture = tmp_path / "one.jpg"
    picture.write_bytes(b"\xff\xd8jpeg")
    make().send(notice(2, pictures=(picture,)))
    ((envelope, message),) = postmaster.got
    assert envelope.rcpt_tos == ["guard@example.org", "boss@example.org"]
    assert message["Subject"].startswith("[Depot 7] Intrusion on camera hall")
    assert message["Message-ID"] == "<20260101T080000-75efa9ac2b0f-2@example.org>"
    assert message["References"] == "<20260101T080000-75efa9ac2b0f@example.org>"
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Intrusion on camera hall" in text.get_content()
    (inline,) = [part for part in message.walk() if part.get_content_type() == "image/jpeg"]
    assert inline.get_payload(decode=True) == b"\xff\xd8jpeg"
    assert f'src="cid:{inline["Content-ID"][1:-1]}"' in page.get_content()


def test_conversation_has_one_root_and_each_message_its_own_id(make, postmaster: Postmaster) -> None:
    channel = make()
    for number in (1, 2, 2):
        channel.send(notice(number))
    messages = [message for _, message in postmaster.got]
    assert len({message["References"] for message in messages}) == 1
    assert [message["Message-ID"][30:31] for message in messages] == ["1", "2", "2"]


def test_texts_from_outside_break_neither_headers_nor_page(make, postmaster: Postmaster) -> None:
    make().send(evil())
    ((envelope, message),) = postmaster.got
    assert message["Bcc"] is None
    assert len(message.get_all("Subject", [])) == 1
    assert envelope.rcpt_tos == ["guard@example.org", "boss@example.org"]
    page, text = message.get_body(("html",)), message.get_body(("plain",))
    assert page is not None
    assert text is not None
    assert "<script>" not in page.get_content()
    assert "&lt;script&gt;" in page.get_content()
    for shown in (page.get_content(), text.get_content(), message["Subject"]):
        assert "\x1b" not in shown
        assert "\u202e" not in shown


@table(
    ("answer", "retry"),
    [("451 later", True), ("554 never", False), ("552 too large", False)],
)
def test_refused_mail(make, postmaster: Postmaster, answer: str, retry: bool) -> None:
    postmaster.answer = answer
    with pytest.raises(DeliveryError, match=answer[:3]) as raised:
        make().send(notice())
    assert raised.value.retry is retry


def test_recipients(make, postmaster: Postmaster) -> None:
    channel = make()
    postmaster.refused = {"boss@example.org": "550 no such user"}
    channel.send(notice())
    assert postmaster.got[0][0].rcpt_tos == ["guard@example.org"]
    postmaster.refused["guard@example.org"] = "450 mailbox busy"
    with pytest.raises(DeliveryError) as raised:
        channel.send(notice())
    assert raised.value.retry
    postmaster.refused["guard@example.org"] = "550 no such user"
    with pytest.raises(DeliveryError) as raised:
        channel.send(notice())
    assert not raised.value.retry


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_and_login(make, tmp_path: Path, security: str) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with Postmaster(context, secure=security == "tls", login=("me", "pa$$ word")) as server:
        settings = {"security": security, "port": server.port, "username": "me"}
        good = make(**settings, password="pa$$ word", ca_file=str(certificate))
        good.send(notice())
        assert good.check() == "127.0.0.1 answers, login accepted; nothing was sent"
        with pytest.raises(DeliveryError, match="535") as raised:
            make(**settings, password="wrong", ca_file=str(certificate)).send(notice())
        assert raised.value.retry
        with pytest.raises(DeliveryError, match=r"no safe connection"):
            make(**settings, password="pa$$ word").send(notice())
        assert len(server.got) == 1


def test_server_that_is_away(make, postmaster: Postmaster) -> None:
    channel = make(timeout=0.5)
    postmaster.stop()
    begun = time.monotonic()
    with pytest.raises(DeliveryError, match="cannot be reached"):
        channel.send(notice())
    with pytest.raises(DeliveryError, match="cannot be reached"):
        channel.check()
    assert time.monotonic() - begun < 30


def test_a_report_is_a_text_with_the_file_beside_it(make, postmaster: Postmaster) -> None:
    make().send_report(report_notice())
    ((_, message),) = postmaster.got
    assert message["Subject"] == "[Depot 7] Hourly report, Depot 7"
    assert message["Message-ID"] == "<hourly-1767254400@example.org>"
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == "Alarms raised: 3."
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("report-hourly-1767254400.html", "text/html")
    assert file.get_payload(decode=True) == b"<!doctype html><p>report</p>"


def test_a_report_of_hostile_words_breaks_no_header(make, postmaster: Postmaster) -> None:
    make().send_report(report_notice(EVIL, title=EVIL, site=EVIL))
    ((envelope, message),) = postmaster.got
    assert message["Bcc"] is None
    assert envelope.rcpt_tos == ["guard@example.org", "boss@example.org"]
