"""The `ask` section of the site file: what the large model may do for questions."""

from typing import Annotated, Literal

from pydantic import Field

from secondsight.config.sections.budget import BudgetLimits
from secondsight.config.types import Section, Whole


class AskSettings(Section):
    """What the large model does for questions; without one that can answer, the grammar does all of it.

    Attributes:
        translate: which questions the large model reads too: `always`, those that are `unknown` to the grammar, or
            `never`. Where both understand a question and differ, the asker chooses.
        events: most events whose pictures it is shown for an open question, such as why a crowd gathered.
        budget: limits of its calls for questions, on top of the section `budget`.
    """

    translate: Literal["always", "unknown", "never"] = "always"
    events: Annotated[Whole, Field(ge=1, le=20)] = 5
    budget: BudgetLimits = BudgetLimits()
