"""Samples get onto the disk, and the frame path never waits for it."""

import os
import threading
from dataclasses import replace

import numpy as np
import pytest
from av import VideoFrame
from supervision import Detections

from secondsight.config import LearnSettings
from secondsight.jpeg import open_jpeg
from secondsight.learn import LearnCatalogue, Sampler, SampleReason, remove_old
from secondsight.media import Converter, DecodedFrame, encode_jpeg
from secondsight.records import Observation
from tests.learn.loops import DAY, START, clock_at, keep, say

OFTEN = LearnSettings(enabled=True, per_day=100_000, uniform=1.0)


def observation(time: float, seed: int = 0) -> Observation:
    picture = np.random.default_rng(seed).integers(0, 255, (90, 160, 3), np.uint8)
    frame = DecodedFrame("hall", 3, 0, time, VideoFrame.from_ndarray(picture, format="bgr24"), Converter())
    found = Detections(
        xyxy=np.array([[16.0, 9.0, 80.0, 45.0]], np.float32),
        confidence=np.array([0.4], np.float32),
        class_id=np.array([1]),
        tracker_id=np.array([7]),
    )
    return Observation("hall", 3, time, 160, 90, found, ("person", "car"), frame=frame)


def test_a_sample_is_a_picture_and_all_that_is_known_of_it(tmp_path) -> None:
    sampler = Sampler(tmp_path, OFTEN, 0, lambda: "b0002")
    for number in range(400):
        sampler.observe(observation(START + 30 * number, number))
    sampler.close(60)
    assert sampler.written > 0
    with LearnCatalogue(tmp_path) as catalogue:
        found = catalogue.samples()
    assert len(found) == sampler.written
    sample = found[0]
    assert (sample.camera, sample.epoch, sample.bundle, sample.width) == ("hall", 3, "b0002", 160)
    assert [(box.label, box.track, tuple(np.round(box.box, 2))) for box in sample.seen] == [
        ("car", 7, (0.1, 0.1, 0.5, 0.5))
    ]
    assert 0 < sample.probability <= 1
    assert 0.3 < sample.brightness < 0.7
    assert open_jpeg((tmp_path / sample.path).read_bytes()).size == (160, 90)
    assert sample.day == "hall/2026-01-01"
    assert sample.condition == "bright"


def test_the_frame_path_does_not_wait_for_the_disk(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the writer hangs, draws are counted as lost."""
    go, writing = threading.Event(), threading.Event()

    def slow(*given):
        writing.set()
        assert go.wait(60)
        return encode_jpeg(*given)

    monkeypatch.setattr("secondsight.learn.samples.sampler.encode_jpeg", slow)
    sampler = Sampler(tmp_path, OFTEN, 0, lambda: "b0000")
    for number in range(200):
        sampler.observe(observation(START + 60 * number, number))
    assert writing.wait(60)
    assert sampler.lost > 50
    go.set()
    sampler.close(60)
    assert 0 < sampler.written <= 6


def test_a_static_frame_is_no_look(tmp_path) -> None:
    sampler = Sampler(tmp_path, OFTEN, 0, lambda: "b0000")
    for number in range(50):
        sampler.observe(replace(observation(START + 60 * number), held=True))
    sampler.close(60)
    assert sampler.written == sampler.lost == 0


def test_a_full_disk_costs_samples_and_nothing_else(tmp_path) -> None:
    sampler = Sampler(tmp_path, OFTEN, 10**18, lambda: "b0000")
    for number in range(50):
        sampler.observe(observation(START + 60 * number, number))
    sampler.close(60)
    assert sampler.written == 0
    assert sampler.lost > 0
    with LearnCatalogue(tmp_path) as catalogue:
        assert catalogue.samples() == []


def test_old_samples_go_with_their_labels_and_leftovers_too(tmp_path) -> None:
    with LearnCatalogue(tmp_path, make=True) as catalogue:
        old, truth = keep(catalogue, 1, day=0)
        new, _ = keep(catalogue, 2, day=5)
        say(catalogue, old, truth)
        stray, young = tmp_path / "learn/samples/hall/stray.jpg", tmp_path / "learn/samples/hall/young.jpg"
        for path in (stray, young):
            path.write_bytes(b"half")
        now = clock_at(6).now()
        for path, age in ((stray, DAY), (young, 60.0), (tmp_path / new.path, DAY)):
            os.utime(path, (now - age, now - age))
        assert remove_old(catalogue, tmp_path, older_than=START + DAY, now=now) == 2
        assert catalogue.samples() == [new]
        assert catalogue.labels() == {}
        assert (tmp_path / new.path).is_file()
        assert young.is_file()
        assert not stray.exists()
        assert not (tmp_path / old.path).exists()


def test_counts_by_camera_and_reason(tmp_path) -> None:
    with LearnCatalogue(tmp_path, make=True) as catalogue:
        for seed in range(3):
            keep(catalogue, seed)
        keep(catalogue, 9, camera="gate")
        assert catalogue.counts() == {("gate", SampleReason.UNIFORM): 1, ("hall", SampleReason.UNIFORM): 3}
