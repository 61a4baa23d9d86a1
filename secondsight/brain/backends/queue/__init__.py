"""Other programs as a brain: a request goes onto a work queue, and whichever program takes it answers with a verdict.
`messages` is the JSON of both, for both sides (docs/queue.md).
"""

from secondsight.brain.backends.queue.answer import (
    Answered,
    Declined,
    InvalidReply,
    decline,
    read_reply,
    reply,
)
from secondsight.brain.backends.queue.backend import QueueBrain
from secondsight.brain.backends.queue.offer import InvalidOffer, Offer, make_offer, read_offer

__all__ = [
    "Answered",
    "Declined",
    "InvalidOffer",
    "InvalidReply",
    "Offer",
    "QueueBrain",
    "decline",
    "make_offer",
    "read_offer",
    "read_reply",
    "reply",
]
