import pytest
from pydantic import ValidationError

from secondsight.brain import question_sheet
from secondsight.brain.questions import DECISION, SheetFile, load_sheets

KINDS = [
    *("intrusion", "loitering", "line_crossing", "fall", "fight", "wrong_way", "left_bag"),
    *("no_helmet", "man_down"),
    *("take", "linger", "fire", "smoke", "debris", "landslide", "stopped_vehicle", "generic"),
]


def test_both_languages_hold_the_same_kinds_keys_choices_and_versions() -> None:
    english, chinese = load_sheets("en"), load_sheets("zh")
    assert english.language == "en"
    assert chinese.language == "zh"
    assert list(english.sheets) == list(chinese.sheets) == KINDS
    for kind, sheet in english.sheets.items():
        other = chinese.sheets[kind]
        assert sheet.version == other.version
        assert [(q.key, q.choices) for q in sheet.questions] == [(q.key, q.choices) for q in other.questions]
        for question, translated in zip(sheet.questions, other.questions, strict=True):
            assert question.text.isascii()
            assert any("\u4e00" <= character <= "\u9fff" for character in translated.text)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_begins_with_the_deciding_question(kind: str, language: str) -> None:
    sheet = question_sheet(kind, language)  # type: ignore[arg-type]
    assert sheet.questions[0].choices == DECISION
    assert len(sheet.questions) >= 3
    assert sheet.version.startswith(f"{kind}.{language}.1-")


def test_an_unknown_kind_gets_the_generic_sheet() -> None:
    assert question_sheet("flying", "en") == question_sheet("generic", "en")


def test_a_custom_question_replaces_the_deciding_one_and_changes_the_version() -> None:
    plain = question_sheet("intrusion", "en")
    custom = question_sheet("intrusion", "en", "  Is the gate\n open? ")
    assert custom.questions[0] == ("custom", "Is the gate open?", DECISION)
    assert custom.questions[1:] == plain.questions[1:]
    versions = {plain.version, custom.version, question_sheet("intrusion", "en", "Is the gate shut?").version}
    assert len(versions) == 3
    assert question_sheet("intrusion", "en", "Is the gate open?").version == custom.version


@pytest.mark.parametrize("custom", [None, "", "  \n"])
def test_no_words_are_no_custom_question(custom: str | None) -> None:
    assert question_sheet("loitering", "zh", custom) == question_sheet("loitering", "zh")


_GENERIC = {"version": 1, "questions": [{"key": "a", "text": "?"}]}


@pytest.mark.parametrize(
    ("sheets", "problem"),
    [
        ({}, "generic"),
        ({"generic": {**_GENERIC, "questions": []}}, "at least 1"),
        ({"generic": {**_GENERIC, "questions": _GENERIC["questions"] * 2}}, "stands twice"),  # type: ignore[operator]
        ({"generic": {**_GENERIC, "questions": [{"key": "a", "text": "?", "choices": []}]}}, "decides"),
        ({"generic": {**_GENERIC, "questions": [{"key": "A b", "text": "?"}]}}, "pattern"),
        ({"generic": {**_GENERIC, "question": []}}, "[Ee]xtra"),
    ],
)
def test_a_faulty_sheet_file_is_refused(sheets: object, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        SheetFile.model_validate({"language": "en", "sheets": sheets})
