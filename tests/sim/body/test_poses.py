import numpy as np
import pytest

from secondsight.sim.body import poses
from secondsight.sim.body.poses import INDEX, OVERLAYS, Pose, mirrored, mix, paired
from secondsight.sim.body.skeleton import Joint, joints
from tests.table import table

_POSES = {name: pose for name, pose in vars(poses).items() if isinstance(pose, Pose)}
_PAIRS = [(Joint[name], Joint["R" + name[1:]]) for name in Joint.__members__ if name.startswith("L_")]


def _joints(pose: Pose) -> np.ndarray:
    return joints(pose.angles(), 1.0, (0.0, 0.0, 0.0), 0.0)


@table("name", _POSES)
def test_mirrored_pose_is_the_mirror_image(name: str) -> None:
    pose, other = _joints(_POSES[name]), _joints(mirrored(_POSES[name]))
    swapped = other.copy()
    for left, right in _PAIRS:
        swapped[[left, right]] = other[[right, left]]
    np.testing.assert_allclose(swapped * (-1, 1, 1), pose, atol=1e-9)
    assert mirrored(mirrored(_POSES[name])) == _POSES[name]


def test_paired_pose_is_its_own_mirror_image() -> None:
    pose = paired(Pose(l_arm=40, l_knee=20, l_fold=9, bend=10))
    assert mirrored(pose) == pose


def test_angles_are_radians_and_body_heights() -> None:
    angles = Pose(pitch=90, forward=0.5).angles()
    assert angles[INDEX["pitch"]] == pytest.approx(np.pi / 2)
    assert angles[INDEX["forward"]] == 0.5
    np.testing.assert_allclose(mix(angles, Pose().angles(), 0.5)[INDEX["forward"]], 0.25)


def test_axes_of_the_body() -> None:
    """Heading 0 faces +y with the left hand at -x; each angle turns the way its name says."""
    stand = _joints(Pose())
    assert stand[Joint.L_HAND, 0] < 0 < stand[Joint.R_HAND, 0]
    assert stand[Joint.L_TOE, 1] > stand[Joint.L_ANKLE, 1]
    for moved, joint, axis, sign in (
        (Pose(l_arm=60), Joint.L_HAND, 1, 1),
        (Pose(r_out=60), Joint.R_HAND, 0, 1),
        (Pose(l_elbow=90), Joint.L_HAND, 1, 1),
        (Pose(r_fold=60), Joint.R_HAND, 0, -1),
        (Pose(bend=40), Joint.HEAD, 1, 1),
        (Pose(lean=30), Joint.HEAD, 0, 1),
        (Pose(nod=40), Joint.HEAD, 1, 1),
        (Pose(tilt=30), Joint.HEAD, 0, -1),
        (Pose(pitch=80), Joint.HEAD, 1, 1),
        (Pose(roll=80), Joint.HEAD, 0, 1),
        (Pose(twist=40), Joint.R_SHOULDER, 1, 1),
        (Pose(forward=0.2), Joint.HEAD, 1, 1),
        (Pose(left=0.2), Joint.HEAD, 0, -1),
        (Pose(lift=0.2), Joint.HEAD, 2, 1),
    ):
        assert (_joints(moved) - stand)[joint, axis] * sign > 0.01, moved


@pytest.mark.parametrize(("name", "near"), [("PHONING", 0.14), ("SMOKING_UP", 0.12)])
def test_hand_at_the_head(name: str, near: float) -> None:
    points = _joints(_POSES[name])
    assert np.linalg.norm(points[Joint.R_HAND] - points[Joint.HEAD]) < near


def test_overlay_takes_the_arms_only() -> None:
    over = OVERLAYS["phone"](Pose(l_thigh=30, nod=-20).angles(), 1.0)
    assert over[INDEX["l_thigh"]] == pytest.approx(np.deg2rad(30))
    assert over[INDEX["nod"]] == pytest.approx(np.deg2rad(-20))
    assert over[INDEX["r_elbow"]] == poses.PHONING.angles()[INDEX["r_elbow"]]
    np.testing.assert_array_equal(OVERLAYS["box"](Pose().angles(), 0.0), Pose().angles())
