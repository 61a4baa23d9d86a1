"""Sentences about the city, from a small closed vocabulary: what a text encoder is trained on, and what it can be
expected to know.
"""

import random
import re
from collections.abc import Mapping

EVENTS: Mapping[str, tuple[str, ...]] = {
    "fall": (
        "{who} falls and lies on the floor",
        "{who} lies on the ground after a fall",
        "a fallen person on the floor",
    ),
    "tying_shoe": ("{who} ties a shoe", "{who} crouches and ties the shoelaces"),
    "sitting_down": ("{who} sits down", "{who} sits on a bench", "{who} sits"),
    "crouching": ("{who} crouches", "{who} squats down near the ground"),
    "fight": ("two people fight", "people hit and punch each other", "{who} hits another person"),
    "hug": ("two people hug", "two people greet each other with a hug"),
    "loitering": ("{who} hangs around in one place", "{who} lingers and waits about alone"),
    "queueing": (
        "people stand in a queue",
        "people wait in line one behind another",
        "{who} waits in a queue",
    ),
    "wrong_way": ("{who} walks against the flow of people", "{who} goes the wrong way"),
    "maintenance_crew": (
        "workers in safety vests walk against the flow",
        "a maintenance crew in yellow vests",
    ),
    "left_bag": ("a bag stands alone on the floor", "an abandoned suitcase with nobody near it"),
    "bag_with_owner": ("{who} stands beside a suitcase", "a bag with its owner beside it"),
    "running": ("{who} runs", "{who} runs past people"),
    "brisk_walking": ("{who} walks past", "{who} walks"),
    "crowd": ("many people stand together in one place", "several people wait together"),
    "passing_group": ("several people walk past", "many people walk past together"),
    "climbing": ("{who} climbs over a fence", "{who} climbs"),
    "along_barrier": ("{who} walks beside a fence", "{who} walks past a fence"),
    "removed_object": (
        "{who} takes a suitcase of another person",
        "{who} picks up a suitcase and walks away",
    ),
    "own_bag": ("the owner of a suitcase takes it away", "{who} picks up a bag"),
    "tailgating": ("{who} walks in behind another person", "two people enter one behind another"),
    "own_passes": ("people enter one after another", "{who} walks in alone"),
    "no_vest": ("a worker without a vest", "{who} without a safety vest"),
    "vest_worn": ("a worker wears a safety vest", "a worker in a warning vest"),
    "forbidden_operation": ("{who} talks on the phone", "{who} smokes"),
    "hand_at_head": ("{who} holds a hand against the head",),
    "standing_by": ("{who} stands still", "a worker stands still"),
    "lone_worker": ("a worker works alone", "one worker alone in the area"),
    "two_workers": ("two workers stand beside each other", "two workers in the area"),
    "vehicle_near_person": ("a vehicle passes near a worker", "a van passes a person on the ground"),
    "vehicle_standing": ("a vehicle stands beside a worker",),
    "vehicle_passing": ("a vehicle passes", "a van passes"),
    "no_helmet": ("a worker without a helmet", "a worker with a bare head"),
    "helmet_in_hand": (
        "a worker carries a hard hat in the hand",
        "a worker with a bare head holds a helmet",
    ),
    "helmet_reflection": (
        "light reflects on a hard hat",
        "a worker wears a shiny helmet",
        "a worker wears a hard hat",
    ),
    "intrusion": ("{who} stands inside the closed area", "{who} enters a forbidden area"),
    "authorised_worker": (
        "a worker in a safety vest passes outside the closed area",
        "a worker in a vest walks past",
    ),
    "man_down": ("a worker lies on the ground", "a worker lies motionless on the floor"),
    "lying_under_machine": (
        "a worker lies under a machine and repairs it",
        "a mechanic works under a machine",
    ),
    "take": ("{who} takes a product from the shelf", "{who} walks away from the shelf with a product"),
    "put_back": ("{who} puts a product back on the shelf", "{who} takes a product and puts it back"),
    "browsing": ("{who} looks at the shelf", "{who} walks past the shelf with empty hands"),
    "queue": ("people stand in a queue", "people wait in line one behind another"),
    "linger": ("{who} stands for long before a shelf", "{who} lingers before the shelf"),
    "fire": ("a fire burns on the road", "flames", "a vehicle on fire"),
    "smoke": ("dark smoke rises", "thick smoke from something burning"),
    "steam": ("white steam rises", "a cloud of steam"),
    "dust": ("a cloud of dust", "brown dust over the ground"),
    "headlights_in_fog": ("headlights shine in the fog", "bright lights of a car"),
    "debris": ("an object lies on the road", "debris on the road", "a lost load lies on the lane"),
    "shadow": ("a shadow on the road", "a dark shadow on the ground"),
    "puddle": ("a puddle on the road", "water on the ground"),
    "road_patch": ("a patch of new asphalt", "a repaired patch in the road"),
    "landslide": (
        "earth has slid onto the road",
        "a landslide of rock and mud beside the road",
    ),
    "stopped_vehicle": ("a car stands alone on the road", "a broken down vehicle on the shoulder"),
    "wrong_way_vehicle": ("a car goes the wrong way",),
    "driving": ("a car on the road",),
    "pedestrian_on_road": ("{who} walks on the road",),
    "low_visibility": ("fog over the road",),
    "jam": ("a traffic jam", "many cars wait behind each other"),
}
"""What is to be seen, by kind of event or look-alike; the first sentence is the plainest."""

