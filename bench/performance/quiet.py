"""A camera in which nothing happens, as most cameras most of the time: what watching costs beyond decoding.

Both sides run on one core: what is asked is how many frames a second of a core is worth, and a site with many
cameras has a process for each core (`sentinel.processes`). With several cores to move between, the pipeline's threads
spend a tenth more: `ratio_on_all_cores`.
"""

import os
import tempfile
from pathlib import Path

from bench.common import fixtures
from bench.common.figure import Cost, Fact, Figure, apart, now, rounded
from secondsight.site import Site


def measure(quick: bool) -> Figure:
    """Stream-frames per core-second of the whole pipeline over those of a bare decoding loop."""
    copies, rounds = (20, 3) if quick else (150, 7)
    facts, ratios = apart(_measure, copies, rounds, True)
    facts["ratio_on_all_cores"] = rounded(apart(_measure, copies, 1 if quick else 3, False)[1])
    return Figure(
        "quiet",
        "stream-frames per core-second of the whole pipeline on a quiet camera, over decoding alone",
        "",
        0.8,
        True,
        tuple(ratios),
        facts,
    )


def _measure(copies: int, rounds: int, one_core: bool) -> tuple[dict[str, Fact], list[float]]:
    """The numbers behind the ratios of some rounds, and the ratios."""
    if one_core:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        video = fixtures.quiet_video(root / "quiet.mp4", copies)
        _pipeline(root / "warm", video)
        loops, runs, looks = [_decode(video)], [], 0
        for number in range(rounds):
            cost, looks = _pipeline(root / str(number), video)
            runs.append(cost)
            loops.append(_decode(video))
    ratios = [(a.cpu + b.cpu) / 2 / run.cpu for a, run, b in zip(loops, runs, loops[1:], strict=False)]
    return {
        "frames": video.frames,
        "looks": looks,
        "pipeline_frames_per_core_s": rounded([video.frames / run.cpu for run in runs], 0),
        "decode_frames_per_core_s": rounded([video.frames / loop.cpu for loop in loops], 0),
    }, ratios


def _pipeline(scratch: Path, video: fixtures.Video) -> tuple[Cost, int]:
    """From the start of the camera to its end; the model and the store are open by then."""
    with Site(fixtures.site(scratch, {"car-park": video})) as site:
        began = now()
        for _ in site.events(once=True):
            pass
        cost = now() - began
        return cost, site.status().cameras[0].looks


def _decode(video: fixtures.Video) -> Cost:
    import av

    with av.open(str(video.path)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        began = now()
        count = sum(1 for _ in container.decode(stream))
        cost = now() - began
    if count != video.frames:
        raise RuntimeError(f"{count} frames decoded instead of {video.frames}")
    return cost
