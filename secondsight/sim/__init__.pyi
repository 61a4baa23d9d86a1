from .demo import demo_world
from .detections import observations, pixel_candidates
from .make import Progress, make_city, write_city
from .output.rtsp import serve_rtsp
from .output.site_file import site_file
from .world import FIRST_TEST_SEED, PACKS, World, make_world, test_seeds, training_seeds

__all__ = [
    "FIRST_TEST_SEED",
    "PACKS",
    "Progress",
    "World",
    "demo_world",
    "make_city",
    "make_world",
    "observations",
    "pixel_candidates",
    "serve_rtsp",
    "site_file",
    "test_seeds",
    "training_seeds",
    "write_city",
]
