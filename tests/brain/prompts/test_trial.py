"""The drawn picture by which a model is tried, and what is said of its answer."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from secondsight.brain.prompts.trial import trial_request, what_it_saw
from secondsight.records import Usage, Verdict, Verification


def test_there_is_one_red_disc_in_the_middle_of_a_grey_picture() -> None:
    (frame,) = trial_request().frames
    pixels = np.asarray(Image.open(BytesIO(frame.jpeg)).convert("RGB")).astype(int)
    red = (pixels[:, :, 0] > 150) & (pixels[:, :, 1] < 80)
    rows, columns = np.nonzero(red)
    height, width = red.shape
    assert (rows.mean() / height, columns.mean() / width) == pytest.approx((0.5, 0.5), abs=0.01)
    assert red.mean() == pytest.approx(np.pi / 16, abs=0.01)  # a circle of half the picture's width
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.abs(corners - 128).max() < 10


@pytest.mark.parametrize(
    ("verification", "words"),
    [
        (Verification.CONFIRMED, "it sees the disc"),
        (Verification.REJECTED, "does not see the disc"),
        (Verification.UNSURE, "not sure of a disc"),
    ],
)
def test_what_it_saw_is_said_with_what_was_mended(verification: Verification, words: str) -> None:
    said = what_it_saw(given(verification, ("a fence was taken away",)))
    assert words in said
    assert said.endswith("; a fence was taken away")


def given(verification: Verification, notes: tuple[str, ...]) -> Verdict:
    return Verdict(verification, None, {}, (), "", "m", "p", Usage(), notes=notes)
