"""The embedded sentinel is what its card says it is."""

import re

import pytest

from secondsight.sentinel import Detector, ModelStore
from secondsight.sentinel.models.catalogue import EMBEDDED
from training.detector.frames import LABELS, NAME
from training.detector.measure import CONDITIONS, QUICK, measure

CARD = EMBEDDED / f"{NAME}.md"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return ModelStore(tmp_path_factory.mktemp("none")).resolve(NAME)


def figures(row):
    """The numbers of a line of the card's first table."""
    line = re.search(rf"^\| {row} \|(.+)\|$", CARD.read_text(encoding="utf-8"), re.MULTILINE)
    assert line, f"the card has no row {row}"
    return [float(cell) if cell.strip() != "-" else None for cell in line[1].split("|")]


def test_the_card_is_about_this_file(model):
    text = CARD.read_text(encoding="utf-8")
    assert model.sha256 in text
    assert model.labels == LABELS
    assert ", ".join(LABELS) in text


def test_it_is_small(model):
    assert model.bytes <= 4e6


@pytest.mark.slow
def test_it_does_what_the_card_says(model):
    detector = Detector.open(model)
    try:
        result = measure(detector, CONDITIONS[0], QUICK, 1)
    finally:
        detector.close()
    ap50, ap = figures("quick")[:2]
    assert result.ap50 == pytest.approx(ap50, abs=0.03)
    assert result.ap == pytest.approx(ap, abs=0.03)


def test_what_it_was_not_trained_on_is_harder():
    """The gap that a site has to close: it must be there, or the rest of the product shows nothing."""
    clear = figures("clear")[0]
    assert clear > 0.5
    for row in ("night", "fog", "rain", "occlusion"):
        assert figures(row)[0] < clear
