"""Reads network addresses as people write them: passwords with special characters, schemes in capitals.

RFC 3986 ends the host at the first `/`, `?` or `#`. A password that holds one of them, written as it is, moves that
end into the password. Where such an address has only one sensible meaning, it is read as meant.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

ENCODING = "/ as %2F, # as %23, @ as %40, ? as %3F, a space as %20"
"""How special characters of a user name or password are written, for messages."""

_ADDRESS = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_END = re.compile(r"[/?#]")
_PLACE = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]|[\w.-]*)(?P<port>:[0-9]{1,5})?")
_AS_IS = "-._~!$&'()*+,;="


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of `scheme://login@place/rest`.

    Attributes:
        scheme: in small letters.
        login: user and password as written; None without an `@`.
        place: host, and port if there is one.
        rest: path, query and fragment as written.
        mended: the login holds characters that should have been percent-encoded.
        ambiguous: an `@` further on may end the login as well.
    """

    scheme: str
    login: str | None
    place: str
    rest: str
    mended: bool = False
    ambiguous: bool = False

    @property
    def url(self) -> str:
        """The address with its login percent-encoded; escapes that are there stay."""
        if self.login is None:
            return f"{self.scheme}://{self.place}{self.rest}"
        return f"{self.scheme}://{_encoded(self.login)}@{self.place}{self.rest}"


def read_address(text: str) -> Address | None:
    """The parts of an address; None for text that is no address, such as a path.

    >>> read_address("RTSP://viewer:top/secret@10.0.0.5/live").url
    'rtsp://viewer:top%2Fsecret@10.0.0.5/live'
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return None
    scheme, body = match[1].lower(), match[2].rstrip()
    authority, rest = _split(body)
    login, at, place = authority.rpartition("@")
    plausible = _PLACE.fullmatch(place)
    further = _logins(body) if "@" in rest and scheme != "file" else []
    if plausible is None and len(further) == 1:
        login = further[0]
        place, rest = _split(body[len(login) + 1 :])
        return Address(scheme, login, place, rest, mended=True)
    # `host:80/a@b` is an address with a path, or `user:80/a` is a login: read by the book, and be careful with it.
    doubtful = bool(further) and (bool(at) or plausible is None or plausible["port"] is not None)
    if not at:
        return Address(scheme, None, place, rest, ambiguous=doubtful)
    return Address(scheme, login, place, rest, _encoded(login) != login, ambiguous=doubtful)


def possible_logins(text: str) -> list[str]:
    """Every text before an `@` that may be meant as user and password, the likeliest first."""
    match, address = _ADDRESS.fullmatch(text), read_address(text)
    if match is None or address is None:
        return []
    likely = [address.login] if address.login is not None else []
    return [*likely, *(_logins(match[2].rstrip()) if address.ambiguous else [])]


def _split(body: str) -> tuple[str, str]:
    end = _END.search(body)
    return (body, "") if end is None else (body[: end.start()], body[end.start() :])


def _logins(body: str) -> list[str]:
    """What stands before each `@` that a place may follow."""
    found = []
    for at in re.finditer("@", body):
        place, _ = _split(body[at.end() :])
        if place and _PLACE.fullmatch(place):
            found.append(body[: at.start()])
    return found


def _encoded(login: str) -> str:
    user, colon, password = login.partition(":")
    return _part(user) + colon + _part(password)


def _part(text: str) -> str:
    """Percent-encoded; what is escaped already stays as it is."""
    pieces = re.split(r"(%[0-9A-Fa-f]{2})", text)
    return "".join(piece if number % 2 else quote(piece, safe=_AS_IS) for number, piece in enumerate(pieces))


def decoded(text: str) -> str:
    """The text behind percent-escapes."""
    return unquote(text)
