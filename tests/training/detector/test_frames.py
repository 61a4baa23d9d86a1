"""Frames of the city for the detector: what is asked for, and that a step draws what its number says."""

import numpy as np
import pytest

from secondsight.ground_truth import TrueBox, TrueFrame
from secondsight.records import Box
from secondsight.sim.world import make_world
from training.detector.frames import (
    LABELS,
    PER_SHARD,
    Shard,
    Shards,
    labelled,
    moments,
    read_shard,
    render_shard,
    write_shard,
)


@pytest.mark.parametrize(
    ("label", "visible", "height", "expected"),
    [
        ("person", 1.0, 0.5, 0),
        ("suitcase", 0.3, 0.5, 5),
        ("person", 0.29, 0.5, -1),
        ("person", 1.0, 0.07, -1),
        ("scooter", 1.0, 0.5, -1),
        ("box", 1.0, 0.5, None),
        ("puddle", 1.0, 0.5, None),
    ],
)
def test_what_is_asked_ignored_and_nothing(label, visible, height, expected):
    frame = TrueFrame(0, 0.0, (TrueBox(1, Box(0.25, 0.2, 0.5, 0.2 + height), visible),))
    rows = labelled(frame, {1: label}, 200, 100)
    assert [row[0] for row in rows.tolist()] == ([] if expected is None else [expected])
    if expected is not None:
        assert rows[0, 1:].tolist() == pytest.approx([50, 20, 100, 20 + 100 * height])


@pytest.fixture(scope="module")
def shard():
    return render_shard(0, 1000)


def test_a_shard_shows_labelled_people(shard):
    assert len(shard.jpegs) == PER_SHARD
    samples = [shard.sample(index) for index in range(PER_SHARD)]
    assert {sample.picture.shape for sample in samples} == {(360, 640, 3)}
    assert sum((sample.classes == LABELS.index("person")).sum() for sample in samples) > 10


def test_half_of_the_frames_are_of_what_happens():
    world = make_world("metro", 1000, 0, 60.0, kinds=("climbing",), density=2)
    about = world.truth()
    spans = [(one.start, one.end) for one in (*about.events, *about.lookalikes)]
    eventful = {index for index in range(world.frames) for start, end in spans if start <= index / 10 <= end}
    assert 0 < len(eventful) < world.frames / 5, "by chance they would be few"
    chosen = moments(world, np.random.default_rng(3))
    assert len(chosen) == len(set(chosen)) == PER_SHARD
    assert PER_SHARD / 2 <= len(eventful.intersection(chosen)) < PER_SHARD
    assert chosen == moments(world, np.random.default_rng(3))


def test_where_nothing_happens_any_moment_will_do():
    world = make_world("metro", 1000, 0, 10.0, density=0)
    assert not world.truth().events
    assert len(set(moments(world, np.random.default_rng(3)))) == PER_SHARD


def test_a_shard_survives_the_disk(shard, tmp_path):
    write_shard(shard, tmp_path / "00000.npz")
    read = read_shard(tmp_path / "00000.npz")
    assert read.jpegs == shard.jpegs
    assert (read.rows == shard.rows).all()


def test_a_step_draws_from_the_shards_it_may_know(shard, tmp_path):
    for number in range(4):
        # Class and number of the shard are the same, to tell where a picture comes from.
        rows = np.array([[index, number, 0, 0, 9, 9] for index in range(PER_SHARD)], np.float32)
        write_shard(Shard(shard.jpegs, rows), tmp_path / f"{number:05}.npz")

    def drawn(step):
        shards = Shards(tmp_path, 0, steps=100, first=2, growth=0.02)
        return [int(s.classes[0]) for s in shards.draw(step, np.random.default_rng(step), 40)]

    assert set(drawn(0)) == {0, 1}
    assert set(drawn(50)) == {0, 1, 2}
    assert set(drawn(100)) == {0, 1, 2, 3}
    assert drawn(50) == drawn(50)


def test_frames_that_will_never_come_are_not_waited_for(tmp_path):
    with pytest.raises(RuntimeError, match=r"ended before 0000\d.npz"):
        Shards(tmp_path, 0, steps=10, first=2, growth=0).draw(0, np.random.default_rng(0), 1)
