"""Pages and reports over the store. In: events, counts and costs as the store knows them, and the data folder with
clips and frames. Out: a page of events; reports about an hour, a shift, a day or a week (HTML, PDF, Markdown, JSON).

Nothing is loaded from a network; pages work from a memory stick. A report is one frozen value of facts, and sentences
with slots for them: numbers and names come from code, also where a large model writes the words.
"""

from secondsight.report.events_page import write_page
from secondsight.report.facts.coverage import CameraWatch, CoverageSource, WatchGap
from secondsight.report.facts.gather import gather
from secondsight.report.facts.periods import due_periods, kinds_of, period_at, previous
from secondsight.report.facts.report_facts import PeriodFacts, ReportFacts, restricted
from secondsight.report.pages.document import Paragraph, ReportDocument, TableBlock
from secondsight.report.reporter import Report
from secondsight.report.words.prose import Prose, ReportWriter, template_prose

__all__ = [
    "CameraWatch",
    "CoverageSource",
    "WatchGap",
    "Paragraph",
    "PeriodFacts",
    "Prose",
    "Report",
    "ReportDocument",
    "ReportFacts",
    "ReportWriter",
    "TableBlock",
    "due_periods",
    "gather",
    "kinds_of",
    "period_at",
    "previous",
    "restricted",
    "template_prose",
    "write_page",
]
