"""The `brain.guard` section: how answers of the large model are held against what it might have made up."""

from typing import Annotated, Literal

from pydantic import AfterValidator

from secondsight.config.types import Fraction, Section


def _ordered(band: tuple[float, float]) -> tuple[float, float]:
    if band[0] > band[1]:
        raise ValueError("a band is two probabilities, the lower one first")
    return band


Band = Annotated[tuple[Fraction, Fraction], AfterValidator(_ordered)]
"""Two probabilities, both within: from, to."""


class GuardSettings(Section):
    """What is checked of every verdict, and of the pictures before anything is asked.

    Attributes:
        opposite: whether the deciding question is asked in its opposite form too: of every answer, of those whose
            probability lies in `band` or is unknown, or never. It costs a second, smaller call.
        band: probabilities within which `opposite: band` asks.
        evidence: places the brain points at must lie in frames it was shown, and touch the candidate's box there.
        picture: frames too dark, too blurred or empty are not shown; without any other the verdict is unsure.
    """

    opposite: Literal["always", "band", "never"] = "always"
    band: Band = (0.2, 0.8)
    evidence: bool = True
    picture: bool = True
