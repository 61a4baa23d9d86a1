"""The skeletons that the heads of postures learn from, and how well the one that ships judges others."""

import numpy as np
import pytest

from secondsight.sentinel.second.postures import PostureModel
from training.postures.acts import BACK, CROUCH, FALLING, FRONT, LEFT, SIT, STAND, act
from training.postures.body import KEYPOINTS, Pose, joints
from training.postures.measure import measure
from training.postures.seen import Camera, estimated
from training.postures.train import FIRST_TEST_SEED, somebody


def body(pose: Pose) -> np.ndarray:
    """Key points in metres of a person of 2 m."""
    return joints(pose.angles[None], np.zeros(1), 2.0)[0]


def test_a_body_has_the_proportions_that_were_measured() -> None:
    """Shares of the standing height (Winter 2009, figure 4.1)."""
    points = body(
        Pose(left_knee=0, right_knee=0, spread=0, left_out=0, right_out=0, left_elbow=0, right_elbow=0)
    )
    assert points.shape == (KEYPOINTS, 3)
    high = points[:, 2] - points[15:17, 2].mean()
    assert high[[5, 11, 13]] == pytest.approx([2 * (0.818 - 0.039), 2 * (0.530 - 0.039), 2 * (0.285 - 0.039)])
    assert np.linalg.norm(points[5] - points[6]) == pytest.approx(2 * 0.259, abs=0.01)
    assert np.linalg.norm(points[5] - points[7]) == pytest.approx(2 * 0.186)
    assert np.linalg.norm(points[7] - points[9]) == pytest.approx(2 * 0.146)


@pytest.mark.parametrize(
    ("pose", "low", "high"),
    [(STAND, 1.5, 2.0), (SIT, 0.9, 1.5), (CROUCH, 0.6, 1.3), (BACK, 0, 0.6), (FRONT, 0, 0.8), (LEFT, 0, 0.8)],
)
def test_postures_are_as_high_as_they_are(pose: Pose, low: float, high: float) -> None:
    points = body(pose)
    assert low <= points[:5, 2].max() <= high
    assert points[:, 2].min() == pytest.approx(0.1)  # on the floor, not in it


def test_left_is_left_in_the_picture_of_one_who_faces_the_camera() -> None:
    camera = Camera(1.5, 5.0, 0.9, 50.0, 0.0, 1.0)
    points = camera.project(joints(STAND.angles[None], np.array([180.0]), 1.7))[0]
    assert points[5, 0] > points[6, 0]
    assert points[0, 1] < points[11, 1] < points[15, 1]


def test_the_same_seed_makes_the_same_person() -> None:
    one, other = somebody(5), somebody(5)
    assert one is not None
    assert other is not None
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])


def test_falls_end_on_the_floor_and_everyday_acts_hold_none() -> None:
    fallen = 0
    for seed in range(8):
        angles, yaws, _, truth = act(np.random.default_rng(seed), 14.0, falls=True)
        assert not (act(np.random.default_rng(seed), 14.0, falls=False)[3] == FALLING).any()
        if not (truth == FALLING).any():
            continue  # it was to come after the end
        fallen += 1
        high = joints(angles, yaws, 1.7)[:, :5, 2].max(axis=1)
        after = int(np.flatnonzero(truth == FALLING).max()) + 1
        assert high[after : after + 5].max() < 1.1
    assert fallen >= 5


def test_a_pose_model_misses_what_the_picture_does_not_show() -> None:
    rng = np.random.default_rng(1)
    points = np.full((200, 17, 2), 0.5) + rng.normal(0, 0.1, (200, 17, 2))
    points[:, 15, 1] = 1.5
    found = estimated(points, 1.0, rng)
    assert found[:, 15, 2].mean() < 0.5 * found[:, 5, 2].mean()
    assert found[..., 1].max() <= 1.5


@pytest.mark.slow
def test_the_network_that_ships_judges_others_as_its_card_says() -> None:
    score = measure(PostureModel(), range(FIRST_TEST_SEED, FIRST_TEST_SEED + 30))
    assert score.found >= 0.8 * score.falls > 5
    assert score.lying > 0.75
    assert score.not_lying < 0.1
