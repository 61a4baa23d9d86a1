"""The simulated detector: boxes without pictures, faults that a seed decides."""

import numpy as np
import pytest

from secondsight.ground_truth import Recording, TrueBox, TrueFrame, TrueObject
from secondsight.records import Box, iou, label_of
from secondsight.sim.detections import LABELS, MISSES, SimulatedDetector, observations, plain_frame
from secondsight.sim.world import make_world
from tests.detections import class_ids


def test_boxes_of_bodies_are_those_of_the_picture() -> None:
    world = make_world("metro", 900_000, 0, 10.0)
    _, truth, _ = world.frame(50)
    plain = {one.object: one.box for one in plain_frame(world, 50).boxes}
    seen = [one for one in truth.boxes if one.visible > 0.6]
    assert len(seen) > 2
    assert all(iou(one.box, plain[one.object]) > 0.6 for one in seen)
    looks = list(observations(world))
    assert len(looks) == 50
    assert any(len(look.detections) for look in looks)


def test_faults_are_as_often_as_said_and_votes_mend_most() -> None:
    objects = tuple(TrueObject(number, "person") for number in range(200))
    about = Recording("c", "c.mp4", 640, 360, 5.0, 1.0, 0.0, (), objects=objects, seed=7)
    boxes = tuple(
        TrueBox(number, Box(0.4, 0.4, 0.5, 0.7), attributes={"helmet": "yes", "action": "phoning"})
        for number in range(200)
    )
    unseen = TrueBox(0, Box(0.4, 0.4, 0.5, 0.7), visible=0.1)
    detector = SimulatedDetector(about)
    assert detector.found(TrueFrame(0, 0.0, (unseen,))) == []
    found = [len(detector.found(TrueFrame(0, 0.0, boxes))) for _ in range(20)]
    assert np.mean(found) / 200 == pytest.approx(1 - MISSES, abs=0.02)
    looks = [detector.observation(boxes, float(time)) for time in range(5)]
    assert {label_of(LABELS, row) for row in class_ids(looks[0].detections)} == {"person"}
    said = [look.attributes[number]["helmet"].label for look in (looks[0], looks[4]) for number in range(200)]
    first, last = said[:200].count("helmet"), said[200:].count("helmet")
    assert 180 < first < 200
    assert last > first
    again = SimulatedDetector(about)
    again.found(TrueFrame(0, 0.0, (unseen,)))
    assert [len(again.found(TrueFrame(0, 0.0, boxes))) for _ in range(20)] == found
