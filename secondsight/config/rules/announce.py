"""When a rule's events are announced to people: at once or after the verdict, how often, at which hours."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from secondsight.config.schedule import When
from secondsight.config.types import Duration, Section, Timespan

_MOST = 86400.0


class GroupSettings(Section):
    """Which events of a rule are one incident, seen by several cameras.

    Attributes:
        within: seconds between the triggers of two of its events, at most; 0: every event is an incident of its own.
        cameras: names of the cameras that see the same place; all that the rule watches if absent.
    """

    within: Annotated[Duration, Field(le=_MOST)] = 0.0
    cameras: tuple[str, ...] = ()


class AnnounceSettings(Section):
    """When a rule's events are announced. A word such as `announce: both` stands for `when` alone.

    What was told and proves wrong is always taken back, whatever is set here.

    Attributes:
        when: `at_once` when the rule triggers, `after_verdict` once the brain has confirmed, `both` at once and again
            after the verdict; if absent, `at_once` for rules of high severity that alert without a brain.
        patience: seconds to wait for the verdict; then people are told, marked as not verified. Only with
            `on_brain_failure: open`.
        escalate_after: seconds after which an event that nobody has acknowledged is told again; never if absent.
        quiet_hours: days and hours at which nobody is told anything new, as in `when` of the rule.
        cooldown: seconds after an event in which further ones of the same rule and camera are stored only.
        group: what several cameras see as one incident, which is one alert.
    """

    when: Literal["at_once", "after_verdict", "both"] | None = None
    patience: Annotated[Timespan, Field(le=_MOST)] = 15.0
    escalate_after: Annotated[Timespan, Field(le=_MOST)] | None = None
    quiet_hours: When | None = None
    cooldown: Annotated[Duration, Field(le=_MOST)] = 0.0
    group: GroupSettings = GroupSettings()

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, values: Any) -> Any:
        return {"when": values} if isinstance(values, str) else values
