"""Labels that a person makes: what was in the file stays, what cannot be meant is refused."""

from dataclasses import replace
from pathlib import Path

import av
import pytest

from secondsight.clock import ManualClock
from secondsight.errors import ConfigError, SourceError
from secondsight.ground_truth import TrueBox, TrueFrame, TrueObject, read_truth, write_truth
from secondsight.measure import read_folder
from secondsight.records import Box
from secondsight.serve.truth.label_file import LabelFile, SaidEvent, open_files
from tests.servers.videos import make_video, number_of


@pytest.fixture
def one(tmp_path: Path) -> LabelFile:
    """Five seconds of film without labels."""
    video = make_video(tmp_path / "hall.mp4", 50)
    (tmp_path / "previews").mkdir()
    return LabelFile(video, tmp_path / "previews" / "0.mp4", ManualClock())


def test_a_film_without_labels_is_known_as_the_pipeline_sees_it(one: LabelFile) -> None:
    empty = one.open()
    assert (empty.camera, empty.video, empty.width, empty.height) == ("hall", "hall.mp4", 192, 96)
    assert (empty.frame_rate, empty.duration) == (10.0, 5.0)
    assert empty.start_time == 1_767_323_045.0
    assert not one.path.exists(), "nothing is written before something is said"


def test_the_preview_shows_each_frame_at_its_time(one: LabelFile) -> None:
    one.open()
    with av.open(str(one.preview)) as film:
        seen = [(frame.time, number_of(frame.to_ndarray(format="bgr24"))) for frame in film.decode(video=0)]
    assert [number for _, number in seen] == list(range(50))
    assert [time for time, _ in seen] == pytest.approx([number / 10 for number in range(50)], abs=0.002)


@pytest.mark.parametrize(
    ("container", "codec"), [("avi", "mpeg4"), ("mpegts", "mpeg2video"), ("matroska", "mjpeg")]
)
def test_a_browser_can_play_what_it_could_not(tmp_path: Path, container: str, codec: str) -> None:
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    video = make_video(tmp_path / "old.avi", 20, container=container, codec=codec, pixel_format=pixels)
    one = LabelFile(video, tmp_path / "preview.mp4", ManualClock())
    assert one.open().duration == pytest.approx(2.0, abs=0.15)
    with av.open(str(one.preview)) as film:
        assert film.streams.video[0].codec_context.name == "h264"


def test_what_is_said_can_be_measured_with(one: LabelFile) -> None:
    one.save(["fall", "fight"], [SaidEvent("b", "sitting", 3.0, 4.0, resembles="fall")])
    one.save(
        ["fall", "fight"],
        [
            SaidEvent("b", "sitting", 3.0, 4.0, resembles="fall"),
            SaidEvent("a", "fall", 1.0, 2.5, Box(0.1, 0.2, 0.3, 0.4)),
        ],
    )
    (found,) = read_folder(one.path.parent)
    assert found.recording.labelled == ("fall", "fight")
    assert [(event.id, event.start, event.box) for event in found.recording.events] == [
        ("a", 1.0, Box(0.1, 0.2, 0.3, 0.4))
    ]
    assert [(event.kind, event.resembles) for event in found.recording.lookalikes] == [("sitting", "fall")]


def test_what_the_page_does_not_show_stays(one: LabelFile) -> None:
    one.save(["fall"], [SaidEvent("a", "fall", 1.0, 2.0)])
    before = read_truth(one.path)
    richer = replace(
        before,
        caption="a hall",
        objects=(TrueObject(7, "person"),),
        frames=(TrueFrame(0, 0.0, (TrueBox(7, Box(0, 0, 0.5, 0.5)),)),),
        zones={"floor": ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))},
        events=(replace(before.events[0], actors=(7,), answers={"happens": "yes"}, zone="floor"),),
    )
    write_truth(richer, one.path)
    one.save(["fall"], [SaidEvent("a", "fall", 1.5, 2.0)])
    assert read_truth(one.path) == replace(richer, events=(replace(richer.events[0], start=1.5),))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([SaidEvent("a", "fall", 2.0, 1.0)], "it ends before it starts"),
        ([SaidEvent("a", "fall", 60.0, 61.0)], "this one lies outside"),
        ([SaidEvent("a", "jump", 1.0, 2.0)], "`labelled` does not name `jump`"),
        ([SaidEvent("a", "fall", 1.0, 2.0), SaidEvent("a", "fall", 3.0, 4.0)], "two events have one id"),
    ],
)
def test_what_cannot_be_meant_is_not_written(one: LabelFile, said: list[SaidEvent], words: str) -> None:
    one.save(["fall"], [SaidEvent("good", "fall", 1.0, 2.0)])
    before = one.path.read_bytes()
    with pytest.raises(ConfigError, match=words):
        one.save(["fall"], said)
    assert one.path.read_bytes() == before


def test_labels_with_a_mistake_are_left_as_they_are(one: LabelFile) -> None:
    one.path.write_text("{")
    with pytest.raises(ConfigError, match=r"hall\.json:1"):
        one.save(["fall"], [])
    assert one.path.read_text() == "{"


def test_what_is_no_video_says_so(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"no film")
    with pytest.raises(SourceError, match=r"no\.mp4"):
        LabelFile(tmp_path / "no.mp4", tmp_path / "preview.mp4", ManualClock()).open()


def test_videos_and_folders_of_them(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.mkv", "notes.txt"):
        (tmp_path / name).touch()
    found = open_files([tmp_path, tmp_path / "b.mp4"], tmp_path, ManualClock())
    assert [one.video.name for one in found] == ["a.mkv", "b.mp4"]
    (tmp_path / "a.avi").touch()
    with pytest.raises(ConfigError, match=r"where those of a\.avi do"):
        open_files([tmp_path], tmp_path, ManualClock())
    with pytest.raises(ConfigError, match="no such video or folder"):
        open_files([tmp_path / "c.mp4"], tmp_path, ManualClock())
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no video in this folder"):
        open_files([tmp_path / "empty"], tmp_path, ManualClock())
