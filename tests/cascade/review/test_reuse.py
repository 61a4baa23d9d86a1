"""Verdicts for cases that look the same: real pictures, light, noise, posture, place, and the limits."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from secondsight.cascade.feedback.appearance import appearance_vector, distance
from secondsight.cascade.review.reuse import RecentVerdicts
from secondsight.config import ReuseSettings
from secondsight.records import (
    Action,
    Box,
    Candidate,
    Case,
    CaseState,
    KeyFrame,
    PolicyDecision,
    Usage,
    Verdict,
    Verification,
)
from secondsight.store import Appearance

BOX = Box(0.25, 0.25, 0.75, 0.75)
WORDS = "Is it?"


def picture(path: Path, *, light: float = 1.0, noise: float = 0.0, turned: bool = False) -> Path:
    """A figure in a room, in the box; with other light, noise, or the other way round."""
    image = Image.new("L", (320, 240), 90)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 150, 320, 240), 60)
    pen.ellipse((140, 70, 170, 100), 220)
    pen.rectangle((130, 100, 180, 170), 200)
    pen.polygon(((100, 110), (130, 105), (130, 120)), 240)
    if turned:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixels = np.asarray(image, np.float64) * light
    pixels += np.random.default_rng(3).normal(0, noise, pixels.shape) if noise else 0.0
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, quality=80)
    return path


def seen(data: Path, **changes: Any) -> Appearance:
    vector = appearance_vector(picture(data / "x.jpg", **changes), BOX)
    assert vector is not None
    return Appearance(BOX, vector)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"light": 0.8}, True),
        ({"light": 1.1}, True),
        ({"noise": 6.0}, True),
        ({"turned": True}, False),
    ],
)
def test_light_and_noise_hardly_change_an_appearance_and_another_posture_does(
    tmp_path: Path, changes: dict[str, Any], same: bool
) -> None:
    apart = distance(seen(tmp_path), seen(tmp_path, **changes))
    assert (apart <= ReuseSettings().distance / 2) is same, apart
    assert (apart <= ReuseSettings().distance) is same, apart


@pytest.fixture
def case(tmp_path: Path) -> Callable[..., Case]:
    picture(tmp_path / "same.jpg")
    picture(tmp_path / "turned.jpg", turned=True)

    def make(id: str, after: float = 0.0, *, path: str = "same.jpg", box: Box = BOX, **changes: Any) -> Case:
        candidate = Candidate(
            id, "hall", 0, "r", "fall", 100.0 + after, 101.0 + after, 101.0 + after, 0.5, ()
        )
        frames = (KeyFrame("turned.jpg", 100.0 + after, None), KeyFrame(path, 101.0 + after, box))
        decision = PolicyDecision(Action.REVIEW, "", "")
        return Case(id, replace(candidate, **changes), decision, CaseState.LEASED, None, frames)

    return make


def verdict(verification: Verification) -> Verdict:
    return Verdict(verification, 0.1, {"q": "no"}, (), "", "m", "v", Usage(1, 1000, 10, 0.01, 1.0))


class Desk:
    """Looks cases up and writes verdicts down, as the reviewer does."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.recent = RecentVerdicts(ReuseSettings.model_validate(settings), data)

    def reviewed(self, case: Case, verification: Verification = Verification.REJECTED) -> None:
        self.recent.note(case, self.recent.appearance(case), WORDS, verdict(verification))

    def known(self, case: Case, words: str = WORDS) -> Verdict | None:
        return self.recent.find(case, self.recent.appearance(case), words)


def test_a_reused_verdict_costs_nothing_and_says_where_it_is_from(
    tmp_path: Path, case: Callable[..., Case]
) -> None:
    desk = Desk(tmp_path)
    assert desk.known(case("a")) is None
    desk.reviewed(case("a"))
    found = desk.known(case("b", 60))
    assert found is not None
    assert (found.verification, found.usage.calls, found.usage.cost) == (Verification.REJECTED, 0, 0.0)
    assert found.notes == ("reused from a, 60 s apart: appearance differs by 0.000",)


