"""A student: fitted to the teacher's probabilities, certified on camera-days that it has not seen."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from secondsight.certify import certify_threshold
from secondsight.errors import RefusedError
from secondsight.learn.distill.features import FeatureSpace
from secondsight.records import Candidate

_HELD_OUT = 0.5
"""Share of the camera-days that certify instead of teaching: few events decide how bold a student may be."""
_SHRINK = 3.0
"""Weight of the penalty on large weights, in examples."""
_THRESHOLDS = tuple(
    np.round(np.concatenate([np.linspace(0.002, 0.1, 50), np.linspace(0.11, 0.9, 80)]), 4).tolist()
)
_LIFETIME = 60 * 86400.0


@dataclass(frozen=True, slots=True)
class Example:
    """One candidate and what came of it.

    Attributes:
        target: the teacher's probability that it is true; people's word where there is one.
        true: whether it counts as true.
        weight: one over the probability with which it was sent to the brain.
    """

    candidate: Candidate
    target: float
    true: bool
    weight: float = 1.0

    @property
    def day(self) -> str:
        """Camera and UTC day, which split and certificate go by."""
        return f"{self.candidate.camera}/{datetime.fromtimestamp(self.candidate.start, UTC):%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class StudentCertificate:
    """What holds of a student.

    Attributes:
        limit: share of the true candidates that it may reject, as a mean over camera-days.
        alpha: probability with which that is wrong.
        risk: the share on the held-out days; days: how many those were, with anything true in them.
        spared: share of all held-out candidates that it rejects.
        expires: UTC seconds.
    """

    limit: float
    alpha: float
    risk: float
    days: int
    spared: float
    expires: float


@dataclass(frozen=True, slots=True)
class Student:
    """Predicts the answer to one kind's deciding question; logistic regression on `FeatureSpace`.

    Attributes:
        teachers: names of the models whose answers it learned.
        threshold: below this probability it rejects.
    """

    kind: str
    space: FeatureSpace
    weights: tuple[float, ...]
    bias: float
    threshold: float
    certificate: StudentCertificate
    teachers: tuple[str, ...]
    examples: int

    def probability(self, candidate: Candidate) -> float:
        """That the candidate is true, 0..1."""
        return float(_sigmoid(self.space.vector(candidate) @ np.array(self.weights) + self.bias))


def teach(
    kind: str,
    examples: Sequence[Example],
    teachers: Sequence[str],
    *,
    limit: float,
    alpha: float,
    now: float,
) -> Student:
    """Fit a student on some camera-days, and certify its threshold on the others by Learn-then-Test.

    Args:
        limit: highest share of true candidates that it may reject.
        alpha: probability of being wrong.

    Raises:
        RefusedError: too few examples, or nothing can be certified; says what is missing.
    """
    held_out = np.array([share_of(one.day) < _HELD_OUT for one in examples], bool)
    taught = [one for one, out in zip(examples, held_out, strict=True) if not out]
    judged = [one for one, out in zip(examples, held_out, strict=True) if out]
    if not any(one.true for one in taught) or all(one.true for one in taught):
        raise RefusedError(
            f"{kind}: {len(taught)} reviewed candidates to learn from, {sum(one.true for one in taught)} of them "
            "true; a student needs both true and rejected ones"
        )
    space = FeatureSpace.of([one.candidate for one in taught])
    weights, bias = _fit(space, taught)
    scores = _sigmoid(space.matrix([one.candidate for one in judged]) @ weights + bias)
    losses, days = _daily_losses(judged, scores)
    found = (
        certify_threshold(losses, _THRESHOLDS, np.arange(days), limit=limit, alpha=alpha) if days else None
    )
    if found is None:
        needed = int(np.ceil(np.log(alpha) / np.log(1 - limit)))
        raise RefusedError(
            f"{kind}: {days} held-out camera-days with true events do not certify that at most {limit:.0%} of these "
            f"are rejected; {needed} are needed where nothing goes wrong. Wait for more, or allow more with --limit"
        )
    spared = float(np.mean(scores < found.threshold))
    certificate = StudentCertificate(limit, alpha, found.risk, days, spared, now + _LIFETIME)
    return Student(
        kind=kind,
        space=space,
        weights=tuple(np.round(weights, 5).tolist()),
        bias=round(bias, 5),
        threshold=found.threshold,
        certificate=certificate,
        teachers=tuple(sorted(set(teachers))),
        examples=len(taught),
    )


def _fit(space: FeatureSpace, examples: Sequence[Example]) -> tuple[NDArray[np.float64], float]:
    """Weighted cross entropy with the teacher's soft answers, and a penalty on large weights."""
    from scipy.optimize import minimize  # not with the module: every run reads students, and few fit one

    x = space.matrix([one.candidate for one in examples])
    y = np.array([one.target for one in examples])
    w = np.array([one.weight for one in examples])

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias = parameters[:-1], parameters[-1]
        logits = x @ weights + bias
        value = float(np.sum(w * (np.logaddexp(0, logits) - y * logits)) + _SHRINK / 2 * weights @ weights)
        error = w * (_sigmoid(logits) - y)
        return value, np.append(x.T @ error + _SHRINK * weights, error.sum())

    found = minimize(loss, np.zeros(space.size + 1), jac=True, method="L-BFGS-B")
    return np.asarray(found.x[:-1]), float(found.x[-1])


def _daily_losses(judged: Sequence[Example], scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Of each camera-day with anything true the weighted share that each threshold rejects, (days, thresholds)."""
    days: dict[str, list[int]] = {}
    for number, one in enumerate(judged):
        if one.true:
            days.setdefault(one.day, []).append(number)
    rows = []
    for members in days.values():
        weights = np.array([judged[number].weight for number in members])
        rejected = scores[members][:, None] < np.array(_THRESHOLDS)
        rows.append(weights @ rejected / weights.sum())
    return np.array(rows).reshape(-1, len(_THRESHOLDS)), len(days)


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(0.5 * (1 + np.tanh(logits / 2)))


def share_of(text: str) -> float:
    """A number in [0, 1) that depends on the text alone."""
    return int.from_bytes(hashlib.blake2b(f"student {text}".encode(), digest_size=8).digest()) / 2**64
