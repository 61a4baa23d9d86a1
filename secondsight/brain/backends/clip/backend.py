"""Backend `clip`: zero-shot review with a CLIP or SigLIP model on this machine, without a language model.

It cannot read a question: it compares the pictures with sentences that speak for one answer or the other
(`sheets/clip.en.yaml`). Its probability is the share of the softmax that falls on the sentences for `yes`: a real
number, but not fitted to anything. Loads OpenVINO and the model when made, and opens no socket.
"""

import asyncio
import logging

import numpy as np

from secondsight.brain.backends.clip.model import ClipModel
from secondsight.brain.backends.clip.preprocessing import views
from secondsight.brain.backends.clip.scoring import PooledEmbeddings, Scorer, answer_probability, pool
from secondsight.brain.backends.clip.sentences import PromptFile, load_prompts, prompts_version, told
from secondsight.brain.prompts.images import choose
from secondsight.brain.prompts.questions import DECISION
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.clock import Clock
from secondsight.config import ClipBrainSettings
from secondsight.errors import BrainError, ModelError
from secondsight.jpeg import open_jpeg
from secondsight.log import fields
from secondsight.records import Call, Evidence, Outcome, Question, ReviewRequest, Usage, Verdict, Verification

YES, NO, UNCLEAR = DECISION
_OUTCOME = {YES: Verification.CONFIRMED, NO: Verification.REJECTED, UNCLEAR: Verification.UNSURE}
_SUMMARIES = {"en": "Most like: {}.", "zh": "最像：{}。"}
_BLANK = "an empty picture"

_log = logging.getLogger(__name__)


class ClipBrain:
    """A brain that compares pictures with sentences, on the CPU of this machine."""

    remote = False
    reads_questions = False

    def __init__(
        self,
        settings: ClipBrainSettings,
        clock: Clock,
        book: RecordCall = ignore_call,
        prompts: PromptFile | None = None,
    ) -> None:
        """Load the model. Raises ModelError, which names the file that is missing or wrong."""
        self._settings, self._clock, self._book = settings, clock, book
        self._prompts = prompts or load_prompts()
        self._model = ClipModel.open(settings.model)
        self._scorer = Scorer(self._model, settings.temperature)
        self._called = self._model.files.folder.name
        self.name = f"clip:{self._called}"

    async def review(self, request: ReviewRequest) -> Verdict:
        """Look at the frames and compare. Raises BrainError when there is nothing to compare with."""
        began, started = self._clock.now(), self._clock.monotonic()
        outcome = Outcome.FAILED
        try:
            async with asyncio.timeout(self._settings.timeout):
                verdict = await asyncio.to_thread(self._review, request, started)
            outcome = Outcome.ANSWERED
        except asyncio.CancelledError:
            outcome = Outcome.ABANDONED
            raise
        except TimeoutError:
            text = f"{self.name}: no verdict within {self._settings.timeout:g} s"
            raise BrainError(text, retryable=True) from None
        except ModelError as error:
            raise BrainError(str(error), retryable=False) from None
        finally:
            self._book(self._call(request, began, self._clock.monotonic() - started, outcome))
        _log.debug(
            "brain answered", extra=fields(case=request.case_id, verification=verdict.verification.value)
        )
        return verdict

    async def check(self) -> str:
        """Encode a blank picture and a text: do both networks run, and fit together?"""
        await asyncio.to_thread(self._try)
        side = "x".join(map(str, self._model.files.preprocessing.size))
        return f"{self.name}: {self._model.files.family}, {side} pixels, runs on this machine"

    async def close(self) -> None:
        """Nothing is held open."""

    def _call(self, request: ReviewRequest, began: float, seconds: float, outcome: Outcome) -> Call:
        return Call(
            time=began,
            purpose=request.purpose,
            case_id=request.case_id,
            camera=request.source,
            kind=request.kind,
            backend=self.name,
            destination="",
            remote=False,
            outcome=outcome,
            egress=request.egress,
            frames=min(len(request.frames), self._settings.max_frames),
            seconds=seconds,
            cost=0.0,
        )

    def _try(self) -> None:
        from PIL import Image

        picture = self._model.encode_images([Image.new("RGB", self._model.files.preprocessing.scaled)])
        text = self._model.encode_texts([_BLANK])
        if picture.shape != text.shape:
            raise BrainError(
                f"{self._model.files.folder}: pictures become {picture.shape[1]} numbers and texts {text.shape[1]}; "
                "these files are of two models",
                retryable=False,
            )

    def _review(self, request: ReviewRequest, started: float) -> Verdict:
        deciding = request.questions[0]
        prompt = self._prompts.prompt(request.kind, deciding)
        if prompt is None:
            raise BrainError(
                f"{self.name} has no sentences for question `{deciding.key}` of kind `{request.kind}`: it answers "
                "the built-in questions only",
                retryable=False,
            )
        shown = choose(len(request.frames), self._settings.max_frames)
        seen = self._look(request, shown)
        shares = self._scorer.shares(seen.whole, prompt)
        by_frame = answer_probability(self._scorer.shares(seen.frames, prompt), prompt, YES)
        best = shown[int(np.argmax(by_frame))]
        answers = {question.key: self._answer(request, question, seen) for question in request.questions}
        likest = told(prompt.ensembles[int(np.argmax(shares))][0], request.language)
        return Verdict(
            verification=_OUTCOME[answers[deciding.key]],
            probability=(probability := float(answer_probability(shares, prompt, YES)[0])),
            raw=probability,
            probability_source="clip",
            answers=answers,
            evidence=(Evidence(best, request.frames[best].box),),
            summary=_SUMMARIES[request.language].format(likest),
            model=self._called,
            prompt_version=f"{request.sheet or request.kind}+{prompts_version()}",
            usage=Usage(latency=self._clock.monotonic() - started),
        )

    def _look(self, request: ReviewRequest, shown: list[int]) -> PooledEmbeddings:
        if not shown:
            raise BrainError(f"case {request.case_id} has no frames to look at", retryable=False)
        pictures, counts, framing = [], [], self._prompts.framed(request.kind)
        for index in shown:
            frame = request.frames[index]
            try:
                picture = open_jpeg(frame.jpeg)
            except ValueError as error:
                raise BrainError(f"frame {index} is {error}", retryable=False) from None
            cut = views(picture, frame.box, self._model.files.preprocessing.fill, framing)
            pictures += cut
            counts.append(len(cut))
        return pool(self._model.encode_images(pictures), counts)

    def _answer(self, request: ReviewRequest, question: Question, seen: PooledEmbeddings) -> str:
        """One of the question's words; of a question for a text the sentence that fits best."""
        prompt = self._prompts.prompt(request.kind, question)
        if prompt is None:
            return UNCLEAR
        shares = self._scorer.shares(seen.whole, prompt)
        if not question.choices:
            return told(prompt.answers[int(np.argmax(shares))], request.language)
        probabilities = {
            answer: float(answer_probability(shares, prompt, answer)[0])
            for answer in dict.fromkeys(prompt.answers)
        }
        if question.choices == DECISION and probabilities[YES] <= self._settings.reject:
            return NO
        best = YES if question.choices == DECISION else max(probabilities, key=probabilities.__getitem__)
        return best if probabilities[best] >= self._settings.accept else UNCLEAR