def worker(path: Path, *, cap: int = 40, vest: int = 120, phone: bool = False, noise: int = 0) -> Path:
    """Somebody upright in `UPRIGHT`, bare-headed, unless they wear or hold something; `noise` is a seed."""
    image = Image.new("L", (320, 240), 100)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 150, 320, 240), 80)
    for x in range(0, 320, 40):
        pen.line((x, 0, x, 150), 110)
    pen.ellipse((142, 62, 158, 82), 190)
    pen.rectangle((134, 82, 166, 130), vest)
    pen.rectangle((138, 130, 162, 178), 50)
    pen.pieslice((140, 58, 160, 82), 180, 360, cap)
    if phone:
        pen.polygon(((134, 90), (128, 75), (138, 66), (142, 70), (138, 92)), 180)
    pixels = np.asarray(image, np.float64) + np.random.default_rng(noise).normal(0, 3, (240, 320))
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, quality=80)
    return path


UPRIGHT = Box(130 / 320, 60 / 240, 170 / 320, 180 / 240)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"cap": 240}, False),
        ({"cap": 170}, False),
        ({"vest": 230}, False),
        ({"phone": True}, False),
    ],
    ids=["noise alone", "a white helmet", "a grey helmet", "a bright vest", "a phone"],
)
def test_what_somebody_wears_or_holds_is_told_apart(
    tmp_path: Path, case: Callable[..., Case], changes: dict[str, Any], same: bool
) -> None:
    worker(tmp_path / "before.jpg")
    worker(tmp_path / "after.jpg", noise=1, **changes)
    desk = Desk(tmp_path)
    desk.reviewed(case("a", path="before.jpg", box=UPRIGHT))
    assert (desk.known(case("b", path="after.jpg", box=UPRIGHT)) is not None) is same


def test_pictures_without_contrast_are_not_compared(tmp_path: Path, case: Callable[..., Case]) -> None:
    """Of two pictures of fog the noise alone would decide."""
    desk = Desk(tmp_path)
    pixels = np.random.default_rng(0).normal(120, 4, (240, 320)).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "fog.jpg", quality=90)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    for path in ("fog.jpg", "broken.jpg", "missing.jpg"):
        desk.reviewed(case("a", path=path))
        assert desk.known(case("b", path=path)) is None


@pytest.mark.parametrize(
    "other",
    [
        {"path": "turned.jpg"},
        {"box": Box(0.3, 0.0, 0.8, 0.4)},
        {"camera": "yard"},
        {"kind": "fight"},
        {"zone": "door"},
        {"after": 301.0},
    ],
    ids=lambda other: next(iter(other)),
)
def test_anything_else_gets_a_review(
    tmp_path: Path, case: Callable[..., Case], other: dict[str, Any]
) -> None:
    desk = Desk(tmp_path)
    desk.reviewed(case("a"))
    assert desk.known(case("b", **other)) is None


def test_another_question_gets_a_review(tmp_path: Path, case: Callable[..., Case]) -> None:
    desk = Desk(tmp_path)
    desk.reviewed(case("a"))
    assert desk.known(case("b"), "Is it red?") is None


def test_a_review_answers_few_cases_besides_its_own(tmp_path: Path, case: Callable[..., Case]) -> None:
    desk = Desk(tmp_path, max_uses=2)
    desk.reviewed(case("a"))
    assert [desk.known(case(id)) is not None for id in "bcd"] == [True, True, False]


@pytest.mark.parametrize(
    ("verification", "lifetime"),
    [(Verification.REJECTED, 300.0), (Verification.CONFIRMED, 60.0), (Verification.UNSURE, -1.0)],
)
def test_how_long_a_verdict_holds(
    tmp_path: Path, case: Callable[..., Case], verification: Verification, lifetime: float
) -> None:
    desk = Desk(tmp_path, max_uses=99)
    desk.reviewed(case("a"), verification)
    for age in (0.0, 60.0, 61.0, 300.0, 301.0):
        assert (desk.known(case("b", age)) is not None) is (age <= lifetime)


@pytest.mark.parametrize("off", [{"within": 0}, {"max_uses": 0}])
def test_it_can_be_switched_off(tmp_path: Path, case: Callable[..., Case], off: dict[str, float]) -> None:
    desk = Desk(tmp_path, **off)
    desk.reviewed(case("a"))
    assert desk.known(case("b")) is None


def test_memory_is_bounded(tmp_path: Path, case: Callable[..., Case]) -> None:
    desk = Desk(tmp_path)
    for number in range(100):
        desk.reviewed(case(f"a{number}"))
    (kept,) = desk.recent._known.values()
    assert len(kept) == 8
