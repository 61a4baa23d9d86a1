"""Curves from probabilities to what people found: the choice between them, and what a verdict becomes."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.cascade.feedback.calibration import NUMBERS_ALONE, calibrated, fit_groups
from secondsight.certify import Curve, FittedCurve, ece, log_loss
from secondsight.certify.calibration.curves import platt as platt_of_all
from secondsight.certify.calibration.fit import MIN_ISOTONIC, MIN_KIND, MIN_LABELS
from secondsight.records import Verification
from secondsight.store import Calibration, CalibrationSample
from tests.approx import approx
from tests.store.samples import verdict
from tests.table import table

EVERYWHERE = np.linspace(0, 1, 201)
Rows = list[tuple[float, bool]]


def rows(least: int, most: int) -> st.SearchStrategy[Rows]:
    return st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=least, max_size=most)


def drawn(count: int, seed: int, distort=lambda p: p) -> tuple[list[float], list[bool]]:
    """What a brain says that distorts the true probabilities, and what then happens."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, count)
    return distort(p).tolist(), (rng.random(count) < p).tolist()


def too_sure(p):
    logit = np.log(p / (1 - p))
    return 1 / (1 + np.exp(-(2.5 * logit + 1.0)))


def platt(raw, truth) -> Curve:
    """The curve of one kind that is alone."""
    (curve,) = platt_of_all([(np.asarray(raw, dtype=float), np.asarray(truth, dtype=bool))])
    return curve


def fit(raw, truth) -> FittedCurve | None:
    """What is fitted to a kind that is alone."""
    samples = [CalibrationSample("k", "m", "s", p, bool(t)) for p, t in zip(raw, truth, strict=True)]
    return fit_groups(samples)[0].fit


def of_kinds(counts: dict[str, int], seed: int, distort, shift=None) -> list[CalibrationSample]:
    """Samples of several kinds; of `shift` kinds what happens is that much more likely, on the logit."""
    samples, shift = [], shift or {}
    for number, (kind, count) in enumerate(counts.items()):
        rng = np.random.default_rng((seed, number))
        p = rng.uniform(0.02, 0.98, count)
        logit = np.log(p / (1 - p)) + shift.get(kind, 0.0)
        truth = rng.random(count) < 1 / (1 + np.exp(-logit))
        samples += [
            CalibrationSample(kind, "m", "s", float(r), bool(t))
            for r, t in zip(distort(p), truth, strict=True)
        ]
    return samples


@given(rows(MIN_LABELS, 60), st.randoms(use_true_random=False))
def test_the_order_of_the_samples_does_not_matter(samples: Rows, chance: random.Random) -> None:
    shuffled = list(samples)
    chance.shuffle(shuffled)
    one, other = (fit([p for p, _ in some], [t for _, t in some]) for some in (samples, shuffled))
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.curve == other.curve
        assert replace(one, unseen=()) == replace(other, unseen=())


def test_with_many_labels_a_kind_has_its_own_curve_whatever_the_others_have() -> None:
    """Drawn towards the others it would be wrong by their difference; 3000 labels outweigh them."""
    samples = of_kinds({"a": 3000, "b": 3000}, 1, too_sure, {"b": 2.0})
    curves = {group.kind: group.fit.curve for group in fit_groups(samples) if group.fit}
    for kind, offset in (("a", -1 / 2.5), ("b", 2.0 - 1 / 2.5)):
        assert curves[kind].method == "platt"
        assert curves[kind].parameters[0] == pytest.approx((1 / 2.5, offset), abs=0.15)


def test_few_labels_lie_between_their_own_curve_and_that_of_all() -> None:
    counts = {**{f"k{n}": 300 for n in range(4)}, "few": 8}
    samples = of_kinds(counts, 2, too_sure)
    # The model says 0.1 of all of them, and all happen.
    samples = [one for one in samples if one.kind != "few"] + [
        CalibrationSample("few", "m", "s", 0.1, True)
    ] * 8
    told = {group.kind: group.fit.curve([0.1])[0] for group in fit_groups(samples) if group.fit}
    assert max(told[f"k{n}"] for n in range(4)) + 0.05 < told["few"] < 0.95


