"""Plots of an evaluation as SVG text, to stand inside a page."""

import io
from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from secondsight.measure.metrics.evaluation import Evaluation, System
from secondsight.measure.metrics.events import What

_COLOURS = ("#1971c2", "#e8590c")


def det_plot(evaluation: Evaluation) -> str:
    """Misses against false alarms for every threshold, each system with a dot where it stands."""
    figure, axes = _figure("false alarms per camera-hour", "P_miss")
    for system, colour in zip(evaluation.systems, _COLOURS, strict=False):
        x = [point.false_alarms_per_hour for point in system.det]
        y = [point.p_miss for point in system.det]
        axes.step(x, y, where="post", color=colour, label=system.name, marker=".", markersize=3, linewidth=1)
        stands = (system.overall.figures[name].value for name in ("false_alarms_per_hour", "p_miss"))
        axes.plot(*[[value] for value in stands if value is not None] or [[], []], "o", color=colour)
    axes.set_xscale("symlog", linthresh=1.0)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlim(left=-0.05)
    axes.set_ylim(-0.02, 1.02)
    return _svg(figure)


def reliability_plot(evaluation: Evaluation) -> str:
    """How often a suspicion of a given score, or of a given probability, was real."""
    figure, axes = _figure("score or probability", "share that was real")
    axes.plot([0, 1], [0, 1], color="#adb5bd", linewidth=1, linestyle="--")
    for system, colour in zip(evaluation.systems, _COLOURS, strict=False):
        bins = system.reliability.bins if system.reliability else ()
        sizes = [8 + 6 * one.count for one in bins]
        means, shares = [one.mean for one in bins], [one.share for one in bins]
        axes.plot(means, shares, color=colour, linewidth=1, label=_reliability_label(system))
        axes.scatter(means, shares, sizes, color=colour, alpha=0.7)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.05, 1.05)
    return _svg(figure)


def _reliability_label(system: System) -> str:
    if system.reliability is None:
        return f"{system.name}: no probabilities"
    return f"{system.name}: Brier {system.reliability.brier:.3f}, ECE {system.reliability.ece:.3f}"


def kinds_plot(evaluation: Evaluation) -> str:
    """Hits, misses and false alarms of each kind."""
    kinds = list(evaluation.systems[0].kinds)
    figure, axes = _figure("", "count")
    width = 0.8 / len(evaluation.systems)
    for number, system in enumerate(evaluation.systems):
        places = [
            position + width * (number - (len(evaluation.systems) - 1) / 2) for position in range(len(kinds))
        ]
        below = [0.0] * len(kinds)
        for what, colour in ((What.HIT, "#2b8a3e"), (What.MISS, "#adb5bd"), (What.FALSE_ALARM, "#c92a2a")):
            heights = [system.kinds[kind].counts[what] for kind in kinds]
            label = what.value.replace("_", " ") if not number else None
            axes.bar(places, heights, width * 0.9, bottom=below, color=colour, label=label)
            below = [low + height for low, height in zip(below, heights, strict=True)]
    axes.set_xticks(range(len(kinds)), kinds, fontsize=8)
    return _svg(figure)


def _figure(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.2, 3.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Figure) -> str:
    """The `<svg>` element alone; the same figure gives the same text."""
    figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=8)
    out = io.StringIO()
    fixed: dict[str, object] = {"svg.hashsalt": "secondsight", "svg.fonttype": "none"}
    with matplotlib.rc_context(fixed):  # type: ignore[arg-type]
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def plots(evaluation: Evaluation) -> Sequence[tuple[str, str]]:
    """Captions and SVG of all plots that have anything to show."""
    made = []
    if any(system.det for system in evaluation.systems):
        made.append(
            ("Misses against false alarms, by threshold; the dot is how it ran", det_plot(evaluation))
        )
    if any(system.reliability for system in evaluation.systems):
        made.append(
            ("Reliability: dots on the line would be true probabilities", reliability_plot(evaluation))
        )
    if evaluation.systems[0].kinds:
        bars = (
            "left the sentinel alone, right with the brain"
            if len(evaluation.systems) > 1
            else "the sentinel alone"
        )
        made.append((f"Each kind: {bars}", kinds_plot(evaluation)))
    return made
