"""Decides for each candidate: drop it, accept it as it is, or ask the brain."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from secondsight.cascade.budget.estimates import review_value
from secondsight.config import PolicySettings
from secondsight.records import Action, Candidate, PolicyDecision


@dataclass(frozen=True, slots=True)
class StudentRejection:
    """A student of the brain is sure that a candidate is not true.

    Attributes:
        probability: that it is true, as the student has it.
        threshold: the certified one, below which it rejects.
        audit: share of its rejections that goes to the brain all the same.
    """

    probability: float
    threshold: float
    audit: float


class DecisionStudents(Protocol):
    """Students of the brain, asked before a call is made."""

    def rejects(self, candidate: Candidate) -> StudentRejection | None:
        """Why a candidate needs no call; None if it does."""
        ...


def decide(
    candidate: Candidate,
    policy: PolicySettings,
    *,
    brain: bool,
    now: float,
    price: float = 1.0,
    weight: float = 0.5,
    students: DecisionStudents | None = None,
) -> PolicyDecision:
    """Decide whether to drop a candidate, to accept it as it is, or to ask the brain. A pure function of its
    arguments.

    Args:
        candidate: its `score` is compared with the thresholds: below `low` it is dropped, from `high` on
            accepted, between them reviewed.
        policy: the rule's thresholds and what they mean.
        brain: whether the site has a brain at all. Without one every candidate that is not dropped is
            accepted and its event stays `unverified`.
        now: UTC seconds from which the deadline counts. For a live camera that is the present; a recording
            was filmed long ago, but its verdict is still of use `deadline` seconds from now.
        price: of a review of this kind, relative to others.
        weight: how bad it is if it is true, 0..1; the rule's.
        students: may reject what would be reviewed. A share of that is reviewed all the same, chosen by the
            candidate's id, so that a recording that is read again decides alike.

    Returns:
        The action with its reason, and everything it was computed from.

    Examples:
        >>> from secondsight.cascade import decide
        >>> from secondsight.config import PolicySettings
        >>> from secondsight.records import Candidate
        >>> policy = PolicySettings(verify="band", low=0.3, high=0.8)
        >>> for score in (0.2, 0.5, 0.9):
        ...     candidate = Candidate("1", "hall", 0, "no-entry", "intrusion", 100.0, 101.0, 100.5, score, ())
        ...     decision = decide(candidate, policy, brain=True, now=101.0)
        ...     print(decision.action, "-", decision.reason)
        drop - score 0.200 below 0.3
        review - score 0.500 within [0.3, 0.8)
        accept - score 0.900 at or above 0.8
    """
    action, reason = _action(candidate.score, policy)
    if action is Action.REVIEW and not brain:
        action, reason = Action.ACCEPT, "no brain configured"
    probability = 1.0
    rejection = students.rejects(candidate) if students is not None and action is Action.REVIEW else None
    if rejection is not None:
        audited = _share(candidate.id) < rejection.audit
        action = Action.REVIEW if audited else Action.DROP
        probability = rejection.audit if audited else 1 - rejection.audit
        reason = f"student {rejection.probability:.3f} below {rejection.threshold:g}{', audited' if audited else ''}"
    return PolicyDecision(
        action=action,
        reason=reason,
        version=policy_version(policy),
        priority=policy.priority,
        thresholds=(policy.low, policy.high) if policy.verify == "band" else None,
        probability=probability,
        alert_without_brain=policy.on_brain_failure == "open",
        deadline=now + policy.deadline if action is Action.REVIEW else None,
        value=review_value(candidate.score, weight, price) if action is Action.REVIEW else 0.0,
    )


def _share(id: str) -> float:
    """A number in [0, 1) that depends on the id alone."""
    return int.from_bytes(hashlib.blake2b(f"audit {id}".encode(), digest_size=8).digest()) / 2**64


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
