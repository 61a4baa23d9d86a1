"""Makes a checked `SiteConfig` of a site file, or says everything that is wrong with it at once."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr, ValidationError

from secondsight.config.reading.confidential import remember
from secondsight.config.reading.environment import read_environment, resolved, substitute
from secondsight.config.reading.messages import dangling, explain, unknown_places
from secondsight.config.reading.plaintext_keys import clear_keys
from secondsight.config.reading.renamed_keys import KeyUpdate
from secondsight.config.reading.yaml_document import Document, parse, read_text
from secondsight.config.sections.brain import (
    BrainSettings,
    ClipBrainSettings,
    OpenAIBrainSettings,
    PanelBrainSettings,
)
from secondsight.config.sections.questions import OpenAIVoiceSettings, WhisperVoiceSettings
from secondsight.config.sections.site import SiteConfig
from secondsight.config.types import Section
from secondsight.errors import ConfigError
from secondsight.permissions import exposure

_MOST_MISTAKES = 20
"""One wrong indentation may make a hundred; nobody reads past the first few."""

_log = logging.getLogger(__name__)


def load_site(path: str | Path, environ: Mapping[str, str] | None = None) -> SiteConfig:
    """Read and check a site file. Relative paths in it are taken from the file's own folder.

    `${NAME}` and `${NAME:-default}` in values are replaced from `environ`, then from a `.env` file beside the
    site file.

    Args:
        path: the site file, YAML.
        environ: variables; the process's environment by default.

    Returns:
        The site, checked, with absolute paths.

    Raises:
        ConfigError: what is wrong, with file, line and key. `errors` has every mistake that was found, and
            the text has a line for each.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.config import load_site
        >>> from secondsight.errors import ConfigError
        >>> file = Path("site.yaml")
        >>> text = '''
        ... cameras:
        ...   hall:
        ...     source: rtsp://viewer:${PASSWORD}@10.0.0.5/live
        ... rules:
        ...   no-entry:
        ...     behaviour: intrusion
        ...     zone: frame
        ... '''
        >>> _ = file.write_text(text)
        >>> config = load_site(file, {"PASSWORD": "secret"})
        >>> list(config.cameras), config.rules["no-entry"].behaviour
        (['hall'], 'intrusion')
        >>> _ = file.write_text(text.replace("intrusion", "intrution"))
        >>> try:
        ...     load_site(file, {"PASSWORD": "secret"})
        ... except ConfigError as error:
        ...     print(error.line, error.key)
        7 rules.no-entry.behaviour
    """
    file = Path(path)
    return load_text(read_text(file), file, environ)


def load_text(text: str, file: Path, environ: Mapping[str, str] | None = None) -> SiteConfig:
    """As `load_site`, of a text that is not yet what stands in the file.

    Raises:
        ConfigError: as `load_site`.
    """
    return _checked(_document(text, file, environ), file.parent.resolve())


def load_worker(
    path: str | Path, environ: Mapping[str, str] | None = None, url: str | None = None
) -> SiteConfig:
    """Read and check the file of a worker: a site file that may lack cameras, since a worker watches none.

    Args:
        path, environ: as of `load_site`.
        url: of the message queue, instead of the one in the file.

    Returns:
        A site whose `brain` and `queue` count.

    Raises:
        ConfigError: as `load_site`.
    """
    file = Path(path)
    document = _document(read_text(file), file, environ)
    values = {"cameras": {"none": {"source": "none"}}, **document.values}
    if url is not None:
        section = values.get("queue")
        values["queue"] = {**(section if isinstance(section, dict) else {}), "url": url}
    document = replace(document, values=values)
    remember(document.values)
    return _checked(document, file.parent.resolve())


def _document(text: str, file: Path, environ: Mapping[str, str] | None) -> Document:
    """The values of a file with their variables replaced; its secrets are known from then on. Raises ConfigError."""
    document = parse(text, str(file))
    for warning in clear_keys(document):
        _log.warning(str(warning))
    secrets = file.parent / ".env"
    if secrets.is_file() and (problem := exposure(secrets)):
        _log.warning(problem)
    variables = read_environment(file.parent, environ)
    replaced = tuple(resolved(document, variables))
    document, mistakes = substitute(document, variables)
    remember(document.values, replaced)
    _refuse(mistakes)
    return document


def make_site(values: Mapping[str, Any], folder: Path, origin: str = "settings") -> SiteConfig:
    """Check a site given as plain values instead of a file, such as those of a command line.

    Args:
        values: as the site file has them, nested.
        folder: where relative paths begin.
        origin: named in errors where a file would be.

    Returns:
        The site, checked, with absolute paths.

    Raises:
        ConfigError: as `load_site`, without lines.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.config import make_site
        >>> config = make_site(
        ...     {
        ...         "cameras": {
        ...             "hall": {
        ...                 "source": "videos/hall.mp4",
        ...                 "zones": {"door": {"coordinates": "0.4,0.2,0.6,0.2,0.6,0.9,0.4,0.9"}},
        ...             }
        ...         },
        ...         "rules": {"waiting": {"behaviour": "loitering", "zone": "door", "loitering_time": "30s"}},
        ...     },
        ...     Path("/srv/site"),
        ... )
        >>> config.rules["waiting"].loitering_time, config.cameras["hall"].source.get_secret_value()
        (30.0, '/srv/site/videos/hall.mp4')
    """
    remember(values)
    return _checked(Document(origin, dict(values)), folder.resolve())


def _checked(document: Document, folder: Path) -> SiteConfig:
    update = KeyUpdate(document)
    for warning in update.warnings:
        _log.warning(str(warning))
    _refuse(update.mistakes)
    document = update.document
    try:
        config = SiteConfig.model_validate(document.values)
    except ValidationError as error:
        mistakes = explain(error, document)
        told = {mistake.key for mistake in mistakes}
        others = (document.error(problem, path) for problem, path in unknown_places(document.values))
        mistakes += [mistake for mistake in others if mistake.key not in told]
    else:
        mistakes = [document.error(problem, path) for problem, path in dangling(config)]
    _refuse(mistakes)
    return _with_absolute_paths(config, folder)


def _refuse(mistakes: Sequence[ConfigError]) -> None:
    """Raise one error that tells all of them, in the order of the file. Does nothing if there is none."""
    if not mistakes:
        return
    first, *others = sorted(mistakes, key=lambda mistake: mistake.line or 0)
    hidden = len(others) - _MOST_MISTAKES
    if hidden > 0:
        others = [*others[:_MOST_MISTAKES], ConfigError(f"and {hidden} more mistakes", file=first.file)]
    raise ConfigError(first.problem, file=first.file, line=first.line, key=first.key, others=others)


def _with_absolute_paths(config: SiteConfig, folder: Path) -> SiteConfig:
    cameras = {}
    for name, camera in config.cameras.items():
        source = camera.source.get_secret_value()
        if "://" not in source:  # joining leaves absolute paths, of devices too, as they are
            camera = camera.model_copy(update={"source": SecretStr(str(folder / source))})
        if camera.tls_ca is not None:
            camera = camera.model_copy(update={"tls_ca": folder / camera.tls_ca})
        cameras[name] = camera
    update: dict[str, Any] = {"cameras": cameras, "data": folder / config.data}
    if config.models is not None:
        update["models"] = folder / config.models
    if config.serve is not None and config.serve.tls is not None:
        tls = config.serve.tls
        files = {"certificate": folder / tls.certificate, "key": folder / tls.key}
        update["serve"] = config.serve.model_copy(update={"tls": tls.model_copy(update=files)})
    if config.queue is not None:
        update["queue"] = _files_with_absolute_paths(config.queue, folder)
    match config.voice:
        case WhisperVoiceSettings(model=folder_of_model):
            update["voice"] = config.voice.model_copy(update={"model": folder / folder_of_model})
        case OpenAIVoiceSettings(api_key_file=Path() as file):
            update["voice"] = config.voice.model_copy(update={"api_key_file": folder / file})
    update["brain"] = _brain_with_absolute_paths(config.brain, folder)
    update["alerts"] = {name: _files_with_absolute_paths(one, folder) for name, one in config.alerts.items()}
    return config.model_copy(update=update)


def _brain_with_absolute_paths(brain: BrainSettings, folder: Path) -> BrainSettings:
    update: dict[str, Any] = {}
    match brain:
        case OpenAIBrainSettings(api_key_file=Path() as file):
            update["api_key_file"] = folder / file
        case ClipBrainSettings(model=model) if "/" in model:
            update["model"] = str(folder / model)
        case PanelBrainSettings(members=members):
            update["members"] = {
                name: _brain_with_absolute_paths(member, folder) for name, member in members.items()
            }
    return brain.model_copy(update=update)


_Files = TypeVar("_Files", bound=Section)


def _files_with_absolute_paths(section: _Files, folder: Path) -> _Files:
    files = {key: getattr(section, key, None) for key in ("ca_file", "cert_file", "key_file", "credentials")}
    return section.model_copy(update={key: folder / file for key, file in files.items() if file is not None})
