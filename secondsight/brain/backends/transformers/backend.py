"""Backend `transformers`: a vision-language model in this process, from a folder or from the hub.

Reviews that wait while the model is busy go through it together. It cannot leave the form of the answer
(`transformers_script.py`), so that nothing is ever repaired; its probability is read from its own numbers at the
deciding answer. Loads torch and the model when made.
"""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from secondsight.brain.backends.transformers.model import shared_model
from secondsight.brain.backends.transformers.review import CheckedAnswer, Shown, open_pictures, review
from secondsight.brain.prompts.images import choose, prepare_frame
from secondsight.brain.prompts.wording import prompt_version
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.clock import Clock
from secondsight.config import TransformersBrainSettings
from secondsight.errors import BrainError
from secondsight.log import fields
from secondsight.records import Call, Evidence, Outcome, ReviewRequest, Usage, Verdict

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """A review that waits. `gone` is set when nobody waits for it any more."""

    shown: Shown
    reply: "asyncio.Future[CheckedAnswer]"
    gone: threading.Event = field(default_factory=threading.Event)


class TransformersBrain:
    """A brain in this process. One thread runs the model; nothing leaves the machine."""

    remote = False
    reads_questions = True

    def __init__(
        self, settings: TransformersBrainSettings, clock: Clock, book: RecordCall = ignore_call
    ) -> None:
        """Load the model. Raises ModelError."""
        self._settings, self._clock, self._book = settings, clock, book
        self._model = shared_model(settings)
        self.name = f"transformers:{self._model.loaded.called}"
        self._waiting: list[_Job] = []
        self._closed = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="brain")
        self._task: asyncio.Task[None] | None = None

    async def review(self, request: ReviewRequest) -> Verdict:
        """The second look. `settings.timeout` bounds the wait for the model's turn and the answer together.

        Raises:
            BrainError: no frames, a picture that cannot be read, no time, or a model that cannot take it.
        """
        began, started = self._clock.now(), self._clock.monotonic()
        outcome, reply = Outcome.FAILED, None
        shown = choose(len(request.frames), self._settings.max_frames)
        try:
            async with asyncio.timeout(self._settings.timeout):
                reply = await self._ask(replace(request, frames=tuple(request.frames[i] for i in shown)))
            outcome = Outcome.ANSWERED
        except asyncio.CancelledError:
            outcome = Outcome.ABANDONED
            raise
        except TimeoutError:
            text = f"{self.name}: no verdict within {self._settings.timeout:g} s"
            raise BrainError(text, retryable=True) from None
        finally:
            usage = self._usage(reply, self._clock.monotonic() - started)
            self._book(self._call(request, began, usage, len(shown), outcome))
        answer = reply.answer
        _log.debug(
            "brain answered", extra=fields(case=request.case_id, verification=answer.verification.value)
        )
        return Verdict(
            verification=answer.verification,
            probability=reply.probability,
            raw=reply.probability,
            probability_source="" if reply.probability is None else "logprobs",
            answers=answer.answers,
            evidence=tuple(Evidence(shown[point.frame], point.box) for point in answer.evidence),
            summary=answer.summary,
            model=self._model.loaded.called,
            prompt_version=prompt_version(request),
            usage=usage,
        )

    async def check(self) -> str:
        """What runs where. The model was loaded when the brain was made; nothing is asked of it."""
        loaded = self._model.loaded
        form = "chat" if loaded.template is not None else "plain questions"
        kind = type(loaded.model).__name__
        return f"{self.name}: {kind}, {form}, {loaded.dtype} on {loaded.device}, runs in this process"

    async def close(self) -> None:
        """End what runs at its next token. Further calls are a mistake."""
        self._closed.set()
        for job in self._waiting:
            job.gone.set()
        if self._task is not None:
            await asyncio.wait([self._task])
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, request: ReviewRequest) -> CheckedAnswer:
        """A reply, in turn with others."""
        if not request.frames:
            raise BrainError(f"case {request.case_id} has no frames to look at", retryable=False)
        shown = await asyncio.to_thread(self._shown, request)
        job = _Job(shown, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())
        try:
            return await job.reply
        finally:
            job.gone.set()

    def _shown(self, request: ReviewRequest) -> Shown:
        jpegs = []
        for index, frame in enumerate(request.frames):
            try:
                jpegs.append(prepare_frame(frame, self._settings.frame_size, request.outline))
            except ValueError as error:
                text = f"case {request.case_id}, frame {index}: {error}"
                raise BrainError(text, retryable=False) from None
        return Shown(request, open_pictures(jpegs))

    async def _serve(self) -> None:
        """Batches, until nobody waits."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            jobs = [job for job in self._waiting if not job.gone.is_set()][: self._settings.batch]
            self._waiting = [job for job in self._waiting if job not in jobs and not job.gone.is_set()]
            if not jobs:
                return
            outcomes = await loop.run_in_executor(self._thread, self._run, jobs)
            for job, outcome in zip(jobs, outcomes, strict=True):
                if job.reply.done():
                    continue
                if isinstance(outcome, CheckedAnswer):
                    job.reply.set_result(outcome)
                else:
                    job.reply.set_exception(
                        outcome or BrainError(f"{self.name} was closed", retryable=True, away=True)
                    )

    def _run(self, jobs: list[_Job]) -> list[CheckedAnswer | BrainError | None]:
        """In the model's thread. What a batch cannot take is tried one by one, so that no case spoils another's."""
        try:
            return list(
                review(
                    self._model,
                    [job.shown for job in jobs],
                    self._settings.max_new_tokens,
                    lambda i: jobs[i].gone.is_set() or self._closed.is_set(),
                )
            )
        except BrainError as error:
            return [error] if len(jobs) == 1 else [self._run([job])[0] for job in jobs]
        except Exception as error:  # whatever it is, those who wait must hear of it
            _log.exception("brain broke")
            return [BrainError(f"{self.name} broke: {type(error).__name__}", retryable=False)] * len(jobs)

    def _usage(self, reply: CheckedAnswer | None, latency: float) -> Usage:
        if reply is None:
            return Usage(latency=latency)
        cost = self._settings.cost(reply.tokens_in, reply.tokens_out)
        return Usage(tokens_in=reply.tokens_in, tokens_out=reply.tokens_out, cost=cost, latency=latency)

    def _call(
        self, request: ReviewRequest, began: float, usage: Usage, frames: int, outcome: Outcome
    ) -> Call:
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
            frames=frames,
            seconds=usage.latency,
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            cost=usage.cost,
        )
