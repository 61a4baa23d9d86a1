"""What the rules of a site wait for, and what its detector has of that."""

from collections.abc import Sequence
from dataclasses import dataclass

from secondsight.config import RuleBase
from secondsight.records import Group, classes_named

_SHOWN = 8
"""Class names of a model that are named at most."""


@dataclass(frozen=True, slots=True)
class ModelClasses:
    """Class names of a detector, by position, and their groups.

    Attributes:
        model: name of the detector.
    """

    model: str
    labels: tuple[str, ...]
    groups: tuple[Group, ...]

    def missing(self, rule: RuleBase) -> list[str]:
        """Names in a rule that no class of the model means: those that a person wrote, and of the others those of
        keys without any class."""
        unmet = [name for names in rule.waits_for.values() if not self.meant(names) for name in names]
        return [*dict.fromkeys((*self._unknown(rule), *unmet))]

    def problems(self, rule: RuleBase) -> list[str]:
        """What keeps a rule from ever reporting, in sentences; none if it has all that it waits for."""
        unknown = self._unknown(rule)
        found = (
            [f"model {self.model} has no class {', '.join(unknown)}; it knows {self._known()}"]
            if unknown
            else []
        )
        for key, names in rule.waits_for.items():
            if not self.meant(names) and not set(names) <= set(unknown):
                found.append(
                    f"model {self.model} has none of the classes that `{key}` waits for ({', '.join(names)}); "
                    f"it knows {self._known()}; choose a model that does, or write other `{key}`"
                )
        return found

    def replacements(self, rule: RuleBase) -> list[str]:
        """Which classes stand for names that the model does not have, such as `vehicle for car`."""
        names = [name for wanted in rule.waits_for.values() for name in wanted if name not in self.labels]
        meant = {name: sorted(self.meant((name,))) for name in dict.fromkeys(names)}
        return [f"{', '.join(labels)} for {name}" for name, labels in meant.items() if labels]

    def meant(self, names: Sequence[str]) -> frozenset[str]:
        """Classes of the model that are meant by names in a rule."""
        return classes_named(tuple(names), self.labels, self.groups)

    def _unknown(self, rule: RuleBase) -> list[str]:
        return [name for name in rule.labels if not self.meant((name,))]

    def _known(self) -> str:
        more = ", ..." if len(self.labels) > _SHOWN else ""
        return ", ".join(self.labels[:_SHOWN]) + more
