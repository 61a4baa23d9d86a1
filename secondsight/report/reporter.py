"""Makes reports, keeps them, and gives them the form that people ask for."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from secondsight.config import SiteConfig
from secondsight.errors import StoreError
from secondsight.records import SCHEMA_VERSION, Egress, ReportForm
from secondsight.report.facts.report_facts import (
    ReportFacts,
    facts_from_json,
    facts_to_json,
    restricted,
)
from secondsight.report.pages.document import ReportDocument
from secondsight.report.pages.html import to_html
from secondsight.report.pages.markdown import to_markdown
from secondsight.report.pages.pdf import to_pdf
from secondsight.report.pages.sections import document_of, key_figures
from secondsight.report.words.prose import Prose, filled, template_prose
from secondsight.store import KeptReport


class Report:
    """Facts and the sentences around them. The same of both gives the same report, to the byte.

    Args:
        prose: the template's by default.

    Examples:
        >>> from secondsight.records import ReportKind, ReportPeriod
        >>> from secondsight.report import Report, ReportFacts, PeriodFacts
        >>> hour = PeriodFacts(ReportPeriod(ReportKind.HOURLY, 1_767_254_400.0, 1_767_258_000.0, "UTC"))
        >>> facts = ReportFacts("shop", "en", (), hour, hour)
        >>> print(Report(facts).sentences[0])
        Alarms raised: 0, which is as many as in the period before.
    """

    def __init__(self, facts: ReportFacts, prose: Prose | None = None) -> None:
        self.facts, self.prose = facts, prose or template_prose(facts)

    @classmethod
    def of(cls, kept: KeptReport, cameras: Collection[str] | None = None) -> "Report":
        """A report that was kept.

        Args:
            cameras: the only ones that the reader may see; all for None. A report of some has the template's
                sentences: a brain's were about all.

        Raises:
            StoreError: a newer program wrote it.
        """
        try:
            facts = facts_from_json(kept.facts)
            prose = Prose.from_json(kept.prose, kept.writer)
        except ValueError:
            raise StoreError(f"report {kept.id} was written by another version of this program") from None
        return cls(facts, prose) if cameras is None else cls(restricted(facts, cameras))

    def kept(self, created_at: float) -> KeptReport:
        """For the store."""
        facts, prose = self.facts, self.prose
        return KeptReport(
            facts.period, facts.language, facts_to_json(facts), prose.to_json(), prose.writer, created_at
        )

    @property
    def sentences(self) -> list[str]:
        """The text of the report."""
        return filled(self.prose, self.facts)

    def document(self, pictures: int = 6) -> ReportDocument:
        """Its sections."""
        return document_of(self.facts, self.prose, pictures)

    def write(
        self,
        form: ReportForm,
        data: Path,
        *,
        pictures: int = 6,
        config: SiteConfig | None = None,
        leaves: bool = False,
    ) -> bytes:
        """The report as a file.

        Args:
            data: the data folder, where key frames are.
            pictures: most key frames.
            config: the site file, which says what may leave.
            leaves: whether it goes to another machine; then it shows pictures of cameras with `egress: full` only.

        Raises:
            ConfigError: there is no WeasyPrint for a PDF.
        """
        if form is ReportForm.JSON:
            return (json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n").encode()
        document = self.document(pictures)
        if form is ReportForm.MARKDOWN:
            return to_markdown(document).encode()

        def picture(camera: str, path: str) -> Path | None:
            if leaves and (config is None or config.egress_of(camera) is not Egress.FULL):
                return None
            return _inside(data, path)

        html = to_html(document, self.facts.period.timezone, picture, self.facts.title_of)
        return html.encode() if form is ReportForm.HTML else to_pdf(html)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps` (docs/reports.md)."""
        return {
            "schema": SCHEMA_VERSION,
            "type": "report",
            "id": self.facts.period.id,
            "title": self.document().title,
            "sentences": self.sentences,
            "writer": self.prose.writer,
            "figures": key_figures(self.facts),
            "facts": json.loads(facts_to_json(self.facts)),
        }


def _inside(data: Path, path: str) -> Path:
    """A file of the data folder; for a path that leads out of it one that is not there."""
    root = data.resolve()
    file = (root / path).resolve()
    return file if file.is_relative_to(root) else root / "none"
