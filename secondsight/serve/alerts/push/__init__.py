"""Web Push: notifications in people's browsers. In: notices, and browsers that people subscribed. Out: messages that
only these browsers can read, at their push services (RFC 8030, 8291, 8292). The extra `push` is loaded when needed.
"""

from secondsight.serve.alerts.push.channel import PushChannel
from secondsight.serve.alerts.push.keys import VapidKeys
from secondsight.serve.alerts.push.subscriptions import PushSubscription, PushSubscriptions

__all__ = ["PushChannel", "PushSubscription", "PushSubscriptions", "VapidKeys"]
