"""A made city: what lies in its folder, that it plays as a camera's recording does, and that labels are labels."""

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from secondsight.clock import iso
from secondsight.config import ClipBrainSettings, load_site
from secondsight.errors import ConfigError, StoreError
from secondsight.ground_truth import Recording, read_truth
from secondsight.sim.conditions.conditions import CONDITIONS
from secondsight.sim.events import MORE, PLOTS
from secondsight.sim.make import make_city
from secondsight.sim.output.recording import VideoWriter
from secondsight.sim.output.site_file import site_file
from secondsight.sim.world import PACKS, make_world
from tests.conftest import ROOT
from tests.media.helpers import read
from tests.servers.videos import make_video, number_of, numbered

SECONDS = 2.5


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city") / "city"
    progress: list[tuple[str, int, int]] = []
    made = make_city(
        "metro",
        folder,
        seed=3,
        seconds=SECONDS,
        cameras=2,
        conditions=("shake:0.6",),
        masks=True,
        progress=lambda *done: progress.append(done),
    )
    assert [one.camera for one in made] == ["metro-0", "metro-1"]
    assert progress[0] == ("metro-0", 1, 25)
    assert progress[-1] == ("metro-1", 25, 25)
    return folder


def test_what_lies_in_the_folder(city: Path) -> None:
    assert sorted(path.relative_to(city).as_posix() for path in city.rglob("*") if path.is_file()) == [
        "coco.json",
        "metro-0.json",
        "metro-0.mp4",
        "metro-1.json",
        "metro-1.mp4",
        *(f"mot/metro-{i}/{name}" for i in range(2) for name in ("gt/gt.txt", "labels.txt", "seqinfo.ini")),
        "site.yaml",
    ]
    assert list(city.parent.glob("*.part")) == []


def test_the_video_is_what_a_camera_writes(city: Path) -> None:
    truth = read_truth(city / "metro-0.json")
    packets, frames, _ = read(city / "metro-0.mp4")
    assert len(frames) == len(truth.frames) == SECONDS * 10
    assert [frame.time - truth.start_time for frame in frames] == pytest.approx(
        [one.time for one in truth.frames]
    )
    assert [index for index, packet in enumerate(packets) if packet.is_key] == [0, 20]
    with av.open(str(city / "metro-0.mp4")) as file:
        context = file.streams.video[0].codec_context
        assert (context.name, context.profile, context.width, context.height) == ("h264", "Main", 640, 360)
        assert not context.has_b_frames
        assert file.metadata["creation_time"].startswith(iso(truth.start_time)[:19])


def test_the_labels_fit_the_pictures(city: Path) -> None:
    """Each label's mask is cut out of the very picture that was recorded."""
    truth = read_truth(city / "metro-0.json")
    world = make_world("metro", 3, 0, SECONDS, ("shake:0.6",))
    _, frames, _ = read(city / "metro-0.mp4")
    for index in (0, 13, 24):
        image, frame, picture = world.frame(index)
        assert np.abs(frames[index].bgr().astype(int) - image).mean() < 6
        assert [one.object for one in truth.frames[index].boxes] == [one.object for one in frame.boxes]
        for label in truth.frames[index].boxes:
            assert label.mask is not None
            assert np.array_equal(mask_of(label.mask, truth), picture.ids == label.object)


def mask_of(runs: tuple[int, ...], truth: Recording) -> NDArray[np.bool]:
    inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return inside.reshape(truth.width, truth.height).T