def test_a_kind_with_few_labels_is_read_better_for_those_of_other_kinds() -> None:
    """By log loss on fresh samples: against the numbers as they are, and, over some draws, its labels alone."""
    fresh = of_kinds({"few": 4000}, 99, too_sure)
    raw, truth = [one.raw for one in fresh], [one.truth for one in fresh]
    together, alone = [], []
    for seed in range(8):
        samples = of_kinds({"few": 10, "a": 60, "b": 60, "c": 60}, seed, too_sure)
        few = [one for one in samples if one.kind == "few"]
        known = {group.kind: group.fit for group in fit_groups(samples)}["few"]
        assert known is not None
        assert known.labels == 10
        together.append(log_loss(known.curve(raw), truth))
        alone.append(log_loss(platt([one.raw for one in few], [one.truth for one in few])(raw), truth))
    assert np.mean(together) < np.mean(alone)
    assert max(together) < log_loss(raw, truth)


def test_kinds_that_are_unlike_are_not_pressed_into_one_curve() -> None:
    shift = {"a": -3.0, "b": 3.0, "c": 0.0}
    samples = of_kinds({"a": 60, "b": 60, "c": 60}, 3, lambda p: p, shift)
    for group in fit_groups(samples):
        assert group.fit is not None
        fresh = of_kinds({group.kind: 4000}, 5, lambda p: p, shift)
        told, happened = group.fit.curve([one.raw for one in fresh]), [one.truth for one in fresh]
        assert abs(np.mean(told) - np.mean(happened)) < 0.12


def test_never_worse_than_as_it_is_on_labels_not_seen() -> None:
    rng = np.random.default_rng(0)
    for seed in range(10):
        counts = {kind: int(rng.integers(MIN_KIND, 60)) for kind in "abcd"}
        fits = [group.fit for group in fit_groups(of_kinds(counts, seed, lambda p: p)) if group.fit]
        assert fits
        weights = [fit.labels for fit in fits]
        before, after = ([getattr(fit, name) for fit in fits] for name in ("loss_before", "loss_after"))
        assert np.average(after, weights=weights) <= np.average(before, weights=weights) + 1e-12
        for fit in fits:
            assert fit.labels < MIN_LABELS or fit.loss_after <= fit.loss_before


def test_a_known_distortion_is_undone() -> None:
    fitted = fit(*drawn(4000, 1, too_sure))
    assert fitted is not None
    assert fitted.curve.method == "platt"
    ((slope, offset),) = fitted.curve.parameters
    assert (slope, offset) == pytest.approx((1 / 2.5, -1 / 2.5), abs=0.1)
    fresh, happened = drawn(5000, 2, too_sure)
    assert ece(fitted.curve(fresh), happened) < ece(fresh, happened) / 4
    assert fitted.ece_after < fitted.ece_before / 2
    assert fitted.loss_after < fitted.loss_before


def test_a_free_curve_is_taken_only_with_many_labels_and_where_it_is_better() -> None:
    def stepped(p):
        return np.where(p < 0.5, 0.45 + p / 100, 0.55 + p / 100)

    many, few = fit(*drawn(800, 3, stepped)), fit(*drawn(MIN_ISOTONIC - 1, 3, stepped))
    assert many is not None
    assert few is not None
    assert few.curve.method != "isotonic"
    kinked = fit(*drawn(2000, 4, lambda p: np.where(p < 0.8, p / 8, (p - 0.3) / 0.7)))
    assert kinked is not None
    assert kinked.curve.method == "isotonic"


def test_numbers_that_are_right_stay_as_they_are() -> None:
    fitted = fit(*drawn(3000, 5))
    assert fitted is not None
    assert fitted.curve.method == "as_is"
    assert fitted.curve([0.25, 0.5]).tolist() == [0.25, 0.5]


@table(
    ("true", "false", "enough"),
    [(10, 10, True), (10, 9, False), (17, 3, True), (18, 2, False), (40, 0, False)],
)
def test_few_labels_fit_nothing_and_the_group_says_why(true: int, false: int, enough: bool) -> None:
    samples = [CalibrationSample("fall", "m", "clip", 0.5 + n / 1000, n < true) for n in range(true + false)]
    (group,) = fit_groups(samples)
    assert (group.fit is not None) is enough
    assert (group.calibration is not None) is enough
    assert bool(group.why_not) is not enough
    if not enough:
        assert str(true + false if true + false < MIN_LABELS else true) in group.why_not


