"""Names of people and the site file as parts of topics and subjects."""

import hashlib
import re
import unicodedata


def slug(name: str) -> str:
    """A name as part of a topic or an id: small ASCII letters, digits and `-`.

    >>> slug("Hall 3, Zürich"), slug("北京")
    ('hall-3-zurich', 'site-da0eb7')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]
    return found or f"site-{hashlib.blake2b(name.encode(), digest_size=3).hexdigest()}"


def level(name: str) -> str:
    """A name as one level of a topic; names of the site file stay as they are."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name) or "_"
