"""Students of the brain: what they spare, what they may lose, and when they are silent."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.common.simulated_candidates import simulated_candidates
from secondsight.cascade import StudentRejection, decide
from secondsight.config import PolicySettings
from secondsight.errors import RefusedError
from secondsight.learn import Example, Student, Students, examples_of, load_student, save_student, teach
from secondsight.learn.distill.features import FeatureSpace
from secondsight.records import Action, Candidate, Event, PolicyDecision, Usage, Verdict, Verification
from secondsight.store import StoredCandidate
from tests.learn.loops import clock_at

WEEKS = 10


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return simulated_candidates(1, 7 * WEEKS + 28)


@pytest.fixture(scope="module")
def student(examples: list[Example]) -> Student:
    return taught(past(examples))


def past(examples: list[Example]) -> list[Example]:
    return [one for one in examples if one.candidate.start < clock_at(7 * WEEKS).now()]


def taught(examples: list[Example], limit: float = 0.1) -> Student:
    return teach("intrusion", examples, ["openai:big"], limit=limit, alpha=0.05, now=clock_at(70).now())


def test_a_student_spares_calls_and_keeps_its_promise_afterwards(examples, student: Student) -> None:
    future = [one for one in examples if one.candidate.start >= clock_at(7 * WEEKS).now()]
    rejected = np.array([student.probability(one.candidate) < student.threshold for one in future])
    true = np.array([one.true for one in future])
    assert rejected.mean() > 0.25
    assert rejected[true].mean() < 0.1
    assert student.certificate.risk < 0.1
    assert student.certificate.days > 30


def test_a_teacher_that_answers_at_random_gets_no_student_that_rejects_much(examples) -> None:
    """Nothing in the numbers says what it will answer: to reject anything loses as much of what it calls true."""
    rng = np.random.default_rng(1)
    noise = [
        replace(one, target=float(t), true=bool(t)) for one in past(examples) for t in [rng.integers(0, 2)]
    ]
    student = taught(noise)
    rejected = [student.probability(one.candidate) < student.threshold for one in noise]
    assert np.mean(rejected) < 0.12


def test_a_teacher_that_always_says_yes_teaches_nothing(examples) -> None:
    with pytest.raises(RefusedError, match="needs both true and rejected ones"):
        taught([replace(one, target=1.0, true=True) for one in past(examples)])


def test_a_few_days_certify_nothing(examples) -> None:
    few = [one for one in examples if one.candidate.start < clock_at(5).now()]
    with pytest.raises(RefusedError, match="59 are needed where nothing goes wrong"):
        taught(few, limit=0.05)


def test_a_student_is_small_and_reads_back(tmp_path: Path, student: Student, examples) -> None:
    path = save_student(tmp_path, student)
    assert path.stat().st_size < 20_000
    again = load_student(tmp_path, "intrusion")
    assert again == student
    assert again.probability(examples[0].candidate) == student.probability(examples[0].candidate)


def test_an_unknown_number_and_word_are_no_mistake(student: Student, examples) -> None:
    strange = replace(
        examples[0].candidate, scores={"other": 3.0}, camera="new", zone="new", score=float("nan")
    )
    assert 0 <= student.probability(strange) <= 1


def test_vectors_have_the_length_that_the_space_has(examples) -> None:
    space = FeatureSpace.of([one.candidate for one in examples])
    assert space.matrix([one.candidate for one in examples[:5]]).shape == (5, space.size)


class TestPolicy:
    POLICY = PolicySettings(verify="always")

    def decide(
        self, candidate: Candidate, data: Path, kinds=("intrusion",), audit: float = 0.05, day: float = 80
    ):
        students = Students(data, kinds, audit, clock_at(day))
        return decide(candidate, self.POLICY, brain=True, now=candidate.triggered, students=students)

    @pytest.fixture
    def sure(self, student: Student, examples, tmp_path: Path) -> list[Candidate]:
        save_student(tmp_path, student)
        return [one.candidate for one in examples if student.probability(one.candidate) < student.threshold]

    def test_what_is_surely_false_needs_no_call_and_a_share_is_audited(self, sure, tmp_path: Path) -> None:
        decisions = [self.decide(candidate, tmp_path, audit=0.2) for candidate in sure[:300]]
        audited = [one for one in decisions if one.action is Action.REVIEW]
        assert 30 < len(audited) < 95
        assert {one.probability for one in audited} == {0.2}
        assert {one.probability for one in decisions if one.action is Action.DROP} == {0.8}
        assert all(one.reason.startswith("student 0.0") for one in decisions)
        assert decisions == [self.decide(candidate, tmp_path, audit=0.2) for candidate in sure[:300]]

    def test_an_expired_certificate_rejects_nothing(self, sure, tmp_path: Path) -> None:
        assert self.decide(sure[0], tmp_path, audit=1e-9).action is Action.DROP
        assert self.decide(sure[0], tmp_path, audit=1e-9, day=200).action is Action.REVIEW

    def test_only_named_kinds_have_students(self, sure, tmp_path: Path) -> None:
        assert self.decide(sure[0], tmp_path, kinds=()).action is Action.REVIEW
        assert self.decide(replace(sure[0], kind="fall"), tmp_path).action is Action.REVIEW

    @pytest.mark.parametrize("content", [None, "{", "{}"])
    def test_a_student_that_is_missing_or_damaged_costs_calls_only(
        self, sure, tmp_path: Path, content
    ) -> None:
        path = tmp_path / "learn/students/intrusion.json"
        path.unlink()
        if content is not None:
            path.write_text(content)
        assert self.decide(sure[0], tmp_path).action is Action.REVIEW

    def test_a_rule_that_never_asks_is_not_the_students(self, sure) -> None:
        class Stern:
            def rejects(self, candidate: Candidate) -> StudentRejection:
                return StudentRejection(0.01, 0.1, 0.05)

        policy = PolicySettings(verify="never")
        assert decide(sure[0], policy, brain=True, now=0.0, students=Stern()).action is Action.ACCEPT


def stored(candidate: Candidate, probability: float = 1.0) -> StoredCandidate:
    decision = PolicyDecision(Action.REVIEW, "", "1", probability=probability)
    return StoredCandidate(candidate, decision, None, None, None, True)


@pytest.mark.parametrize(
    ("verification", "probability", "truth", "expected"),
    [
        (Verification.CONFIRMED, 0.8, None, (0.8, True)),
        (Verification.CONFIRMED, None, None, (0.95, True)),
        (Verification.REJECTED, 0.1, None, (0.1, False)),
        (Verification.REJECTED, 0.1, True, (1.0, True)),
        (Verification.CONFIRMED, 0.8, False, (0.0, False)),
        (Verification.UNSURE, 0.5, None, None),
        (Verification.EXPIRED, None, None, None),
    ],
)
def test_what_a_student_learns_from_one_event(examples, verification, probability, truth, expected) -> None:
    candidate = examples[0].candidate
    verdict = Verdict(verification, probability, {}, (), "", "openai:big", "1", Usage())
    event = Event(
        candidate.id, candidate.camera, "r", "intrusion", 0.0, 1.0, None, 0.5, "person", None, (), verification, True,
        True, verdict=None if verification is Verification.EXPIRED else verdict, truth=truth,
    )  # fmt: skip
    found, teachers = examples_of([stored(candidate, 0.25)], {candidate.id: event})
    assert [(one.target, one.true, one.weight) for one in found] == ([(*expected, 4.0)] if expected else [])
    assert teachers == (["openai:big"] if expected else [])
    assert examples_of([stored(candidate)], {}) == ([], [])
