"""Pictures as people see them: turned upright, with square pixels, one field of two."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from secondsight.media import Converter, clip_frames, probe, upright, write_clip
from secondsight.media.frames.upright import square_size
from tests.media.helpers import camera, read
from tests.table import table

TOP_LEFT = (slice(0, 40), slice(0, 40))


def marked(width: int = 160, height: int = 96) -> NDArray[np.uint8]:
    """A dark picture with a bright square in its upper left corner."""
    picture = np.full((height, width, 3), 30, np.uint8)
    picture[TOP_LEFT] = 220
    return picture


def is_marked(picture: NDArray[np.uint8]) -> bool:
    """Whether the bright square, and nothing else bright, is in the upper left corner."""
    return bool(picture[5:30, 5:30].mean() > 180 and picture[-30:, -30:].mean() < 60)


def video(
    path: Path, picture: NDArray[np.uint8], *, rotation: int = 0, aspect: Fraction = Fraction(1)
) -> Path:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("left", [90, 180, 270])
def test_a_display_matrix_is_heeded_in_frames_and_clips(tmp_path: Path, left: int) -> None:
    coded = np.ascontiguousarray(np.rot90(marked(), -left // 90))
    path = video(tmp_path / "turned.mp4", coded, rotation=left)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).rotation % 360 == left, "FFmpeg counts to the left"
    packets, frames, _ = read(path)
    assert {(frame.width, frame.height) for frame in frames} == {(160, 96)}
    assert all(is_marked(frame.bgr()) for frame in frames)
    assert is_marked(np.repeat(frames[0].luma()[..., None], 3, axis=2))
    info = probe("cam", camera(path))
    assert (info.width, info.height) == (160, 96)
    clip = write_clip([p for p in packets if p.size], packets[0].time, tmp_path, "clip.mp4", min_free=0)
    assert not clip.reencoded
    assert is_marked(clip_frames(tmp_path / "clip.mp4", clip.start, [clip.start + 0.5])[0])


@table(
    ("aspect", "size"),
    [
        (Fraction(12, 11), (175, 96)),
        (Fraction(24, 11), (349, 96)),
        (Fraction(1, 2), (160, 192)),
        (Fraction(1), (160, 96)),
        (Fraction(50), (160, 96)),
    ],
)
def test_pixels_that_are_not_square_are_stretched_in_frames_and_clips(
    tmp_path: Path, aspect: Fraction, size: tuple[int, int]
) -> None:
    packets, frames, _ = read(video(tmp_path / "a.mkv", marked(), aspect=aspect))
    assert {(frame.width, frame.height) for frame in frames} == {size}
    assert (packets[0].info.width, packets[0].info.height) == size
    clip = write_clip([p for p in packets if p.size], packets[0].time, tmp_path, "clip.mp4", min_free=0)
    picture = clip_frames(tmp_path / "clip.mp4", clip.start, [clip.start])[0]
    assert (picture.shape[1], picture.shape[0]) == pytest.approx(size, abs=1)


@pytest.mark.parametrize(
    ("orientation", "back"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (4, Image.Transpose.FLIP_TOP_BOTTOM),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (7, Image.Transpose.TRANSVERSE),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_exif_is_heeded(tmp_path: Path, orientation: int, back: Image.Transpose | None) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    image = Image.fromarray(marked())
    image = image if back is None else image.transpose(back)
    exif = image.getexif()
    exif[0x0112] = orientation
    for number in range(3):
        buffer = BytesIO()
        image.save(buffer, "JPEG", exif=exif, quality=95)
        (folder / f"{number}.jpg").write_bytes(buffer.getvalue())
    packets, frames, _ = read(folder)
    assert {(frame.width, frame.height) for frame in frames} == {(160, 96)}
    assert all(is_marked(frame.bgr()) for frame in frames)
    clip = write_clip([p for p in packets if p.size], packets[0].time, tmp_path, "clip.mp4", min_free=0)
    assert is_marked(clip_frames(tmp_path / "clip.mp4", clip.start, [clip.start])[0])


def test_a_display_matrix_that_mirrors_is_heeded(tmp_path: Path) -> None:
    path = video(tmp_path / "mirrored.mp4", np.ascontiguousarray(marked()[:, ::-1]), rotation=180)
    half, mirrored = ([-1 << 16, 0, 0, 0, down, 0, 0, 0, 1 << 30] for down in (-1 << 16, 1 << 16))
    data = path.read_bytes()
    turned = np.array(half, ">i4")[:5].tobytes()
    assert data.count(turned) == 1
    path.write_bytes(data.replace(turned, np.array(mirrored, ">i4")[:5].tobytes()))
    assert all(is_marked(frame.bgr()) for frame in read(path)[1])


def test_of_two_fields_one_is_shown(tmp_path: Path) -> None:
    woven = np.full((96, 160, 3), 30, np.uint8)
    woven[::2, 20:60] = 220
    woven[1::2, 60:100] = 220
    path = tmp_path / "woven.mkv"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg2video", rate=25, options={"flags": "+ilme+ildct", "qscale": "1"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(woven, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    _, frames, _ = read(path)
    luma = frames[0].luma().astype(int)
    assert luma[10:80, 30:50].min() > 150
    assert luma[10:80, 70:90].max() < 90


def test_a_usual_picture_is_not_touched() -> None:
    picture = av.VideoFrame.from_ndarray(marked(), format="bgr24")
    assert upright(picture, Converter()) is picture
    assert square_size(352, 576, 24 / 11) == (768, 576)
