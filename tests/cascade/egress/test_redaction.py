"""What leaves is without faces, plates, names and numbers; everything else is as it was."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from secondsight.brain.prompts.questions import load_sheets, question_sheet
from secondsight.cascade.egress.redaction import (
    ANYWHERE,
    RedactionTargets,
    blurred,
    description,
    question_words,
    redacted_question,
    regions_of,
)
from secondsight.records import Box
from tests.table import table

WIDTH, HEIGHT = 320, 240
STANDING, LYING, CUT_OFF = Box(0.4, 0.2, 0.5, 0.8), Box(0.2, 0.7, 0.7, 0.85), Box(0.6, 0.5, 0.75, 1.0)


def noise(seed: int = 0) -> bytes:
    """A picture of fine detail everywhere: 2 x 2 pixels of black or white."""
    cells = np.random.default_rng(seed).integers(0, 2, (HEIGHT // 2, WIDTH // 2)).astype(np.uint8) * 255
    picture = Image.fromarray(cells.repeat(2, 0).repeat(2, 1)).convert("RGB")
    out = BytesIO()
    picture.save(out, "JPEG", quality=95, exif=b"Exif\x00\x00secret")
    return out.getvalue()


def pixels(jpeg: bytes) -> NDArray[np.float64]:
    with Image.open(BytesIO(jpeg)) as picture:
        return np.asarray(picture.convert("L"), np.float64)


def detail(picture: NDArray[np.float64], box: Box) -> float:
    """Energy of neighbours' differences within a box: what is fine."""
    height, width = picture.shape
    part = picture[
        int(np.ceil(box.y1 * height)) : int(box.y2 * height),
        int(np.ceil(box.x1 * width)) : int(box.x2 * width),
    ]
    return float(np.mean(np.diff(part, axis=0) ** 2) + np.mean(np.diff(part, axis=1) ** 2))


def outside(*boxes: Box) -> NDArray[np.bool_]:
    """Pixels at least a block of JPEG away from all boxes."""
    mask = np.ones((HEIGHT, WIDTH), np.bool_)
    for box in boxes:
        x1, x2 = int(box.x1 * WIDTH) - 18, int(box.x2 * WIDTH) + 18
        y1, y2 = int(box.y1 * HEIGHT) - 18, int(box.y2 * HEIGHT) + 18
        mask[max(y1, 0) : y2, max(x1, 0) : x2] = False
    return mask


@table(
    ("seen", "hidden", "kept"),
    [
        pytest.param(
            RedactionTargets((STANDING,), ()),
            [Box(0.4, 0.2, 0.5, 0.4)],
            [Box(0.4, 0.5, 0.5, 0.8)],
            id="upright: the head",
        ),
        pytest.param(
            RedactionTargets((LYING,), ()), [LYING], [], id="lying: all, for the head may be at either end"
        ),
        pytest.param(
            RedactionTargets((CUT_OFF,), ()),
            [Box(0.6, 0.5, 0.75, 0.8)],
            [Box(0.6, 0.9, 0.75, 1.0)],
            id="legs out of the picture",
        ),
        pytest.param(
            RedactionTargets((), (Box(0.1, 0.1, 0.5, 0.5),)),
            [Box(0.1, 0.3, 0.5, 0.5)],
            [Box(0.1, 0.1, 0.5, 0.25)],
            id="vehicle: its lower half",
        ),
        pytest.param(
            RedactionTargets((STANDING,), (), faces=(Box(0.42, 0.22, 0.48, 0.3),)),
            [Box(0.42, 0.22, 0.48, 0.3)],
            [Box(0.4, 0.35, 0.5, 0.8)],
            id="a face that was found",
        ),
        pytest.param(RedactionTargets((STANDING,), (), faces=()), [], [STANDING], id="nobody shows a face"),
        pytest.param(
            RedactionTargets((), (LYING,), plates=(Box(0.3, 0.75, 0.4, 0.8),)),
            [Box(0.3, 0.75, 0.4, 0.8)],
            [Box(0.5, 0.7, 0.7, 0.85)],
            id="a plate that was found",
        ),
        pytest.param(
            RedactionTargets((STANDING, LYING, CUT_OFF), ()),
            [Box(0.4, 0.2, 0.5, 0.4), LYING, Box(0.6, 0.5, 0.75, 0.8)],
            [],
            id="all",
        ),
    ],
)
def test_the_fine_is_gone_where_it_must_and_stays_elsewhere(
    seen: RedactionTargets, hidden: list[Box], kept: list[Box]
) -> None:
    before, after = pixels(noise()), pixels(blurred(noise(), seen))
    for box in hidden:
        assert detail(after, box) < detail(before, box) / 100
    for box in kept:
        assert detail(after, box) > detail(before, box) / 2
    far = outside(*(region.box for region in regions_of(seen, WIDTH, HEIGHT)))
    assert np.abs(before - after)[far].mean() < 6


