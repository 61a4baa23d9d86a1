"""The tables of behaviours, and the part of docs/results.md that they make up: `python -m bench behaviours --page`
writes it, and `python -m bench results`, which writes the rest, leaves it as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.common import machine
from secondsight.measure.metrics.scores import Scores

PAGE = Path(__file__).parents[2] / "docs" / "results.md"
BEGIN, END = "<!-- behaviours -->", "<!-- end of behaviours -->"
GOAL = 0.9
"""Least recall that is asked for in clear conditions."""
_HEAD = (
    *("kind", "scenes", "events", "recall, true boxes", "recall, detector"),
    *("false alarms per camera-hour, true boxes", "false alarms per camera-hour, detector"),
    "false alarms per look-alike",
)


@dataclass(frozen=True, slots=True)
class Row:
    """What was found of one kind of event under one condition.

    Attributes:
        true: with true boxes. real: with the detector; None if not measured.
        lookalikes: that happened.
        paired: whether it is about the scenes that were also filmed under other conditions.
    """

    group: str
    kind: str
    condition: str
    true: Scores | None
    real: Scores | None
    events: int
    lookalikes: int
    scenes: int
    paired: bool = False

    @property
    def recall(self) -> float | None:
        """With the detector."""
        return self.real.figures["recall"].value if self.real else None

    @property
    def each(self) -> float | None:
        """False alarms per look-alike, with the detector."""
        alarms = _figure(self.real, "false_alarms_per_hour")
        if self.real is None or alarms is None or not self.lookalikes:
            return None
        return alarms * self.real.hours / self.lookalikes


def by_kind(rows: Sequence[Row]) -> str:
    """The table of what was found in clear conditions."""
    return table(_HEAD, [_cells(row) for row in rows if not row.paired])


def _cells(row: Row) -> tuple[str, ...]:
    alarms = _figure(row.real, "false_alarms_per_hour")
    return (
        _name(row),
        f"{row.scenes}",
        f"{row.events}",
        _text(_figure(row.true, "recall"), "{:.2f}"),
        _text(_figure(row.real, "recall"), "{:.2f}"),
        _text(_figure(row.true, "false_alarms_per_hour"), "{:.0f}"),
        _text(alarms, "{:.0f}"),
        _text(row.each, "{:.2f}"),
    )


def by_condition(rows: Sequence[Row]) -> str:
    """Recall and false alarms per camera-hour of the detector under each condition, on the same events."""
    paired = [row for row in rows if row.paired]
    conditions = list(dict.fromkeys(row.condition for row in paired))
    lines: dict[str, dict[str, str]] = {}
    for row in paired:
        recall, alarms = (
            _text(_figure(row.real, "recall"), "{:.2f}"),
            _figure(row.real, "false_alarms_per_hour"),
        )
        line = lines.setdefault(_name(row), {"events": f"{row.events}"})
        line[row.condition] = f"{recall} ({_text(alarms, '{:.0f}')})"
    head = ("kind", "events", *conditions)
    return table(head, [(name, *(line.get(one, "-") for one in head[1:])) for name, line in lines.items()])


def weak(rows: Sequence[Row]) -> str:
    """The kinds that miss the goal, with their recall, the lowest first."""
    missed = sorted(
        (row.recall, f"{_name(row)} ({row.recall:.2f})")
        for row in rows
        if not row.paired and row.recall is not None and row.recall < GOAL
    )
    return ", ".join(name for _, name in missed) or "none"


def costly(rows: Sequence[Row]) -> str:
    """The kinds with more than one false alarm per look-alike, the most costly first."""
    above = sorted(
        ((row.each, _name(row)) for row in rows if not row.paired and row.each is not None and row.each > 1),
        reverse=True,
    )
    return ", ".join(f"{name} ({each:.1f})" for each, name in above) or "none"


def write(rows: Sequence[Row], command: str, first: int, page: Path = PAGE) -> None:
    """Put the section into the page.

    Args:
        command: that made the rows.
        first: seed of the first scene.
    """
    facts = ", ".join(f"{name} {value}" for name, value in machine.facts().items() if name != "load")
    section = _SECTION.format(
        command=command,
        first=f"{first:,}",
        facts=facts,
        by_kind=by_kind(rows),
        by_condition=by_condition(rows),
        weak=weak(rows),
        costly=costly(rows),
        goal=GOAL,
    )
    page.write_text(put(page.read_text(encoding="utf-8"), section), encoding="utf-8")


def section_of(page: str) -> str:
    """What stands between the marks of a page; nothing if it has none."""
    _, found, rest = page.partition(BEGIN)
    return rest.partition(END)[0].strip("\n") if found else ""


def put(page: str, section: str, begin: str = BEGIN, end: str = END) -> str:
    """The page with another section between its marks.

    Raises:
        ValueError: it has none.
    """
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"the page lacks the marks {begin} and {end}")
    inner = section.strip("\n")
    return f"{before}{begin}\n{inner}\n{end}{after}"


def _name(row: Row) -> str:
    return "man_down, by stillness" if (row.group, row.kind) == ("yard", "man_down") else row.kind


def _figure(scores: Scores | None, name: str) -> float | None:
    return scores.figures[name].value if scores else None


def _text(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    bar = ("---", *("---:" for _ in head[1:]))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, bar, *rows))


_SECTION = """
## Behaviours before the brain (simulated)

    {command}

What the rules find by themselves, kind by kind, on seeds from {first} that nothing was tuned with. Kinds of one group
happen side by side, five to ten events and look-alikes a minute; each look-alike is made to fool this very kind.
*True boxes* have small faults (edges off by 2 %, one in twenty missing): what the rule itself can do. *Detector* is
the whole sentinel with `city-nano` and its second-stage models. Scenes last 2 minutes, at 5 pictures a second.
Measured on: {facts}.

{by_kind}

Asked for is a recall of {goal} with the detector. **Missed by**: {weak}. With so few events each of them weighs much.
One false alarm per look-alike would mean that the brain is asked about everything that looks alike; each is one call.
**More than that**: {costly}. There a look-alike is suspected more than once, or the detector sees what is not there.
These scenes are crowded on purpose, so that the last column carries over to a real camera, and not those per hour.

### Behaviours under conditions

The same events under other conditions: recall with the detector, in brackets false alarms per camera-hour. `clear` is
of these scenes only.

{by_condition}
"""
