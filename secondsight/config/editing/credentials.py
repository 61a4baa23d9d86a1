"""Keeps passwords out of the site file: an address that holds one goes into `.env`, and `${NAME}` stands for it."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from secondsight.config.reading.yaml_document import read_text
from secondsight.errors import ConfigError
from secondsight.masking import HIDDEN, secrets_of

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)")


def keep_apart(
    camera: str, old: Mapping[str, Any], new: Mapping[str, Any], taken: Collection[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """A camera's settings without passwords, and the variables that hold them.

    Args:
        camera: its name.
        old: its settings so far; variables that they name may stay.
        new: its settings as a person typed them.
        taken: names of variables there are. None is overwritten: earlier versions of the site file name them.

    Raises:
        ConfigError: a variable is named that is not this camera's, or an address cannot be kept.
    """
    settings, source = dict(new), new.get("source")
    if not isinstance(source, str) or source == old.get("source"):
        return settings, {}
    key = f"cameras.{camera}.source"
    if HIDDEN in source:
        raise ConfigError(
            f"`{HIDDEN}` stands for a password that is not shown; write the whole address", key=key
        )
    clear = [secret for secret in secrets_of(source) if not _REFERENCE.search(secret)]
    if not clear:
        return settings, {}
    if _REFERENCE.search(source):
        raise ConfigError(
            "write the whole address, or a variable for its password: not half of each", key=key
        )
    if not source.isprintable() or ("'" in source and '"' in source):
        raise ConfigError(
            "special characters of a password must be percent-encoded, such as %22 for a quote", key=key
        )
    name = _free(re.sub(r"[^A-Z0-9]", "_", f"{camera.upper()}_SOURCE"), taken)
    return {**settings, "source": f"${{{name}}}"}, {name: source}


def check_references(path: str, old: Any, new: Any) -> None:
    """Refuse variables that did not stand there before: through a page or the API nobody reads the environment.

    Args:
        path: of the section, for the error.

    Raises:
        ConfigError: there is a new one.
    """
    if added := _references(new) - _references(old):
        raise ConfigError(
            f"${{{min(added)}}} does not stand here yet; write the value itself (passwords are kept in .env), or "
            "name the variable by editing the file",
            key=path,
        )


def written_env(file: Path, variables: Mapping[str, str]) -> bytes:
    """The text of a `.env` file with further variables. Raises ConfigError if it cannot be read."""
    text = read_text(file) if file.is_file() else ""
    if text and not text.endswith("\n"):
        text += "\n"
    quotes = {name: '"' if "'" in value else "'" for name, value in variables.items()}
    lines = (f"{name}={quotes[name]}{value}{quotes[name]}\n" for name, value in variables.items())
    return (text + "".join(lines)).encode()


def _free(name: str, taken: Collection[str]) -> str:
    name = name if name[0].isalpha() else f"CAMERA_{name}"
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _references(node: Any) -> set[str]:
    if isinstance(node, Mapping):
        return {name for key, one in node.items() for name in _references(key) | _references(one)}
    if isinstance(node, list | tuple):
        return {name for one in node for name in _references(one)}
    return set(_REFERENCE.findall(node)) if isinstance(node, str) else set()
