import pytest
from pydantic import ValidationError

from secondsight.brain import question_sheet
from secondsight.brain.prompts.questions import DECISION, Language, SheetFile, load_sheets, opposite_of
from secondsight.config import rule_settings
from secondsight.records import Question
from tests.table import table

KINDS = [
    *("intrusion", "loitering", "stillness", "line_crossing", "fall", "fight", "wrong_way", "left_bag"),
    *("running", "crowd", "climbing", "removed_object", "tailgating"),
    *("no_helmet", "man_down", "no_vest", "forbidden_operation", "lone_worker", "vehicle_near_person"),
    *(
        "take",
        "put_back",
        "linger",
        "queue",
        "fire",
        "smoke",
        "debris",
        "landslide",
        "stopped_vehicle",
        "stopped",
    ),
    *("wrong_way_vehicle", "jam", "pedestrian_on_road", "pedestrian", "low_visibility", "generic"),
]

LANGUAGES: tuple[Language, ...] = ("en", "zh")


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


def test_a_version_names_kind_and_language_and_what_is_asked() -> None:
    versions = [question_sheet(kind, language).version for language in LANGUAGES for kind in KINDS]
    named = [f"{kind}.{language}.1-" for language in LANGUAGES for kind in KINDS]
    assert [version[: version.index("-") + 1] for version in versions] == named
    assert len(set(versions)) == len(versions)


def test_every_sheet_asks_for_more_than_the_decision() -> None:
    short = [kind for kind in KINDS if len(question_sheet(kind, "en").questions) < 3]
    assert short == []


def test_an_unknown_kind_gets_the_generic_sheet() -> None:
    assert question_sheet("flying", "en") == question_sheet("generic", "en")


def test_a_custom_question_replaces_the_deciding_one_and_changes_the_version() -> None:
    plain = question_sheet("intrusion", "en")
    custom = question_sheet("intrusion", "en", "  Is the gate\n open? ")
    opposite = 'Is `no` the right answer, for the marked place and these frames, to the question "Is the gate open?"?'
    assert custom.questions[0] == ("custom", "Is the gate open?", DECISION, opposite)
    assert custom.questions[1:] == plain.questions[1:]
    versions = {plain.version, custom.version, question_sheet("intrusion", "en", "Is the gate shut?").version}
    assert len(versions) == 3
    assert question_sheet("intrusion", "en", "Is the gate open?").version == custom.version


@pytest.mark.parametrize("custom", [None, "", "  \n"])
def test_no_words_are_no_custom_question(custom: str | None) -> None:
    assert question_sheet("loitering", "zh", custom) == question_sheet("loitering", "zh")


_FIRST = {"key": "a", "text": "?", "opposite": "!"}
_GENERIC = {"version": 1, "questions": [_FIRST]}


@table(
    ("sheets", "problem"),
    [
        ({}, "generic"),
        ({"generic": {**_GENERIC, "questions": []}}, "at least 1"),
        ({"generic": {**_GENERIC, "questions": _GENERIC["questions"] * 2}}, "stands twice"),  # type: ignore[operator]
        ({"generic": {**_GENERIC, "questions": [{**_FIRST, "choices": []}]}}, "decides"),
        (
            {"generic": {**_GENERIC, "questions": [{**_FIRST, "choices": ["no", "yes", "unclear"]}]}},
            "decides",
        ),
        ({"generic": {**_GENERIC, "questions": [{"key": "a", "text": "?"}]}}, "needs its `opposite`"),
        ({"generic": {**_GENERIC, "questions": [_FIRST, {**_FIRST, "key": "b"}]}}, "belongs to the first"),
        ({"generic": {**_GENERIC, "questions": [{**_FIRST, "key": "decision"}]}}, "no key is"),
        ({"generic": {**_GENERIC, "questions": [{**_FIRST, "key": "A b"}]}}, "pattern"),
        ({"generic": {**_GENERIC, "question": []}}, "[Ee]xtra"),
    ],
)
def test_a_faulty_sheet_file_is_refused(sheets: object, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        SheetFile.model_validate({"language": "en", "sheets": sheets})


def test_the_opposite_asks_something_else_and_offers_its_answers_in_another_order() -> None:
    for language in LANGUAGES:
        for kind in KINDS:
            deciding = question_sheet(kind, language).questions[0]
            opposite = opposite_of(deciding)
            assert tuple(opposite) == ("decision", deciding.opposite, ("no", "yes", "unclear"), ""), (
                kind,
                language,
            )
            assert opposite.text not in ("", deciding.text), (kind, language)


def test_the_opposite_of_a_question_in_the_users_own_words_quotes_them() -> None:
    assert (
        '"Is it \\"open\\"?"' in opposite_of(question_sheet("fall", "en", 'Is it "open"?').questions[0]).text
    )
    assert '"门开着吗？"' in opposite_of(question_sheet("fall", "zh", "门开着吗？").questions[0]).text
    assert '"Is it?"' in opposite_of(Question("q", "Is it?")).text


def test_every_behaviour_has_a_sheet() -> None:
    """But `combined`, which is whatever its rules are: named by its `kind`, or asked in general; and `counting`,
    which makes no events; and `described`, which asks for its own words.
    """
    assert set(rule_settings()) - {"combined", "counting", "described"} <= set(KINDS)