def test_the_same_seed_gives_the_same_labels(city: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    make_city("metro", again, seed=3, seconds=SECONDS, cameras=1, conditions=("shake:0.6",), masks=True)
    for name in (
        "metro-0.json",
        "mot/metro-0/gt/gt.txt",
        "mot/metro-0/seqinfo.ini",
        "mot/metro-0/labels.txt",
    ):
        assert (again / name).read_bytes() == (city / name).read_bytes()
    annotations = (again / "coco.json").read_bytes().partition(b'],"images"')[0]
    assert (city / "coco.json").read_bytes().startswith(annotations)
    worlds = [make_world("metro", seed, 0, SECONDS).truth() for seed in (3, 3, 4)]
    assert worlds[0] == worlds[1] != replace(worlds[2], seed=worlds[0].seed)


def test_all_labels_agree(city: Path) -> None:
    """The exports say what the labels say."""
    coco = json.loads((city / "coco.json").read_text())
    boxes = [
        box
        for camera in range(2)
        for one in read_truth(city / f"metro-{camera}.json").frames
        for box in one.boxes
    ]
    lines = [
        line
        for camera in range(2)
        for line in (city / f"mot/metro-{camera}/gt/gt.txt").read_text().splitlines()
    ]
    assert len(coco["annotations"]) == len(boxes) == len(lines) > 60
    assert [one["object"] for one in coco["annotations"]] == [box.object for box in boxes]
    for annotation, line in zip(coco["annotations"], lines, strict=True):
        left, top, width, height = annotation["bbox"]
        assert [float(number) for number in line.split(",")[2:6]] == pytest.approx(
            [left + 1, top + 1, width, height], abs=0.02
        )
        assert annotation["area"] <= 1.3 * width * height


@pytest.mark.parametrize("pack", PACKS)
def test_the_site_file_fits_the_labels(pack: str, tmp_path: Path) -> None:
    """Every kind that is labelled has a rule, and every zone that a rule names is there."""
    made = make_world(pack, 1, 0, 1.0).truth()
    (tmp_path / "site.yaml").write_text(site_file([made]), encoding="utf-8")
    site = load_site(tmp_path / "site.yaml")
    assert {rule.kind or rule.behaviour for rule in site.rules.values()} == set(made.labelled)
    assert set(site.cameras[made.camera].zones) == set(made.zones)
    assert site.sentinel.model == "city-nano"
    assert isinstance(site.brain, ClipBrainSettings)
    assert site.brain.model == "city-clip"


def test_fewer_bits_for_a_starved_encoder(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 255, (90, 160, 3), dtype=np.uint8) for _ in range(10)]
    sizes = []
    for starved in (0.0, 0.5, 1.0):
        path = tmp_path / f"{starved}.mp4"
        with VideoWriter(path, 160, 90, 10.0, 0.0, starved) as writer:
            for picture in pictures * 3:
                writer.write(picture)
        sizes.append(path.stat().st_size)
    assert sizes[0] > 2 * sizes[1] > 4 * sizes[2]


def test_every_picture_has_its_own_time_whatever_the_frame_rate(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 192, 96, 12.5, 1_767_225_600.0) as writer:
        for number in range(40):
            writer.write(numbered(number))
    _, frames, _ = read(tmp_path / "a.mp4")
    assert [number_of(frame.bgr()) for frame in frames] == list(range(40))
    assert [frame.time for frame in frames] == pytest.approx([1_767_225_600 + i / 12.5 for i in range(40)])


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    process, rss = psutil.Process(), []
    make_city(
        "metro",
        tmp_path / "long",
        seed=1,
        seconds=6.0,
        cameras=1,
        masks=True,
        progress=lambda *_: rss.append(process.memory_info().rss),
    )
    assert max(rss[20:]) - rss[20] < 14e6  # the 40 pictures from there on are 28 MB, without depth and ids


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not an empty folder; name another with --out"):
        make_city("metro", tmp_path, seed=1, seconds=1, cameras=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_interrupted_city_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_city("metro", tmp_path / "city", seed=1, seconds=1, cameras=1, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    make_video(tmp_path / "file", 1, container="mp4")
    with pytest.raises(StoreError, match="cannot be written"):
        make_city("metro", tmp_path / "file" / "city", seed=1, seconds=1, cameras=1)


def test_what_the_documentation_names_is_there() -> None:
    text = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip(" `") for cell in row.split("|")[1:-1]]
        for row in text.splitlines()
        if row.startswith("| `")
    ]
    happening = [row for row in rows if row[0] in PACKS]
    assert [row[0] for row in happening] == [*PACKS, *PACKS], (
        "what a pack shows by itself, and what else it can"
    )
    for (pack, real, alike), plots in zip(
        happening, (PLOTS,) * len(PACKS) + (MORE,) * len(PACKS), strict=True
    ):
        assert set(real.split(", ")) == {plot.kind for plot in plots[pack] if plot.resembles is None}
        pairs = {
            (kind, resembled)
            for group in alike.split("; ")
            for kind in group.split(" (")[0].split(", ")
            for resembled in group.split("(")[1].rstrip(")").split(", ")
        }
        assert pairs == {(plot.kind, plot.resembles) for plot in plots[pack] if plot.resembles is not None}
    assert {row[0] for row in rows if row[0] in CONDITIONS} == set(CONDITIONS)
