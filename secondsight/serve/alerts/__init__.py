"""Alerts: the published steps of events, carried to receivers. In: the store's steps and the section `alerts` of the
site file. Out: messages by webhook, e-mail, MQTT and Apprise, at least once and in order per event, from one durable
outbox. A receiver that is away, slow or hostile delays its own channel only.
"""

from secondsight.serve.alerts.channel import Channel, Notice
from secondsight.serve.alerts.factory import check_channels, make_channel
from secondsight.serve.alerts.notices import sample_notice, severity_in
from secondsight.serve.alerts.payload import notice_to_json
from secondsight.serve.alerts.service import AlertService
from secondsight.serve.alerts.signature import sign, verify

__all__ = [
    "AlertService",
    "Channel",
    "Notice",
    "check_channels",
    "make_channel",
    "notice_to_json",
    "sample_notice",
    "severity_in",
    "sign",
    "verify",
]
