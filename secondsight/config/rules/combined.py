"""Rules made of other rules."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from secondsight.config.rules.base import RuleBase
from secondsight.config.types import Duration, Name, Timespan

Members = Annotated[tuple[Name, ...], Field(max_length=16)]


class CombinedRule(RuleBase):
    """Several rules together, named in one of `all`, `any` and `then`.

    Attributes:
        all: every one of these holds.
        any: at least one of these holds.
        then: these begin one after the other.
        within: of `then`: maximum seconds from the end of one step to the start of the next.
        unless: while one of these holds, the combination does not; a sequence must be free of them all along.
        duration: `for` in the file: minimum seconds that it holds; for `then` the last step.
        same: whether all must be about one and the same track, or only about the same camera.
    """

    behaviour: Literal["combined"]
    all: Members = ()
    any: Members = ()
    then: Members = ()
    within: Timespan = 30.0
    unless: Members = ()
    duration: Annotated[Duration, Field(alias="for")] = 0.0
    same: Literal["track", "camera"] = "track"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.all) + bool(self.any) + bool(self.then) != 1:
            raise ValueError("name the rules to combine in one of `all`, `any` and `then`")
        if len(self.then) == 1:
            raise ValueError("`then` needs at least two rules, in their order")
        if "within" in self.model_fields_set and not self.then:
            raise ValueError("`within` belongs to `then`")
        named = [name for _, _, name in self.named()]
        if len(set(named)) < len(named) and not self.then:
            raise ValueError("a rule is named twice")
        return self

    @property
    def members(self) -> tuple[str, ...]:
        """The rules that make the candidate, without those that forbid it."""
        return self.all + self.any + self.then

    def named(self) -> Iterator[tuple[str, int, str]]:
        """Key, position and name of every rule it names."""
        for key in ("all", "any", "then", "unless"):
            for position, name in enumerate(getattr(self, key)):
                yield key, position, name
