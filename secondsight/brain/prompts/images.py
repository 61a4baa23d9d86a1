"""Pictures as the brain gets them: few, small, the suspect's box and its zone drawn, without the file's metadata.

A model that is asked whether somebody stands in the zone has to see where that is.
"""

from io import BytesIO

from PIL import Image, ImageDraw

from secondsight.brain.prompts.image_tokens import scaled
from secondsight.jpeg import jpeg_size, open_jpeg, shrunk_jpeg
from secondsight.records import Box, Outline, ReviewFrame

RED, BLUE, YELLOW = (255, 0, 0), (0, 80, 255), (255, 220, 0)
QUALITY = 85
CLOSE_UP, CLOSE_UP_LEAST, CLOSE_UP_QUALITY = 3.0, 224, 95
"""Side of a close view in lengths of the suspect's longer side, its least in pixels; it is encoded again later."""
CONTEXT = 3.0
"""How much larger than the box a view is that shows the suspect with what is around."""
_VIEW_LEAST = 8
"""Pixels of the smallest view's side: a box of no size still gives a picture."""


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


def prepare_frame(frame: ReviewFrame, size: int, outline: Outline = (), path: Outline = ()) -> bytes:
    """The picture as JPEG, its longest side at most `size` pixels, with a thin red rectangle around the frame's box.

    Args:
        outline: drawn as a thin blue line, closed from three points on; in shares of the camera's whole picture.
        path: drawn as a thin yellow line; likewise.

    Raises:
        ValueError: the bytes are no picture that can be read.
    """
    picture = shrunk_jpeg(frame.jpeg, scaled(*jpeg_size(frame.jpeg), size))
    part = frame.part or Box(0.0, 0.0, 1.0, 1.0)
    if outline:
        _line(picture, (*outline, *outline[:1]) if len(outline) > 2 else outline, part, BLUE)
    if len(path) > 1:
        _line(picture, path, part, YELLOW)
    if frame.box is not None:
        _draw(picture, frame.box)
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def crop_frame(jpeg: bytes, box: Box) -> tuple[bytes, Box]:
    """The square around `box` with what is around it, as far as the picture goes, and which part of it that is.

    Raises:
        ValueError: the bytes are no picture that can be read.
    """
    picture = open_jpeg(jpeg)
    width, height = picture.size
    longer = max(abs(box.x2 - box.x1) * width, abs(box.y2 - box.y1) * height)
    side = max(CLOSE_UP * longer, CLOSE_UP_LEAST)
    left, right = _span((box.x1 + box.x2) / 2 * width, side, width)
    top, bottom = _span((box.y1 + box.y2) / 2 * height, side, height)
    out = BytesIO()
    picture.crop((left, top, right, bottom)).save(out, "JPEG", quality=CLOSE_UP_QUALITY)
    return out.getvalue(), Box(left / width, top / height, right / width, bottom / height)


def square_view(picture: Image.Image, box: Box, factor: float, fill: tuple[int, int, int]) -> Image.Image:
    """The square around `box` whose side is `factor` times its longer side, in the picture's own pixels.

    It is moved into the picture as far as it fits; where it is larger than the picture, the picture is centred.
    """
    width, height = picture.size
    side = max(_VIEW_LEAST, round(factor * max((box.x2 - box.x1) * width, (box.y2 - box.y1) * height)))
    left = _origin((box.x1 + box.x2) / 2 * width, side, width)
    top = _origin((box.y1 + box.y2) / 2 * height, side, height)
    if left >= 0 and top >= 0 and left + side <= width and top + side <= height:
        return picture.crop((left, top, left + side, top + side))
    view = Image.new("RGB", (side, side), fill)
    view.paste(picture, (-left, -top))
    return view


def _origin(centre: float, side: int, length: int) -> int:
    if side >= length:
        return -((side - length) // 2)
    return min(max(round(centre - side / 2), 0), length - side)


def _span(centre: float, side: float, length: int) -> tuple[int, int]:
    """Begin and end of a stretch around `centre` that lies within 0..length, moved there if need be."""
    size = min(round(side), length)
    begin = min(max(round(centre - size / 2), 0), length - size)
    return begin, begin + size


def _line(picture: Image.Image, line: Outline, part: Box, colour: tuple[int, int, int]) -> None:
    """Draw what lies in the part of the camera's picture that this one shows."""
    width, height = picture.size
    across, down = part.x2 - part.x1, part.y2 - part.y1
    points = [((x - part.x1) / across * width, (y - part.y1) / down * height) for x, y in line]
    ImageDraw.Draw(picture).line(points, fill=colour, width=_thickness(picture), joint="curve")


def _thickness(picture: Image.Image) -> int:
    return max(2, round(max(picture.size) / 400))


def _draw(picture: Image.Image, box: Box) -> None:
    """The rectangle lies just outside the box, so that it hides nothing of what it marks."""
    width, height = picture.size
    line = _thickness(picture)
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
