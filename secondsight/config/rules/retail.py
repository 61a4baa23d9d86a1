"""Rules about people in shops."""

from typing import Annotated, Literal

from pydantic import Field

from secondsight.config.rules.base import ObjectRule
from secondsight.config.types import Fraction, Name, Real, Timespan


class TakeRule(ObjectRule):
    """Somebody reaches into a zone: a shelf.

    Attributes:
        overlap: least share of the box's upper-middle part (where hands are) inside the zone.
        extension: least width of the box of somebody who reaches, as a factor of the width with arms down.
        duration: reaching for so long.
        movement: least share of the strip beside the box that changes during a reach, summed over its looks.
    """

    behaviour: Literal["take"]
    zone: Name
    overlap: Annotated[Fraction, Field(gt=0)] = 0.1
    extension: Annotated[Real, Field(ge=1)] = 1.25
    duration: Timespan = 0.4
    movement: Annotated[Real, Field(gt=0)] = 0.05


class PutBackRule(ObjectRule):
    """Somebody reached into a shelf, and what the shelf looks like afterwards tells what came of it.

    Attributes:
        overlap, extension, movement, duration: of the reach, as of take.
        outcome: what is reported: `put_back`, the shelf looks as before; or `taken`, something is missing or new.
        changed: least size of what changed, as a share of the square of the person's height: a bottle is 0.006.
    """

    behaviour: Literal["put_back"]
    zone: Name
    overlap: Annotated[Fraction, Field(gt=0)] = 0.1
    extension: Annotated[Real, Field(ge=1)] = 1.25
    duration: Timespan = 0.4
    movement: Annotated[Real, Field(gt=0)] = 0.06
    outcome: Literal["put_back", "taken"] = "put_back"
    changed: Annotated[Fraction, Field(gt=0)] = 0.005
