"""A camera in which everything moves: what the pipeline around the model costs.

One side is the whole site: decoding, conversion, model, tracker, behaviours, store, clips, at every frame of a
recording. The other is what OpenVINO's own asynchronous queue does with pictures that were converted beforehand,
with the same graph and settings: whole pictures in the size the model was published with (`regions: false`). Beside
it stands the same loop with the graph as it was published, which is slower by what `sentinel.stem`, `sentinel.tail`
and `with_pixels` save. Both sides keep all cores busy, so that frames per second by the wall clock and per
core-second say the same on an idle machine; what other programs take makes them differ, and the lower ratio counts.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench import material
from bench.figure import Cost, Figure, apart, now, rounded
from bench.material import ROOM
from secondsight.clock import SystemClock
from secondsight.media import Stream
from secondsight.sentinel import Detector, ModelStore
from secondsight.sentinel.families.yolox import YOLOX
from secondsight.sentinel.openvino_runtime import with_pixels
from secondsight.sentinel.stem import unfocus
from secondsight.sentinel.tail import turn_early
from secondsight.site import Site

_PICTURES = 128


def measure(quick: bool) -> Figure:
    """Frames/s of the pipeline over those of the bare loop, in alternating runs."""
    return apart(_measure, 1 if quick else 3)


def _measure(rounds: int) -> Figure:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        bare, published, pictures = _compiled(_shortened), _compiled(_published), _pictures(root)
        _loop(bare, pictures, _PICTURES)
        _loop(published, pictures, _PICTURES)
        loops, runs, others = [_loop(bare, pictures, ROOM.frames)], [], []
        for number in range(rounds):
            runs.append(_pipeline(root / str(number)))
            others.append(_loop(published, pictures, ROOM.frames))
            loops.append(_loop(bare, pictures, ROOM.frames))
    pairs = list(zip(loops, runs, loops[1:], strict=False))
    by_wall = [(a.wall + b.wall) / 2 / run.wall for a, run, b in pairs]
    by_cpu = [(a.cpu + b.cpu) / 2 / run.cpu for a, run, b in pairs]
    frames = ROOM.frames
    return Figure(
        "busy",
        "frames/s of the whole pipeline, gate off, over a bare OpenVINO loop",
        "",
        0.9,
        True,
        tuple(min(pair) for pair in zip(by_wall, by_cpu, strict=True)),
        {
            "pipeline_fps": rounded([frames / run.wall for run in runs], 1),
            "bare_fps": rounded([frames / loop.wall for loop in loops], 1),
            "pipeline_cpu_ms": rounded([run.cpu / frames * 1e3 for run in runs], 2),
            "bare_cpu_ms": rounded([loop.cpu / frames * 1e3 for loop in loops], 2),
            "published_cpu_ms": rounded([loop.cpu / frames * 1e3 for loop in others], 2),
            "ratio_to_published_by_wall": rounded(
                [a.wall / b.wall for a, b in zip(others, runs, strict=True)]
            ),
            "ratio_to_published_by_cpu": rounded([a.cpu / b.cpu for a, b in zip(others, runs, strict=True)]),
            "ratio_by_wall": rounded(by_wall),
            "ratio_by_cpu": rounded(by_cpu),
        },
    )


def _pipeline(scratch: Path) -> Cost:
    """From the first frame, when everything is loaded, until the last event is settled."""
    config = material.site(scratch, {"room": ROOM}, fps=240, regions=False, gate={"enabled": False})
    with Site(config) as site:
        began = now()
        for _ in site.events(once=True):
            pass
        site.stop()
        cost = now() - began
        looks = site.status().cameras[0].looks
    if looks != ROOM.frames:
        raise RuntimeError(f"{looks} looks instead of {ROOM.frames}")
    return cost


def _compiled(prepared: Callable[[Any], Any]) -> Any:
    """OpenVINO's queue with a graph like the detector's: uint8 pictures in, converted inside.

    Args:
        prepared: makes it of the graph in the file.
    """
    import openvino as ov
    from openvino import properties

    core = ov.Core()
    hint = {
        properties.hint.performance_mode: properties.hint.PerformanceMode.THROUGHPUT,
        properties.hint.inference_precision: ov.Type.f32,
    }
    model = prepared(core.read_model(str(material.model_file())))
    return ov.AsyncInferQueue(core.compile_model(model, "CPU", hint), 0)


def _shortened(model: Any) -> Any:
    """As the product runs it."""
    unfocus(model)
    turn_early(model)
    return with_pixels(model, 0, YOLOX.pixels)


def _published(model: Any) -> Any:
    """As it stands in the file."""
    import openvino as ov
    from openvino.preprocess import PrePostProcessor

    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32)
    return steps.build()


def _pictures(scratch: Path) -> list[np.ndarray]:
    """Every eleventh frame of the recording as the detector wants it."""
    config = material.site(scratch, {"room": ROOM})
    detector = Detector.open(ModelStore(config.models).resolve(material.MODEL))
    stream = Stream("room", config.cameras["room"], SystemClock())
    frames = [frame for _, decoded in stream for frame in decoded if frame.index % 11 == 0]
    pictures = [detector.prepare(frame)[0] for frame in frames[:_PICTURES]]
    detector.close()
    return pictures


def _loop(queue: Any, pictures: list[np.ndarray], count: int) -> Cost:
    began = now()
    for number in range(count):
        queue.start_async({0: pictures[number % len(pictures)]})
    queue.wait_all()
    return now() - began
