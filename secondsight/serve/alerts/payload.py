"""The JSON of a notice, documented in docs/alerts.md: the same by webhook and MQTT."""

import base64
from typing import Any
from urllib.parse import quote

from secondsight.clock import iso
from secondsight.event_json import event_to_json, step_to_json
from secondsight.records import SCHEMA_VERSION
from secondsight.serve.alerts.channel import Notice

_TYPE = "org.secondsight.event"


def notice_to_json(notice: Notice) -> dict[str, Any]:
    """Plain values for `json.dumps`. All keys are always there."""
    step = notice.step
    return {
        "schema": SCHEMA_VERSION,
        "type": "notice",
        "id": notice.id,
        # What Home Assistant's event entities go by.
        "event_type": step.kind.value,
        "word": step.word.value,
        "severity": notice.severity.value,
        "site": notice.site,
        "camera": notice.camera,
        "text": notice.text,
        "step": step_to_json(step),
        "event": event_to_json(notice.event),
    }


def with_picture(payload: dict[str, Any], notice: Notice) -> dict[str, Any]:
    """The payload with the notice's first picture in base64, or null where there is none."""
    try:
        data = notice.pictures[0].read_bytes() if notice.pictures else None
    except OSError:  # retention has removed it meanwhile
        data = None
    encoded = None if data is None else base64.b64encode(data).decode()
    return {**payload, "picture": None if encoded is None else {"type": "image/jpeg", "base64": encoded}}


def cloud_event(notice: Notice, data: dict[str, Any]) -> dict[str, Any]:
    """A CloudEvents 1.0 envelope in structured JSON, around the payload of a notice."""
    return {
        "specversion": "1.0",
        "id": notice.id,
        "source": f"/secondsight/{quote(notice.site, safe='')}",
        "type": f"{_TYPE}.{notice.step.kind.value}",
        "subject": f"{quote(notice.event.camera, safe='')}/{quote(notice.event.rule, safe='')}",
        "time": iso(notice.step.time),
        "datacontenttype": "application/json",
        "data": data,
    }
