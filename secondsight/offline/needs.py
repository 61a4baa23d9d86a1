"""What a site needs besides the program: extras of the package, small models, files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from secondsight.config import (
    ClipBrainSettings,
    SiteConfig,
    TransformersBrainSettings,
    WhisperVoiceSettings,
)
from secondsight.errors import ConfigError

_OF_CHANNELS = {"mqtt": "alerts", "apprise": "notify", "nats": "nats"}


@dataclass(frozen=True, slots=True)
class SiteNeeds:
    """What belongs into a bundle.

    Attributes:
        extras: of the package, sorted.
        models: names in the model store.
        files: files and folders that the site file names, absolute.
    """

    extras: tuple[str, ...]
    models: tuple[str, ...]
    files: tuple[Path, ...]


def needs_of(config: SiteConfig, folder: Path) -> SiteNeeds:
    """What a site needs.

    Args:
        folder: of the site file.

    Raises:
        ConfigError: the site names a file outside its folder, which would not be found on another machine.
    """
    files = tuple(dict.fromkeys(_files(config)))
    for file in files:
        if not file.is_relative_to(folder):
            raise ConfigError(
                f"the site names {file}, which lies outside its folder {folder}; copy it there, and name it so"
            )
    sentinel = config.sentinel
    stages = [name for stage in sentinel.second_stage.values() for name in (stage.model, stage.reader)]
    names = filter(None, (sentinel.model, sentinel.reid, *stages))
    return SiteNeeds(tuple(sorted(set(_extras(config)))), tuple(dict.fromkeys(names)), files)


def _extras(config: SiteConfig) -> Iterator[str]:
    brains, channels, sentinel = config.brain.asked, config.alerts.values(), config.sentinel
    url = config.store.url.get_secret_value() if config.store.url else ""
    yield from (_OF_CHANNELS[one.type] for one in channels if one.type in _OF_CHANNELS)
    wanted = {
        "clip": any(isinstance(one, ClipBrainSettings) for one in brains),
        "local-brain": any(isinstance(one, TransformersBrainSettings) for one in brains),
        "nats": config.queue is not None,
        "console": config.serve is not None,
        "report": config.report is not None,
        "voice": isinstance(config.voice, WhisperVoiceSettings),
        "postgres": url.startswith("postgresql"),
        "onnxruntime": sentinel.runtime == "onnxruntime",
        "plates": any(
            stage.reads is not None and stage.reader is None for stage in sentinel.second_stage.values()
        ),
        "train": config.learn.enabled,
    }
    yield from (extra for extra, needed in wanted.items() if needed)


def _files(config: SiteConfig) -> Iterator[Path]:
    for brain in config.brain.asked:
        if isinstance(brain, ClipBrainSettings | TransformersBrainSettings) and Path(brain.model).is_dir():
            yield Path(brain.model).resolve()
    if isinstance(config.voice, WhisperVoiceSettings) and config.voice.model.exists():
        yield config.voice.model.resolve()
    for camera in config.cameras.values():
        if camera.tls_ca is not None:
            yield camera.tls_ca.resolve()
