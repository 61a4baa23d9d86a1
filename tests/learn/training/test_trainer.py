import numpy as np
import pytest
import torch

from secondsight.clock import ManualClock
from secondsight.errors import ModelError
from secondsight.learn.networks.yolox import Plan, Yolox
from secondsight.learn.networks.yolox_loss import yolox_loss
from secondsight.learn.training.augment import Jitter, LabelledPicture, augment
from secondsight.learn.training.trainer import TrainingSchedule, to_tensors, train
from tests.learn.drawn import drawn

SIZE = (96, 64)
PLAN = Plan(3, 0.125, 0.33, False)


def fresh(seed=0):
    torch.manual_seed(seed)
    return Yolox(PLAN)


def batch(step):
    rng = np.random.default_rng(step)
    return [augment(drawn(step * 2 + k), SIZE, Jitter(), rng) for k in range(2)]


def weights(network):
    return torch.cat([value.flatten() for value in network.state_dict().values()])


@pytest.mark.slow
def test_four_pictures_are_learned_by_heart(tmp_path):
    samples = [drawn(seed, *SIZE, count=2) for seed in range(4)]
    losses = []
    schedule = TrainingSchedule(80, rate=1e-2, warmup=10, memory=0.9, precise=1)
    network = train(
        fresh(), lambda step: samples, schedule, tmp_path / "c.pt", report=lambda at: losses.append(at.loss)
    )
    images, targets = to_tensors(samples)
    with torch.no_grad():
        before, after = (yolox_loss(n(images), SIZE, targets) for n in (fresh().eval(), network))
    # A fifth to a sixth in trials with several seeds.
    assert losses[-1] < losses[0] / 3
    # The running means lag far behind after so few steps, but in the right direction.
    assert after.box < before.box - 0.1


def test_the_same_seed_gives_the_same_weights(tmp_path):
    first, second = (train(fresh(), batch, TrainingSchedule(4), tmp_path / f"{i}.pt") for i in range(2))
    other = train(fresh(1), batch, TrainingSchedule(4), tmp_path / "other.pt")
    assert torch.equal(weights(first), weights(second))
    assert not torch.equal(weights(first), weights(other))


def test_what_the_process_did_before_changes_nothing(tmp_path):
    """The global random state and the number of threads of torch are not the training's."""
    before = torch.get_num_threads()
    trained = []
    try:
        for threads in (1, 3):
            network = fresh()
            torch.set_num_threads(threads)
            torch.manual_seed(threads)
            trained.append(train(network, batch, TrainingSchedule(4), tmp_path / f"{threads}.pt"))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert torch.equal(*map(weights, trained))


def test_a_stopped_training_goes_on_as_if_it_had_not_been(tmp_path):
    whole = train(fresh(), batch, TrainingSchedule(6), tmp_path / "whole.pt")

    class Stopped(Exception):
        pass

    def stopping(step):
        if step == 3:
            raise Stopped
        return batch(step)

    # A checkpoint after every step: the clock stands still, so `every` of zero is always over.
    schedule = TrainingSchedule(6, every=0.0)
    with pytest.raises(Stopped):
        train(fresh(), stopping, schedule, tmp_path / "c.pt", clock=ManualClock())
    asked = []

    def noting(step):
        asked.append(step)
        return batch(step)

    resumed = train(fresh(5), noting, schedule, tmp_path / "c.pt", clock=ManualClock())
    assert asked == [3, 4, 5]
    assert torch.equal(weights(resumed), weights(whole))


def test_a_time_budget_ends_it_and_counts_over_all_runs(tmp_path):
    clock = ManualClock()
    steps = []

    def slow(step):
        clock.advance(10)
        steps.append(step)
        return batch(step)

    schedule = TrainingSchedule(1000, seconds=45)
    saved = []
    train(fresh(), slow, schedule, tmp_path / "c.pt", clock=clock, saved=lambda _, step: saved.append(step))
    assert steps == [0, 1, 2, 3, 4]
    assert saved == [5]
    train(fresh(), slow, schedule, tmp_path / "c.pt", clock=clock)
    assert steps == [0, 1, 2, 3, 4]


def test_pictures_without_any_object_are_learned_from_too(tmp_path):
    some = drawn(0, *SIZE, count=2)
    none = LabelledPicture(some.picture, some.boxes[:0], some.classes[:0], some.ignored)
    network = train(fresh(), lambda step: [none], TrainingSchedule(3), tmp_path / "c.pt")
    assert torch.isfinite(weights(network)).all()


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    train(fresh(), batch, TrainingSchedule(1), tmp_path / "c.pt")
    with pytest.raises(ModelError, match="no checkpoint of this network"):
        train(Yolox(Plan(4, 0.125, 0.33, False)), batch, TrainingSchedule(2), tmp_path / "c.pt")
    (tmp_path / "torn.pt").write_bytes(b"torn")
    with pytest.raises(ModelError, match="no checkpoint"):
        train(fresh(), batch, TrainingSchedule(1), tmp_path / "torn.pt")


def test_a_loss_that_is_no_number_stops_the_training(tmp_path):
    network = fresh()
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    with pytest.raises(ModelError, match="step 0"):
        train(network, batch, TrainingSchedule(2), tmp_path / "c.pt")
    assert not (tmp_path / "c.pt").exists()
