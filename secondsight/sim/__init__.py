"""The simulated city. In: the name of a pack, a seed, a camera's number. Out: frames with labels to the pixel, as
arrays or as a folder of videos with truth and a site file, which can also be played as RTSP streams. Everything is
a pure function of seed and time. A world is a scene (static geometry under a pinhole camera), actors (people,
vehicles, things, smoke) and conditions (night, rain, a dirty lens ...); `render` draws it, `events` holds what
happens and what only looks like it.

What it exports is listed in `__init__.pyi`; each name loads its module when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
