"""From the log of candidates to students, and from students to what the policy asks."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from secondsight.cascade import StudentRejection
from secondsight.clock import Clock
from secondsight.errors import RefusedError
from secondsight.learn.catalogue.connection import FOLDER
from secondsight.learn.distill.features import FeatureSpace
from secondsight.learn.distill.student import Example, Student, StudentCertificate
from secondsight.log import fields
from secondsight.media import write_atomic
from secondsight.records import Candidate, Event, Verification
from secondsight.store import StoredCandidate

_log = logging.getLogger(__name__)

STUDENTS = f"{FOLDER}/students"
_BY_ANSWER = {Verification.CONFIRMED: 0.95, Verification.REJECTED: 0.05}
"""What an answer without a probability counts as."""


def examples_of(
    candidates: Iterable[StoredCandidate], events: Mapping[str, Event]
) -> tuple[list[Example], list[str]]:
    """What was decided of candidates, by the brain or by people, and which models decided.

    What nobody decided teaches nothing: unsure, expired and failed ones, and those that were never sent.
    """
    examples, teachers = [], []
    for stored in candidates:
        event = events.get(stored.candidate.id)
        if event is None:
            continue
        target = _target(event)
        if target is None:
            continue
        true = event.truth if event.truth is not None else event.verification is Verification.CONFIRMED
        examples.append(Example(stored.candidate, target, true, 1 / stored.decision.probability))
        if event.verdict is not None:
            teachers.append(event.verdict.model)
    return examples, teachers


def _target(event: Event) -> float | None:
    if event.truth is not None:
        return float(event.truth)
    if event.verdict is None or event.verification not in _BY_ANSWER:
        return None
    verdict = event.verdict
    return verdict.probability if verdict.probability is not None else _BY_ANSWER[event.verification]


def save_student(data: Path, student: Student) -> Path:
    """Write a student; whole or not at all. Raises StoreError."""
    path = data / STUDENTS / f"{student.kind}.json"
    write_atomic(path, json.dumps(asdict(student)).encode(), 0)
    return path


def load_student(data: Path, kind: str) -> Student:
    """Read a student. Raises RefusedError if there is none, or it is damaged."""
    path = data / STUDENTS / f"{kind}.json"
    try:
        tree = json.loads(path.read_bytes())
        space = tree["space"]
        edges = {name: tuple(values) for name, values in space["edges"].items()}
        return Student(
            **{
                **tree,
                "space": FeatureSpace(edges, tuple(space["words"])),
                "weights": tuple(tree["weights"]),
                "certificate": StudentCertificate(**tree["certificate"]),
                "teachers": tuple(tree["teachers"]),
            }
        )
    except FileNotFoundError:
        raise RefusedError(
            f"there is no student for {kind}; make one with `secondsight distill {kind}`", unknown=True
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise RefusedError(f"{path} is damaged; make it again with `secondsight distill {kind}`") from None


class Students:
    """What the policy asks before it sends a candidate to the brain. A student that is not there, or whose
    certificate has expired, rejects nothing.

    Args:
        kinds: those whose students may decide.
        audit: share of what they reject that goes to the brain all the same.
    """

    def __init__(self, data: Path, kinds: Iterable[str], audit: float, clock: Clock) -> None:
        self._audit, self._clock = audit, clock
        self._students: dict[str, Student] = {}
        for kind in kinds:
            try:
                self._students[kind] = load_student(data, kind)
            except RefusedError as error:
                _log.warning(
                    "a student is missing; all candidates go to the brain", extra=fields(error=str(error))
                )

    def rejects(self, candidate: Candidate) -> StudentRejection | None:
        """Why a candidate needs no call; None if it does. Takes a tenth of a millisecond."""
        student = self._students.get(candidate.kind)
        if student is None or self._clock.now() > student.certificate.expires:
            return None
        probability = student.probability(candidate)
        if probability >= student.threshold:
            return None
        return StudentRejection(probability, student.threshold, self._audit)
