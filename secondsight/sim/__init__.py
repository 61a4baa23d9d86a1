"""The simulated city. In: the name of a pack, a seed, a camera's number. Out: frames with labels to the pixel, as
arrays or as a folder of videos with truth and a site file, which can also be played as RTSP streams. Everything is
a pure function of seed and time. A world is a scene (static geometry under a pinhole camera), actors (people,
vehicles, things, smoke) and conditions (night, rain, a dirty lens ...); `render` draws it, `events` holds what
happens and what only looks like it.
"""

from secondsight.sim.demo import demo_world
from secondsight.sim.make import make_city, write_city
from secondsight.sim.world import PACKS, World, make_world, test_seeds, training_seeds

__all__ = [
    "PACKS",
    "World",
    "demo_world",
    "make_city",
    "make_world",
    "test_seeds",
    "training_seeds",
    "write_city",
]
