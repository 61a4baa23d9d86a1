"""What a model may write around the slots, and what only the facts may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.brain import refusal, slots_of
from secondsight.report.words.texts import template_sentences

KEYS = ("alarms", "alarms.open", "safety.place")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Alarms came to {alarms}, and {alarms.open} still wait for an answer."),
        ("en", "Please look at {safety.place} first. It needs attention."),
        ("zh", "本时段共有 {alarms} 起告警，请进一步关注{safety.place}。"),
        ("zh", "其中一些告警尚待处理：{alarms.open} 起。"),
    ],
)
def test_words_around_slots_are_taken(language: str, sentence: str) -> None:
    assert refusal(sentence, KEYS, language) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "sentence", "reason"),
    [
        ("en", "There were 12 alarms at {safety.place}.", "no digit"),
        ("en", "There were ١٢ alarms, {alarms} of them new.", "no digit"),
        ("en", "There were Ⅻ alarms, {alarms} of them new.", "no digit"),
        ("en", "There were twelve alarms, {alarms} of them new.", "`twelve`"),
        ("en", "Half of {alarms} were false.", "`half`"),
        ("en", "Nobody was hurt in {alarms} events.", "`nobody`"),
        ("en", "Alarms rose to {alarms}.", "`rose`"),
        ("en", "{alarms} is fewer than usual.", "`fewer`"),
        ("en", "{alarms} alarms, and John took them.", "capital"),
        ("en", "The thief was seen in {alarms} events.", "`thief`"),
        ("en", "{alarms} alarms; see http://evil.example for details.", "plain words"),
        ("en", "{alarms} alarms <script>", "plain words"),
        ("en", "{alarms} [here](x)", "plain words"),
        ("en", "{alarms} {alarms.__class__}", "no {alarms.__class__}|plain words"),
        ("en", "{alarms} and {money}.", "no {money}"),
        ("en", "All is well here.", "slot"),
        ("en", "{alarms} alarms\nand a second line", "one line"),
        ("en", "{alarms} alarms\u202eevil", "one line"),
        ("en", "{alarms} Präsident", "English"),
        ("en", "{alarms}" + " and so on" * 50, "characters"),
        ("zh", "共有十二起告警，{alarms.open} 起未处理。", "`十`"),
        ("zh", "所有告警 {alarms} 起均属实。", "`所有`"),
        ("zh", "告警上升至 {alarms} 起。", "`上升`"),
        ("zh", "王先生处理了 {alarms} 起告警。", "`先生`"),
        ("zh", "John 处理了 {alarms} 起告警。", "Chinese"),
        ("zh", "共有１２起告警，{alarms} 起。", "no digit"),
    ],
)
def test_what_only_facts_may_say_is_refused(language: str, sentence: str, reason: str) -> None:
    said = refusal(sentence, KEYS, language)  # type: ignore[arg-type]
    assert said is not None
    assert any(part in said for part in reason.split("|"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_template_keeps_to_the_same_rules(language: str) -> None:
    sentences = template_sentences(language)  # type: ignore[arg-type]
    assert len(sentences) > 10
    for sentence in sentences:
        assert refusal(sentence, slots_of(sentence), language) is None, sentence  # type: ignore[arg-type]


@given(st.text(max_size=60), st.sampled_from(["en", "zh"]))
def test_no_digit_ever_passes(text: str, language: str) -> None:
    if refusal("{alarms}" + text, KEYS, language) is None:  # type: ignore[arg-type]
        assert not any(
            character.isdigit() or (character.isnumeric() and ord(character) < 0x3000) for character in text
        )
