"""Reading: which lines make a text, how readings vote, and drawn plates read from the picture to the answer."""

import socket
from collections.abc import Sequence
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
import supervision as sv
from hypothesis import given
from hypothesis import strategies as st

from bench.performance.plates import Known, car_with, text_of
from secondsight.config import PLATE_FORMATS, SecondStageSettings
from secondsight.errors import ModelError
from secondsight.patterns import Pattern, compiled
from secondsight.records import Attribute, Box, Frame
from secondsight.sentinel.second import text_reader as module
from secondsight.sentinel.second.second_stage import SecondStage, SecondStageModel
from secondsight.sentinel.second.text_reader import (
    READ_MOST,
    Reading,
    TextLine,
    TextReader,
    best_of,
    fitted,
    normalised,
    voted,
)
from tests.approx import approx
from tests.behaviour.city import Painted
from tests.table import table

WHOLE = Box(0.0, 0.0, 1.0, 1.0)
GERMAN = "[A-Z]{1,3} ?[A-Z]{1,2} ?[0-9]{1,4}"


@table(
    ("written", "expected"),
    [
        ("b-ab 1234", "B AB 1234"),
        ("  B·AB::1234_ ", "B AB 1234"),
        ("ＡＢ１２", "AB12"),
        ("京A·12345", "京A 12345"),
        ("--", ""),
    ],
)
def test_normalised(written: str, expected: str) -> None:
    assert normalised(written) == expected


@given(st.text(max_size=20))
def test_normalised_once_is_enough(written: str) -> None:
    once = normalised(written)
    assert normalised(once) == once
    assert once == once.strip()
    assert "  " not in once


def line(text: str, left: float = 0, top: float = 0, score: float = 0.9) -> TextLine:
    return TextLine(left, top, top + 10, text, score)


@table(
    ("lines", "pattern", "expected"),
    [
        ([], None, None),
        ([line("taxi"), line("b ab 12", top=30)], None, Reading("B AB 12", 0.9)),
        ([line("b ab 12", score=0.49)], None, None),
        # A plate in two pieces on one row, whichever was found first; its score is that of the worse.
        ([line("1234", 50, 2, 0.8), line("b ab", 0, 0)], None, Reading("B AB 1234", 0.8)),
        ([line("1234", 50, 2, 0.8), line("b ab", 0, 0)], GERMAN, Reading("B AB 1234", 0.8)),
        # In two rows, which only a pattern can tell from two texts.
        ([line("1234", 0, 20), line("bab", 0, 0)], GERMAN, Reading("BAB 1234", 0.9)),
        ([line("ambulance"), line("m a 7", top=30, score=0.6)], GERMAN, Reading("M A 7", 0.6)),
        ([line("b ab 12345")], GERMAN, None),
        ([line("b ab 12", score=0.7), line("m a 7", top=30, score=0.9)], GERMAN, Reading("M A 7", 0.9)),
    ],
)
def test_the_best_of_the_lines(lines: list[TextLine], pattern: str | None, expected: Reading | None) -> None:
    assert best_of(lines, compiled(pattern) if pattern else None) == expected


def test_scores_vote_and_spaces_do_not_divide_them() -> None:
    said = [
        Reading("B AB 1234", 0.6),
        Reading("8AB1234", 0.9),
        Reading("BAB1234", 0.5),
        Reading("B AB 1234", 0.6),
    ]
    assert voted(said) == Attribute("B AB 1234", approx(1.7 / 4), 4)
    assert voted(said[:2]) == Attribute("8AB1234", approx(0.45), 2)


