import pytest
from pydantic import ValidationError

from secondsight.brain import unasked
from secondsight.brain.backends.clip.sentences import PromptFile, load_prompts, prompts_version, told
from secondsight.brain.prompts.questions import DECISION, GENERIC, load_sheets
from secondsight.records import Question
from tests.table import table


@table("kind", [kind for kind in load_sheets("en").sheets if kind != GENERIC])
def test_every_question_has_its_sentences_or_is_declared_silent(kind: str) -> None:
    prompts, sheet = load_prompts(), load_sheets("en").sheets[kind]
    asked, silent = prompts.kinds[kind], prompts.silent.get(kind, ())
    assert sorted([*asked, *silent]) == sorted(question.key for question in sheet.questions)
    for question in sheet.questions:
        choices = asked.get(question.key)
        if isinstance(choices, dict):
            assert set(choices) < set(question.choices), question.key
        elif choices is not None:
            assert question.choices == (), question.key
    assert prompts.decides(kind)
    deciding = asked[sheet.questions[0].key]
    assert isinstance(deciding, dict)
    assert tuple(deciding) == DECISION[:2]


def test_people_read_each_sentence_in_chinese_too() -> None:
    for sentences in load_prompts().seen.values():
        said = told(sentences[0], "zh")
        assert not said.isascii(), sentences[0]
        assert told(sentences[0], "en") == sentences[0]
    assert told("a sentence of another file", "zh") == "a sentence of another file"


def test_nothing_is_for_no_sheet_and_no_sentence_is_for_nothing() -> None:
    prompts = load_prompts()
    assert set(prompts.kinds) | set(prompts.silent) == set(load_sheets("en").sheets) - {GENERIC}
    used = {
        name
        for questions in prompts.kinds.values()
        for choices in questions.values()
        for names in (choices.values() if isinstance(choices, dict) else [choices])
        for name in names
    }
    assert used == set(prompts.seen)
    sentences = [sentence for ensemble in prompts.seen.values() for sentence in ensemble]
    assert len(sentences) == len(set(sentences))
    assert all(sentence.isascii() and sentence == sentence.lower() for sentence in sentences)


def test_a_question_becomes_answers_and_ensembles() -> None:
    seen = {"a": ("one", "two"), "b": ("three",), "c": ("four",)}
    kinds = {"fall": {"happens": {"yes": ("a",), "no": ("b", "c")}, "activity": ("b", "a")}}
    prompts = PromptFile.model_validate({"version": 1, "seen": seen, "kinds": kinds, "silent": {}})
    happens = prompts.prompt("fall", Question("happens", "?"))
    assert happens is not None
    assert happens.answers == ("yes", "no", "no")
    assert happens.ensembles == (("one", "two"), ("three",), ("four",))
    activity = prompts.prompt("fall", Question("activity", "?", ()))
    assert activity is not None
    assert activity.answers == ("three", "one")
    assert prompts.prompt("fall", Question("custom", "?")) is None
    assert prompts.prompt("fly", Question("happens", "?")) is None
    assert prompts.decides("fall")
    assert not prompts.decides("fight")


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        ({"yes": ["a"], "no": ["z"]}, "fall.happens.*z"),
        ({"yes": ["a"], "no": ["a"]}, "stand twice"),
        ({"yes": ["a"], "no": []}, "only one"),
        (["a"], "only one"),
    ],
)
def test_a_faulty_file_is_refused(choices: object, problem: str) -> None:
    values = {
        "version": 1,
        "seen": {"a": ["x"], "b": ["y"]},
        "silent": {},
        "kinds": {"fall": {"happens": choices}},
    }
    with pytest.raises(ValidationError, match=problem):
        PromptFile.model_validate(values)


def test_a_framing_is_of_a_kind_that_is_there() -> None:
    assert load_prompts().framed("no_helmet") == "head"
    assert load_prompts().framed("fall") == "suspect"
    values = load_prompts().model_dump() | {"framing": {"sailing": "head"}}
    with pytest.raises(ValidationError, match="no kinds of this file: sailing"):
        PromptFile.model_validate(values)


def test_what_clip_cannot_decide_is_said() -> None:
    assert unasked("fall", None) is None
    assert "cannot read questions" in str(unasked("fall", "Is it raining?"))
    assert "no sentences for kind sailing: set `kind` to one of climbing, crowd" in str(
        unasked("sailing", None)
    )


def test_the_version_names_the_file_and_its_words() -> None:
    assert prompts_version().startswith(f"clip.{load_prompts().version}-")
