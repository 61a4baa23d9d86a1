"""Hides secrets in all text that leaves the program: those that are known, and what looks like one.

`redact` is the one place. Logs, errors, tables, JSON, pages and the database pass their texts through it. What it
knows stands in `KNOWN`: loading a site file adds the file's secrets, the brain adds its key. Like the handlers of
`logging`, that is one per process on purpose: a secret is one wherever in the process it turns up.
"""

import base64
import html
import json
import os
import re
import threading
from collections.abc import Iterable
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

from secondsight.addresses import possible_logins, read_address
from secondsight.foreign import visible

HIDDEN = "***"

_SHORT, _CERTAIN = 4, 8
"""A secret with fewer characters than `_SHORT` is found in too much that is none; with `_CERTAIN`, in nothing."""

_SECRET_NAMES = (
    "password|passwd|passphrase|passwort|pswd|pwd|psw|pass|pw|loginpas|loginpass|loginuse|token|access_?token|"
    "auth_?token|session_?token|api[_-]?key|apikey|key|secret|client_?secret|signature|sig|auth|authorization|"
    "session|sessionid|sid|credential|credentials|streamid|jwt|hash|nonce|x-amz-[a-z-]+"
)
_USER_NAMES = "user|username|usr|login|account"
_SECRET_NAME = re.compile(_SECRET_NAMES, re.IGNORECASE)
_LOOKS_SECRET = re.compile(
    r"passw|passphrase|passcode|(?:^|[^a-z])pass(?:$|[^a-z])|pwd|psw|secret|token|credential|api_?key|(?:^|[^a-z])key(?:$|[^a-z])",
    re.IGNORECASE,
)

