"""Makes reports ready to be sent by a channel, and their JSON form."""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from secondsight.clock import iso
from secondsight.config import ChannelSettings, ReportSettings, SiteConfig
from secondsight.event_words import one_line
from secondsight.records import SCHEMA_VERSION, ReportForm
from secondsight.report import Report
from secondsight.serve.alerts.channel import ReportNotice
from secondsight.serve.alerts.receivers import is_here
from secondsight.store import ReportDelivery, Store


@dataclass(frozen=True, slots=True)
class ReportNoticeMaker:
    """Makes the reports of one channel."""

    config: SiteConfig
    settings: ChannelSettings
    store: Store

    def make(self, delivery: ReportDelivery) -> ReportNotice | None:
        """The report of a delivery; None where it is gone.

        Raises:
            StoreError: the store cannot be asked, or another version of this program wrote the report.
            ConfigError: it is to be a PDF, and there is no WeasyPrint.
        """
        kept = self.store.reports.get(delivery.report)
        if kept is None:
            return None
        how, report = self.config.report or ReportSettings(), Report.of(kept, self.settings.cameras or None)
        form = ReportForm(how.form)
        pictures = how.pictures if self.settings.pictures else 0
        document = report.document()
        return ReportNotice(
            id=kept.id,
            site=one_line(self.config.site.name),
            kind=kept.period.kind.value,
            start=kept.period.start,
            end=kept.period.end,
            made_at=kept.created_at,
            title=f"{document.title}, {document.subtitle}",
            text="\n".join(report.sentences),
            name=f"report-{kept.id}.{form.value}",
            media_type=form.media_type,
            content=report.write(
                form,
                self.config.data,
                pictures=pictures,
                config=self.config,
                leaves=not is_here(self.settings),
            ),
        )


def report_to_json(notice: ReportNotice, *, whole: bool) -> dict[str, Any]:
    """Plain values for `json.dumps` (docs/reports.md).

    Args:
        whole: with the file, in base64.
    """
    file = {"name": notice.name, "type": notice.media_type}
    return {
        "schema": SCHEMA_VERSION,
        "type": "report_notice",
        "id": notice.id,
        "site": notice.site,
        "kind": notice.kind,
        "start": iso(notice.start),
        "end": iso(notice.end),
        "title": notice.title,
        "text": notice.text,
        "file": file | ({"base64": base64.b64encode(notice.content).decode()} if whole else {}),
    }


def report_cloud_event(notice: ReportNotice, data: dict[str, Any]) -> dict[str, Any]:
    """A CloudEvents 1.0 envelope in structured JSON, around the payload of a report."""
    return {
        "specversion": "1.0",
        "id": notice.id,
        "source": f"/secondsight/{quote(notice.site, safe='')}",
        "type": f"org.secondsight.report.{notice.kind}",
        "time": iso(notice.made_at),
        "datacontenttype": "application/json",
        "data": data,
    }
