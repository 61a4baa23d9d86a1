"""Writes a whole folder of the simulated city: for each camera a video, its labels and a MOTChallenge folder; for all
of them one COCO file and a site file.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from secondsight.errors import ConfigError, StoreError
from secondsight.ground_truth import Recording
from secondsight.sim.conditions.conditions import parse_conditions
from secondsight.sim.output.exports import CocoWriter
from secondsight.sim.output.recording import record
from secondsight.sim.output.site_file import site_file
from secondsight.sim.world import World, make_world

Progress = Callable[[str, int, int], None]
"""Told the camera, the frames it has, and the frames it will have."""


def make_city(
    pack: str,
    folder: Path,
    *,
    seed: int,
    seconds: float,
    cameras: int,
    conditions: Sequence[str] = (),
    masks: bool = False,
    kinds: Sequence[str] = (),
    progress: Progress = lambda camera, done, total: None,
) -> tuple[Recording, ...]:
    """Make worlds of one pack under the same conditions, and write them as `write_city` does.

    Args:
        pack: metro, industrial, retail or motorway.
        folder: must not exist yet, or be empty.
        seed: not negative; see `training_seeds` and `test_seeds`.
        seconds: length of each recording.
        cameras: how many.
        conditions: such as `night` or `rain:0.4`, see `parse_conditions`.
        masks: also label each object's pixels.
        kinds: of the events that happen, see `make_world`.
        progress: called with a camera, the frames it has, and the frames it will have.

    Returns:
        The labels of each camera without their frames.

    Raises:
        ConfigError: the pack, a kind or a condition is unknown, or the folder is not empty.
        StoreError: the folder cannot be written.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.sim import make_city
        >>> (recording,) = make_city("metro", Path("city"), seed=1_000_000, seconds=0.5, cameras=1)
        >>> recording.camera, recording.duration, recording.simulated
        ('metro-0', 0.5, True)
        >>> sorted(path.name for path in Path("city").iterdir())
        ['coco.json', 'metro-0.json', 'metro-0.mp4', 'mot', 'site.yaml']
    """
    parse_conditions(conditions)
    worlds = [make_world(pack, seed, camera, seconds, conditions, kinds=kinds) for camera in range(cameras)]
    return write_city(worlds, folder, masks=masks, progress=progress)


def write_city(
    worlds: Sequence[World],
    folder: Path,
    *,
    masks: bool = False,
    progress: Progress = lambda camera, done, total: None,
) -> tuple[Recording, ...]:
    """Write `folder`: CAMERA.mp4, CAMERA.json, mot/CAMERA/, coco.json and site.yaml. It appears when it is complete.

    Args:
        worlds: one for each camera, all of one pack.
        folder: must not exist yet, or be empty.
        masks: also label each object's pixels.

    Returns:
        The labels of each camera without their frames.

    Raises:
        ConfigError: the folder is not empty.
        StoreError: the folder cannot be written.
    """
    folder = folder.resolve()
    part = folder.with_name(f"{folder.name}.part")
    try:
        if folder.exists() and any(folder.iterdir()):
            raise ConfigError("not an empty folder; name another with --out", file=str(folder))
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        with CocoWriter(part / "coco.json") as coco:
            made = tuple(record(world, part, coco, masks=masks, progress=progress) for world in worlds)
        (part / "site.yaml").write_text(site_file(made), encoding="utf-8")
        part.replace(folder)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return made
