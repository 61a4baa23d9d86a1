import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.brain import question_sheet
from secondsight.brain.prompts.answer import (
    MAX_ANSWER,
    MAX_EVIDENCE,
    MAX_TEXT,
    Answer,
    InvalidAnswer,
    answer_schema,
    parse_answer,
)
from secondsight.records import Box, Evidence, Question, Verification
from tests.table import table

QUESTIONS = (
    Question("present", "Is it there?"),
    Question("direction", "Where to?", ("left", "right")),
    Question("activity", "What?", ()),
)
FRAMES = 3
GOOD: dict[str, Any] = {
    "summary": "A person walks in.",
    "answers": {"present": "yes", "direction": "left", "activity": "walking"},
    "evidence": [{"frame": 0, "box": [0.1, 0.2, 0.3, 0.4]}, {"frame": 2, "box": None}],
}


def parse(value: Any) -> Answer:
    return parse_answer(value if isinstance(value, str) else json.dumps(value), QUESTIONS, FRAMES)


def changed(path: str, value: Any) -> dict[str, Any]:
    """GOOD with the value at a dotted path replaced."""
    copy: Any = json.loads(json.dumps(GOOD))
    *parents, last = path.split(".")
    node = copy
    for part in parents:
        node = node[int(part) if part.isdigit() else part]
    node[int(last) if last.isdigit() else last] = value
    return dict(copy)


def test_a_good_answer_becomes_values() -> None:
    assert parse(GOOD) == Answer(
        verification=Verification.CONFIRMED,
        answers={"present": "yes", "direction": "left", "activity": "walking"},
        evidence=(Evidence(0, Box(0.1, 0.2, 0.3, 0.4)), Evidence(2, None)),
        summary="A person walks in.",
    )


@pytest.mark.parametrize(
    ("decision", "verification"),
    [("yes", Verification.CONFIRMED), ("no", Verification.REJECTED), ("unclear", Verification.UNSURE)],
)
def test_the_deciding_answer_alone_decides(decision: str, verification: Verification) -> None:
    assert parse(changed("answers.present", decision)).verification is verification


def test_answers_come_in_the_order_of_the_questions() -> None:
    shuffled = changed("answers", {"activity": "a", "direction": "right", "present": "no"})
    assert list(parse(shuffled).answers) == ["present", "direction", "activity"]


@pytest.mark.parametrize(
    "wrap", ["{}", " \n{}\n ", "```json\n{}\n```", "  ```json\r\n{}\r\n```\n", "```\n{}\n```"]
)
def test_bare_or_in_one_fence(wrap: str) -> None:
    answer = parse(wrap.replace("{}", json.dumps(GOOD)))
    assert (answer.verification, answer.mended) == (Verification.CONFIRMED, ())


@table(
    "wrap",
    [
        "Here you are: {}",
        "{} Hope this helps!",
        "```JSON\n{}\n```",
        "```json\n{}\n``` and more",
        '<think>\nThe person walks {there}. No {"present": "no"}.\n</think>\n\n{}',
        "It says no, I think.</think>{}",
        '<thinking>{"answers": {"present": "no"}}</thinking>```json\n{}\n```',
        '<scratchpad>{"answers": {"present": "no"}}</scratchpad>{}',
        '<seed:think>{"answers": {"present": "no"}}</seed:think>{}',
        '[THINK]{"answers": {"present": "no"}}[/THINK]{}',
        '◁think▷{"answers": {"present": "no"}}◁/think▷{}',
        '<|channel|>analysis<|message|>{"answers": {"present": "no"}}<|end|><|start|>assistant'
        "<|channel|>final <|constrain|>json<|message|>{}<|return|>",
        "<|begin_of_box|>{}<|end_of_box|>",
        "~~~\n{}\n~~~",
        "\ufeff{}",
    ],
)
def test_one_object_among_other_text_is_read_and_said(wrap: str) -> None:
    answer = parse(wrap.replace("{}", json.dumps(GOOD)))
    assert answer.verification is Verification.CONFIRMED
    assert answer.mended == ("the JSON object stood within other text",)


@table(
    "wrap",
    [
        "```json\n{}\n```\n```json\n{}\n```",
        "[{}, {}]",
        '{"first": {}, "second": {}}',
        "{}{}",
        "<think>{}</think>",
        "[THINK]{}[/THINK]",
        '{"answers": {"present": "no"}} {}',
        '{"answers": {"present": "no" {}',
        "{}</think>",
    ],
)
def test_more_than_one_answer_or_none_that_is_meant_is_refused(wrap: str) -> None:
    with pytest.raises(InvalidAnswer):
        parse(wrap.replace("{}", json.dumps(GOOD)))


