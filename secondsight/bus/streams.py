"""The streams in which the server keeps what is published, and the one consumer of the work queue.

What is there already stays as its administrator has made it.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

from secondsight.config import QueueSettings

if TYPE_CHECKING:
    from nats.js import JetStreamContext
    from nats.js.api import StreamConfig

REVIEWERS = "reviewers"
"""Name of the consumer that all reviewers of a prefix share."""
ACK_WAIT = 30.0
"""Seconds after which a case goes to another reviewer, unless its own says that it is still at work."""
_MOST_TRIES = 20
"""How often a case is handed out: one that kills its reviewers does not do so for ever."""
_SUBJECTS = {
    "events": "events.*",
    "observations": "observations.*",
    "reviews": "cases.review.*",
    "verdicts": "cases.verdicts.*",
}
_WINDOWS = {"events": 3600.0, "observations": 600.0, "reviews": 120.0, "verdicts": 120.0}
"""Seconds within which a message that comes again is known by its id. More takes memory of the server."""
_OLDEST = {"reviews": 86400.0, "verdicts": 3600.0}
"""Seconds that what is of use for a while only is kept at most."""
_BIGGEST_VERDICTS = 256 * 1024 * 1024


class StreamName(StrEnum):
    """What each stream holds."""

    EVENTS = "events"
    OBSERVATIONS = "observations"
    REVIEWS = "reviews"
    VERDICTS = "verdicts"

    def of(self, prefix: str) -> str:
        """Its name on the server."""
        return f"{prefix}-{self.value}"


async def ensure(stream: StreamName, js: "JetStreamContext", settings: QueueSettings) -> None:
    """Make a stream, and the consumer of the work queue, unless they are there. Raises nats' own errors."""
    from nats.js.errors import NotFoundError

    name = stream.of(settings.prefix)
    try:
        await js.stream_info(name)
    except NotFoundError:
        await js.add_stream(_config(stream, name, settings))
    if stream is StreamName.REVIEWS:
        await _ensure_reviewers(js, name, settings)


async def _ensure_reviewers(js: "JetStreamContext", stream: str, settings: QueueSettings) -> None:
    from nats.js.api import AckPolicy, ConsumerConfig
    from nats.js.errors import NotFoundError

    try:
        await js.consumer_info(stream, REVIEWERS)
    except NotFoundError:
        config = ConsumerConfig(
            durable_name=REVIEWERS,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT,
            max_deliver=_MOST_TRIES,
            filter_subject=f"{settings.prefix}.*.{_SUBJECTS['reviews']}",
        )
        await js.add_consumer(stream, config)


def _config(stream: StreamName, name: str, settings: QueueSettings) -> "StreamConfig":
    from nats.js.api import RetentionPolicy, StorageType, StreamConfig

    work = stream is StreamName.REVIEWS
    age = min(settings.keep, _OLDEST.get(stream, settings.keep))
    config = StreamConfig(
        name=name,
        subjects=[f"{settings.prefix}.*.{_SUBJECTS[stream]}"],
        retention=RetentionPolicy.WORK_QUEUE if work else RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=settings.replicas,
        max_age=age,
        duplicate_window=min(_WINDOWS[stream], age),
    )
    if stream is StreamName.VERDICTS:
        config.max_msgs_per_subject, config.max_bytes = 1, _BIGGEST_VERDICTS
    return config
