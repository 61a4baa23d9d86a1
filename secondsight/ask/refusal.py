"""Why a question has no plan."""

from enum import StrEnum


class Why(StrEnum):
    """The reasons, as `ask.wording` puts them into words."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNKNOWN_WORDS = "unknown_words"
    NO_QUESTION = "no_question"
    NOT_TOGETHER = "not_together"
    TWO_MEANINGS = "two_meanings"
    MOST_OF_WHAT = "most_of_what"
    COMPARE_WHAT = "compare_what"
    CONTRADICTION = "contradiction"
    FUTURE = "future"
    NOT_WATCHED = "not_watched"
    NOT_COUNTED = "not_counted"
    NO_SUCH_ZONE = "no_such_zone"
    NO_CAMERA = "no_camera"
    NO_BRAIN = "no_brain"
    TOO_FINE = "too_fine"
    WHICH = "which"


class MisunderstoodError(Exception):
    """There is no plan for a question.

    Args:
        words: what the reason is about.
        note: a sentence beside the reason.
    """

    def __init__(self, why: Why, words: tuple[str, ...] = (), note: str = "") -> None:
        super().__init__(why.value)
        self.why, self.words, self.note = why, words, note

    def __reduce__(self) -> tuple[type["MisunderstoodError"], tuple[Why, tuple[str, ...], str]]:
        return type(self), (self.why, self.words, self.note)
