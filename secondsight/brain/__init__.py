"""The large model. In: a `ReviewRequest` (frames, times, boxes, questions) of records. Out: a checked
`Verdict`, or a `BrainError` that says whether to try again. Nothing is kept between requests, nothing is
retried here but one repair of a malformed answer, and no number is invented. `make_brain` picks the backend
of the site file; `question_sheet` gives the questions of an event kind; `unasked` says what `clip` cannot decide.
Imports stay light: a backend loads its client when made.
"""

from secondsight.brain.backends.clip.sentences import unasked
from secondsight.brain.embedding import Embedder
from secondsight.brain.factory import make_brain, make_embedder, make_transcriber, make_writer, transcribe
from secondsight.brain.prompts.questions import QuestionSheet, question_sheet
from secondsight.brain.prompts.slots import refusal, slots_of
from secondsight.brain.prompts.speech import site_words
from secondsight.brain.protocol import Brain, Capability
from secondsight.brain.transcribing import Sound, Transcriber, Transcript
from secondsight.brain.writing import FigureSlot, Writer, WritingRequest

__all__ = [
    "Brain",
    "Capability",
    "Embedder",
    "FigureSlot",
    "QuestionSheet",
    "Sound",
    "Transcriber",
    "Transcript",
    "Writer",
    "WritingRequest",
    "make_brain",
    "make_embedder",
    "make_transcriber",
    "make_writer",
    "question_sheet",
    "refusal",
    "site_words",
    "slots_of",
    "transcribe",
    "unasked",
]