def test_what_is_gone_does_not_depend_on_what_was_there() -> None:
    """Only the coarse cells are left: two faces with the same ones give the same pixels."""
    face = Box(0.25, 0.25, 0.75, 0.75)
    one = np.zeros((HEIGHT, WIDTH), np.uint8)
    one[:, ::2] = 255
    other = one[:, ::-1].copy()
    both = []
    for picture in (one, other):
        out = BytesIO()
        Image.fromarray(picture).convert("RGB").save(out, "JPEG", quality=100, subsampling=0)
        both.append(pixels(blurred(out.getvalue(), RedactionTargets((), (), faces=(face,)))))
    inside = slice(80, 160), slice(100, 220)
    assert np.abs(both[0][inside] - both[1][inside]).max() <= 3


def test_metadata_stay_behind() -> None:
    assert b"secret" in noise()
    assert b"secret" not in blurred(noise(), RedactionTargets((), ()))


boxes = st.tuples(*(st.floats(-0.5, 1.5) for _ in range(4))).map(lambda b: Box(*b))


@given(st.lists(boxes, max_size=4), st.lists(boxes, max_size=3))
def test_no_box_makes_it_fail(people: list[Box], vehicles: list[Box]) -> None:
    found = pixels(blurred(noise(), RedactionTargets(tuple(people), tuple(vehicles))))
    assert found.shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize("junk", [b"", b"\xff\xd8\xff", b"GIF89a", noise()[:300]])
def test_what_is_no_picture_is_refused(junk: bytes) -> None:
    with pytest.raises(ValueError, match="not a readable"):
        blurred(junk, RedactionTargets((), ()))


@table(
    ("text", "left"),
    [
        ("", ""),
        ("a hall with doors on the left", "a hall with doors on the left"),
        ("The entrance, seen from above", "The entrance, seen from above"),
        ("hall of Miller & Sons", ANYWHERE),
        ("Miller's yard", ANYWHERE),
        ("platform 12", ANYWHERE),
        ("yard at 52.5163, 13.3777", ANYWHERE),
        ("ask guard@site.example", ANYWHERE),
        ("王家的仓库", ANYWHERE),
        ("café at the gate", ANYWHERE),
        ("the HQ", ANYWHERE),
    ],
)
def test_a_description_leaves_only_if_it_surely_names_nobody(text: str, left: str) -> None:
    assert description(text) == left


@table(
    ("text", "left"),
    [
        ("Does anybody climb over the fence?", "Does anybody climb over the fence?"),
        ("Is Miller at gate 7?", "Is ... at gate ..."),
        ("Is it Anna?  Look at her hands.", "Is it ...  Look at her hands."),
        ("Is there a man near 52.5,13.3?", "Is there a man near ..."),
        ("有人跌倒吗？", "有人跌倒吗？"),
    ],
)
def test_a_question_leaves_without_what_looks_like_a_name(text: str, left: str) -> None:
    assert question_words(text) == left


def test_the_opposite_of_a_question_in_own_words_leaves_no_more_than_the_question() -> None:
    (custom, *_) = question_sheet("fall", "en", "Is Hans Meyer of gate 17 lying here?").questions
    assert "Hans Meyer" in custom.opposite
    left = redacted_question(custom)
    assert left.text == "Is ... ... of gate ... lying here?"
    assert left.text in left.opposite
    assert not any(word in left.opposite for word in ("Hans", "Meyer", "17"))


@given(st.text(max_size=80))
def test_no_number_leaves(text: str) -> None:
    assert not any(sign.isdigit() for sign in question_words(text) + description(text).replace(ANYWHERE, ""))


def test_every_region_lies_around_its_box() -> None:
    found: Any = regions_of(RedactionTargets((STANDING,), (LYING,)), WIDTH, HEIGHT)
    head, plate = (region.box for region in found)
    assert head.x1 < STANDING.x1 < STANDING.x2 < head.x2
    assert head.y1 < STANDING.y1
    assert plate.y2 > LYING.y2


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_built_in_questions_leave_as_they_are(language: Any) -> None:
    for sheet in load_sheets(language).sheets.values():
        for question in sheet.questions:
            assert question_words(question.text) == question.text
