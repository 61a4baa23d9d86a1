"""The few exceptions SecondSight raises on purpose.

Everything a user can cause or mend is a `SecondSightError`; its text says what is wrong, where, and what to
do, and never holds a secret. The command line prints it and exits with `exit_code`; any other exception is
our bug.
"""

import errno
from collections.abc import Sequence


class SecondSightError(Exception):
    """Base of all errors that a user can understand and mend."""

    exit_code = 1


class ConfigError(SecondSightError):
    """A mistake in a site file or a command line.

    Args:
        problem: what is wrong and what to do, one sentence.
        file: the file it stands in, if any.
        line: its 1-based line, if known.
        key: dotted path of the key, such as `cameras.hall.source`.
        others: further mistakes found with this one; the text has one line for each.

    Attributes:
        errors: this mistake and the others.
    """

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        file: str | None = None,
        line: int | None = None,
        key: str | None = None,
        others: "Sequence[ConfigError]" = (),
    ) -> None:
        self.problem, self.file, self.line, self.key = problem, file, line, key
        self.errors: tuple[ConfigError, ...] = (self, *others)
        where = ":".join(str(part) for part in (file, line) if part is not None)
        text = ": ".join(part for part in (where, key, problem) if part)
        super().__init__("\n".join([text, *map(str, others)]))


class RefusedError(SecondSightError):
    """What was asked for cannot be done as things stand.

    Args:
        message: why, and what can be done.
        unknown: whether that is because there is no such thing.
    """

    exit_code = 2

    def __init__(self, message: str, *, unknown: bool = False) -> None:
        self.unknown = unknown
        super().__init__(message)


class SourceError(SecondSightError):
    """A camera's source cannot be opened, read or decoded. The text names the camera; credentials are
    redacted.
    """


class ModelError(SecondSightError):
    """A model is unknown, missing, altered, ambiguous or cannot be run."""


class StoreError(SecondSightError):
    """The data folder or the database cannot be used: locked, read-only, full, or of a newer version.

    Args:
        message: what is wrong and what to do, free of secrets.
        retryable: whether the same call may succeed later; the caller keeps the record and tries again.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        self.retryable = retryable
        super().__init__(message)


class RecordError(SecondSightError):
    """The store refuses one record for what it holds, and always will: our mistake; trying again is of no use."""


class BrainError(SecondSightError):
    """The brain gave no usable answer.

    Args:
        message: what happened, free of secrets.
        retryable: whether the same request may succeed later.
        retry_after: seconds the server asked to wait, if it did.
        away: the brain did not even look: it cannot be reached, is too busy, or refuses requests. Such a try
            does not count.
    """

    def __init__(
        self, message: str, *, retryable: bool, retry_after: float | None = None, away: bool = False
    ) -> None:
        self.retryable, self.retry_after, self.away = retryable, retry_after, away
        super().__init__(message)


class DeliveryError(SecondSightError):
    """A message did not reach the receiver of a channel.

    Args:
        message: what happened, free of secrets.
        retry: whether the same message may be taken later; without it, it goes to the dead letters.
        after: seconds the receiver asked to wait, if it did.
        partly: others behind the same channel have it, so other messages need not wait.
    """

    def __init__(
        self, message: str, *, retry: bool = True, after: float | None = None, partly: bool = False
    ) -> None:
        self.retry, self.after, self.partly = retry, after, partly
        super().__init__(message)


OUT_OF_MEMORY = (
    "not enough memory; close other programs, raise the limit (`ulimit -v`), or watch fewer cameras, with smaller "
    "models, shorter clips and fewer `sentinel.processes`"
)
"""What to say when memory has run out."""
_NO_MEMORY = (
    "bad_alloc",
    "failed to map segment",
    "annot allocate memory",
    "ailed to allocate memory",
    "nable to allocate",
    "can't start new thread",
    "can't alloc",
)
"""What libraries say of it, each in its own kind of error."""


def out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, is a lack of memory."""
    while error is not None:
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
            return True
        if isinstance(error, Exception) and any(words in str(error) for words in _NO_MEMORY):
            return True
        error = error.__cause__ or error.__context__
    return False
