"""Which texts of a site file are secret, so that `masking` can hide them wherever they turn up.

A site file is walked with its schema: whatever is declared as a secret, and whatever is an address, gives up its
logins, keys and tokens. A new setting of type `SecretStr` needs nothing else.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr

from secondsight.addresses import read_address
from secondsight.config.reading import key_index
from secondsight.config.rules import behaviour_names
from secondsight.config.sections.alerts import AppriseSettings
from secondsight.config.sections.site import SiteConfig
from secondsight.masking import KNOWN, looks_secret, secrets_of
from secondsight.records import Verification

_ADDRESSES = ("source", "url", "base_url")
"""Secrets that may also be a path, which is none."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A variable that was replaced in a value.

    Attributes:
        path: where the value stands.
    """

    name: str
    value: str
    path: key_index.Path


def remember(tree: Any, resolved: Iterable[Resolved] = ()) -> None:
    """Let nothing that is secret in a site's values be shown by this process from now on.

    Args:
        tree: plain values of a site file, or a dumped `SiteConfig`.
        resolved: the variables that were replaced in it.
    """
    KNOWN.add(secrets_in(tree, resolved), words_in(tree))


def remember_site(site: SiteConfig) -> None:
    """As `remember`, of a site that may not have been read from a file."""
    remember(site.model_dump())


def secrets_in(tree: Any, resolved: Iterable[Resolved] = ()) -> set[str]:
    """Every secret of a site's values: see `remember`."""
    found: set[str] = set()
    values = dict(_texts(tree, ()))
    for path, text in values.items():
        if "://" in text:
            found |= secrets_of(text) | (_keys_within(text) if _of_service(path, tree) else set())
        elif _is_secret(path, tree) and path[-1] not in _ADDRESSES:
            found.add(text)
    for one in resolved:
        if _holds_secret(one, values.get(one.path, ""), tree):
            found.add(one.value)
    return found


def words_in(tree: Any) -> frozenset[str]:
    """Words that the site and the program use themselves: keys, chosen names, choices."""
    return _own_words() | {part.lower() for path, _ in _texts(tree, ()) for part in path}


@cache
def _own_words() -> frozenset[str]:
    words = {state.value for state in Verification} | {"live", "ended", "connecting", "retrying", "failed"}
    words |= set(behaviour_names())
    for path, field in key_index.all_keys(rules=False):
        words |= {*path, *_choices(field.annotation)}
    return frozenset(word.lower() for word in words)


def _choices(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from (choice for choice in get_args(annotation) if isinstance(choice, str))
    for argument in get_args(annotation):
        yield from _choices(argument)


def _texts(node: Any, path: key_index.Path) -> Iterator[tuple[key_index.Path, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _texts(value, (*path, str(key)))
    elif isinstance(node, list | tuple):
        for position, value in enumerate(node):
            yield from _texts(value, (*path, str(position)))
    elif isinstance(node, SecretStr):
        yield path, node.get_secret_value()
    elif isinstance(node, str):
        yield path, str(node)


def _is_secret(path: key_index.Path, tree: Any) -> bool:
    """Whether a value is declared as a secret; where nothing is declared, whether its key is one elsewhere, or is
    called like one.
    """
    section = key_index.section_at(path[:-1], tree)
    field = key_index.keys_of(section).get(path[-1]) if section is not None else None
    if field is not None:
        return SecretStr in key_index.kinds_of(field.annotation)
    if _in_secret_table(path, tree):
        return True
    return path[-1] in _secret_keys() or looks_secret(path[-1])


def _in_secret_table(path: key_index.Path, tree: Any) -> bool:
    """Whether a value stands in a table of secrets, such as the headers of a webhook."""
    section = key_index.section_at(path[:-2], tree) if len(path) > 1 else None
    field = key_index.keys_of(section).get(path[-2]) if section is not None else None
    kinds = key_index.kinds_of(field.annotation) if field is not None else []
    return any(get_origin(kind) is dict and SecretStr in get_args(kind) for kind in kinds)


def _of_service(path: key_index.Path, tree: Any) -> bool:
    """Whether an address is that of a service in Apprise's form, which holds keys in any part."""
    return path[-1] == "url" and key_index.section_at(path[:-1], tree) is AppriseSettings


def _keys_within(address: str) -> set[str]:
    """Parts of an address that may be keys: long ones that are no plain word or name of a host."""
    parts = re.split(r"[:/?&=@#]+", address.partition("://")[2])
    return {part for part in parts if len(part) >= 8 and not re.fullmatch(r"[a-z.-]+", part)}


@cache
def _secret_keys() -> frozenset[str]:
    return frozenset(
        path[-1]
        for path, field in key_index.all_keys(rules=False)  # a behaviour has none, and loading all may fail
        if SecretStr in key_index.kinds_of(field.annotation)
    )


def _holds_secret(one: Resolved, text: str, tree: Any) -> bool:
    """Whether a variable's value is secret: for its name, or for the place in a secret where it stands."""
    if read_address(one.value) is not None:
        return False  # its parts are found in the whole
    if looks_secret(one.name):
        return True
    if not _is_secret(one.path, tree) and "options" not in one.path:
        return False
    address = read_address(text)
    if address is None:
        return one.path[-1] not in _ADDRESSES
    return one.value not in (address.scheme, address.place) and one.value not in address.place.split(":")
