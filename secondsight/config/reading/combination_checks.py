"""What a combination can get wrong that no single rule knows: rules that do not exist, that go round in a circle,
that make no candidates or have no tracks to compare, or that watch no camera together.
"""

from collections.abc import Iterator

from secondsight.config.rules import CombinedRule, RuleBase
from secondsight.config.sections.site import SiteConfig
from secondsight.config.types import suggestion

Mistake = tuple[str, tuple[str, ...]]
"""A problem, and the keys where it stands."""


def tangled(config: SiteConfig) -> Iterator[Mistake]:
    """Every mistake of every combination, and rules that serve nobody."""
    combined = {name: rule for name, rule in config.rules.items() if isinstance(rule, CombinedRule)}
    for name, one in combined.items():
        wrong = list(_misnamed(name, one, config))
        yield from wrong or _mismatched(name, one, config)
    used = {member for one in combined.values() for _, _, member in one.named()}
    for name, rule in config.rules.items():
        if not rule.report and name not in used:
            problem = (
                "the rule makes no events and no combination names it; remove it, or write `report: true`"
            )
            yield problem, ("rules", name, "report")


def _misnamed(name: str, rule: CombinedRule, config: SiteConfig) -> Iterator[Mistake]:
    for key, position, member in rule.named():
        place = ("rules", name, key, str(position))
        if member not in config.rules:
            others = [other for other in config.rules if other != name]
            yield f"no rule has this name; {suggestion(member, others)}", place
        elif config.rules[member].only_counts:
            yield "this rule only counts and makes no candidates; name one that does", place
        elif name in _below(member, config):
            yield "the rule is made of itself; a combination cannot name rules that name it", place


def _below(name: str, config: SiteConfig) -> set[str]:
    """The rule, and all that it is made of."""
    found, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        rule = config.rules.get(one)
        if one not in found:
            found.add(one)
            waiting += [member for _, _, member in rule.named()] if isinstance(rule, CombinedRule) else []
    return found


def _mismatched(name: str, rule: CombinedRule, config: SiteConfig) -> Iterator[Mistake]:
    if _circular(name, config):
        return  # reported for the rules that make the circle
    if rule.same == "track":
        for key, position, member in rule.named():
            if _trackless(config.rules[member]):
                problem = "this rule is about the picture, not about a track; write `same: camera`"
                yield problem, ("rules", name, key, str(position))
    for at, camera in enumerate(rule.cameras):
        missing = [
            one for one in rule.members if camera in config.cameras and not config.watches(one, camera)
        ]
        if missing and not (rule.any and len(missing) < len(rule.any)):
            problem = f"rule `{missing[0]}`, which this one needs, does not watch this camera"
            yield problem, ("rules", name, "cameras", str(at))
    if not rule.cameras and not any(config.watches(name, camera) for camera in config.cameras):
        key = next(rule.named())[0]
        yield "no camera is watched by all of these rules", ("rules", name, key)


def _circular(name: str, config: SiteConfig) -> bool:
    """Whether any combination below is made of itself, or of what does not exist."""
    below = _below(name, config)
    return not below <= config.rules.keys() or any(
        one in _below(member, config)
        for one in below
        if isinstance(rule := config.rules[one], CombinedRule)
        for _, _, member in rule.named()
    )


def _trackless(rule: RuleBase) -> bool:
    return rule.judges_scene or (isinstance(rule, CombinedRule) and rule.same == "camera")
