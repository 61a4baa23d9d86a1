"""The message queue: a NATS server with JetStream. In: the section `queue` of the site file, and bytes under a
subject and an id. Out: the server has them, once; or a `DeliveryError` that says why not. What the bytes mean is the
matter of the rooms above. nats-py (extra `nats`) is loaded when a connection is made.
"""

from secondsight.bus.blocking import BlockingBus
from secondsight.bus.connection import BusConnection
from secondsight.bus.names import level, slug
from secondsight.bus.place import BusPlace, bus_of
from secondsight.bus.streams import ACK_WAIT, REVIEWERS, StreamName
from secondsight.bus.subjects import Subjects

__all__ = [
    "ACK_WAIT",
    "REVIEWERS",
    "BlockingBus",
    "BusConnection",
    "BusPlace",
    "StreamName",
    "Subjects",
    "bus_of",
    "level",
    "slug",
]
