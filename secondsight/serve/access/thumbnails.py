"""Small pictures of events, for lists: a page of them loads at once, also over a slow line."""

from io import BytesIO

from secondsight.serve.access.events import snapshot_of
from secondsight.serve.auth.rights import Principal, UnknownError
from secondsight.serve.site import ServedSite

_SIZE = 320, 320
_MOST_PIXELS = 100_000_000


def thumbnail(site: ServedSite, person: Principal, id: str) -> bytes:
    """The picture of an event's moment, 320 pixels at most on a side, JPEG.

    Raises:
        UnknownError: there is no such event, or no picture of it that can be read.
    """
    from PIL import Image

    path = snapshot_of(site, person, id)
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise UnknownError("the picture is too large")
            picture.draft("RGB", _SIZE)  # decodes JPEG at a smaller size: several times quicker
            small = picture.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        raise UnknownError("there is no picture that can be read") from None
    small.thumbnail(_SIZE)
    out = BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()
