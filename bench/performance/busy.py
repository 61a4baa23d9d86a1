"""A camera in which everything moves: what the pipeline around the model costs.

One side is the whole site: decoding, conversion, model, tracker, behaviours, store, clips, at every frame of a
recording, whole pictures in the size the model was published with (`regions: false`). The other is what OpenVINO's
own asynchronous queue does with the model as it stands in its file, and with pictures that were converted
beforehand: nothing is decoded, tracked or judged there.

The site runs that model with a shorter graph (`sentinel.stem`, `sentinel.tail`, `with_pixels`), which is worth what
all the rest costs. How much that is, the ratio to a bare loop with the same shorter graph says
(`ratio_to_own_graph`). Both sides keep all cores busy, so that frames per second by the wall clock and per
core-second say the same on an idle machine; what other programs take makes them differ, and the lower ratio counts.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import fixtures
from bench.common.figure import Cost, Figure, apart, now, rounded
from bench.common.fixtures import ROOM
from secondsight.clock import SystemClock
from secondsight.media import Stream
from secondsight.sentinel import Detector, ModelStore
from secondsight.sentinel.families.yolox import YOLOX
from secondsight.sentinel.runtime.openvino import with_pixels
from secondsight.sentinel.runtime.openvino_focus import replace_focus_with_convolution
from secondsight.sentinel.runtime.openvino_rows import transpose_grids_early
from secondsight.site import Site

_PICTURES = 128


def measure(quick: bool) -> Figure:
    """Frames/s of the pipeline over those of the bare loop, in alternating runs."""
    return apart(_measure, 1 if quick else 3)


def _measure(rounds: int) -> Figure:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        published, own, pictures = _compiled(_published), _compiled(_shortened), _pictures(root)
        for queue in (published, own):
            _loop(queue, pictures, _PICTURES)
        loops, shorter, runs = [_loop(published, pictures, ROOM.frames)], [], []
        for number in range(rounds):
            shorter.append(_loop(own, pictures, ROOM.frames))
            runs.append(_pipeline(root / str(number)))
            shorter.append(_loop(own, pictures, ROOM.frames))
            loops.append(_loop(published, pictures, ROOM.frames))
    by_wall, by_cpu = _ratios(loops[:-1], runs, loops[1:])
    to_own_by_wall, to_own_by_cpu = _ratios(shorter[::2], runs, shorter[1::2])
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
            "own_graph_cpu_ms": rounded([loop.cpu / frames * 1e3 for loop in shorter], 2),
            "ratio_by_wall": rounded(by_wall),
            "ratio_by_cpu": rounded(by_cpu),
            "ratio_to_own_graph": rounded(
                [min(pair) for pair in zip(to_own_by_wall, to_own_by_cpu, strict=True)]
            ),
        },
    )


def _ratios(before: list[Cost], runs: list[Cost], after: list[Cost]) -> tuple[list[float], list[float]]:
    """What the loops before and after each run took over what it took, by the wall clock and by CPU."""
    rows = list(zip(before, runs, after, strict=True))
    return (
        [(a.wall + b.wall) / 2 / run.wall for a, run, b in rows],
        [(a.cpu + b.cpu) / 2 / run.cpu for a, run, b in rows],
    )


def _pipeline(scratch: Path) -> Cost:
    """From the first frame, when everything is loaded, until the last event is settled."""
    config = fixtures.site(scratch, {"room": ROOM}, fps=240, regions=False, gate={"enabled": False})
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
    model = prepared(core.read_model(str(fixtures.model_file())))
    return ov.AsyncInferQueue(core.compile_model(model, "CPU", hint), 0)


def _shortened(model: Any) -> Any:
    """As the product runs it."""
    replace_focus_with_convolution(model)
    transpose_grids_early(model)
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
    config = fixtures.site(scratch, {"room": ROOM})
    detector = Detector.open(ModelStore(config.models).resolve(fixtures.MODEL))
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
