"""Finds keys of the brain and secrets of channels that stand in the site file in clear, for all who can read it."""

from typing import Any

from secondsight.config.reading.key_index import Path
from secondsight.config.reading.yaml_document import Document
from secondsight.errors import ConfigError

_CLEAR = "a key stands here in clear; put it into the environment (`api_key_env`) or a file (`api_key_file`)"

_CLEAR_IN_CHANNEL = (
    "a secret stands here in clear; write `${NAME}`, and put it into the environment or `.env`"
)


def clear_keys(document: Document) -> list[ConfigError]:
    """A sentence with file, line and key for each one; they are warnings, nothing is refused.

    Args:
        document: as written, before `${NAME}` is replaced: what comes from the environment does not stand there.
    """
    return [*_within(document, document.values.get("brain"), ("brain",)), *_of_channels(document)]


def _of_channels(document: Document) -> list[ConfigError]:
    channels = document.values.get("alerts")
    return [
        document.error(_CLEAR_IN_CHANNEL, ("alerts", str(name), key))
        for name, channel in (channels.items() if isinstance(channels, dict) else ())
        for key in ("password", "secret")
        if isinstance(channel, dict) and _clear("api_key", channel.get(key))
    ]


def _within(document: Document, section: Any, path: Path) -> list[ConfigError]:
    if not isinstance(section, dict):
        return []
    found = [
        document.error(_CLEAR, (*path, key))
        for key in ("api_key", "base_url")
        if _clear(key, section.get(key))
    ]
    members = section.get("members")
    if isinstance(members, dict):
        for name, member in members.items():
            found += _within(document, member, (*path, "members", name))
    return found


def _clear(key: str, value: Any) -> bool:
    """Whether a value holds a secret that is no `${NAME}`. Of an address, the password before the `@`."""
    if not isinstance(value, str):
        return value is not None and key == "api_key"
    if key == "base_url":
        login, at, _ = value.partition("://")[2].partition("/")[0].rpartition("@")
        value = login.partition(":")[2] if at else ""
    return bool(value.strip()) and "${" not in value
