"""Pictures as the brain gets them: few, small, with the suspect's box drawn, without the file's metadata."""

from io import BytesIO

from PIL import Image, ImageDraw, UnidentifiedImageError

from secondsight.records import Box

RED = (255, 0, 0)
QUALITY = 85


def choose(count: int, most: int) -> list[int]:
    """Positions of at most `most` of `count` frames, in order, evenly spread: first and last stay.

    The frames arrive chosen around the peak, evenly; so an even share of them keeps its surroundings too.
    One frame alone is the middle one.

    >>> choose(6, 3)
    [0, 2, 5]
    """
    if count <= most:
        return list(range(count))
    if most == 1:
        return [count // 2]
    return [round(i * (count - 1) / (most - 1)) for i in range(most)]


def prepare_frame(jpeg: bytes, box: Box | None, size: int) -> bytes:
    """The picture as JPEG, its longest side at most `size` pixels, with a thin red rectangle around `box`.

    Raises:
        ValueError: the bytes are no picture that can be read.
    """
    try:
        with Image.open(BytesIO(jpeg), formats=["JPEG"]) as opened:
            opened.draft("RGB", (size, size))
            picture = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ValueError("not a readable JPEG picture") from None
    picture.thumbnail((size, size))
    if box is not None:
        _draw(picture, box)
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _draw(picture: Image.Image, box: Box) -> None:
    """The rectangle lies just outside the box, so that it hides nothing of what it marks."""
    width, height = picture.size
    line = max(2, round(max(picture.size) / 400))
    left, right = sorted((box.x1 * width, box.x2 * width))
    top, bottom = sorted((box.y1 * height, box.y2 * height))
    corners = (
        max(0, round(left) - line),
        max(0, round(top) - line),
        min(width - 1, round(right) + line),
        min(height - 1, round(bottom) + line),
    )
    if corners[0] < corners[2] and corners[1] < corners[3]:
        ImageDraw.Draw(picture).rectangle(corners, outline=RED, width=line)
