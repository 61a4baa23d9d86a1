"""What a vision-language model is asked in one review, and what its answer comes to.

A model with a chat template gets the same words as a served one and writes the whole answer in one pass. One
without (BLIP-2) takes one picture and one plain question at a time, in the words that its authors ask it in
(Li et al. 2023, BLIP-2, section 4.1: "Question: ... Answer:"); it is asked the deciding question of each
frame, the others of the frame that decided.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from PIL import Image

from secondsight.brain.backends.transformers.constrained import (
    AnswerTemplate,
    Choice,
    Fixed,
    Picked,
    Text,
    TokenAdapter,
    Written,
)
from secondsight.brain.backends.transformers.model import GenerationInput, Told, VisionModel
from secondsight.brain.prompts.answer import MAX_TEXT, Answer, parse_answer
from secondsight.brain.prompts.images import CONTEXT, square_view
from secondsight.brain.prompts.questions import DECISION
from secondsight.brain.prompts.wording import review_prompt
from secondsight.records import Question, ReviewRequest

YES, NO, _ = DECISION
_SUMMARY, _FRAME = " summary", " frame"
"""Names of what is no answer to a question; a question's key begins with a letter."""
_GREY = (128, 128, 128)


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """A checked answer, the probability of yes, and the tokens it took."""

    answer: Answer
    probability: float | None
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A request and its frames as pictures, in the same order, boxes drawn."""

    request: ReviewRequest
    pictures: tuple[Image.Image, ...]


def open_pictures(jpegs: Sequence[bytes]) -> tuple[Image.Image, ...]:
    """RGB pictures of JPEGs that are known to be readable."""
    return tuple(Image.open(BytesIO(jpeg)).convert("RGB") for jpeg in jpegs)


def review(
    model: VisionModel, shown: Sequence[Shown], limit: int, abandoned: Callable[[int], bool]
) -> list[CheckedAnswer | None]:
    """Replies to all, in order; None for those that nobody waits for any more.

    Args:
        limit: most tokens of each text the model writes.
        abandoned: whether nobody waits for request i any more.

    Raises:
        BrainError: the model cannot take it.
    """
    if model.loaded.template is None:
        return [_plain(model, one, limit, partial(abandoned, i)) for i, one in enumerate(shown)]
    told = model.tell([_chat_ask(model, one, limit) for one in shown], abandoned)
    return [
        None if abandoned(i) else _chat_reply(one.request, each)
        for i, (one, each) in enumerate(zip(shown, told, strict=True))
    ]


def _chat_ask(model: VisionModel, shown: Shown, limit: int) -> GenerationInput:
    prompt, words = review_prompt(shown.request), model.words
    parts = [_text_part(words.plain(prompt.opening))]
    for caption in prompt.captions:
        parts += [_text_part(words.plain(caption)), {"type": "image"}]
    parts.append(_text_part(words.plain(prompt.task)))
    turns = [
        {"role": "system", "content": [_text_part(prompt.system)]},
        {"role": "user", "content": parts},
    ]
    script = _form(words, shown.request.questions, len(shown.pictures), limit)
    return GenerationInput(model.chat(turns), shown.pictures, script)


def _text_part(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _form(words: TokenAdapter, questions: tuple[Question, ...], frames: int, limit: int) -> AnswerTemplate:
    """The answer's JSON with gaps. A choice takes its closing mark with it, so that none begins another."""
    script: list[Fixed | Choice | Text] = [Fixed(words.encode('{"summary": "')), Text(_SUMMARY, limit)]
    before = '", "answers": {'
    for question in questions:
        script.append(Fixed(words.encode(f'{before}"{question.key}": "')))
        if question.choices:
            script.append(Choice(question.key, tuple(words.encode(f'{word}"') for word in question.choices)))
            before = ", "
        else:
            script.append(Text(question.key, limit))
            before = '", '
    script.append(Fixed(words.encode(f'{before.rstrip(", ")}}}, "evidence": [{{"frame": ')))
    script.append(Choice(_FRAME, tuple(words.encode(f"{index},") for index in range(frames))))
    return tuple(script)


