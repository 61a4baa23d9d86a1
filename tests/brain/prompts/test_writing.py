"""How the answer of a model that writes is read: sentences over the given keys, and nothing else."""

import json

import pytest

from secondsight.brain.prompts.answer import InvalidAnswer
from secondsight.brain.prompts.slots import MOST_CHARACTERS
from secondsight.brain.prompts.writing import read_sentences
from secondsight.brain.writing import FigureSlot, WritingRequest

REQUEST = WritingRequest("hourly", (FigureSlot("alarms", "alarms of the day", "3"),), "en", most=2)
ONE = "There were {alarms} alarms."


@pytest.mark.parametrize("count", [1, 2])
def test_as_many_sentences_as_were_asked_for_are_read(count: int) -> None:
    assert read_sentences(json.dumps({"sentences": [f" {ONE} "] * count}), REQUEST) == (ONE,) * count


def test_a_sentence_of_the_greatest_length_is_taken() -> None:
    longest = ONE + "x" * (MOST_CHARACTERS - len(ONE))
    assert read_sentences(json.dumps({"sentences": [longest]}), REQUEST) == (longest,)
    with pytest.raises(InvalidAnswer, match="characters"):
        read_sentences(json.dumps({"sentences": [longest + "x"]}), REQUEST)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"sentences": [ONE] * 3}, "at most 2"),
        ({"sentences": []}, "a list of sentences"),
        ({"sentences": ONE}, "a list of sentences"),
        ({"sentences": {"a": ONE}}, "a list of sentences"),
        ({"sentences": [ONE], "note": "x"}, "the one key"),
        ({}, "the one key"),
        ([ONE], "one JSON object"),
        ({"sentences": [7]}, "every sentence is a text"),
        ({"sentences": [ONE, "There were {falls} falls."]}, "sentence 2: there is no {falls}"),
    ],
)
def test_what_is_no_such_answer_is_refused_with_the_reason(answer: object, reason: str) -> None:
    with pytest.raises(InvalidAnswer, match=reason.replace("{", r"\{").replace("}", r"\}")):
        read_sentences(json.dumps(answer), REQUEST)
