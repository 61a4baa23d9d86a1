"""The large model, by what it can: a `Reviewer` takes the second look, an `Answerer` reads questions and tells what
pictures show, a `Writer` writes about figures, a `Transcriber` hears, an `Embedder` compares words and pictures.
In: self-contained requests. Out: a checked result, or a `BrainError` that says whether to try again. Nothing is kept
between requests, nothing is retried here but one repair of a malformed answer, and no number is invented. The `make_`
functions pick the backend of the site file, or say that it cannot; `question_sheet` gives the questions of an event
kind; `unasked` says what `clip` cannot decide. Imports stay light: a backend loads its client when made.
"""

from secondsight.brain.answering import (
    Answerer,
    CitedSentence,
    PicturesAnswer,
    PicturesRequest,
    PlanRequest,
    ScenePicture,
)
from secondsight.brain.backends.clip.sentences import unasked
from secondsight.brain.embedding import Embedder
from secondsight.brain.factory import (
    can_answer,
    make_answerer,
    make_embedder,
    make_reviewer,
    make_transcriber,
    make_writer,
    transcribe,
)
from secondsight.brain.prompts.questions import QuestionSheet, question_sheet
from secondsight.brain.prompts.slots import refusal, slots_of
from secondsight.brain.prompts.speech import site_words
from secondsight.brain.prompts.wording import quoted
from secondsight.brain.protocol import Brain, Reviewer
from secondsight.brain.transcribing import Sound, Transcriber, Transcript
from secondsight.brain.writing import FigureSlot, Writer, WritingRequest

__all__ = [
    "can_answer",
    "Answerer",
    "CitedSentence",
    "PicturesAnswer",
    "PicturesRequest",
    "PlanRequest",
    "ScenePicture",
    "Reviewer",
    "make_answerer",
    "Brain",
    "Embedder",
    "FigureSlot",
    "QuestionSheet",
    "Sound",
    "Transcriber",
    "Transcript",
    "Writer",
    "WritingRequest",
    "make_reviewer",
    "make_embedder",
    "make_transcriber",
    "make_writer",
    "question_sheet",
    "quoted",
    "refusal",
    "site_words",
    "slots_of",
    "transcribe",
    "unasked",
]
