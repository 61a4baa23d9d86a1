"""What changes from look to look: bodies are compared when a rule asks, once."""

from unittest.mock import patch

import numpy as np
import pytest

from secondsight.behaviour.signals import motion_energy
from secondsight.behaviour.signals.deformation import deformation
from secondsight.behaviour.signals.motion_energy import Motion
from secondsight.records import Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import T0, look

BOX = np.array([(0.4, 0.3, 0.5, 0.7)])


def shown(seed: int, time: float) -> Observation:
    blocks = np.random.default_rng(seed).integers(0, 255, (18, 32))
    grey = np.kron(blocks, np.ones((10, 10))).astype(np.uint8)
    return look(T0 + time, frame=Painted(np.repeat(grey[..., None], 3, axis=2), T0 + time), size=(320, 180))


def test_a_body_is_compared_when_a_rule_asks_and_once() -> None:
    motion, before, now = Motion(), shown(1, 0), shown(2, 0.2)
    assert motion.deformations(before, BOX, [None]) == [None]
    with patch.object(motion_energy, "deformation", wraps=deformation) as compare:
        (ask,) = motion.deformations(now, BOX, BOX.tolist())
        assert ask is not None
        assert not compare.called
        share = ask()
        assert share is not None
        assert share > 0.5, "nothing of it is as it was"
        assert ask() == share
        assert compare.call_count == 1


def test_a_later_look_changes_nothing_of_what_was_asked_for_before_it() -> None:
    motion = Motion()
    motion.changed(shown(1, 0))
    (same,) = motion.deformations(shown(1, 0.2), BOX, BOX.tolist())
    motion.changed(shown(2, 0.4))
    assert same is not None
    assert same() == pytest.approx(0, abs=0.02)
