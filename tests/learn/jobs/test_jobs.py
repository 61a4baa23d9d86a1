"""Trainings: one at a time, resumable, and never of harm to production."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from secondsight.clock import SystemClock
from secondsight.errors import ModelError, RefusedError
from secondsight.learn import (
    BundleState,
    JobState,
    LearnCatalogue,
    build_dataset,
    model_of,
    new_job,
    production,
    require_training,
    start_process,
    stop_process,
    trainings,
    unfinished,
)
from secondsight.learn.jobs import launch, train_detector
from secondsight.learn.jobs.lock import training_lock, training_process
from secondsight.learn.jobs.process import work
from secondsight.learn.jobs.spec import job_folder, read_status
from tests.learn.loops import SIZE, clock_at, keep, say, site

PATIENCE = 240.0
torch = pytest.importorskip("torch")


@pytest.fixture
def catalogue(tmp_path: Path):
    with LearnCatalogue(tmp_path, make=True) as opened:
        for seed in range(12):
            say(opened, *keep(opened, seed, day=seed))
        build_dataset(opened, site(tmp_path).learn, clock_at(12))
        yield opened


def job(catalogue: LearnCatalogue, steps: int = 2, **changes):
    config = site(catalogue.data)
    first = production(catalogue, config, clock_at(12))
    model = model_of(first, catalogue.data, config).path
    return new_job(catalogue, config.learn, first, model, clock_at(12), steps=steps, **changes)


def wait_for(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_training_gives_a_candidate_of_the_same_classes(catalogue) -> None:
    spec = job(catalogue)
    assert work(catalogue.data, spec, clock_at(13)) == 0
    made = catalogue.bundle(spec.name)
    assert (made.state, made.parent, made.dataset) == (BundleState.CANDIDATE, "b0000", 1)
    config = site(catalogue.data)
    assert model_of(made, catalogue.data, config).labels == production(catalogue, config, clock_at(13)).labels
    # Finished ones are not done again.
    assert work(catalogue.data, spec, clock_at(14)) == 0
    assert len(catalogue.bundles()) == 2
    assert job(catalogue).name == "b0002"


@pytest.mark.slow
def test_a_killed_training_goes_on_where_it_stopped(catalogue) -> None:
    """kill -9 of the real process, after its first checkpoint."""
    spec, data = job(catalogue, steps=100_000), catalogue.data
    number = start_process(data, spec)
    wait_for(lambda: training_process(data) == number)
    with pytest.raises(RefusedError, match="a training runs already"):
        start_process(data, spec)
    wait_for((job_folder(data, spec.name) / "checkpoint.pt").exists)
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)
    assert training_process(data) is None
    (training,) = trainings(data)
    assert (training.alive, training.status.state) == (False, JobState.RUNNING)
    assert unfinished(data) == spec
    assert [bundle.name for bundle in catalogue.bundles()] == ["b0000"]
    kept = torch.load(job_folder(data, spec.name) / "checkpoint.pt", weights_only=True)["step"]
    assert kept > 0
    again = start_process(data, spec)
    wait_for(lambda: read_status(job_folder(data, spec.name)).step > kept)
    assert stop_process(data)
    os.waitpid(again, 0)
    assert not stop_process(data)


def test_a_loss_that_is_no_number_ends_the_training_and_changes_nothing(catalogue, monkeypatch) -> None:
    def broken(*given, **named):
        raise ModelError("the loss became nan at step 3; a lower learning rate may help")

    monkeypatch.setattr(train_detector, "train", broken)
    spec = job(catalogue)
    assert work(catalogue.data, spec, clock_at(13)) == 1
    status = read_status(job_folder(catalogue.data, spec.name))
    assert (status.state, status.problem) == (
        JobState.FAILED,
        "the loss became nan at step 3; a lower learning rate may help",
    )
    assert [bundle.name for bundle in catalogue.bundles()] == ["b0000"]
    assert unfinished(catalogue.data) is None


def test_weights_that_are_no_numbers_are_noticed(catalogue, monkeypatch) -> None:
    """The loss of the real trainer, with a learning rate far too high."""
    monkeypatch.setattr(launch, "_RATE", 1e30)
    spec = job(catalogue, steps=30)
    assert work(catalogue.data, spec, clock_at(13)) == 1
    assert "the loss became" in read_status(job_folder(catalogue.data, spec.name)).problem


def test_a_dataset_edited_by_hand_is_said_and_not_trained_on(catalogue) -> None:
    spec = job(catalogue)
    picture = next((catalogue.data / "learn/datasets/v0001/train").iterdir())
    picture.unlink()
    picture.write_bytes(b"mine")
    assert work(catalogue.data, spec, clock_at(13)) == 1
    assert f"{picture.name} was changed" in read_status(job_folder(catalogue.data, spec.name)).problem


def test_two_at_once_are_refused_across_processes(tmp_path: Path) -> None:
    hold = f"from pathlib import Path; from secondsight.learn.jobs.lock import training_lock; import sys\n" \
           f"with training_lock(Path({str(tmp_path)!r})): print('held', flush=True); sys.stdin.read()"  # fmt: skip
    other = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(RefusedError, match="a training runs already"), training_lock(tmp_path):
            pass
        assert training_process(tmp_path) == other.pid
    finally:
        other.kill()
        other.wait()
    with training_lock(tmp_path):
        assert training_process(tmp_path) == os.getpid()


def test_without_the_extra_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda name: None)
    with pytest.raises(RefusedError, match=r"needs torch and onnx.*pip install 'secondsight\[train\]'"):
        require_training()


def test_another_family_is_left_to_its_own_tools(catalogue) -> None:
    from dataclasses import replace

    config = site(catalogue.data)
    first = replace(production(catalogue, config, clock_at(12)), family="rf-detr")
    with pytest.raises(RefusedError, match="YOLOX alone is trained here"):
        new_job(catalogue, config.learn, first, Path("x.onnx"), clock_at(12))


def test_labels_become_pixels(catalogue) -> None:
    from secondsight.learn import Split, read_dataset

    dataset = read_dataset(catalogue)
    item = dataset.of(Split.TRAIN)[0]
    picture = train_detector.labelled_picture(dataset, item, ("person", "bicycle", "car"))
    assert picture.picture.shape == (SIZE[1], SIZE[0], 3)
    assert picture.boxes.max() > 1
    assert len(picture.classes) == len(item.boxes)
    assert len(train_detector.labelled_picture(dataset, item, ("cat",)).boxes) == 0


def test_a_budget_too_short_to_learn_in_gives_no_candidate(catalogue) -> None:
    spec = job(catalogue, steps=1000, minutes=0.001)
    assert work(catalogue.data, spec, SystemClock()) == 1
    problem = read_status(job_folder(catalogue.data, spec.name)).problem
    assert "too few to learn from; raise `learn.minutes`" in problem
    assert [bundle.name for bundle in catalogue.bundles()] == ["b0000"]


def test_a_training_gives_way_to_other_sessions_too() -> None:
    said = (
        "import os; from pathlib import Path; from secondsight.learn.jobs.process import give_way; give_way(7); "
        "group = Path('/proc/self/autogroup'); print(os.nice(0), group.read_text() if group.exists() else '7')"
    )
    done = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, check=True, start_new_session=True
    )
    nice, group = done.stdout.split(maxsplit=1)
    assert int(nice) == min(19, os.nice(0) + 7)
    assert group.split()[-1] == "7"
