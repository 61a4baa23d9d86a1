"""The whole evaluation of a small made-up run: slices, trade-offs, tables, JSON, page."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from secondsight.errors import ConfigError
from secondsight.ground_truth import Condition
from secondsight.measure.metrics.detection import AveragePrecision
from secondsight.measure.metrics.evaluation import (
    UNHINDERED,
    CameraResult,
    Evaluation,
    density,
    evaluate_results,
    spans,
)
from secondsight.measure.metrics.events import What
from secondsight.measure.metrics.objects import ObjectQuality
from secondsight.measure.metrics.scores import Interval
from secondsight.measure.metrics.tracking import TrackQuality
from secondsight.measure.output.html import write_html
from secondsight.measure.output.json import evaluation_to_json
from secondsight.measure.output.tables import tables
from secondsight.records import Verification
from tests.conftest import ROOT
from tests.measure.samples import event, found, lookalike, recording

CONFIRMED, REJECTED = Verification.CONFIRMED, Verification.REJECTED
NIGHT = Condition("night", 0.7, 1000.0, 2800.0)

HALL = CameraResult(
    recording(
        [event(100, 110), event(1500, 1510)], [lookalike(2000, 2010)], conditions=(NIGHT,), simulated=True
    ),
    (
        found(101, 110, score=0.9, verification=CONFIRMED, probability=0.8, calls=1, cost=0.01),
        found(2001, 2009, score=0.4, verification=REJECTED, probability=0.1, calls=1, cost=0.01),
        found(2900, 2910, score=0.3, verification=REJECTED, probability=0.3, calls=1, cost=0.01),
    ),
)
STAIRS = CameraResult(
    recording(
        [event(50, 60), event(70, 80, "fight")], camera="stairs", labelled=("fall", "fight"), simulated=True
    ),
    (
        found(50, 60, score=0.6, verification=CONFIRMED, probability=0.6, calls=1, cost=0.01),
        found(70, 80, "fight", score=0.7, verification=REJECTED, probability=0.4, calls=1, cost=0.01),
    ),
)
OBJECTS = ObjectQuality(
    42,
    AveragePrecision(0.51, 0.77, 0.61, None, 0.4, 0.6, {"person": 0.51}),
    {"person": TrackQuality(0.62, 0.6, 0.64, 0.71, 0.82, 3)},
)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate_results("metro-quick", [HALL, STAIRS], brain=True, seed=1, objects=OBJECTS)


def test_figures_of_both_systems_come_from_one_run(evaluation: Evaluation) -> None:
    alone, both = (system.overall.figures for system in evaluation.systems)
    assert alone["p_miss"].value == pytest.approx(1 / 4)
    assert both["p_miss"].value == pytest.approx(2 / 4)
    assert alone["false_alarms_per_hour"].value == 1.0
    assert both["false_alarms_per_hour"].value == 0.0
    assert alone["event_accuracy"].value == pytest.approx(3 / 5)
    assert both["event_accuracy"].value == pytest.approx(4 / 5)
    assert evaluation.false_alarm_change == Interval(-1.0, -1.0, -1.0)
    assert alone["calls_per_day"].value == 0
    assert both["calls_per_day"].value == 5 * 12
    assert evaluation.systems[1].overall.causes[What.REJECTED] == 1
    assert evaluation.systems[1].overall.causes[What.NEVER_SUSPECTED] == 1
    assert density(evaluation) == 2.5


def test_kinds_and_conditions_are_slices_with_their_own_hours(evaluation: Evaluation) -> None:
    alone = evaluation.systems[0]
    assert {kind: scores.hours for kind, scores in alone.kinds.items()} == {"fall": 2.0, "fight": 1.0}
    assert alone.kinds["fight"].figures["recall"].value == 1
    assert {name: scores.hours for name, scores in alone.conditions.items()} == {
        "night": 0.5,
        UNHINDERED: 1.5,
    }
    night, day = alone.conditions["night"], alone.conditions[UNHINDERED]
    assert (night.cameras, day.cameras) == (1, 2)
    assert night.figures["recall"].value == 0
    assert day.figures["recall"].value == 1
    assert night.counts[What.LOOKALIKE] == night.counts[What.FALSE_ALARM] == day.counts[What.FALSE_ALARM] == 1


def test_spans_of_conditions() -> None:
    scene = recording(
        hours=0.1,
        conditions=(
            Condition("rain", 0.5, 0, 100),
            Condition("rain", 0.5, 50, 120),
            Condition("fog", 1, 110, 200),
            Condition("snow", 0.0, 0, 360),
            Condition("night", 1, 300, 900),
        ),
    )
    assert spans(scene) == {
        "rain": [(0, 120)],
        "fog": [(110, 200)],
        "night": [(300, 360)],
        UNHINDERED: [(200, 300)],
    }
    assert spans(recording(hours=0.1, conditions=(Condition("fog", 1, 0, 360),))) == {"fog": [(0, 360)]}


def test_the_trade_off_by_threshold(evaluation: Evaluation) -> None:
    alone, both = evaluation.systems
    assert [(p.threshold, p.p_miss, p.false_alarms_per_hour) for p in alone.det] == [
        (0.3, 0.25, 1.0),
        (0.4, 0.25, 0.5),
        (0.6, 0.25, 0.0),
        (0.7, 0.5, 0.0),
        (0.9, 0.75, 0.0),
    ]
    assert [p.threshold for p in both.det] == [0.1, 0.3, 0.4, 0.6, 0.8], "the brain's probabilities"
    assert [p.p_miss for p in both.det] == [0.25, 0.25, 0.25, 0.5, 0.75]


def test_probabilities_are_judged_by_what_was_real(evaluation: Evaluation) -> None:
    score, probability = (system.reliability for system in evaluation.systems)
    assert score is not None
    assert probability is not None
    assert score.brier == pytest.approx((0.1**2 + 0.4**2 + 0.3**2 + 0.4**2 + 0.3**2) / 5)
    assert probability.brier == pytest.approx((0.2**2 + 0.1**2 + 0.3**2 + 0.4**2 + 0.6**2) / 5)


def test_every_thing_is_told_once(evaluation: Evaluation) -> None:
    told = [(t.truth, t.kind, len(t.suspicions), t.verification, t.alert) for t in evaluation.things]
    assert told == [
        ("event", "fall", 1, CONFIRMED, True),
        ("event", "fall", 0, None, False),
        ("lookalike", "tying_shoe", 1, REJECTED, False),
        ("nothing", "fall", 1, REJECTED, False),
        ("event", "fall", 1, CONFIRMED, True),
        ("event", "fight", 1, REJECTED, False),
    ]


def test_without_a_brain_there_is_one_column() -> None:
    evaluation = evaluate_results("x", [HALL], brain=False)
    assert [system.name for system in evaluation.systems] == ["sentinel"]
    assert evaluation.false_alarm_change is None
    assert all(len(table.head) == len(row) for table in tables(evaluation) for row in table.rows)
    assert "Beside the targets" not in [table.title for table in tables(evaluation)]


def test_tables_say_what_was_measured(evaluation: Evaluation) -> None:
    made = {table.title: table for table in tables(evaluation)}
    assert all(len(table.head) == len(row) for table in made.values() for row in table.rows)
    first = made["metro-quick (simulated)"]
    assert ("P_miss", "0.250 (0.000 to 0.500)", "0.500 (0.500 to 0.500)") in first.rows
    assert "2 cameras, 2.00 camera-hours, 4 true events, 1 look-alikes" in first.note
    assert "extrapolated" in first.note
    assert [row[1] for row in made["Beside the targets"].rows] == ["72%", "94%", "-60%", "3 to 5"]
    assert ("the brain rejected it wrongly", "0", "1") in made["Where the misses come from"].rows
    assert made["Look-alikes"].rows == (("tying_shoe", "fall", "1", "1", "1", "0"),)
    assert ("person", "0.510", "", "", "0.620", "0.710", "0.820") in made[
        "Boxes and tracks of the sentinel"
    ].rows
    assert [row[0] for row in made["Conditions"].rows] == ["night", UNHINDERED]


def test_json_is_plain_and_complete(evaluation: Evaluation) -> None:
    said = json.loads(json.dumps(evaluation_to_json(evaluation), allow_nan=False))
    assert (said["schema"], said["type"], said["simulated"], said["cameras"]) == (1, "evaluation", True, 2)
    both = said["systems"][1]
    assert both["overall"]["figures"]["p_miss"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert both["overall"]["counts"]["rejected"] == 1
    assert both["conditions"]["night"]["figures"]["precision"]["value"] is None
    assert both["reliability"]["bins"][0]["count"] == 1
    assert said["false_alarm_change"]["value"] == -1
    assert said["things"][2]["resembles"] == "fall"
    assert said["objects"]["tracks"]["person"]["hota"] == 0.62


def test_the_page_holds_the_figures_and_loads_nothing(evaluation: Evaluation, tmp_path: Path) -> None:
    page = write_html(evaluation, tmp_path / "new" / "out.html", command="secondsight eval <b>").read_text()
    assert write_html(evaluation, tmp_path / "again.html", command="secondsight eval <b>").read_text() == page
    assert "0.250 (0.000 to 0.500)" in page
    assert "simulated" in page
    assert "eval &lt;b&gt;" in page
    assert page.count("<svg") == 3
    assert "tying_shoe, looks like fall" in page
    Balanced().check(page)
    addresses = re.findall(r"""(?:src|href)=["']([^"'#]+)""", page)
    assert addresses == [], "all of it is in the page"


class Balanced(HTMLParser):
    """Fails for a tag that is closed but not open, or open at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def check(self, page: str) -> None:
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_an_empty_evaluation_has_a_page_too(tmp_path: Path) -> None:
    nothing = evaluate_results("quiet", [CameraResult(recording(), ())], brain=True)
    assert "simulated" not in write_html(nothing, tmp_path / "quiet.html").read_text().split("</style>")[1]


def test_a_page_that_cannot_be_written(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"--html: cannot write the page"):
        write_html(evaluation, tmp_path / "file" / "out.html")


def test_every_key_of_the_json_is_documented(evaluation: Evaluation) -> None:
    text = (ROOT / "docs" / "measuring.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"[`\"](\w+)[`\"]", text.split("## JSON")[1]))

    def keys(value: Any) -> Iterator[str]:
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for part in parts:
            yield from keys(part)
        if isinstance(value, dict):
            yield from value

    names = {"fall", "fight", "night", "none", "person"}
    assert "association" in set(keys(evaluation_to_json(evaluation))), "it holds all there is"
    assert set(keys(evaluation_to_json(evaluation))) - names <= documented