def test_a_kind_needs_labels_of_its_own_and_a_model_labels_in_all() -> None:
    samples = of_kinds({"many": 40, "some": MIN_KIND, "few": MIN_KIND - 1}, 4, too_sure)
    groups = {group.kind: group for group in fit_groups(samples)}
    assert [name for name, group in groups.items() if group.calibration] == ["many", "some"]
    assert str(MIN_KIND - 1) in groups["few"].why_not
    assert groups["some"].calibration is not None
    assert groups["some"].calibration.samples == MIN_KIND
    elsewhere = [replace(one, model="other") for one in samples if one.kind == "some"]
    fits = {(group.model, group.kind): group.fit for group in fit_groups([*samples, *elsewhere])}
    assert fits["other", "some"] is None
    assert fits["m", "some"] == groups["some"].fit


def test_kinds_models_and_sources_are_fitted_apart() -> None:
    samples = [
        CalibrationSample(kind, model, source, 0.4 + n / 100, n % 2 == 0)
        for kind, model, source in (
            ("a", "m", "clip"),
            ("b", "m", "clip"),
            ("a", "n", "clip"),
            ("a", "m", "logprobs"),
        )
        for n in range(20)
    ]
    assert [(g.kind, g.model, g.source, len(g.raw)) for g in fit_groups(samples)] == [
        ("a", "m", "clip", 20),
        ("a", "m", "logprobs", 20),
        ("a", "n", "clip", 20),
        ("b", "m", "clip", 20),
    ]


@table(
    ("probability", "decided"),
    [
        (0.7, Verification.CONFIRMED),
        (0.5, Verification.CONFIRMED),
        (0.49, Verification.UNSURE),
        (0.2, Verification.UNSURE),
        (0.19, Verification.REJECTED),
    ],
)
def test_the_calibrated_probability_decides(probability: float, decided: Verification) -> None:
    known = Calibration("k", "m", "s", "isotonic", ((0.0, probability), (1.0, probability)), 20, 0.2, 0.1)
    said = verdict(Verification.REJECTED, raw=0.9, probability=0.9, calibrated=False, notes=())
    said = replace(said, probability_source="clip")
    read = calibrated(said, known, confirm=0.5, reject_below=0.2)
    assert (read.verification, read.calibrated, read.raw) == (decided, True, 0.9)
    assert read.probability == pytest.approx(probability)


@table(
    ("raw", "decided"),
    [(0.01, Verification.REJECTED), (0.3, Verification.UNSURE), (0.99, Verification.CONFIRMED)],
)
@table("said", [Verification.CONFIRMED, Verification.REJECTED, Verification.UNSURE])
def test_a_number_takes_certainty_from_words_and_never_overrules_them(
    raw: float, decided: Verification, said: Verification
) -> None:
    known = Calibration("k", "m", "logprobs", "as_is", (), 20, 0.2, 0.1)
    answered = replace(verdict(said, raw=raw, notes=("one",)), probability_source="logprobs")
    read = calibrated(answered, known, 0.5, 0.2)
    assert read.verification is (said if said is decided else Verification.UNSURE)
    assert (read.probability, read.raw, read.notes) == (approx(raw), raw, ("one",))


@given(
    st.sampled_from(["clip", "logprobs", "repeats", "clip+logprobs"]),
    st.lists(st.text(max_size=20), max_size=3),
)
def test_all_sources_but_numbers_alone_and_all_notes_are_read_alike(source: str, notes: list[str]) -> None:
    known = Calibration("k", "m", source, "as_is", (), 20, 0.2, 0.1)
    said = replace(verdict(Verification.UNSURE, raw=0.99, notes=tuple(notes)), probability_source=source)
    expected = Verification.CONFIRMED if source in NUMBERS_ALONE else Verification.UNSURE
    assert calibrated(said, known, 0.5, 0.2).verification is expected


@pytest.mark.parametrize("notes", [(), ("frame 2 not shown: dark",)])
def test_a_model_of_numbers_alone_is_decided_by_them(notes: tuple[str, ...]) -> None:
    known = Calibration("k", "m", "clip", "as_is", (), 20, 0.2, 0.1)
    said = replace(verdict(Verification.UNSURE, raw=0.99, notes=notes), probability_source="clip")
    assert calibrated(said, known, 0.5, 0.2).verification is Verification.CONFIRMED
