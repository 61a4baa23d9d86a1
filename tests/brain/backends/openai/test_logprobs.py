import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.brain.backends.openai.logprobs import Unusable, chance
from secondsight.records import Question
from tests.servers.brain_logprobs import spelled, token
from tests.table import table

QUESTIONS = (Question("present", "?"), Question("others", "?"))


def text(answer: str = "yes", **changes: Any) -> str:
    value = {"summary": "S.", "answers": {"present": answer, "others": "no"}, "evidence": []}
    return json.dumps({**value, **changes}, ensure_ascii=False)


@table(
    ("answer", "pieces", "others"),
    [
        ("yes", [' "', "yes", '"'], {"no": 0.2}),
        ("yes", [' "yes', '"'], {' "no': 0.2}),
        ("yes", [' "yes",'], {' "no",': 0.2}),
        ("yes", [" ", '"yes"'], {'"no"': 0.2}),
        ("yes", [' "', "ye", "s", '"'], {"no": 0.2}),
        ("yes", [' "', "y", "es", '"'], {"n": 0.2}),
        ("yes", [' "', "y", "es", '"'], {"no": 0.15, "n": 0.05}),
        ("yes", [' "y', 'es"'], {' "n': 0.1, '"no': 0.1}),
        ("yes", [' "', "yes", '"'], {"no": 0.2, "unclear": 0.0}),
        ("yes", [' "', 'yes"', ", "], {'no"': 0.2}),
    ],
)
def test_the_words_are_found_however_they_are_cut(
    answer: str, pieces: list[str], others: dict[str, float]
) -> None:
    content = text(answer)
    given = spelled(content, "present", pieces, others, 0.8)
    assert chance(content, given, QUESTIONS) == pytest.approx(0.8)


@table(
    ("answer", "chosen", "others", "probability"),
    [
        ("no", 0.9, {"yes": 0.1}, 0.1),
        ("unclear", 0.5, {"yes": 0.4, "no": 0.1}, 0.8),
        ("yes", 0.6, {"unclear": 0.2, "no": 0.2}, 0.75),
        # Words that are none of the question's, and tokens that open nothing, count for neither.
        ("yes", 0.6, {"Yes": 0.1, "yesterday": 0.05, '"': 0.05, "no": 0.2}, 0.75),
        # What is not listed is at most as likely as the rarest that is, and as what is left over.
        ("yes", 0.9, {"unclear": 0.04}, 0.9 / 0.94),
        ("yes", 0.7, {}, 0.7),
        ("yes", 1.0, {}, 1.0),
        ("no", 0.7, {}, 0.3),
    ],
)
def test_the_share_of_yes_against_no(
    answer: str, chosen: float, others: dict[str, float], probability: float
) -> None:
    content = text(answer)
    given = spelled(content, "present", [' "', answer, '"'], others, chosen)
    assert chance(content, given, QUESTIONS) == pytest.approx(probability)


def test_a_token_without_a_letter_of_a_word_is_no_word_s() -> None:
    content = text("no")
    given = spelled(content, "present", [' "', "no", '"'], {"": 0.1, "yes": 0.1}, 0.8)
    assert chance(content, given, QUESTIONS) == pytest.approx(0.1 / 0.9)


@table(
    "content",
    [
        text(summary='He wrote "answers": {"present": "no"} on the wall. \\'),
        text(summary="答案：是，有一个人。🙂"),
        "```json\n" + text() + "\n```",
        json.dumps(json.loads(text()), indent=2),
        json.dumps({"evidence": [], "answers": {"others": "yes", "present": "yes"}, "summary": "x"}),
    ],
)
def test_the_deciding_word_is_found_wherever_it_stands(content: str) -> None:
    at = content.rindex('"present"') if '"present":' in content else 0
    start = content.index('"yes"', at) + 1
    given = {
        "content": [
            token("<think>no</think>", 1.0, {}),
            token(content[:start], 1.0, {}),
            token("yes", 0.7, {"no": 0.3}),
            token(content[start + 3 :], 1.0, {}),
            token("", 1.0, {}),
        ]
    }
    assert chance(content, given, QUESTIONS) == pytest.approx(0.7)


