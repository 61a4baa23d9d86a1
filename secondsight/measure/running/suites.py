"""The suites that everybody measures on: which pack, which cameras, which conditions, which seeds.

They are made on demand and kept in a cache. Their seeds lie above all training seeds (`FIRST_TEST_SEED`), and a
suite is made anew whenever the code that draws the city has changed, so that two results of one name are about the
same pictures.
"""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from secondsight.config import suggestion
from secondsight.errors import ConfigError, StoreError
from secondsight.measure.running.recordings import read_folder
from secondsight.media import write_atomic
from secondsight.sim import FIRST_TEST_SEED, make_world, site_file, write_city

_PACKS = ("metro", "industrial", "retail", "motorway")
_HARD: dict[str, tuple[tuple[str, ...], ...]] = {
    "metro": (
        (),
        ("backlight:0.6",),
        ("low_bitrate:0.7", "dirty_lens:0.4"),
        ("night:0.6",),
        ("infrared:0.8",),
        ("light_change:0.7",),
        ("motion_blur:0.6", "shake:0.4"),
        (),
    ),
    "industrial": (
        (),
        ("dirty_lens:0.6",),
        ("night:0.6",),
        ("rain:0.6",),
        ("fog:0.5",),
        ("backlight:0.6", "reflections:0.5"),
        ("low_bitrate:0.7", "shake:0.4"),
        (),
    ),
    "retail": (
        (),
        ("backlight:0.6",),
        ("low_bitrate:0.7",),
        ("infrared:0.8",),
        ("reflections:0.6",),
        ("light_change:0.7",),
        ("dirty_lens:0.6", "motion_blur:0.5"),
        (),
    ),
    "motorway": (
        (),
        ("fog:0.6",),
        ("night:0.7", "headlights:0.7"),
        ("rain:0.7",),
        ("snow:0.6",),
        ("shake:0.5", "motion_blur:0.5"),
        ("low_bitrate:0.7", "dirty_lens:0.4"),
        (),
    ),
}
"""Conditions of each camera; the first and the last see clearly. A quick suite takes the first three."""

_ABANDONED = 86_400.0
"""Seconds without a change after which a half-made suite is nobody's."""
_NO_PICTURES = ("demo.py", "site_file.py", "rtsp.py", "rtsp_server.py", "detections.py", "__init__.py")


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite.

    Attributes:
        seed: of its city.
        seconds: of each camera's recording.
        conditions: of each camera, such as `night:0.6`; as many as there are cameras.
    """

    name: str
    pack: str
    seed: int
    seconds: float
    conditions: tuple[tuple[str, ...], ...]


SUITES: dict[str, Suite] = {
    f"{pack}-{size}": Suite(f"{pack}-{size}", pack, seed, seconds, _HARD[pack][:cameras])
    for number, pack in enumerate(_PACKS)
    for size, seed, cameras, seconds in (
        ("quick", FIRST_TEST_SEED + 2 * number, 3, 120.0),
        ("full", FIRST_TEST_SEED + 2 * number + 1, 8, 180.0),
    )
}
"""Every suite, by name."""


def find_suite(name: str) -> Suite:
    """A suite by its name. Raises ConfigError with the nearest spelling."""
    if name not in SUITES:
        raise ConfigError(f"neither a folder nor a suite is called so; {suggestion(name, SUITES)}", key=name)
    return SUITES[name]


def prepare_suite(
    suite: Suite, cache: Path | None = None, *, progress: Callable[[float], None] = lambda share: None
) -> Path:
    """The suite's folder, made if need be: videos, labels and `site.yaml`.

    Args:
        cache: where suites are kept; the user's cache folder if None.
        progress: called with the share that is made, 0..1.

    Raises:
        StoreError: the cache cannot be written.
    """
    import platformdirs

    root = cache or Path(platformdirs.user_cache_dir("secondsight")) / "suites"
    folder = root / f"{suite.name}-{fingerprint(suite)}"
    if folder.is_dir():
        _renew_site(folder)
        return folder
    try:
        root.mkdir(parents=True, exist_ok=True)
        _clean(root)
        part = Path(tempfile.mkdtemp(prefix=f"{suite.name}.", suffix=".part", dir=root))
    except OSError as error:
        raise StoreError(
            f"{root}: suites cannot be kept here: {error.strerror}; name another --cache"
        ) from None
    try:
        _make(suite, part, progress)
        part.replace(folder)
    except OSError:
        # Another process has made the same suite meanwhile.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _clean(root: Path) -> None:
    """Remove what killed programs left half made; what is younger may be in the making."""
    for path in root.glob("*.part*"):
        with suppress(FileNotFoundError):  # another process may clean, too
            if time.time() - path.stat().st_mtime > _ABANDONED:
                shutil.rmtree(path, ignore_errors=True)


def _make(suite: Suite, folder: Path, progress: Callable[[float], None]) -> None:
    worlds = [
        make_world(suite.pack, suite.seed, camera, suite.seconds, conditions)
        for camera, conditions in enumerate(suite.conditions)
    ]
    total = sum(world.frames for world in worlds)
    frames: dict[str, int] = {}

    def drawn(camera: str, done: int, of: int) -> None:
        frames[camera] = done
        progress(sum(frames.values()) / total)

    write_city(worlds, folder, progress=drawn)


def _renew_site(folder: Path) -> None:
    """The pictures are the same as ever; the rules of the pack may have changed."""
    recordings = [one.recording for one in read_folder(folder)]
    write_atomic(folder / "site.yaml", site_file(recordings).encode(), min_free=0)


def fingerprint(suite: Suite) -> str:
    """What decides the pictures and their labels: the suite, and the code that draws the city."""
    import secondsight.sim

    code = hashlib.blake2b(repr(suite).encode(), digest_size=6)
    room = Path(secondsight.sim.__file__).parent
    for file in sorted(room.rglob("*")):
        if file.suffix == ".py" and file.name not in _NO_PICTURES:
            code.update(file.relative_to(room).as_posix().encode() + file.read_bytes())
    return code.hexdigest()
