"""Where a shop's goods are taken, paid and carried out, as its rules, zones and lines tell."""

from secondsight.config.sections.site import SiteConfig
from secondsight.records import ShopLayout

_OPPOSITE = {"left_to_right": "right_to_left", "right_to_left": "left_to_right"}


def shop_layout(config: SiteConfig) -> ShopLayout | None:
    """Where goods are followed from the shelf to the door: on cameras that see a shelf, a till and a counted exit."""

    def of(behaviour: str) -> tuple[str, ...]:
        return tuple(name for name, rule in config.rules.items() if rule.behaviour == behaviour)

    exits = [
        (camera, f"{line}:{_OPPOSITE[getattr(rule, 'inward', '')]}")
        for name, rule in config.rules.items()
        if rule.behaviour == "counting" and (line := getattr(rule, "line", None)) is not None
        for camera in config.cameras
        if config.watches(name, camera)
    ]
    takes = of("take")
    tills = [
        (name, zone) for name, one in config.cameras.items() for zone in one.zones if one.zones[zone].till
    ]
    whole = {
        camera
        for camera in {camera for camera, _ in exits} & {camera for camera, _ in tills}
        if any(config.watches(rule, camera) for rule in takes)
    }
    if not whole:
        return None
    return ShopLayout(
        takes,
        tuple(name for name in of("put_back") if getattr(config.rules[name], "outcome", "") == "put_back"),
        tuple(one for one in tills if one[0] in whole),
        tuple(one for one in exits if one[0] in whole),
    )
