"""DeepSORT: filter and descriptions against plain loops, the matching by its rules, and whom it knows again."""

import math
import random
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import supervision as sv
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondsight.ground_truth import Geometry
from secondsight.measure.metrics.tracking import BoxPair, TrackQuality, track_quality
from secondsight.records import Box
from secondsight.sentinel.tracking.appearance import APPEARANCE, HEIGHT, WIDTH, colours
from secondsight.sentinel.tracking.deepsort import GALLERY, DeepSort
from secondsight.sentinel.tracking.kalman import (
    GATE,
    RATE,
    begun,
    corners_of,
    distances,
    measured,
    predicted,
    updated,
)
from secondsight.sentinel.tracking.tracker import Kind, make_tracker
from secondsight.sim.actors.people import Person
from secondsight.sim.body.clothing import PALETTE, Looks
from secondsight.sim.motion.moves import Stand, Walk
from secondsight.sim.rendering.render import Light, Renderer
from secondsight.sim.scenes.kit import Kit
from secondsight.sim.shapes.camera import Camera
from tests.detections import track_ids
from tests.sentinel.pictures import cut

BOX = (300.0, 100.0, 340.0, 200.0)
boxes = st.tuples(st.floats(0, 500), st.floats(0, 300), st.floats(5, 100), st.floats(10, 200))