MENDED: dict[str, Any] = {
    "extra top": {**GOOD, "verification": "confirmed"},
    "extra answer": changed("answers.confidence", "0.99"),
    "extra in evidence": changed("evidence.0.score", 1),
    "missing summary": {k: v for k, v in GOOD.items() if k != "summary"},
    "missing answer": changed("answers", {"present": "yes", "direction": "left"}),
    "capital": changed("answers.present", "Yes"),
    "capitals": changed("answers.present", "YES."),
    "spaced": changed("answers.present", "yes "),
    "bold": changed("answers.present", "**yes**"),
    "true": changed("answers.present", True),
    "chinese": changed("answers.present", "是"),
    "sentence": changed("answers.present", "Yes, a person walks in."),
    "dash": changed("answers.present", "yes - a person"),
    "line": changed("answers.present", "Yes\nA person walks in."),
    "chinese sentence": changed("answers.present", "是的，有人进入。"),
    "full width": changed("answers.present", "ＹＥＳ"),
    "with a share": changed("answers.present", "yes (confidence 0.9)"),
    "choice list": changed("answers.present", ["yes"]),
    "choice object": changed("answers.present", {"answer": "Yes", "confidence": 0.9}),
    "choice and reason": changed("answers.present", {"answer": "yes", "reason": "a person walks in"}),
    "list of one": [GOOD],
    "text of JSON": json.dumps(json.dumps(GOOD)),
    "within another": {"result": GOOD},
    "arguments": {"name": "answer", "arguments": GOOD},
    "arguments as text": {"name": "answer", "arguments": json.dumps(GOOD)},
    "flat": {**GOOD["answers"], "summary": "A person.", "evidence": []},
    "capital keys": {key.title(): value for key, value in GOOD.items()},
    "capital question": changed("answers", {key.title(): value for key, value in GOOD["answers"].items()}),
    "comma at the end": json.dumps(GOOD)[:-1] + ",}",
    "double key": json.dumps(GOOD)[:-1] + ', "summary": "other"}',
    "box twice": json.dumps(GOOD).replace('"box": null', '"box": null, "frame": 1'),
    "box thousandths": changed("evidence.0.box", [100, 200, 300, 400]),
    "box object": changed("evidence.0.box", {"x1": 0.1, "y1": 0.2, "x2": 0.3, "y2": 0.4}),
    "other choice wrong": changed("answers.direction", "up"),
    "text number": changed("answers.activity", None),
    "text too long": changed("summary", "x" * (MAX_TEXT + 1)),
    "half a character": changed("summary", "\ud83d"),
    "evidence null": changed("evidence", None),
    "evidence many": changed("evidence", [GOOD["evidence"][1]] * (MAX_EVIDENCE + 1)),
    "frame beyond": changed("evidence.0.frame", FRAMES),
    "frame negative": changed("evidence.0.frame", -1),
    "frame fraction": changed("evidence.0.frame", 1.0),
    "frame true": changed("evidence.0.frame", True),
    "frame text": changed("evidence.0.frame", "0"),
    "box pixels": changed("evidence.0.box", [10, 20, 300, 400]),
    "box three": changed("evidence.0.box", [0.1, 0.2, 0.3]),
    "box reversed": changed("evidence.0.box", [0.3, 0.4, 0.1, 0.2]),
    "box flat": changed("evidence.0.box", [0.1, 0.2, 0.1, 0.4]),
    "box true": changed("evidence.0.box", [False, 0.2, True, 0.4]),
    "box text": changed("evidence.0.box", "0.1 0.2 0.3 0.4"),
    "box NaN": json.dumps(changed("evidence.0.box", [float("nan"), 0.2, 0.3, 0.4])),
    "box infinity": json.dumps(changed("evidence.0.box", [0.1, 0.2, 0.3, float("inf")])),
    "box 1e999": json.dumps(GOOD).replace("0.4]", "1e999]"),
}


@table("value", MENDED.values(), ids=MENDED.keys())
def test_what_does_not_touch_the_decision_is_mended_and_said(value: Any) -> None:
    answer = parse(value)
    assert answer.verification is Verification.CONFIRMED
    assert answer.answers["present"] == "yes"
    assert list(answer.answers) == ["present", "direction", "activity"]
    assert len(answer.mended) == 1
    assert 0 < len(answer.mended[0]) < 120
    for point in answer.evidence:
        assert point.box in (None, Box(0.1, 0.2, 0.3, 0.4)), "a box is right or left out, never made up"