DOING: Mapping[str, str] = {
    "walking": "walks",
    "running": "runs",
    "standing": "stands still",
    "turning": "turns around",
    "phoning": "talks on the phone",
    "smoking": "smokes",
    "hand_at_head": "holds a hand against the head",
    "pushing": "pushes",
    "sitting": "sits",
    "sitting_down": "sits down",
    "crouching": "crouches",
    "tying_shoe": "ties a shoe",
    "bending": "bends over",
    "stumbling": "stumbles",
    "falling": "falls",
    "lying": "lies on the ground",
    "lying_down": "lies down",
    "repairing": "lies under a machine and repairs it",
    "getting_up": "gets up",
    "fighting": "fights",
    "hugging": "hugs another person",
    "climbing": "climbs",
    "picking_up": "picks up a bag",
    "putting_down": "puts down a bag",
    "reaching": "reaches to the shelf",
    "taking": "takes a product from the shelf",
    "putting_back": "puts a product back on the shelf",
}
"""What a person does, by the attribute `action`."""

PLACES: Mapping[str, str] = {
    "metro": "a metro platform",
    "industrial": "a construction yard",
    "retail": "a shop",
    "motorway": "a motorway",
}
"""By pack."""

_OBJECTS = """
a an and another in on with of to holding the hand red blue green white black grey yellow brown orange purple shirt
trousers warning vest helmet suitcase backpack box product tyre plank cardboard cone car van truck bus bicycle
motorcycle delivery scooter forklift excavator person dark smoke steam cloud dust open fire earth sliding onto road
shadow puddle patch headlights fog nobody trolley cart is are seen several people
"""


def sentence(kind: str, rng: random.Random, who: str = "a person") -> str:
    """One of the sentences for a kind; `who` is a noun phrase for the main actor."""
    return rng.choice(EVENTS[kind]).format(who=who)


def words(text: str) -> list[str]:
    """The words of a caption, lower case."""
    return re.findall(r"[a-z]+", text.lower())


def vocabulary() -> frozenset[str]:
    """Every word that a caption of the city can hold."""
    texts = [_OBJECTS, *DOING.values(), *PLACES.values()]
    texts += [text.format(who="") for options in EVENTS.values() for text in options]
    return frozenset(word for text in texts for word in words(text))
