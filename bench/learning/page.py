"""A page of the days: recall and calls as curves, and what the loop said. One file that opens without a network."""

import io
import itertools
from collections.abc import Sequence
from html import escape
from string import Template

import matplotlib
from matplotlib.figure import Figure

from bench.learning.days import DayRecord

_LIVE, _FIRST, _CALLS = "#1971c2", "#868e96", "#e8590c"
_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A site that learns (simulated)</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;font-size:.85rem}td,th{padding:.2rem .5rem;border-bottom:1px solid #ddd;
text-align:right;vertical-align:top}td:last-child,th:last-child{text-align:left}
svg{max-width:100%;height:auto}</style></head><body>
<h1>A site that learns (simulated)</h1>
<p>Cameras, people, fog and the people who label are simulated (<code>make demo-learn</code>); models, verdicts,
training, gate, shadow, test and promotion are the product's own. Recall is that of persons in the uniform samples of
a day.</p>
$plot
<p>$sum</p>
<table><thead><tr><th>day</th><th>looked</th><th>persons</th><th>found</th><th>by the first model</th><th>false</th>
<th>by the first model</th><th>calls</th><th>labels: brain, people</th><th>what the loop did</th></tr></thead>
<tbody>
$rows
</tbody></table></body></html>
""")


def page(days: Sequence[DayRecord], cameras: int) -> str:
    """The page as HTML."""
    rows = "\n".join(_row(one) for one in days)
    return _PAGE.substitute(plot=plot(days, cameras), rows=rows, sum=escape(summary(days)))


def summary(days: Sequence[DayRecord]) -> str:
    """One sentence on what was gained where another bundle than the first one looked in fog."""
    later = [one for one in days if one.live != days[0].live and one.people]
    by_brain, by_people = (sum(getattr(one, name) for one in days) for name in ("by_brain", "by_people"))
    labels = f"{by_brain} labels by the brain, {by_people} by people"
    if not later:
        return f"{len(days)} days, {labels}; no bundle was promoted."
    people = sum(one.people for one in later)
    new, old = (sum(getattr(one, name) for one in later) / people for name in ("found", "first"))
    false, before = (sum(getattr(one, name) for one in later) for name in ("false", "false_first"))
    return (
        f"{len(days)} days, {labels}. On the {len(later)} days on which a trained bundle looked: recall {new:.2f}, "
        f"the first model on the same samples {old:.2f}; false boxes {false}, the first model {before}."
    )


def plot(days: Sequence[DayRecord], cameras: int) -> str:
    """Recall of what looked and of the first model, and calls of the large model a camera-day, as SVG text."""
    with matplotlib.rc_context({"svg.hashsalt": "secondsight", "svg.fonttype": "path", "font.size": 9}):
        figure = Figure(figsize=(8, 4.6), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        shown = [one for one in days if one.people]
        at = [one.day for one in shown]
        upper.plot(
            at,
            [one.found / one.people for one in shown],
            color=_LIVE,
            marker="o",
            markersize=3,
            label="what looked",
        )
        upper.plot(
            at,
            [one.first / one.people for one in shown],
            color=_FIRST,
            linestyle="--",
            label="the first model",
        )
        upper.set_ylim(0, 1)
        upper.set_ylabel("recall of persons")
        lower.bar([one.day for one in days], [one.calls / cameras for one in days], color=_CALLS)
        lower.set_ylabel("calls a camera-day")
        lower.set_xlabel("simulated day")
        foggy = [one.day for one in days if one.fog]
        for axes in (upper, lower):
            if foggy:
                axes.axvspan(foggy[0] - 0.5, foggy[-1] + 0.5, color="#f1f3f5", label="fog")
            for before, after in itertools.pairwise(days):
                if before.live != after.live:
                    axes.axvline(after.day - 0.5, color=_LIVE, linewidth=1)
        upper.legend(loc="lower left", fontsize=8)
        upper.set_title("simulated: a site whose model learns", fontsize=9)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


def _row(one: DayRecord) -> str:
    cells = (one.day, one.live, one.people, one.found, one.first, one.false, one.false_first, one.calls)
    labels = f"{one.by_brain}, {one.by_people}"
    notes = "<br>".join(escape(note) for note in one.notes)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in (*cells, labels, notes)) + "</tr>"
