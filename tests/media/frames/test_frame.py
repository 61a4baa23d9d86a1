"""Frames: pixels right in every format, valid for as long as they are held, in any thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from secondsight.media import DecodedFrame, encode_jpeg
from secondsight.media.frames.frame import Converter
from secondsight.records import Box, Frame
from tests.media.helpers import read
from tests.servers.videos import make_video, number_of, numbered
from tests.table import table

FORMATS = [
    "yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p12le", "nv12", "yuyv422", "uyvy422",
    "gray", "gray10le", "bgra", "rgb24", "bgr24", "gbrp", "rgb8", "bgr8", "yuva420p", "p010le",
]  # fmt: skip


def frame(pixel_format: str, width: int = 100, height: int = 62) -> DecodedFrame:
    """A frame whose left half is dark red and whose right half is bright."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2] = (20, 20, 60)
    picture[:, width // 2 :] = (220, 220, 220)
    whole = av.VideoFrame.from_ndarray(picture, format="bgr24")
    return DecodedFrame("cam", 0, 0, 0.0, whole.reformat(format=pixel_format), Converter())


@table("pixel_format", FORMATS)
def test_brightness_and_colours_of_every_format(pixel_format: str) -> None:
    one = frame(pixel_format)
    luma = one.luma()
    assert (luma.shape, luma.dtype) == ((62, 100), np.dtype(np.uint8))
    assert luma[:, :45].mean() < 60
    assert luma[:, 55:].mean() > 180
    assert np.array_equal(one.luma(4), luma[::4, ::4])
    assert one.luma(4).shape == (16, 25)
    bgr = one.bgr()
    assert (bgr.shape, bgr.dtype) == ((62, 100, 3), np.dtype(np.uint8))
    assert bgr.flags.c_contiguous
    grey, coarse = pixel_format.startswith("gray"), pixel_format in ("rgb8", "bgr8")
    if not coarse:
        assert bgr[31, 20].astype(int) == pytest.approx((30, 30, 30) if grey else (20, 20, 60), abs=30)
    assert bgr[31, 80].astype(int) == pytest.approx((220, 220, 220), abs=60 if coarse else 20)
    if not grey and not coarse:
        assert int(bgr[31, 20, 2]) > int(bgr[31, 20, 0]) + 15
        rgb = one.resized(50, 31, "rgb")
        assert int(rgb[15, 10, 0]) > int(rgb[15, 10, 2]) + 15


def test_padding_of_the_decoder_is_not_shown(tmp_path: Path) -> None:
    # 200 is no multiple of the decoder's alignment.
    _, frames, _ = read(make_video(tmp_path / "v.mp4", 3, width=200, height=98))
    assert frames[1].picture.planes[0].line_size > 200
    assert frames[1].luma().shape == (98, 200)
    assert frames[1].luma(4).shape == (25, 50)
    assert frames[1].bgr().shape == (98, 200, 3)
    assert [number_of(each.bgr()) for each in frames] == [0, 1, 2]


def test_brightness_is_a_view_unless_it_must_be_converted(tmp_path: Path) -> None:
    _, frames, _ = read(make_video(tmp_path / "v.mp4", 2))
    assert not frames[0].luma().flags.owndata
    gif = make_video(tmp_path / "v.gif", 2, codec="gif", pixel_format="bgr8")
    one = read(gif)[1][0]
    assert one.luma() is one.luma()


@table("step", [2, 3, 4, 5, 8])
@table("width", [192, 198, 200])
def test_sampled_brightness_is_that_of_every_nth_pixel(tmp_path: Path, step: int, width: int) -> None:
    one = read(make_video(tmp_path / "v.mp4", 1, width=width, height=98))[1][0]
    assert np.array_equal(one.luma(step), one.luma()[::step, ::step])


@table("size", [(64, 64), (416, 416), (417, 33), (192, 96), (1, 1)])
def test_resizing_is_exact_and_close_to_an_independent_one(tmp_path: Path, size: tuple[int, int]) -> None:
    width, height = size
    one = read(make_video(tmp_path / "v.mp4", 3))[1][2]
    result = one.resized(width, height)
    assert (result.shape, result.dtype) == ((height, width, 3), np.dtype(np.uint8))
    assert result.flags.c_contiguous
    assert np.abs(one.resized(width, height, "rgb")[:, :, ::-1].astype(int) - result).max() <= 4
    if min(size) > 32:
        reference = Image.fromarray(one.bgr()).resize(size, Image.Resampling.BILINEAR)
        assert np.abs(np.asarray(reference, float) - result).mean() < 8


@table("pixel_format", [f for f in FORMATS if f not in ("rgb8", "bgr8")])
@table("size", [(100, 62), (101, 63)])
def test_a_crop_shows_what_the_whole_picture_does(pixel_format: str, size: tuple[int, int]) -> None:
    one = frame(pixel_format, *size)
    left = one.crop(Box(0.1, 0.25, 0.4, 0.75), 15, 16)
    assert (left.shape, left.dtype, left.flags.c_contiguous) == ((16, 15, 3), np.dtype(np.uint8), True)
    whole = one.bgr()
    assert np.abs(left.astype(int) - whole[31, 20]).max() <= 12
    both = one.crop(Box(0.3, 0.0, 0.7, 1.0), 40, 8)
    assert np.abs(both[:, :15].astype(int) - whole[31, 35]).max() <= 12
    assert np.abs(both[:, -15:].astype(int) - whole[31, 65]).max() <= 12


@table(
    ("box", "shown"),
    [
        (Box(0, 0, 0, 0), "dark"),
        (Box(-3, -3, 0.2, 0.2), "dark"),
        (Box(0.9, 0.9, 7, 7), "bright"),
        (Box(1, 1, 1, 1), "bright"),
        (Box(0.8, 0.5, 0.2, 0.5), "bright"),
    ],
)
def test_a_crop_stays_within_the_picture(box: Box, shown: str) -> None:
    for size in ((100, 62), (101, 63), (2, 2)):
        part = frame("yuv420p", *size).crop(box, 3, 5)
        assert part.shape == (5, 3, 3)
        if size != (2, 2):
            assert (part.mean() > 128) == (shown == "bright")
    assert frame("yuv420p", 1, 1).crop(box, 3, 5).shape == (5, 3, 3)


def test_crops_of_a_video_keep_its_colours(tmp_path: Path) -> None:
    one = read(make_video(tmp_path / "v.mp4", 3))[1][1]
    whole = one.bgr().astype(int)
    part = one.crop(Box(0.25, 0.25, 0.75, 0.75), 96, 48).astype(int)
    assert np.abs(part - whole[24:72, 48:144]).mean() < 2


def test_frames_stay_valid_when_the_stream_is_over(tmp_path: Path) -> None:
    video = make_video(tmp_path / "v.mp4", 60, bframes=2)
    frames = read(video)[1]
    video.unlink()
    with ThreadPoolExecutor(8) as pool:
        by_luma = list(pool.map(lambda f: number_of(f.luma()), frames))
        by_bgr = list(pool.map(lambda f: number_of(f.resized(240, 120)), frames))
    assert by_luma == by_bgr == list(range(60))


def test_one_frame_in_many_threads(tmp_path: Path) -> None:
    one = read(make_video(tmp_path / "v.gif", 3, codec="gif", pixel_format="bgr8"))[1][2]
    sizes = [(96 + 12 * (i % 12), 48) for i in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda size: number_of(one.resized(*size)), sizes)) == {2}


def test_a_decoded_frame_is_a_frame(tmp_path: Path) -> None:
    one: Frame = read(make_video(tmp_path / "v.mp4", 2))[1][1]
    assert (one.camera, one.index, one.width, one.height) == ("cam", 1, 192, 96)


def test_jpeg() -> None:
    picture = numbered(1234)
    picture[:, :, 2] //= 2
    data = encode_jpeg(picture)
    assert len(encode_jpeg(picture, quality=20)) < len(data)
    decoded = np.asarray(Image.open(BytesIO(data)))[:, :, ::-1]
    assert decoded.shape == picture.shape
    assert np.abs(decoded.astype(int) - picture).mean() < 3
