"""What the brain is shown of the suspect: the whole picture, what is around it, or both."""

import asyncio
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from secondsight.brain import make_reviewer
from secondsight.brain.prompts.images import crop_frame
from secondsight.brain.prompts.wording import review_prompt
from secondsight.clock import SystemClock
from secondsight.errors import BrainError
from secondsight.records import Box, Evidence, ReviewFrame, ReviewRequest, Verdict
from tests.brain.samples import TRIGGERED, brain_settings, review_request, settings
from tests.servers.brain import BrainServer, ok

BOX = Box(0.45, 0.4, 0.5, 0.6)
"""32 pixels wide and 72 high, in pictures of 640x360."""
PART = Box(192 / 640, 68 / 360, 416 / 640, 292 / 360)
"""Of 224 pixels, the least side of a close view, around it."""


def marked(width: int = 640, height: int = 360, box: Box = BOX) -> bytes:
    """Grey, but green where the box is."""
    picture = Image.new("RGB", (width, height), (90, 90, 90))
    corners = (box.x1 * width, box.y1 * height, box.x2 * width - 1, box.y2 * height - 1)
    ImageDraw.Draw(picture).rectangle(corners, (0, 200, 0))
    out = BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


def request(count: int = 2, box: Box | None = BOX) -> ReviewRequest:
    return review_request(frames=tuple(ReviewFrame(marked(), TRIGGERED + i, box) for i in range(count)))


def review(server: BrainServer, asked: ReviewRequest, **changes: Any) -> Verdict:
    async def run() -> Verdict:
        made = make_reviewer(settings(server.url, **changes), SystemClock(), {})
        assert made is not None
        try:
            return await made.review(asked)
        finally:
            await made.close()

    return asyncio.run(run())


def pictures(server: BrainServer) -> list[Image.Image]:
    return [Image.open(BytesIO(image)).convert("RGB") for image in server.requests[0].images]


def test_cropped_shows_what_is_around_the_suspect_and_nothing_drawn() -> None:
    with BrainServer() as server:
        server.default = ok(
            "yes", evidence=[{"frame": 1, "box": [0.4, 0.4, 0.6, 0.6]}, {"frame": 0, "box": None}]
        )
        verdict = review(server, request(), view="cropped")
        shown = pictures(server)
        captions = [text for text in server.requests[0].texts if text.startswith("frame ")]
    assert [picture.size for picture in shown] == [(224, 224)] * 2
    assert {picture.getpixel((112, 112))[1] > 150 for picture in shown} == {True}  # type: ignore[index]
    for picture in shown:
        red, green, _ = np.moveaxis(np.asarray(picture), 2, 0)
        assert not ((red > 200) & (green < 80)).any()
    assert captions == ["frame 0, t=+0.0 s, close view", "frame 1, t=+1.0 s, close view"]
    first, second = verdict.evidence
    assert second == Evidence(0, PART)
    assert first.frame == 1
    assert first.box == pytest.approx((0.44, 68 / 360 + 0.4 * 224 / 360, 0.51, 68 / 360 + 0.6 * 224 / 360))


def test_both_shows_the_whole_picture_with_the_box_and_then_the_close_view() -> None:
    with BrainServer() as server:
        server.default = ok("yes", evidence=[{"frame": 2, "box": None}, {"frame": 3, "box": None}])
        verdict = review(server, request(4), view="both", max_frames=4)
        shown = pictures(server)
        seen = server.requests[0]
    assert [picture.size for picture in shown] == [(640, 360), (224, 224)] * 2
    assert [text for text in seen.texts if text.startswith("frame ")] == [
        "frame 0, t=+0.0 s, rectangle 0.450 0.400 0.500 0.600",
        "frame 1, t=+0.0 s, close view",
        "frame 2, t=+3.0 s, rectangle 0.450 0.400 0.500 0.600",
        "frame 3, t=+3.0 s, close view",
    ]
    assert "A frame called a close view is cut out" in seen.texts[1]
    assert verdict.evidence == (Evidence(3, None), Evidence(3, PART))


@pytest.mark.parametrize("view", ["cropped", "both"])
def test_without_a_box_the_whole_picture_is_shown_once(view: str) -> None:
    with BrainServer() as server:
        review(server, request(2, None), view=view)
        assert [picture.size for picture in pictures(server)] == [(640, 360)] * 2
        assert "close view" not in server.requests[0].text


def test_drawn_is_what_the_prompt_says_nothing_of() -> None:
    assert "close view" not in str(review_prompt(request()))


def test_what_cannot_be_cut_is_said() -> None:
    broken = review_request(frames=(ReviewFrame(b"no picture", TRIGGERED, BOX),))
    with BrainServer() as server, pytest.raises(BrainError, match="case-1: not a readable JPEG") as caught:
        review(server, broken, view="cropped")
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("box", "part"),
    [
        (Box(0.0, 0.0, 0.1, 0.1), Box(0.0, 0.0, 0.35, 224 / 360)),
        (Box(0.95, 0.9, 1.0, 1.0), Box(0.65, 136 / 360, 1.0, 1.0)),
        (
            Box(0.4, 0.2, 0.6, 0.8),
            Box(0.21875, 0.0, 0.78125, 1.0),
        ),  # three times its height is more than there is
    ],
)
def test_a_close_view_stays_within_the_picture(box: Box, part: Box) -> None:
    jpeg, cut = crop_frame(marked(), box)
    if box.y2 - box.y1 < 0.5:
        assert cut == pytest.approx(part)
    else:
        assert (cut.y1, cut.y2) == (0.0, 1.0)
    with Image.open(BytesIO(jpeg)) as picture:
        assert picture.size == (round((cut.x2 - cut.x1) * 640), round((cut.y2 - cut.y1) * 360))


def test_clip_cuts_views_of_its_own() -> None:
    values = {"backend": "clip", "model": "city-clip", "view": "cropped", "guard": {"picture": False}}
    made = make_reviewer(brain_settings(values), SystemClock())
    assert made is not None
    verdict = asyncio.run(made.review(request()))
    assert [point.box for point in verdict.evidence] == [BOX]
