"""Notices to send: a plain one, and one full of texts that would break what does not escape them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from secondsight.records import Event, Severity, Step, StepKind, Verification, Word
from secondsight.serve.alerts.channel import Notice, ReportNotice
from tests.store.samples import verdict

EVIL = "</b><script>alert(1)</script>\r\nBcc: all@example.org\n\x1b[2J\u202e \"'{{ 7*7 }} +/#"


def event(**changes: Any) -> Event:
    made = Event(
        id="20260101T080000-75efa9ac2b0f",
        camera="hall",
        rule="night",
        kind="intrusion",
        start=1_767_254_400.0,
        triggered=1_767_254_401.2,
        end=None,
        score=0.62,
        label="person",
        zone="store-room",
        tracks=(),
        verification=Verification.UNVERIFIED,
        settled=False,
        alert=True,
    )
    return replace(made, **changes)


def notice(number: int = 1, pictures: tuple[Path, ...] = (), **changes: Any) -> Notice:
    about = event(**changes)
    step = Step(
        about.id, number, StepKind.RAISED, 1_767_254_402.0, about.verification, False, word=Word.ALERT
    )
    text = "Intrusion on camera hall, zone store-room at 2026-01-01 08:00:01; not verified"
    return Notice(step, about, "Depot 7", about.camera, Severity.MEDIUM, text, pictures)


def evil() -> Notice:
    """As a hostile camera, model and person would have it."""
    made = notice(
        camera=EVIL, rule=EVIL, kind=EVIL, zone=EVIL, label=EVIL, note=EVIL, verdict=verdict(summary=EVIL)
    )
    return replace(made, step=replace(made.step, note=EVIL, by=EVIL), site=EVIL, camera=EVIL, text=EVIL)


def report_notice(text: str = "Alarms raised: 3.", **changes: Any) -> ReportNotice:
    """A report about an hour, as a file."""
    made = ReportNotice(
        id="hourly-1767254400",
        site="Depot 7",
        kind="hourly",
        start=1_767_254_400.0,
        end=1_767_258_000.0,
        made_at=1_767_258_120.0,
        title="Hourly report, Depot 7",
        text=text,
        name="report-hourly-1767254400.html",
        media_type="text/html",
        content=b"<!doctype html><p>report</p>",
    )
    return replace(made, **changes)
