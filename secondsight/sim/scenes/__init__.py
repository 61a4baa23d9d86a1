"""The places of the simulated city, one module each. In: a random generator. Out: a `Place`."""

import random
from collections.abc import Callable, Mapping

from secondsight.sim.scenes.industrial import industrial
from secondsight.sim.scenes.metro import metro
from secondsight.sim.scenes.motorway import motorway
from secondsight.sim.scenes.retail import retail
from secondsight.sim.scenes.scene import HEIGHT, WIDTH, Parked, Place, Point, Spot, Way

SCENES: Mapping[str, Callable[[random.Random], Place]] = {
    "metro": metro,
    "industrial": industrial,
    "retail": retail,
    "motorway": motorway,
}
"""By pack."""

__all__ = ["HEIGHT", "SCENES", "WIDTH", "Parked", "Place", "Point", "Spot", "Way"]
