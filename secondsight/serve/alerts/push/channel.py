"""Sends each notice to the browsers of those who may see its camera."""

import base64
import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import httpx

from secondsight import __version__
from secondsight.clock import Clock
from secondsight.config import PushSettings, SiteConfig
from secondsight.errors import DeliveryError
from secondsight.log import fields
from secondsight.records import Severity
from secondsight.serve.alerts.channel import Notice, ReportNotice
from secondsight.serve.alerts.pacing import retry_after
from secondsight.serve.alerts.push.keys import VapidKeys, push_library
from secondsight.serve.alerts.push.subscriptions import PushSubscription, PushSubscriptions
from secondsight.store import User
from secondsight.tls import tls_context

_log = logging.getLogger(__name__)

_TITLE, _BODY = 200, 2400
"""Most bytes of each: a push service takes 4096 in all, encrypted (RFC 8291, section 4)."""
_AT_ONCE = 32
_REMEMBERED = 10_000
_GONE = frozenset({404, 410})
_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of one message to one browser.

    Attributes:
        problem: why it does not have the message; None if it has.
        again: whether it may take the message later; `after` seconds, if it said so.
    """

    problem: str | None = None
    again: bool = False
    after: float | None = None


class PushChannel:
    """Sends notices and reports to subscribed browsers. One that has a message already does not get it again when the
    message is retried for the sake of others.

    Args:
        name: of the channel, for messages.
        users: who may see what, at this moment; empty on a site without users. Raises StoreError.

    Raises:
        ConfigError: the extra `push` is missing, or a file cannot be used.
        StoreError: the data folder cannot be written.
    """

    def __init__(
        self,
        name: str,
        settings: PushSettings,
        config: SiteConfig,
        users: Callable[[], Sequence[User]],
        clock: Clock,
    ) -> None:
        self._settings, self._users, self._clock, self._name = settings, users, clock, name
        self._pusher = push_library().WebPusher
        self._keys = VapidKeys(config.data)
        self._subscriptions = PushSubscriptions(config.data)
        self._have: dict[tuple[str, str], None] = {}
        self._client = httpx.Client(
            verify=tls_context(f"alerts.{name}", settings.ca_file),
            timeout=settings.timeout,
            follow_redirects=False,
        )

    def send(self, notice: Notice) -> None:
        """See `Channel.send`."""
        event = notice.event
        path = f"/events/{quote(event.id, safe='')}"
        message = {
            "id": notice.id,
            "tag": event.id,
            "word": notice.step.word.value,
            "severity": notice.severity.value,
            "title": _cut(notice.site, _TITLE),
            "body": _cut(notice.text, _BODY),
            "time": round(notice.step.time * 1000),
            "url": path,
            # The browser asks this site for it, with the rights of who is signed in.
            "picture": f"{path}/thumbnail" if notice.pictures else None,
        }
        urgent = notice.severity is Severity.HIGH
        self._tell(notice.id, message, self._readers(event.camera), urgent=urgent)

    def send_report(self, report: ReportNotice) -> None:
        """See `Channel.send_report`: its title, and where it stands, to people who may see every camera."""
        message = {
            "id": report.id,
            "tag": report.id,
            "word": "report",
            "severity": Severity.LOW.value,
            "title": _cut(report.site, _TITLE),
            "body": _cut(report.title, _BODY),
            "time": round(report.made_at * 1000),
            "url": f"/reports/{quote(report.id, safe='')}",
            "picture": None,
        }
        self._tell(report.id, message, self._readers(None), urgent=False)

    def check(self) -> str:
        """See `Channel.check`: push services offer no way to reach them without a message."""
        known = self._subscriptions.all()
        people = len({one.user for one in known})
        return f"{len(known)} browsers of {people} people are subscribed; nothing was sent"

    def close(self) -> None:
        """See `Channel.close`."""
        self._client.close()

    def _readers(self, camera: str | None) -> list[PushSubscription]:
        """The browsers of users who may see a camera now (None: all of them)."""
        users = {user.name: user for user in self._users()}
        known = self._subscriptions.all()
        if not users:
            return [one for one in known if one.user == "local"]
        return [one for one in known if _may_see(users.get(one.user), camera, one.created_at)]

    def _tell(
        self, id: str, message: Mapping[str, object], readers: Sequence[PushSubscription], *, urgent: bool
    ) -> None:
        waiting = [one for one in readers if (id, one.id) not in self._have]
        if not waiting:
            return
        content = json.dumps(message, ensure_ascii=False).encode()
        topic = base64.urlsafe_b64encode(hashlib.sha256(str(message["tag"]).encode()).digest())[:32].decode()

        def post(one: PushSubscription) -> _Answer:
            return self._post(one, content, topic, urgent=urgent)

        with ThreadPoolExecutor(min(_AT_ONCE, len(waiting)), thread_name_prefix="push") as pool:
            answers = dict(zip(waiting, pool.map(post, waiting), strict=True))
        for one, answer in answers.items():
            if answer.problem is None:
                self._have[id, one.id] = None
        while len(self._have) > _REMEMBERED:
            del self._have[next(iter(self._have))]
        self._judge([one for one in answers.values() if one.problem is not None], len(readers))

    def _judge(self, failed: Sequence[_Answer], readers: int) -> None:
        """Raises DeliveryError where a message is to be sent again, or nobody has it."""
        if not failed:
            return
        again = [answer for answer in failed if answer.again]
        text = f"{len(failed)} of {readers} browsers do not have it: {(again or failed)[0].problem}"
        some = len(failed) < readers
        if again:
            after = max((answer.after or 0.0 for answer in again), default=0.0)
            raise DeliveryError(text, after=after or None, partly=some)
        if not some:
            raise DeliveryError(text, retry=False)
        _log.warning("not every browser took a message", extra=fields(channel=self._name, error=text))

    def _post(self, one: PushSubscription, content: bytes, topic: str, *, urgent: bool) -> _Answer:
        parts, place = urlsplit(one.endpoint), one.service
        headers = {
            "user-agent": f"secondsight/{__version__}",
            "authorization": self._keys.authorization(
                f"{parts.scheme}://{parts.netloc}", self._settings.contact, self._clock.now()
            ),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(round(self._settings.max_age)),
            "urgency": "high" if urgent else "normal",
            "topic": topic,
        }
        try:
            about = {"endpoint": one.endpoint, "keys": {"p256dh": one.p256dh, "auth": one.auth}}
            body = self._pusher(about).encode(content)["body"]
        except Exception:  # the library's errors for keys that are none differ with the key
            self._forget(one, "its keys are of no use")
            return _Answer()
        try:
            with self._client.stream("POST", one.endpoint, content=body, headers=headers) as answer:
                return self._read(one, answer)
        except httpx.TimeoutException:
            return _Answer(f"{place} did not answer within {self._settings.timeout:g} s", again=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError) as error:
            reason = (str(error) or type(error).__name__).replace(one.endpoint, place)
            return _Answer(f"{place} cannot be reached: {reason}", again=True)

    def _read(self, one: PushSubscription, answer: httpx.Response) -> _Answer:
        status = answer.status_code
        if 200 <= status < 300:
            return _Answer()
        if status in _GONE:
            self._forget(one, "the browser is not subscribed any more")
            return _Answer()
        again = status in _AGAIN or status >= 500
        after = retry_after(answer.headers.get("retry-after", ""), self._clock.now()) if again else None
        return _Answer(f"{one.service} answers {status}", again, after)

    def _forget(self, one: PushSubscription, why: str) -> None:
        self._subscriptions.remove(one.id)
        _log.info("subscription removed", extra=fields(user=one.user, service=one.service, why=why))


def _may_see(user: User | None, camera: str | None, since: float) -> bool:
    # Somebody else who is given the name of a user that was removed has not asked for this.
    if user is None or not user.enabled or user.created_at > since:
        return False
    return user.cameras is None or camera in user.cameras


def _cut(text: str, size: int) -> str:
    """The beginning of a text, of at most `size` bytes."""
    data = text.encode("utf-8", "replace")
    return text if len(data) <= size else data[: size - 3].decode(errors="ignore") + "…"
