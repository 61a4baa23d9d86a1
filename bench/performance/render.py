"""How fast the simulated city is painted: training and tests render hundreds of thousands of frames."""

import random
import time

import cv2

from bench.common.figure import Figure, apart, rounded
from secondsight.ground_truth import Geometry
from secondsight.sim.actors.people import Person
from secondsight.sim.body.clothing import random_looks
from secondsight.sim.motion.moves import Walk
from secondsight.sim.rendering.render import Backdrop, Light, Renderer
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.shapes import ObjectShape, box

_PEOPLE = 10
_FRAME_RATE = 10.0


def measure(quick: bool) -> Figure:
    """Frames per CPU second at 640x360 with ten people who walk about, posing them included."""
    rounds, frames = (1, 60) if quick else (5, 200)
    runs = [apart(_run, frames) for _ in range(rounds)]
    posing, painting, _ = zip(*runs, strict=True)
    return Figure(
        "render",
        f"frames of the city per second of one core, 640x360, {_PEOPLE} people, clear weather",
        "frames/s",
        60.0,
        True,
        tuple(frames / (posed + painted) for posed, painted, _ in runs),
        {
            "shapes_per_person": runs[0][2],
            "posing_ms_per_frame": rounded([1000 * seconds / frames for seconds in posing]),
            "painting_ms_per_frame": rounded([1000 * seconds / frames for seconds in painting]),
        },
    )


def _run(frames: int) -> tuple[float, float, float]:
    """CPU seconds of posing and of painting so many frames, and the mean number of shapes per person."""
    cv2.setNumThreads(1)
    rng = random.Random(1)
    people = [_walker(number, rng) for number in range(1, _PEOPLE + 1)]
    pillars = tuple(
        ObjectShape(0, [box((x, y, 0), (0.6, 0.6, 4), 0, (150, 155, 160))], (x, y, 0))
        for x in (-3, 3)
        for y in (9, 15)
    )
    camera = Camera(Geometry((0, 0, 4), 0, 15, 0.9, -0.05), 640, 360)
    light = Light((-0.5, -0.4, 0.8), 0.55, 0.5)
    renderer = Renderer(camera, Backdrop((105, 108, 110), (235, 205, 170), occluders=pillars), light, 1)
    posing = painting = 0.0
    shapes = 0
    for index in range(-5, frames):
        began = time.process_time()
        bodies = [person.body(max(index, 0) / _FRAME_RATE) for person in people]
        posed = time.process_time()
        picture = renderer.render(bodies)
        if index >= 0:
            posing += posed - began
            painting += time.process_time() - posed
            shapes += sum(len(body.shapes) for body in bodies)
        if not picture.objects:
            raise RuntimeError("nobody is in the picture: there is nothing to measure")
    return posing, painting, shapes / frames / _PEOPLE


def _walker(number: int, rng: random.Random) -> Person:
    """Somebody who walks to and fro before the camera."""

    def point() -> tuple[float, float]:
        y = rng.uniform(7, 20)
        return rng.uniform(-0.4, 0.4) * y, y

    return Person(number, random_looks(rng), [Walk(point(), 1.3) for _ in range(6)], at=point())