def test_what_the_model_thought_first_is_not_its_answer() -> None:
    content = text()
    given = spelled(content, "present", [' "', "yes", '"'], {"no": 0.2}, 0.8)
    draft = spelled(content, "present", [' "', "yes", '"'], {"no": 0.9}, 0.1)
    assert chance(content, {"content": draft["content"] + given["content"]}, QUESTIONS) == pytest.approx(0.8)


def test_thoughts_with_braces_before_the_answer_are_passed_over() -> None:
    content = "<think>{hm} {there}</think>" + text()
    given = spelled(text(), "present", [' "', "yes", '"'], {"no": 0.2}, 0.8)
    thoughts = {"content": [token("<think>{hm} {there}</think>", 1.0, {}), *given["content"]]}
    assert chance(content, thoughts, QUESTIONS) == pytest.approx(0.8)


@table(
    "content",
    ['{"present": "yes"}', text().replace('"present"', '"Present"'), "yes", "{"],
)
def test_an_answer_of_another_form_has_no_probability(content: str) -> None:
    given = {"content": [token(content, 1.0, {})]}
    with pytest.raises(Unusable):
        chance(content, given, QUESTIONS)


def test_bytes_of_half_characters_are_put_together() -> None:
    content = text(summary="🙂")
    given = spelled(content, "present", [' "', "yes", '"'], {"no": 0.2}, 0.8)
    first = given["content"][0]
    raw = first["bytes"]
    cut = raw.index(0xF0) + 2
    halves = [{**first, "token": "\ufffd", "bytes": part} for part in (raw[:cut], raw[cut:])]
    given["content"][:1] = halves
    assert chance(content, given, QUESTIONS) == pytest.approx(0.8)


def test_tokens_without_bytes_are_read_by_their_text() -> None:
    content = text()
    given = spelled(content, "present", [' "', "yes", '"'], {"no": 0.2}, 0.8)
    for entry in given["content"]:
        entry["bytes"] = None
        for other in entry["top_logprobs"]:
            del other["bytes"]
    assert chance(content, given, QUESTIONS) == pytest.approx(0.8)


@pytest.mark.parametrize("given", [None, {}, {"content": None}, {"content": None, "refusal": []}])
def test_none_given_is_none(given: Any) -> None:
    assert chance(text(), given, QUESTIONS) is None


@pytest.mark.parametrize("escaped", ["\\u0079es", "y\\u0065s"])
def test_an_escaped_word_is_not_spelled(escaped: str) -> None:
    content = text().replace('"yes"', f'"{escaped}"')
    given = {"content": [token(content, 1.0, {})]}
    with pytest.raises(Unusable):
        chance(content, given, QUESTIONS)


def test_minus_infinity_is_no_chance_and_no_fault() -> None:
    content = text()
    given = spelled(content, "present", [' "', "yes", '"'], {"no": 0.2}, 0.8)
    given["content"][2]["top_logprobs"].append({"token": "unclear", "logprob": -math.inf, "bytes": None})
    assert chance(content, given, QUESTIONS) == pytest.approx(0.8)


_JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["yes", "no", '"', text()]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["content", "token", "logprob", "bytes", "top_logprobs"]), inner)
    ),
    max_leaves=12,
)


@given(_JUNK, st.sampled_from(["", "0", "2", "2.top_logprobs", "2.top_logprobs.0", "2.logprob", "2.bytes"]))
def test_whatever_the_server_writes_is_a_probability_or_unusable(junk: Any, path: str) -> None:
    content = text()
    given: Any = spelled(content, "present", [' "', "yes", '"'], {"no": 0.2}, 0.8)
    if path:
        node = given["content"]
        *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
        for part in parents:
            node = node[part]
        node[last] = junk
    else:
        given = junk
    try:
        found = chance(content, given, QUESTIONS)
    except Unusable:
        return
    assert found is None or 0.0 <= found <= 1.0
