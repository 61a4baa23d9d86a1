"""A probability from repeated answers, for servers that tell no token probabilities. Pure."""

import hashlib
from collections.abc import Sequence

from secondsight.brain.prompts.questions import DECISION

YES, NO, _ = DECISION


def share(answers: Sequence[str]) -> float | None:
    """Probability of yes, from the answers to the deciding question that were drawn; None if none says yes or no.

    The mean of the posterior under Jeffreys' prior, (yes + 1/2) / (yes + no + 1): a few draws that all agree are no
    certainty. Source: Brown, Cai, DasGupta, "Interval estimation for a binomial proportion" (2001), section 3.1.

    >>> share(["yes", "yes", "yes", "no"])
    0.7
    """
    yes, no = answers.count(YES), answers.count(NO)
    return (yes + 0.5) / (yes + no + 1) if yes + no else None


def seed_of(case_id: str, number: int) -> int:
    """The seed of the n-th repeat of a case: the same case is drawn in the same way again. 31 bits."""
    digest = hashlib.blake2b(f"{case_id}\0{number}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) >> 1
