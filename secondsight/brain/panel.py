"""Backend `panel`: several brains as one, the cheap one first, or all of them in a vote.

Each member is a whole brain with its own guard, records its own calls and has its own timeout. One that is away does
not stop the others; what each answered stands in the verdict's `notes`.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from secondsight.brain.checks.guard import total
from secondsight.brain.protocol import Reviewer
from secondsight.errors import BrainError
from secondsight.log import fields, redact
from secondsight.records import ReviewRequest, Verdict, Verification

_Reply = tuple[str, Verdict | BrainError]

_log = logging.getLogger(__name__)


class Panel:
    """Reviewers in order.

    Args:
        members: by name, at least one, in the order in which they are asked.
        band: to escalate: a probability within it is not sure.
        timeout: seconds for one review, over all members.
    """

    def __init__(
        self,
        members: Mapping[str, Reviewer],
        mode: Literal["escalate", "vote"],
        band: tuple[float, float],
        timeout: float,
    ) -> None:
        self._members, self._mode, self._band, self._timeout = dict(members), mode, band, timeout
        self.name = f"panel:{'+'.join(members)}"
        self.remote = any(brain.remote for brain in members.values())
        self.reads_questions = any(brain.reads_questions for brain in members.values())

    async def review(self, request: ReviewRequest) -> Verdict:
        """The panel's verdict. Raises BrainError only if no member gave any."""
        replies: list[_Reply] = []
        try:
            async with asyncio.timeout(self._timeout):
                if self._mode == "vote":
                    await self._ask_all(request, replies)
                else:
                    await self._ask_in_turn(request, replies)
        except TimeoutError:
            late = BrainError("no verdict within the panel's time", retryable=True)
            waited = [name for name in self._members if name not in dict(replies)]
            replies += [(name, late) for name in (waited if self._mode == "vote" else waited[:1])]
        replies.sort(key=lambda one: list(self._members).index(one[0]))
        verdicts = [(name, answer) for name, answer in replies if isinstance(answer, Verdict)]
        if not verdicts:
            raise _none_answered(replies)
        joined = _vote(verdicts) if self._mode == "vote" else verdicts[-1][1]
        return replace(
            joined,
            usage=total(verdict.usage for _, verdict in verdicts),
            notes=tuple(note for one in replies for note in _notes(*one)),
        )

    async def check(self) -> str:
        """What every member says of itself. Raises BrainError if any of them is not there, with all they say."""
        members = self._members.items()
        answers = await asyncio.gather(*(brain.check() for _, brain in members), return_exceptions=True)
        texts, broken = [], []
        for (name, _), answer in zip(members, answers, strict=True):
            if isinstance(answer, BaseException) and not isinstance(answer, BrainError):
                raise answer
            if isinstance(answer, BrainError):
                broken.append(answer)
            texts.append(f"{name}: {answer}")
        if broken:
            raise BrainError("; ".join(texts), retryable=all(error.retryable for error in broken))
        return "; ".join(texts)

    async def close(self) -> None:
        """Close all members, also when one of them does not close cleanly."""
        closed = await asyncio.gather(
            *(brain.close() for brain in self._members.values()), return_exceptions=True
        )
        for error in closed:
            if isinstance(error, BaseException):
                raise error

    async def _ask_in_turn(self, request: ReviewRequest, replies: list[_Reply]) -> None:
        for name, brain in self._members.items():
            answer = await _answer(brain, request)
            replies.append((name, answer))
            if isinstance(answer, Verdict) and self._sure(answer):
                return

    async def _ask_all(self, request: ReviewRequest, replies: list[_Reply]) -> None:
        async def ask(name: str, brain: Reviewer) -> None:
            replies.append((name, await _answer(brain, request)))

        async with asyncio.TaskGroup() as group:
            for name, brain in self._members.items():
                group.create_task(ask(name, brain))

    def _sure(self, verdict: Verdict) -> bool:
        if verdict.verification is Verification.UNSURE:
            return False
        low, high = self._band
        return verdict.probability is None or not low <= verdict.probability <= high


async def _answer(brain: Reviewer, request: ReviewRequest) -> Verdict | BrainError:
    try:
        return await brain.review(request)
    except BrainError as error:
        return error
    except Exception as error:
        _log.exception("a member of the panel broke", extra=fields(case=request.case_id, member=brain.name))
        return BrainError(f"{brain.name} broke: {type(error).__name__}", retryable=False)


def _vote(verdicts: list[tuple[str, Verdict]]) -> Verdict:
    """What more than half of those who answered say, in the words of the first of them; else unsure.

    The probability is the mean of those that have one.
    """
    counts = Counter(verdict.verification for _, verdict in verdicts)
    winner, votes = counts.most_common(1)[0]
    if 2 * votes <= len(verdicts):
        winner = Verification.UNSURE
    speaker = next((v for _, v in verdicts if v.verification is winner), verdicts[0][1])
    known = [verdict.probability for _, verdict in verdicts if verdict.probability is not None]
    mean = sum(known) / len(known) if known else None
    sources = dict.fromkeys(v.probability_source for _, v in verdicts if v.probability is not None)
    return replace(
        speaker,
        verification=winner,
        probability=mean,
        raw=mean,
        probability_source="+".join(filter(None, sources)),
        model="+".join(verdict.model for _, verdict in verdicts),
    )


def _notes(name: str, answer: Verdict | BrainError) -> list[str]:
    if isinstance(answer, BrainError):
        return [f"{name}: no verdict: {redact(str(answer))}"]
    number = "" if answer.probability is None else f" ({answer.probability:.2f})"
    return [f"{name}: {answer.verification}{number}", *(f"{name}: {note}" for note in answer.notes)]


def _none_answered(replies: list[_Reply]) -> BrainError:
    """One error for all: worth a try as soon as one of them is; away only if none has looked."""
    errors = [(name, error) for name, error in replies if isinstance(error, BrainError)]
    waits = [error.retry_after for _, error in errors if error.retry_after is not None]
    return BrainError(
        "; ".join(f"{name}: {error}" for name, error in errors),
        retryable=any(error.retryable for _, error in errors),
        retry_after=min(waits) if waits and len(waits) == len(errors) else None,
        away=all(error.away for _, error in errors),
    )