INVALID: dict[str, Any] = {
    "empty": "",
    "no object": "[]",
    "null": "null",
    "refusal": "I'm sorry, I can't help with that.",
    "half": json.dumps(GOOD)[:60],
    "deep": "[" * 30_000,
    "deep objects": '{"a":' * 5_000 + "1" + "}" * 5_000,
    "braces": "{" * 30_000,
    "long": json.dumps(GOOD) + " " * MAX_ANSWER,
    "double answers": json.dumps(GOOD)[:-1] + ', "answers": {"present": "yes"}}',
    "double in other letters": {**GOOD, "Answers": {"present": "no"}},
    "double decision in other letters": changed("answers", {**GOOD["answers"], "Present": "no"}),
    "double decision": json.dumps(GOOD).replace('"present": "yes"', '"present": "no", "present": "yes"'),
    "contradiction": {**GOOD, "verdict": "no"},
    "contradiction within": {**GOOD, "final": {"present": "no"}},
    "contradiction in a list": {**GOOD, "final": [{"decision": "Unclear."}]},
    "contradiction, flat": {"present": "yes", "final": "no"},
    "doubt": changed("answers.present", "Yes, although that is unlikely."),
    "asked back": changed("answers.present", "Yes?"),
    "false alarm": changed("answers.present", "Yes, a false alarm."),
    "nobody": changed("answers.present", "Yes, nobody is there."),
    "chinese doubt": changed("answers.present", "是的，可能有人。"),
    "chinese denial": changed("answers.present", "是的，没有人。"),
    "object of two": changed("answers.present", {"answer": "yes", "final": "no"}),
    "object in doubt": changed("answers.present", {"answer": "yes", "reason": "maybe a shadow"}),
    "shares": changed("answers.present", {"yes": 0.9, "no": 0.1}),
    "schema": answer_schema(QUESTIONS, FRAMES),
    "no decision": changed("answers", {"direction": "left", "activity": "walking"}),
    "answers a list": changed("answers", ["yes", "left", "walking"]),
    "not a choice": changed("answers.present", "confirmed"),
    "two choices": changed("answers.present", "yes or no"),
    "one and the other": changed("answers.present", "Yes, no helmet."),
    "one, negated": changed("answers.present", "Yes, but not in the zone."),
    "negated": changed("answers.present", "not yes"),
    "another word": changed("answers.present", "yesterday"),
    "choice null": changed("answers.present", None),
    "choice lists": changed("answers.present", ["yes", "no"]),
    "choice number": changed("answers.present", 1),
    "frame huge": json.dumps(GOOD).replace('"frame": 0', '"frame": ' + "9" * 5000),
}


@table("text", INVALID.values(), ids=INVALID.keys())
def test_anything_else_is_refused_with_one_short_line(text: Any) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        parse(text)
    assert 0 < len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


def test_texts_become_one_storable_line() -> None:
    assert parse(changed("summary", " two\nlines\x00 and\u2028more ")).summary == "two lines and more"


@table("questions", [(), (Question("a", "?", ()),), (Question("a", "?", ("yes", "no")),)])
@table("use", [answer_schema, lambda q, n: parse_answer("{}", q, n)])
def test_a_sheet_must_begin_with_a_deciding_question(
    questions: tuple[Question, ...], use: Callable[[Any, int], Any]
) -> None:
    with pytest.raises(ValueError, match="first question decides"):
        use(questions, 1)


_BEYOND_THE_SCHEMA = (
    "text too long",
    "half a character",
    "evidence many",
    "frame fraction",
    "box reversed",
    "box flat",
)


def test_the_schema_accepts_what_the_parser_accepts() -> None:
    schema = answer_schema(QUESTIONS, FRAMES)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(GOOD, schema)
    assert list(schema["properties"]) == ["summary", "answers", "evidence"]
    for broken in (*MENDED.values(), INVALID["not a choice"]):
        # JSON Schema knows no half characters, lengths and order of sides; a server that keeps to it may send those.
        if isinstance(broken, dict) and broken not in [MENDED[key] for key in _BEYOND_THE_SCHEMA]:
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(broken, schema)


# --- fuzz: no crash, and nothing but a wholly valid answer is believed ---

_SHEET = question_sheet("intrusion", "en").questions
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["yes", "no", "unclear", "confirmed", "present", "answers"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def _outcome(text: str, questions: tuple[Question, ...] = QUESTIONS) -> Answer | None:
    try:
        return parse_answer(text, questions, FRAMES)
    except InvalidAnswer:
        return None


@given(st.text(max_size=300))
def test_arbitrary_text_is_never_believed(text: str) -> None:
    assert _outcome(text) is None
    assert _outcome(f"```json\n{text}\n```") is None


@given(_VALUES)
def test_arbitrary_json_is_never_believed(value: Any) -> None:
    assert _outcome(json.dumps(value), _SHEET) is None


_PATHS = ["summary", "answers", "evidence", "answers.present", "answers.direction", "answers.activity"]
_PATHS += ["answers.new", "evidence.0", "evidence.0.frame", "evidence.0.box", "evidence.0.box.2", "new"]


@given(st.sampled_from(_PATHS), _VALUES)
def test_a_mutated_answer_is_refused_or_means_what_it_says(path: str, value: Any) -> None:
    mutated = changed(path, value)
    answer = _outcome(json.dumps(mutated))
    if answer is None:
        return
    if not answer.mended:
        jsonschema.validate(mutated, answer_schema(QUESTIONS, FRAMES))
    said = mutated["answers"]["present"]
    plain = json.dumps(said)
    assert (answer.verification is Verification.CONFIRMED) == ('"yes"' in plain or "true" in plain)
    for point in answer.evidence:
        assert 0 <= point.frame < FRAMES
        assert point.box is None or all(0 <= number <= 1 for number in point.box)


@given(st.data())
def test_a_damaged_text_is_refused_or_decides_the_same(data: st.DataObject) -> None:
    text = json.dumps(GOOD)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    damaged = text[:start] + data.draw(st.text(max_size=5)) + text[end:]
    answer = _outcome(damaged)
    if answer is not None and answer.verification is Verification.CONFIRMED:
        assert '"present": "yes' in damaged.casefold()
