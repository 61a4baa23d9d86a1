"""The policy: which candidates go to the brain, and what is recorded about the choice."""

from hypothesis import given
from hypothesis import strategies as st

from secondsight.cascade import decide
from secondsight.cascade.policy import policy_version
from secondsight.config import PolicySettings
from secondsight.records import Action, Candidate, TrackId
from tests.table import table

NOW = 1_700_000_000.0


def candidate(score: float) -> Candidate:
    return Candidate(
        "c-1", "hall", 0, "somebody", "intrusion", NOW, NOW, NOW, score, (TrackId("hall", 0, 1),), "person"
    )


@table(
    ("verify", "score", "brain", "action"),
    [
        ("always", 0.01, True, Action.REVIEW),
        ("always", 0.99, True, Action.REVIEW),
        ("always", 0.5, False, Action.ACCEPT),
        ("never", 0.01, True, Action.ACCEPT),
        ("band", 0.29, True, Action.DROP),
        ("band", 0.30, True, Action.REVIEW),
        ("band", 0.79, True, Action.REVIEW),
        ("band", 0.80, True, Action.ACCEPT),
        ("band", 0.29, False, Action.DROP),
        ("band", 0.50, False, Action.ACCEPT),
    ],
)
def test_what_happens_to_a_candidate(verify: str, score: float, brain: bool, action: Action) -> None:
    policy = PolicySettings.model_validate({"verify": verify, "low": 0.3, "high": 0.8})
    assert decide(candidate(score), policy, brain=brain, now=NOW).action is action


def test_only_a_review_has_a_deadline_counted_from_now() -> None:
    policy = PolicySettings(verify="always", deadline=90.0)
    assert decide(candidate(0.5), policy, brain=True, now=NOW + 7).deadline == NOW + 97
    assert decide(candidate(0.5), policy, brain=False, now=NOW).deadline is None


def test_thresholds_priority_and_failure_mode_are_written_down() -> None:
    policy = PolicySettings(verify="band", low=0.2, high=0.6, on_brain_failure="closed", priority=7)
    decision = decide(candidate(0.5), policy, brain=True, now=NOW)
    assert decision.thresholds == (0.2, 0.6)
    assert decision.priority == 7
    assert not decision.alert_without_brain
    assert "0.500" in decision.reason


@given(st.floats(0, 1), st.floats(0, 0.49), st.floats(0.5, 1))
def test_in_a_band_the_actions_follow_the_score_in_order(score: float, low: float, high: float) -> None:
    policy = PolicySettings(verify="band", low=low, high=high)
    action = decide(candidate(score), policy, brain=True, now=NOW).action
    expected = Action.DROP if score < low else Action.ACCEPT if score >= high else Action.REVIEW
    assert action is expected


def test_the_version_changes_with_any_setting() -> None:
    versions = {
        policy_version(policy)
        for policy in (
            PolicySettings(),
            PolicySettings(verify="never"),
            PolicySettings(deadline=1.0),
            PolicySettings(priority=1),
        )
    }
    assert len(versions) == 4
    assert policy_version(PolicySettings()) == policy_version(PolicySettings())
