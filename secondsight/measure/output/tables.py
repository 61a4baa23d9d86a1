"""What an evaluation says, as tables of plain text that terminal and page show alike."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from secondsight.measure.metrics.evaluation import UNHINDERED, Evaluation, LabelledThing, density, things_of
from secondsight.measure.metrics.events import CAUSES, What
from secondsight.measure.metrics.scores import METRICS, Interval, Metric, Scores

_BY_NAME = {metric.name: metric for metric in METRICS}
_IN_BRIEF = ("p_miss", "false_alarms_per_hour", "f1", "event_accuracy")
_CAUSES = {
    What.NEVER_SUSPECTED: "the sentinel never suspected it",
    What.DROPPED: "the policy dropped it for its score",
    What.REJECTED: "the brain rejected it wrongly",
    What.UNSURE: "the brain was unsure",
    What.NO_VERDICT: "no verdict came: budget, failure or deadline",
}
_CHANGE = Metric("false_alarm_change", "false alarms against the sentinel alone", "{:+.0%}")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: a title, headings, rows of as many texts, and a sentence under it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def title(evaluation: Evaluation) -> str:
    """Name of the suite or folder; says so when it is simulated."""
    return f"{evaluation.name} (simulated)" if evaluation.simulated else evaluation.name


def tables(evaluation: Evaluation) -> list[Table]:
    """Everything that is for people, the most important first; empty tables are left out."""
    made = [
        _overall(evaluation),
        _claims(evaluation),
        _each(evaluation, "Kinds of events", "kind", lambda system: system.kinds),
        *_conditions(evaluation),
        _misses(evaluation),
        _lookalikes(evaluation),
        *_objects(evaluation),
    ]
    return [table for table in made if table.rows]


def things_table(evaluation: Evaluation) -> Table:
    """Each thing that happened or was suspected, and what was said of it."""
    rows = tuple(
        (
            thing.camera,
            f"{thing.start:.1f} to {thing.end:.1f}",
            _truth(thing),
            {True: "yes", False: "-"}[bool(thing.suspicions)],
            thing.verification.value if thing.verification else "-",
            "alert" if thing.alert else "-",
        )
        for thing in evaluation.things
    )
    return Table(
        "What happened", ("camera", "seconds", "truth", "suspected", "verification", "people told"), rows
    )


def _truth(thing: LabelledThing) -> str:
    if thing.truth == "nothing":
        return f"nothing, suspected as {thing.kind}"
    return thing.kind if thing.resembles is None else f"{thing.kind}, looks like {thing.resembles}"


def _overall(evaluation: Evaluation) -> Table:
    first = evaluation.systems[0].overall
    asked = len(evaluation.systems) > 1
    rows = [
        (metric.label, *(metric.text(system.overall.figures[metric.name]) for system in evaluation.systems))
        for metric in METRICS
        if (asked or not metric.of_brain)
        and any(system.overall.figures[metric.name].value is not None for system in evaluation.systems)
    ]
    events = int(first.counts[What.HIT] + first.counts[What.MISS])
    note = (
        f"{first.cameras} cameras, {first.hours:.2f} camera-hours, {events} true events, "
        f"{int(first.counts[What.LOOKALIKE])} look-alikes; in brackets 95 % intervals, drawn over cameras."
    )
    if asked:
        note += (
            f" Calls and cost per day are extrapolated from {density(evaluation):.0f} events and look-alikes per "
            "camera-hour, far more than a real camera sees; calls per case carry over."
        )
    return Table(title(evaluation), _head("", evaluation), tuple(rows), note)


def _claims(evaluation: Evaluation) -> Table:
    """How far the measured figures lie from the targets: what vendors claim for a small model with a large one."""
    if len(evaluation.systems) < 2:
        return Table("", (), ())
    alone, both = (system.overall for system in evaluation.systems)
    rows = (
        ("event accuracy, sentinel alone", "72%", _text(alone, "event_accuracy")),
        ("event accuracy, with the brain", "94%", _text(both, "event_accuracy")),
        (_CHANGE.label, "-60%", _CHANGE.text(evaluation.false_alarm_change or Interval(None))),
        ("large-model calls per camera-day", "3 to 5", _text(both, "calls_per_day")),
    )
    return Table("Beside the targets", ("figure", "target", "measured here"), rows)


def _each(evaluation: Evaluation, name: str, head: str, part: Callable[..., Mapping[str, Scores]]) -> Table:
    rows = []
    for key, first in part(evaluation.systems[0]).items():
        counts = first.counts
        row = [key, f"{counts[What.HIT] + counts[What.MISS]:.0f}", f"{counts[What.LOOKALIKE]:.0f}"]
        for metric in _IN_BRIEF:
            row += [_brief(part(system)[key], metric) for system in evaluation.systems]
        rows.append(tuple(row))
    short = ["alone", "+ brain"][: len(evaluation.systems)]
    columns = [f"{_BY_NAME[metric].label}, {one}" for metric in _IN_BRIEF for one in short]
    return Table(name, (head, "events", "look-alikes", *columns), tuple(rows))


def _conditions(evaluation: Evaluation) -> Iterator[Table]:
    if set(evaluation.systems[0].conditions) != {UNHINDERED}:
        yield _each(evaluation, "Conditions", "condition", lambda system: system.conditions)


def _misses(evaluation: Evaluation) -> Table:
    rows = [
        (_CAUSES[cause], *(str(system.overall.causes[cause]) for system in evaluation.systems))
        for cause in CAUSES
        if any(system.overall.causes[cause] for system in evaluation.systems)
    ]
    return Table("Where the misses come from", _head("cause", evaluation), tuple(rows))


def _lookalikes(evaluation: Evaluation) -> Table:
    groups: dict[tuple[str, str], list[LabelledThing]] = defaultdict(list)
    for thing in things_of(evaluation, "lookalike"):
        groups[thing.kind, thing.resembles or ""].append(thing)
    rows = []
    for (kind, resembles), things in sorted(groups.items()):
        suspected = [thing for thing in things if thing.suspicions]
        alerted = sum(thing.alert for thing in suspected)
        rows.append(
            (kind, resembles, *map(str, (len(things), len(suspected), len(suspected) - alerted, alerted)))
        )
    head = ("what it is", "looks like", "happened", "suspected", "of these held back", "people told")
    return Table("Look-alikes", head, tuple(rows))


def _objects(evaluation: Evaluation) -> Iterator[Table]:
    quality = evaluation.objects
    if quality is None:
        return
    boxes = quality.boxes
    sizes = (boxes.ap, boxes.ap50, boxes.ap75, boxes.small, boxes.medium, boxes.large)
    rows = [("all", *map(_plain, sizes[:3]), "", "", "")]
    for label, ap in sorted(boxes.classes.items()):
        tracks = quality.tracks.get(label)
        figures = (tracks.hota, tracks.mota, tracks.idf1) if tracks else (None, None, None)
        rows.append((label, _plain(ap), "", "", *map(_plain, figures)))
    head = ("class", "AP", "AP50", "AP75", "HOTA", "MOTA", "IDF1")
    small, medium, large = map(_plain, sizes[3:])
    note = f"{quality.looks} pictures; AP of small, medium and large boxes: {small}, {medium}, {large}."
    yield Table("Boxes and tracks of the sentinel", head, tuple(rows), note)


def _head(first: str, evaluation: Evaluation) -> tuple[str, ...]:
    return (
        first,
        *(f"{system.name} alone" if not i else system.name for i, system in enumerate(evaluation.systems)),
    )


def _text(scores: Scores, metric: str) -> str:
    return _BY_NAME[metric].text(scores.figures[metric])


def _brief(scores: Scores, metric: str) -> str:
    """Without the interval."""
    return _BY_NAME[metric].text(Interval(scores.figures[metric].value))


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