# Texts come from anywhere: no part of these may be tried at every character again, or one line takes minutes.
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{0,40}://[^\s\"'<>|]+", re.IGNORECASE)
_LOGIN = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]{0,40}://)"
    r"(?:[^/\s@?#:]*(?::[^/\s?#]*)?@"
    r"|[^/\s@:?#]*:(?![0-9]{1,5}(?:[/?#\s]|$))[^\n\"<>|]{1,200}?@(?=[\w.\[-]+(?:[:/?#\s'\"),;]|$)))"
    r"(?:[^\s/?#@]*@)*",
    re.IGNORECASE,
)
_PARAMETER = re.compile(rf"(?P<name>[?&;](?:{_SECRET_NAMES})=)[^&#\s\"'<>]+", re.IGNORECASE)
_USER_PARAMETER = re.compile(rf"(?P<name>[?&;](?:{_USER_NAMES})=)[^&#\s\"'<>]+", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?P<name>(?<![a-z0-9])(?:password|passwd|pwd|psw|pass|loginpas|token|api[_-]?key|secret|signature|sig|auth)"
    r"[\"']?(?:=|:\s*[\"']))[^&\s\"']+",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(?P<name>\b(?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?(?:[a-z]+\s+)?|\bx-api-key[\"']?\s*[:=]\s*[\"']?"
    r"|\b(?:set-)?cookie[\"']?\s*:\s*[\"']?|\b(?:bearer|basic)\s+(?=\S{8}))[^\s\"',]+",
    re.IGNORECASE,
)
_KEYS = re.compile(
    r"\bsk-[A-Za-z0-9_-]{8,}|\bhf_[A-Za-z0-9]{16,}|\bgh[opsu]_[A-Za-z0-9]{16,}|\bAKIA[A-Z0-9]{12,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"
)


class Secrets:
    """Texts that must not be shown, and the finding of them in any form in which they may be written.

    A short secret, or one that is a single word in small letters, is found only where it stands alone; one that is
    shorter still, a short number or a word that the site itself uses, only where addresses and headers have secrets.
    Everything else would hide half of what people need to read. Thread-safe.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._texts: set[str] = set()
        self._words: set[str] = set()
        self._alone: dict[str, bool] = {}
        self._lengths: dict[str, tuple[int, ...]] = {}
        self.add(texts)

    def add(self, texts: Iterable[str], words: Iterable[str] = ()) -> None:
        """Learn secrets.

        Args:
            words: names that the site uses; a secret that is one of them cannot be told from the name.
        """
        with self._lock:
            new, names = set(texts) - self._texts, {word.lower() for word in words} - self._words
            self._texts |= new
            self._words |= names
            if names & {text.strip().lower() for text in self._texts}:
                self._alone, self._lengths, new = {}, {}, self._texts
            for text in new:
                self._learn(text.strip())

    def _learn(self, secret: str) -> None:
        if len(secret) < _SHORT or secret.lower() in self._words:
            return
        telling = len({_kind(c) for c in secret}) > 1 or (len(secret) >= _CERTAIN and not secret.islower())
        if not telling and secret.isdigit():
            return
        for form in _written(secret):
            alone = not telling and form == secret  # encoded, it is a word no more
            self._alone[form] = alone and self._alone.get(form, True)
            lengths = self._lengths.get(form[:_SHORT], ())
            if len(form) not in lengths:
                self._lengths[form[:_SHORT]] = tuple(sorted((*lengths, len(form)), reverse=True))

    def forget(self) -> None:
        """Know nothing any more, as at the start."""
        with self._lock:
            self._texts, self._words, self._alone, self._lengths = set(), set(), {}, {}

    def hide(self, text: str) -> str:
        """`text` without what is known."""
        lengths, kept, last, at = self._lengths, [], 0, 0
        while lengths and at <= len(text) - _SHORT:
            likely = lengths.get(text[at : at + _SHORT])
            end = self._end_of_secret(text, at, likely) if likely else None
            if end is None:
                at += 1
                continue
            kept += [text[last:at], HIDDEN]
            at = last = end
        return "".join([*kept, text[last:]]) if kept else text

    def _end_of_secret(self, text: str, at: int, lengths: Iterable[int]) -> int | None:
        """Where the longest form that stands in `text` at a place ends; None where none does."""
        for length in lengths:
            end = at + length
            alone = self._alone.get(text[at:end])
            if alone is False or (
                alone and not _in_word(text[at - 1 : at]) and not _in_word(text[end : end + 1])
            ):
                return end
        return None

    def holds(self, text: str) -> bool:
        """Whether a known secret stands in `text`."""
        return any(len(secret) >= _SHORT and secret in text for secret in self._texts)


KNOWN = Secrets()
"""The secrets of this process."""


def redact(text: str) -> str:
    """`text` without secrets: known ones, user:password in addresses, secret parameters, headers, keys.

    >>> redact("rtsp://admin:s3cret@10.0.0.5/stream?token=abc&x=1")
    'rtsp://***@10.0.0.5/stream?token=***&x=1'
    """
    text = KNOWN.hide(text)
    if "://" in text:
        text = _LOGIN.sub(rf"\g<scheme>{HIDDEN}@", text)
        text = _ADDRESS.sub(lambda address: _without_tokens(address[0]), text)
    if "=" in text or ":" in text:
        with_password = _PARAMETER.sub(rf"\g<name>{HIDDEN}", text)
        if with_password != text:
            text = _USER_PARAMETER.sub(rf"\g<name>{HIDDEN}", with_password)
        text = _ASSIGNED.sub(rf"\g<name>{HIDDEN}", text)
    text = _HEADER.sub(rf"\g<name>{HIDDEN}", text)
    return _KEYS.sub(lambda key: f"sk-{HIDDEN}" if key[0].startswith("sk-") else HIDDEN, text)


def showable(value: Any) -> Any:
    """For templates of pages: text without secrets and with nothing in it that a browser would obey; what the program
    itself has marked up, and any other value, as it is.
    """
    return visible(redact(value), lines=True) if type(value) is str else value


def looks_secret(name: str) -> bool:
    """Whether a variable or key of this name is likely to hold a secret, such as CAMERA_PASSWORD."""
    return _LOOKS_SECRET.search(name) is not None


def secrets_of(address: str) -> set[str]:
    """What is secret in an address: its login, its secret parameters, tokens in its path; raw and decoded.

    Args:
        address: with `scheme://`; nothing is secret in other text.
    """
    found: set[str] = set()
    for login in possible_logins(address):
        _, colon, password = login.partition(":")
        found |= {password} if colon else {login}
        if colon:
            found.add(login)
    parts = read_address(address)
    if parts is None:
        return found
    path, _, query = parts.rest.partition("?")
    found |= {segment for segment in path.split("/") if _is_token(segment)}
    if parts.scheme in ("rtmp", "rtmps") and path.count("/") > 1:
        found.add(path.rpartition("/")[2])
    found |= _parameters(query)
    return {text for secret in found for text in (secret, unquote(secret)) if text}


def _parameters(query: str) -> set[str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    raw = [pair.partition("=")[::2] for pair in re.split("[&;]", query)]
    return {value for name, value in [*pairs, *raw] if value and _SECRET_NAME.fullmatch(name)}


def _without_tokens(address: str) -> str:
    """An address without what looks like a token among the parts of its path; of RTMP the last one is a key."""
    scheme, _, rest = address.partition("://")
    body, mark, query = rest.partition("?")
    place, *segments = body.split("/")
    segments = [HIDDEN if _is_token(segment) else segment for segment in segments]
    if scheme.lower() in ("rtmp", "rtmps") and len(segments) > 1:
        segments[-1] = HIDDEN
    return f"{scheme}://{'/'.join([place, *segments])}{mark}{query}"


def _is_token(segment: str) -> bool:
    """Whether a part of a path is random rather than a name: long, and it changes its kind of character often."""
    plain = segment.replace("-", "").replace("_", "")
    if (
        len(plain) < 12
        or not re.fullmatch("[A-Za-z0-9+=%~.-]+", plain)
        or re.search(r"\.[a-z0-9]{2,4}$", plain)
    ):
        return False
    if re.fullmatch("[0-9a-fA-F]{16,}", plain):
        return True
    changes = sum(_kind(a) != _kind(b) and (_kind(a), _kind(b)) != ("A", "a") for a, b in pairwise(plain))
    return 4 * changes >= len(plain)


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _kind(character: str) -> str:
    return "0" if character.isdigit() else "A" if character.isupper() else "a" if character.isalpha() else "-"


def _written(secret: str) -> set[str]:
    """A secret as it may be written: plain, percent-encoded, within JSON, Python, HTML, or a header."""
    plain = {secret, unquote(secret), unquote_plus(secret)}
    forms = set(plain)
    for text in plain:
        encoded = {quote(text, safe=""), quote(text), quote_plus(text), quote(text, safe="!$&'()*+,;=-._~")}
        forms |= encoded | {re.sub("%..", lambda escape: escape[0].lower(), one) for one in encoded}
        forms |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
        forms |= {
            html.escape(text),
            html.escape(text, quote=False),
            html.escape(text).replace("&#x27;", "&#39;"),
        }
        if len(text) >= _CERTAIN:
            forms.add(base64.b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("="))
    return {form for form in forms if len(form) >= _SHORT}


def open_environment() -> dict[str, str]:
    """The environment without what is, or may be, secret: our processes need none of it, and `/proc` shows it."""
    return {
        name: value
        for name, value in os.environ.items()
        if not KNOWN.holds(value) and not looks_secret(name) and not secrets_of(value)
    }
