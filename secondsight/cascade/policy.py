"""Decides for each candidate: drop it, accept it as it is, or ask the brain."""

import hashlib

from secondsight.cascade.budget.estimates import review_value
from secondsight.config import PolicySettings
from secondsight.records import Action, Candidate, PolicyDecision


def decide(
    candidate: Candidate, policy: PolicySettings, *, brain: bool, now: float, price: float = 1.0
) -> PolicyDecision:
    """The policy's answer for one candidate; a pure function of its arguments.

    Args:
        brain: whether the site has a brain at all. Without one every candidate that is not dropped is accepted
            and its event stays `unverified`.
        now: UTC seconds from which the deadline counts. For a live camera that is the present; a recording was
            filmed long ago, but its verdict is still of use `deadline` seconds from now.
        price: of a review of this kind, relative to others.
    """
    action, reason = _action(candidate.score, policy)
    if action is Action.REVIEW and not brain:
        action, reason = Action.ACCEPT, "no brain configured"
    return PolicyDecision(
        action=action,
        reason=reason,
        version=policy_version(policy),
        priority=policy.priority,
        thresholds=(policy.low, policy.high) if policy.verify == "band" else None,
        alert_without_brain=policy.on_brain_failure == "open",
        deadline=now + policy.deadline if action is Action.REVIEW else None,
        value=review_value(candidate.score, policy.severity, price) if action is Action.REVIEW else 0.0,
    )


def policy_version(policy: PolicySettings) -> str:
    """Short fingerprint of a policy's settings, stored with every decision it made."""
    return hashlib.blake2b(policy.model_dump_json().encode(), digest_size=4).hexdigest()


def _action(score: float, policy: PolicySettings) -> tuple[Action, str]:
    if policy.verify == "always":
        return Action.REVIEW, "verify always"
    if policy.verify == "never":
        return Action.ACCEPT, "verify never"
    if score < policy.low:
        return Action.DROP, f"score {score:.3f} below {policy.low:g}"
    if score >= policy.high:
        return Action.ACCEPT, f"score {score:.3f} at or above {policy.high:g}"
    return Action.REVIEW, f"score {score:.3f} within [{policy.low:g}, {policy.high:g})"
