"""The context of a review: made once per rule and camera, and known for cases of earlier runs too."""

from dataclasses import replace
from pathlib import Path

import pytest

from secondsight.cascade import ReviewContexts
from secondsight.config import SiteConfig, make_site
from secondsight.records import Action, Candidate, Case, CaseState, Egress, PolicyDecision

YARD, GATE = ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9)), ((0.2, 0.5), (0.8, 0.5))


@pytest.fixture
def site(tmp_path: Path) -> SiteConfig:
    return make_site(
        {
            "cameras": {
                "north": {
                    "source": "n.mp4",
                    "description": "the north gate",
                    "egress": "full",
                    "zones": {"yard": {"coordinates": YARD}},
                    "lines": {"gate": {"coordinates": GATE}},
                },
                "south": {"source": "s.mp4", "zones": {"yard": {"coordinates": YARD[::-1]}}},
            },
            "rules": {
                "watch": {"behaviour": "intrusion", "zone": "yard", "question": "Is it a fox?"},
                "doze": {"behaviour": "fall", "zone": "frame", "cameras": ["south"], "kind": "asleep"},
            },
            "egress": {"level": "redacted"},
        },
        tmp_path,
    )


def case_of(camera: str, rule: str, kind: str) -> Case:
    candidate = Candidate("c", camera, 0, rule, kind, 0.0, 1.0, 1.0, 0.5, ())
    return Case("c", candidate, PolicyDecision(Action.REVIEW, "", ""), CaseState.QUEUED, None, ())


def test_each_rule_and_camera_has_its_context(site: SiteConfig) -> None:
    contexts = ReviewContexts(site)
    north, south = (contexts.of(case_of(camera, "watch", "intrusion")) for camera in ("north", "south"))
    assert north.deciding.text == south.deciding.text == "Is it a fox?"
    assert (north.description, south.description) == ("the north gate", "")
    assert (north.egress, south.egress) == (Egress.FULL, Egress.REDACTED)
    assert north.outlines == {"yard": YARD, "gate": GATE}
    assert south.outlines == {"yard": YARD[::-1]}
    assert contexts.of(case_of("south", "doze", "asleep")).deciding.text != "Is it a fox?"


def test_a_context_is_made_once(site: SiteConfig) -> None:
    contexts = ReviewContexts(site)
    one, other = case_of("north", "watch", "intrusion"), case_of("north", "watch", "intrusion")
    assert contexts.of(one) is contexts.of(replace(other, id="d"))


@pytest.mark.parametrize(
    ("camera", "rule", "kind", "question", "description", "egress"),
    [
        pytest.param("north", "gone", "fall", None, "the north gate", Egress.FULL, id="rule gone"),
        pytest.param("west", "watch", "intrusion", "Is it a fox?", "", Egress.REDACTED, id="camera gone"),
        pytest.param(
            "north", "watch", "fox", "Is it a fox?", "the north gate", Egress.FULL, id="kind changed"
        ),
        pytest.param("south", "doze", "fall", None, "", Egress.REDACTED, id="behaviour's own kind before"),
    ],
)
def test_a_case_of_an_earlier_run_gets_what_is_still_configured(
    site: SiteConfig,
    camera: str,
    rule: str,
    kind: str,
    question: str | None,
    description: str,
    egress: Egress,
) -> None:
    context = ReviewContexts(site).of(case_of(camera, rule, kind))
    assert (context.description, context.egress) == (description, egress)
    assert (context.deciding.text == "Is it a fox?") is (question is not None)
    assert context.sheet.version.startswith(kind if kind == "fall" or kind == "intrusion" else "generic")