def _chat_reply(request: ReviewRequest, told: Told) -> CheckedAnswer:
    written = told.written
    frame = written.picked[_FRAME].index
    answer = _checked(request, written.texts[_SUMMARY], _answers(request.questions, written), frame)
    deciding = request.questions[0]
    decided = written.picked[deciding.key]
    return CheckedAnswer(answer, _probability(deciding, decided.shares), told.tokens_in, written.tokens)


def _plain(
    model: VisionModel, shown: Shown, limit: int, abandoned: Callable[[], bool]
) -> CheckedAnswer | None:
    """The deciding question of each frame, then the rest of one of them."""
    deciding, *others = shown.request.questions
    views = [
        square_view(picture, frame.box, CONTEXT, _GREY) if frame.box else picture
        for picture, frame in zip(shown.pictures, shown.request.frames, strict=True)
    ]
    told = model.tell(
        [_question(model.words, deciding, view, limit) for view in views], lambda _: abandoned()
    )
    if abandoned():
        return None
    looks = [each.written.picked[deciding.key] for each in told]
    mean = _mean(looks)
    decision = max(range(len(mean)), key=lambda i: mean[i] or 0.0)
    best = max(range(len(looks)), key=lambda i: looks[i].shares[decision] or 0.0)
    rest = [_question(model.words, question, views[best], limit) for question in others]
    caption = GenerationInput("a photo of", (views[best],), (Text(_SUMMARY, limit),))
    told += model.tell([*rest, caption], lambda _: abandoned())
    if abandoned():
        return None
    answers = {deciding.key: deciding.choices[decision]}
    for each in told[len(views) :]:
        answers |= _answers(tuple(others), each.written)
    answer = _checked(shown.request, told[-1].written.texts[_SUMMARY], answers, best)
    tokens = sum(each.tokens_in for each in told), sum(each.written.tokens for each in told)
    return CheckedAnswer(answer, _probability(deciding, mean), *tokens)


def _question(words: TokenAdapter, question: Question, view: Image.Image, limit: int) -> GenerationInput:
    end = () if words.end is None else (words.end,)
    part: Choice | Text = Text(question.key, limit)
    if question.choices:
        part = Choice(question.key, tuple((*words.encode(f" {word}"), *end) for word in question.choices))
    return GenerationInput(f"Question: {words.plain(question.text)} Answer:", (view,), (part,))


def _mean(looks: Sequence[Picked]) -> tuple[float | None, ...]:
    """Mean share of each option over the frames; None where one of them does not tell."""
    means: list[float | None] = []
    for shares in zip(*(look.shares for look in looks), strict=True):
        known = [share for share in shares if share is not None]
        means.append(math.fsum(known) / len(known) if len(known) == len(shares) else None)
    return tuple(means)


def _answers(questions: tuple[Question, ...], written: Written) -> dict[str, str]:
    texts = {key: text[:MAX_TEXT] for key, text in written.texts.items() if key != _SUMMARY}
    return texts | {
        question.key: question.choices[written.picked[question.key].index]
        for question in questions
        if question.key in written.picked
    }


def _checked(request: ReviewRequest, summary: str, answers: dict[str, str], frame: int) -> Answer:
    """The same rules as for an answer that comes over a wire; by its form it keeps them."""
    form = {
        "summary": summary[:MAX_TEXT],
        "answers": answers,
        "evidence": [{"frame": frame, "box": None}],
    }
    return parse_answer(json.dumps(form), request.questions, len(request.frames))


def _probability(deciding: Question, shares: tuple[float | None, ...]) -> float | None:
    """Of yes, from the shares of the choices; what falls on unclear tells nothing either way and is left out."""
    yes, no = shares[deciding.choices.index(YES)], shares[deciding.choices.index(NO)]
    if yes is None or no is None or yes + no <= 0.0:
        return None
    return yes / (yes + no)