@pytest.fixture(scope="module")
def reader() -> TextReader:
    """Opened and used with every way to the network closed."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("it went to the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "socket", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        opened = TextReader.open()
        opened.rehearse()
    return opened


@pytest.mark.parametrize(
    ("height", "turn", "blur"), [(12, 0, 0.5), (16, -3, 0.5), (24, 12, 0.5), (32, 0, 1.5)]
)
@pytest.mark.parametrize("known", [False, True])
def test_drawn_plates_are_read(
    reader: TextReader, height: int, turn: float, blur: float, known: bool
) -> None:
    """Where plates are this high the bench reads nine of ten and more; `python -m bench plates`."""
    rng = np.random.default_rng(5)
    right = 0
    for _ in range(3):
        text = text_of(rng)
        picture, box = car_with(text, height, rng, turn, blur)
        frame = Painted(picture, 0.0)
        sides = (frame.width, frame.height) * 2
        plate = Box(*(value / side for value, side in zip(box, sides, strict=True)))
        finder = Known(plate) if known else None
        used = TextReader(reader._engine, finder, compiled(GERMAN))  # type: ignore[arg-type]
        (said,) = used.texts(frame, [WHOLE])
        right += said is not None and said.text.replace(" ", "") == text.replace(" ", "")
    assert right >= 2


def test_only_the_box_is_read(reader: TextReader) -> None:
    rng = np.random.default_rng(2)
    left, right = (car_with(text, 20, rng)[0] for text in ("B AB 1234", "M XY 77"))
    height = min(len(left), len(right))
    frame = Painted(np.concatenate((left[:height], right[:height]), axis=1), 0.0)
    middle = left.shape[1] / frame.width
    said = reader.texts(frame, [Box(middle, 0, 1, 1), Box(0, 0, middle, 1), Box(0, 0, middle, 0.3)])
    assert [one and one.text.replace(" ", "") for one in said] == ["MXY77", "BAB1234", None]


class Scripted:
    """An engine that reads what it is told to; the seam of `RapidOCR`."""

    def __init__(self, *texts: str | None) -> None:
        self.texts = list(texts)
        self.sizes: list[tuple[int, ...]] = []

    def __call__(self, picture: np.ndarray, **options: bool) -> SimpleNamespace:
        self.sizes.append(picture.shape)
        text = self.texts.pop(0) if self.texts else None
        if text is None:
            return SimpleNamespace(txts=None)
        return SimpleNamespace(
            txts=(text,),
            scores=(0.9,),
            boxes=[[[0, 0], [9, 0], [9, 5], [0, 5]]] if options["use_det"] else None,
        )


def cars(*numbers: int) -> sv.Detections:
    boxes = np.array([(10 * n, 20, 10 * n + 80, 80) for n in numbers], np.float32)
    return sv.Detections(boxes, class_id=np.ones(len(numbers), int), tracker_id=np.array(numbers))


def look_at(engine: Scripted, looks: Sequence[sv.Detections], **settings: object) -> SecondStage:
    stage = SecondStageModel(
        "plate",
        SecondStageSettings(reads="text", classes=("car",), every=0.5, **settings),
        TextReader(engine, None, None),
    )
    close = SecondStage([(stage, lambda boxes: np.ones(len(boxes), bool))], ("person", "car"))
    for number, detections in enumerate(looks):
        frame: Frame = Painted(np.zeros((100, 400, 3), np.uint8), number * 0.5)
        close.look(frame, detections)
    return close


def test_tracks_get_the_text_that_most_readings_say() -> None:
    engine = Scripted("B AB 12", None, "8 AB 12", "B AB 12")
    close = look_at(engine, [cars(3)] * 4)
    said = close.known(cars(3), 400, 100).attributes[3]["plate"]
    assert said == Attribute("B AB 12", approx(0.6), 3), "an empty look is no vote"
    assert engine.sizes == [(60, 80, 3)] * 4, "the box, in the resolution of the picture"
    assert close.known(cars(4), 400, 100).attributes == {}
    assert look_at(Scripted(None), [cars(3)]).known(cars(3), 400, 100).attributes == {}


def test_a_jam_does_not_stall_its_camera() -> None:
    engine = Scripted(*"ABCDEFGHIJ")
    close = look_at(engine, [cars(*range(6)), cars(*range(6))])
    assert len(engine.sizes) == 2 * READ_MOST
    assert set(close.known(cars(*range(6)), 400, 100).attributes) == set(range(6)), "who waited comes first"


def test_what_is_low_or_of_another_class_is_not_read() -> None:
    engine = Scripted()
    people = cars(1)
    people.class_id = np.zeros(1, int)
    look_at(engine, [people])
    look_at(engine, [cars(1)], min_height=61)
    assert not engine.sizes


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    for missing in ("rapidocr", "onnxruntime"):
        monkeypatch.setattr(
            module, "find_spec", lambda name, gone=missing: None if name == gone else find_spec(name)
        )
        with pytest.raises(ModelError, match=r"secondsight\[plates\]"):
            TextReader.open()
    empty = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(module, "find_spec", lambda name: empty)
    with pytest.raises(ModelError, match="no models"):
        TextReader.open()


def test_threads_are_few(reader: TextReader) -> None:
    for part in (reader._engine.text_det, reader._engine.text_rec):
        options = part.session.session.get_session_options()
        assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)


CHINESE = compiled(PLATE_FORMATS["chinese"])


@table(
    ("plate", "matches"),
    [
        ("京A12345", True),
        ("粤B8K6R2", True),
        ("京A 12345", True),  # the dot
        ("粤BD12345", True),  # new energy: eight signs, small
        ("粤BDF2345", True),
        ("粤B12345F", True),  # and large
        ("粤B1234警", True),
        ("123456使", True),
        ("粤B123456", False),  # eight without the letter of new energy
        ("粤BD1234A", False),
        ("粤B1234", False),
        ("粤BI2345", False),  # no I and no O in the number
        ("粤BO2345", False),
        ("台A12345", False),  # no such province
        ("A12345", False),
    ],
)
def test_chinese_plates(plate: str, matches: bool) -> None:
    assert bool(CHINESE.fullmatch(plate)) is matches


@table(
    ("read", "pattern", "expected"),
    [
        ("京A12345", CHINESE, "京A12345"),
        ("京AO2345", CHINESE, "京A02345"),
        ("京AO23I5", CHINESE, "京A02315"),
        ("京AOOIO5", CHINESE, None),  # more guessed than read
        ("8 AB 12", compiled(GERMAN), "B AB 12"),
        ("8A 12", compiled("[A-Z0-9]{2} [0-9][A-Z0-9]"), "8A 12"),
        ("88", compiled("[A-Z][0-9]|[0-9][A-Z]"), None),  # one of two, and nothing tells which
        ("京A1234", CHINESE, None),
        ("", CHINESE, None),
    ],
)
def test_signs_that_look_alike_are_told_apart_by_the_format(
    read: str, pattern: Pattern, expected: str | None
) -> None:
    assert fitted(read, pattern) == expected


@given(st.text("京粤ABO018-5S ", max_size=12))
def test_what_is_fitted_matches(read: str) -> None:
    text = fitted(read, CHINESE)
    assert text is None or (CHINESE.fullmatch(text) and len(text) == len(read))


def said(text: str, *sure: float) -> Reading:
    return Reading(text, sum(sure) / len(sure) if sure else 0.9, sure)


@table(
    ("readings", "pattern", "expected"),
    [
        # No look reads all of it.
        ([said("京A12845"), said("京B12345"), said("京A12346"), said("京A12345")], None, "京A12345"),
        # One look that is sure of a sign outweighs two that guess.
        (
            [said("AB1", 0.9, 0.9, 0.9), said("AB7", 0.9, 0.9, 0.4), said("AB7", 0.9, 0.9, 0.4)],
            None,
            "AB1",
        ),
        # A look that lost a sign has no say on places.
        ([said("京A1234"), said("京A12345"), said("京A12345")], None, "京A12345"),
        # The signs that most say together are no plate: the text that most say is.
        ([said("A21"), said("3B1"), said("AB7")], compiled("A21|3B1|AB7"), "A21"),
        ([said("B AB 12"), said("BAB12"), said("BAB17")], None, "B AB 12"),
    ],
)
def test_each_sign_is_voted(readings: list[Reading], pattern: Pattern | None, expected: str) -> None:
    attribute = voted(readings, pattern)
    assert attribute.label == expected
    assert attribute.votes == len(readings)
    assert 0 < attribute.score <= 1


class Network:
    """A network that reads what it is told to; the seam of `CropModel`."""

    labels = ("A", "B", "1", "-")
    trouble: str | None = None

    def __init__(self, *texts: str) -> None:
        self.texts, self.closed = list(texts), False

    def vectors(self, frame: Frame, boxes: Sequence[Box]) -> list[np.ndarray]:
        text = self.texts.pop(0)
        return [np.array([(self.labels.index(sign), 0.8) for sign in text], np.float32).reshape(-1, 2)]

    def close(self) -> None:
        self.closed = True


def test_a_network_of_the_store_reads_without_rapidocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    network = Network("AB1", "", "AB")
    reader = TextReader.open(None, "[A-Z]+1", network)  # type: ignore[arg-type]
    frame = Painted(np.zeros((40, 100, 3), np.uint8), 0.0)
    found = reader.texts(frame, [WHOLE] * 3)
    assert found[1:] == [None, None]
    assert found[0] is not None
    assert found[0].text == "AB1"
    assert found[0].characters == pytest.approx((0.8, 0.8, 0.8))
    network.trouble = "it never returned"
    assert reader.trouble == "it never returned"
    reader.close()
    assert network.closed


@table(
    ("settings", "words"),
    [
        ({"format": "chinese"}, "`format` needs `reads: text`"),
        ({"reader": "lprnet"}, "`reader` needs `reads: text`"),
        ({"reads": "text", "format": "chinese", "pattern": "A"}, "state one of `format` and `pattern`"),
        ({"reads": "text", "format": "klingon"}, "chinese"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SecondStageSettings.model_validate({"model": "m", **settings})