def plain_filter(
    seen: Sequence[tuple[float, ...]], seconds: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and covariance after some measurements, by the textbook's five equations."""
    first = np.array(seen[0])
    x = np.concatenate((first, np.zeros(4)))
    h = first[3]
    p = np.diag(np.array([h / 10, h / 10, 0.01, h / 10, h / 16, h / 16, 1e-5, h / 16]) ** 2)
    measure = np.hstack((np.eye(4), np.zeros((4, 4))))
    steps = seconds * 30
    for z in seen[1:]:
        h = x[3]
        a = np.eye(8)
        for axis in range(4):
            a[axis, axis + 4] = steps
        q = np.diag(np.array([h / 20, h / 20, 0.01, h / 20, h / 160, h / 160, 1e-5, h / 160]) ** 2) * steps
        x, p = a @ x, a @ p @ a.T + q
        h = x[3]
        r = np.diag(np.array([h / 20, h / 20, 0.1, h / 20]) ** 2)
        k = p @ measure.T @ np.linalg.inv(measure @ p @ measure.T + r)
        x = x + k @ (np.array(z) - measure @ x)
        p = (np.eye(8) - k @ measure) @ p
    return x, p


@given(st.lists(boxes, min_size=1, max_size=8), st.floats(0.03, 1.0))
def test_the_filter_is_that_of_the_textbook(raw, seconds):
    seen = [(x, y, w / h, h) for x, y, w, h in raw]
    state = begun(np.array(seen[0]))
    for z in seen[1:]:
        state = updated(predicted(state, seconds), np.array(z))
    mean, covariance = plain_filter(seen, seconds)
    assert state.mean == pytest.approx(mean, rel=1e-6, abs=1e-6)
    assert state.covariance == pytest.approx(covariance, rel=1e-4, abs=1e-6)
    assert (np.linalg.eigvalsh((state.covariance + state.covariance.T) / 2) > -1e-6).all()


@given(boxes, boxes)
def test_the_mahalanobis_distance_is_that_of_its_formula(one, other):
    state = predicted(begun(np.array((one[0], one[1], one[2] / one[3], one[3]))), 0.2)
    z = np.array((other[0], other[1], other[2] / other[3], other[3]))
    h = state.mean[3]
    spread = state.covariance[:4, :4] + np.diag(np.array([h / 20, h / 20, 0.1, h / 20]) ** 2)
    away = z - state.mean[:4]
    assert distances(state, z[None])[0] == pytest.approx(away @ np.linalg.inv(spread) @ away, rel=1e-6)


def test_the_gate_is_the_quantile_it_says():
    from scipy.stats import chi2

    assert pytest.approx(chi2.ppf(0.95, 4), abs=1e-4) == GATE


@given(boxes)
def test_boxes_become_states_and_back(raw):
    x, y, w, h = raw
    xyxy = np.array([[x, y, x + w, y + h]])
    assert corners_of(begun(measured(xyxy)[0]).mean) == pytest.approx(xyxy[0], abs=1e-6)


def plain_colours(crop: NDArray[np.uint8]) -> NDArray[np.float64]:
    """A description, pixel by pixel."""
    parts = []
    for top, bottom in ((0.15, 0.5), (0.5, 0.9)):
        shares = np.zeros((6, 8, 8))
        rows, columns = (
            range(round(top * HEIGHT), round(bottom * HEIGHT)),
            range(round(WIDTH / 5), round(WIDTH * 0.8)),
        )
        for y in rows:
            for x in columns:
                b, g, r = (float(value) for value in crop[y, x])
                luma = 0.299 * r + 0.587 * g + 0.114 * b
                blue, red = (b - luma) / 1.772, (r - luma) / 1.402
                around = []
                for value, low, high, bins in ((luma, 0, 255, 6), (blue, -64, 64, 8), (red, -64, 64, 8)):
                    place = min(max((value - low) / (high - low), 0), 1) * (bins - 1)
                    first = min(math.floor(place), bins - 2)
                    around.append(((first, 1 - (place - first)), (first + 1, place - first)))
                for i, wi in around[0]:
                    for j, wj in around[1]:
                        for k, wk in around[2]:
                            shares[i, j, k] += wi * wj * wk
        parts.append(shares.ravel() / (len(rows) * len(columns)))
    return np.sqrt(np.concatenate(parts) / 2)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_colours_are_those_of_the_plain_loop(seed):
    crops = np.random.default_rng(seed).integers(0, 256, (3, HEIGHT, WIDTH, 3), np.uint8)
    waiting = iter(crops)
    frame = SimpleNamespace(crop=lambda box, width, height: next(waiting))
    got = colours(frame, [Box(0, 0, 1, 1)] * 3)
    assert got == pytest.approx(np.stack([plain_colours(crop) for crop in crops]), abs=2e-3)
    assert np.linalg.norm(got, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert colours(frame, []).shape == (0, got.shape[1])


# Matching, by detections alone.

RED, BLUE, GREEN = np.eye(3, dtype=np.float32)


def found(*rows: tuple[tuple[float, ...], NDArray[Any]], score: float = 0.8) -> sv.Detections:
    return sv.Detections(
        xyxy=np.array([box for box, _ in rows], np.float32).reshape(-1, 4),
        confidence=np.full(len(rows), score, np.float32),
        class_id=np.zeros(len(rows), int),
        data={APPEARANCE: np.array([look for _, look in rows], np.float32).reshape(-1, 3)},
    )


def moved(box: tuple[float, ...], by: float) -> tuple[float, ...]:
    return box[0] + by, box[1], box[2] + by, box[3]


def deepsort(lost_track: float = 10.0) -> DeepSort:
    return DeepSort(lost_track, 0.4, 2, 0.2)


def two_in_sight() -> DeepSort:
    tracker = deepsort()
    for step in range(5):
        tracker.update(found((BOX, RED), (moved(BOX, 60), BLUE)), step / 5)
    return tracker


def test_after_a_gap_the_looks_decide_and_not_the_place():
    tracker = two_in_sight()
    swapped = found((moved(BOX, 60), RED), (BOX, BLUE))
    assert track_ids(tracker.update(swapped, 4.0)) == [0, 1]


def test_nobody_is_known_again_who_cannot_be_there():
    """A twin at the other end of the picture a fifth of a second later is somebody else: the gate."""
    tracker = two_in_sight()
    rows = tracker.update(found((moved(BOX, 420), RED)), 1.0)
    assert track_ids(rows) == [-1]
    assert track_ids(tracker.update(found((moved(BOX, 420), RED)), 1.2)) == [2]


def test_whoever_was_seen_last_chooses_first():
    """Two alike: the one who was just seen takes the box, though the other would fit it better."""
    tracker = deepsort()
    near = (RED + 0.1 * GREEN) / np.float32(np.hypot(1, 0.1))
    for step in range(5):
        tracker.update(found((BOX, near), (moved(BOX, 12), RED)), step / 5)
    for step in range(5, 10):
        tracker.update(found((moved(BOX, 12), RED)), step / 5)
    assert track_ids(tracker.update(found((moved(BOX, 6), near)), 2.0)) == [1]


def test_where_all_look_alike_the_place_decides():
    """Five in a row, dressed alike and close together, found in another order in every look."""
    tracker, orders = deepsort(), set()
    for step in range(20):
        rows = [(moved(BOX, 15 * place + 5 * step), RED) for place in range(5)]
        tracked = tracker.update(found(*rows[:: 1 if step % 2 else -1]), step / 5)
        if step:
            orders.add(tuple(track_ids(tracked)[row] for row in np.argsort(tracked.xyxy[:, 0])))
    assert len(orders) == 1


def test_what_looks_like_nobody_continues_by_overlap_for_one_look_only():
    tracker = two_in_sight()
    assert track_ids(tracker.update(found((BOX, GREEN)), 1.0)) == [0]
    tracker = two_in_sight()
    tracker.update(found(), 1.0)
    assert track_ids(tracker.update(found((BOX, GREEN)), 1.2)) == [-1]


def test_the_gallery_is_the_last_hundred_looks():
    tracker = deepsort()
    for step in range(GALLERY + 20):
        tracker.update(found((BOX, RED if step < 10 else BLUE)), step / 5)
    (track,) = tracker.tracks
    assert len(track.gallery) == GALLERY
    tracker.update(found(), 30.0)
    assert track_ids(tracker.update(found((BOX, RED)), 30.2)) == [-1]


def test_ids_come_after_two_looks_and_the_weak_begin_nothing():
    tracker = deepsort()
    assert track_ids(tracker.update(found((BOX, RED)), 0.0)) == [-1]
    assert track_ids(tracker.update(found((BOX, RED), score=0.2), 0.2)) == [0]
    assert track_ids(tracker.update(found((moved(BOX, 200), RED), score=0.2), 0.4)) == [-1]
    assert len(tracker.tracks) == 1
    flicker = deepsort()
    flicker.update(found((BOX, RED)), 0.0)
    flicker.update(found(), 0.2)
    assert not flicker.tracks


def test_the_lost_are_forgotten_in_time():
    tracker = two_in_sight()
    tracker.update(found(), 10.7)
    assert len(tracker.tracks) == 2
    tracker.update(found(), 10.9)
    assert not tracker.tracks


@given(st.integers(0, 2**32 - 1))
def test_whatever_comes_an_id_is_given_once_per_look(seed):
    rng = np.random.default_rng(seed)
    tracker, known = deepsort(1.0), set()
    for step in range(12):
        count = int(rng.integers(0, 6))
        corner = rng.uniform(0, 100, (count, 2))
        looks = rng.normal(0, 1, (count, 3)) + RED
        looks /= np.linalg.norm(looks, axis=1, keepdims=True)
        given_ = sv.Detections(
            xyxy=np.hstack((corner, corner + rng.uniform(5, 60, (count, 2)))).astype(np.float32),
            confidence=rng.uniform(0.2, 1, count).astype(np.float32),
            class_id=np.zeros(count, int),
            data={APPEARANCE: looks.astype(np.float32)},
        )
        rows = tracker.update(given_, step * float(rng.uniform(0.1, 0.3)) + step)
        assert rows.xyxy.tolist() == given_.xyxy.tolist()
        ids = [number for number in track_ids(rows) if number >= 0]
        assert len(ids) == len(set(ids))
        known.update(ids)
        assert known <= set(range(max(known, default=-1) + 1))


# Two people, a pillar, three seconds.


def dressed(shirt: str, trousers: str) -> Looks:
    return Looks(
        1.75, 1.0, (125, 160, 210), (25, 25, 28), PALETTE[shirt], PALETTE[trousers], PALETTE["black"]
    )


def behind_the_pillar() -> tuple[list[tuple[float, NDArray[np.uint8], dict[int, Box]]], int]:
    """Two people walk behind a pillar from either side, stand there unseen for three seconds, and go on.

    Returns:
        Time, picture, and box by person of all that is seen (a fifth of a person at least), five times a second; and
        in how many pictures nobody is seen.
    """
    kit = Kit(False)
    kit.box((-0.9, 0.9), (7.0, 7.6), (0, 4.0), (150.0, 150.0, 150.0), hides=True)
    camera = Camera(Geometry((0.0, 0.0, 3.0), 0.0, 14.0, 0.8, 0.0), 640, 360)
    renderer = Renderer(
        camera, kit.backdrop((140.0, 140.0, 140.0), (70.0, 70.0, 70.0)), Light((0.25, -0.2, 1.0), 0.3, 0.7), 1
    )
    people = [
        Person(
            1,
            dressed("red", "black"),
            [Walk((-0.3, 9.0)), Stand(3.5), Walk((4.5, 9.0))],
            0.0,
            (-4.5, 9.0),
            90,
        ),
        Person(
            2,
            dressed("white", "blue"),
            [Walk((0.3, 10.0)), Stand(3.5), Walk((-4.5, 10.0))],
            0.0,
            (4.5, 10.0),
            270,
        ),
    ]
    shown, hidden = [], 0
    for step in range(55):
        time = step / 5
        picture = renderer.render([person.body(time) for person in people])
        seen = {n: one.box for n, one in picture.objects.items() if n and one.visible >= 0.2}
        hidden += not seen
        shown.append((time, picture.bgr, seen))
    return shown, hidden


@pytest.fixture(scope="module")
def crossing() -> list[tuple[float, NDArray[np.uint8], dict[int, Box]]]:
    shown, hidden = behind_the_pillar()
    assert hidden >= 15, "three seconds at five pictures a second"
    return shown


def followed(
    kind: Kind, shown: list[tuple[float, NDArray[np.uint8], dict[int, Box]]]
) -> tuple[dict[int, set[int]], TrackQuality]:
    """Ids that each person got, and what the tracker is worth on true boxes that waver by a pixel or so."""
    tracker, rng = make_tracker(kind, 5, lost_track=8.0), random.Random(3)
    given_ids: dict[int, set[int]] = {}
    looks: list[BoxPair] = []
    for time, picture, seen in shown:
        numbers = list(seen)
        true = np.array([seen[n] for n in numbers], np.float32).reshape(-1, 4) * np.array(
            (640, 360) * 2, np.float32
        )
        wavering = true + np.array(
            [[rng.gauss(0, 1.0) for _ in range(4)] for _ in numbers], np.float32
        ).reshape(-1, 4)
        detections = sv.Detections(
            xyxy=wavering,
            confidence=np.full(len(numbers), 0.8, np.float32),
            class_id=np.zeros(len(numbers), int),
            data={"who": np.array(numbers, int)},
        )
        frame = SimpleNamespace(
            time=time, width=640, height=360, crop=lambda box, w, h, picture=picture: cut(picture, box, w, h)
        )
        rows = tracker.update(detections, time, frame=frame)
        for who, number in zip(rows.data.get("who", ()), track_ids(rows), strict=True):
            given_ids.setdefault(int(who), set()).add(int(number))
        looks.append((rows, sv.Detections(xyxy=true, tracker_id=np.array(numbers, int))))
    quality = track_quality([looks])
    assert quality is not None
    return given_ids, quality


def test_identities_survive_three_seconds_behind_a_pillar(crossing):
    ids, quality = followed("deepsort", crossing)
    assert all(len(numbers) == 1 for numbers in ids.values())
    assert ids[1] != ids[2]
    lost, without = followed("bytetrack", crossing)
    assert any(len(numbers) > 1 for numbers in lost.values()), "the same settings, without looks"
    assert quality.idf1 > 0.9 > 0.75 > without.idf1
    assert quality.hota > without.hota + 0.15
    assert quality.switches == 0


def test_a_frame_is_needed():
    tracker = make_tracker("deepsort", 5)
    with pytest.raises(ValueError, match="needs the frame"):
        tracker.update(found((BOX, RED)), 0.0)


def test_time_counts_and_not_the_number_of_looks():
    """The same second in one step or in five: nearly the same place and spread."""
    start = predicted(begun(np.array((300.0, 150.0, 0.4, 100.0))), 1 / RATE)
    one, many = predicted(start, 1.0), start
    for _ in range(5):
        many = predicted(many, 0.2)
    assert many.mean == pytest.approx(one.mean)
    ratio = np.sqrt(np.diag(many.covariance) / np.diag(one.covariance))
    assert ((ratio > 0.9) & (ratio < 1.6)).all()
