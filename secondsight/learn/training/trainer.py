"""The training loop of detectors: AdamW with a warm-up and a cosine, a running mean of the weights, checkpoints.

A run that is stopped, by its time budget or by force, goes on from its last checkpoint with the batches it would have
had: every batch depends on nothing but its number. Without a time budget the same seeds give the same weights on the
same machine, whatever else the process did before; with one, the schedule follows the clock, so that a slow machine
trains less but still to the end.
"""

import logging
import math
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from secondsight.clock import Clock, SystemClock
from secondsight.errors import ModelError
from secondsight.learn.networks.yolox import Yolox
from secondsight.learn.networks.yolox_loss import Targets, yolox_loss
from secondsight.learn.training.augment import LabelledPicture
from secondsight.log import fields

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingSchedule:
    """How long and how fast to learn.

    Attributes:
        steps: batches in all.
        seconds: time budget over all runs; the schedule then follows whichever is further, steps or clock.
        rate: highest learning rate; reached after `warmup` steps, then a cosine down to a fiftieth.
        decay: weight decay of the convolutions' weights.
        precise: share of the training after which the L1 loss joins in.
        memory: of the running mean of the weights, per step.
        every: seconds between checkpoints.
    """

    steps: int
    seconds: float | None = None
    rate: float = 2e-3
    warmup: int = 100
    decay: float = 0.02
    precise: float = 0.8
    memory: float = 0.998
    every: float = 180.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training stands; losses are means since the last report, per answering cell."""

    step: int
    steps: int
    seconds: float
    loss: float
    box: float
    objectness: float
    kind: float


@dataclass(slots=True)
class _State:
    """All that a checkpoint keeps."""

    network: Yolox
    mean: "Mean"
    optimizer: torch.optim.AdamW
    step: int = 0
    seconds: float = 0.0

    def save(self, path: Path) -> None:
        temporary = path.with_name(f".{path.name}.part")
        kept = {
            "network": self.network.state_dict(),
            "mean": self.mean.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        torch.save(kept, temporary)
        temporary.replace(path)

    def load(self, path: Path) -> None:
        try:
            if not zipfile.is_zipfile(path):
                raise ValueError("the file is damaged")
            kept = torch.load(path, weights_only=True)
            self.network.load_state_dict(kept["network"])
            self.mean.network.load_state_dict(kept["mean"])
            self.optimizer.load_state_dict(kept["optimizer"])
            self.step, self.seconds = int(kept["step"]), float(kept["seconds"])
        except (OSError, RuntimeError, KeyError, ValueError) as error:
            raise ModelError(
                f"{path} is no checkpoint of this network; delete it to start afresh: {error}"
            ) from None


class Mean:
    """The running mean of a network's weights: steadier than the last ones, and what is exported."""

    def __init__(self, network: Yolox) -> None:
        self.network = Yolox(network.plan).eval()
        self.network.load_state_dict(network.state_dict())

    @torch.no_grad()
    def follow(self, network: Yolox, memory: float) -> None:
        """Move towards the network's present weights."""
        now = network.state_dict()
        for name, value in self.network.state_dict().items():
            if value.dtype.is_floating_point:
                value.lerp_(now[name].to(value.dtype), 1 - memory)
            else:
                value.copy_(now[name])


def train(
    network: Yolox,
    batches: Callable[[int], Sequence[LabelledPicture]],
    schedule: TrainingSchedule,
    checkpoint: Path,
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    saved: Callable[[Yolox, int], None] = lambda network, step: None,
    clock: Clock | None = None,
    threads: int = 1,
) -> Yolox:
    """Train until the steps or the seconds are used up; goes on from `checkpoint` if it exists.

    Args:
        network: trained in place.
        batches: the pictures of step 0, 1, ..., all of one size.
        report: called every 20 steps, and at the end.
        saved: called with the mean network and the count of steps after each checkpoint, the last one included.
        clock: measures the time budget.
        threads: threads of torch meanwhile. Their number decides the order of sums, and so the last bits of every
            weight: it belongs to the training, not to the process.

    Returns:
        The network of mean weights, in evaluation mode.

    Raises:
        ModelError: the checkpoint belongs to another network; or the loss is not a number any more.
    """
    with _torch_threads(threads):
        return _train(network, batches, schedule, checkpoint, report, saved, clock or SystemClock())


@contextmanager
def _torch_threads(count: int) -> Iterator[None]:
    """Let torch use this number of threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _train(
    network: Yolox,
    batches: Callable[[int], Sequence[LabelledPicture]],
    schedule: TrainingSchedule,
    checkpoint: Path,
    report: Callable[[Progress], None],
    saved: Callable[[Yolox, int], None],
    clock: Clock,
) -> Yolox:
    state = _State(network, Mean(network), _optimizer(network, schedule))
    if checkpoint.exists():
        state.load(checkpoint)
        _log.info("training goes on", extra=fields(step=state.step, seconds=round(state.seconds)))
    network.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    begun = clock.monotonic() - state.seconds
    kept, recent = state.seconds, []
    while (share := _share(state, schedule)) < 1:
        recent.append(_step(state, batches(state.step), schedule, share))
        state.step += 1
        state.seconds = clock.monotonic() - begun
        if state.step % 20 == 0:
            report(_progress(state, schedule, recent))
            recent.clear()
        if state.seconds - kept >= schedule.every:
            kept = state.seconds
            state.save(checkpoint)
            saved(state.mean.network, state.step)
    if recent:
        report(_progress(state, schedule, recent))
    state.save(checkpoint)
    saved(state.mean.network, state.step)
    return state.mean.network


def _share(state: _State, schedule: TrainingSchedule) -> float:
    """How much of the training is done, 0..1."""
    by_clock = state.seconds / schedule.seconds if schedule.seconds else 0.0
    return max(state.step / schedule.steps, by_clock)


def _step(
    state: _State, samples: Sequence[LabelledPicture], schedule: TrainingSchedule, share: float
) -> tuple[float, float, float, float]:
    rate = schedule.rate * (0.02 + 0.98 * (1 + math.cos(math.pi * share)) / 2)
    rate *= min(1.0, (state.step + 1) / schedule.warmup)
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    images, targets = to_tensors(samples)
    size = (images.shape[3], images.shape[2])
    loss = yolox_loss(state.network(images), size, targets, precise=share >= schedule.precise)
    value = float(loss.total.detach())
    if not math.isfinite(value):
        raise ModelError(f"the loss became {value} at step {state.step}; a lower learning rate may help")
    state.optimizer.zero_grad(set_to_none=True)
    loss.total.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.network.parameters(), 20.0)
    state.optimizer.step()
    # Early weights are forgotten faster: they are far from anything worth remembering.
    state.mean.follow(state.network, min(schedule.memory, (1 + state.step) / (10 + state.step)))
    return value, loss.box, loss.objectness, loss.kind


def to_tensors(samples: Sequence[LabelledPicture]) -> tuple[Tensor, list[Targets]]:
    """Pictures of one size as the network takes them, float (b, 3, h, w), and what is to be found in each."""
    images = torch.from_numpy(np.stack([sample.picture for sample in samples])).permute(0, 3, 1, 2)
    targets = [
        Targets(
            _centred(sample.boxes),
            torch.from_numpy(sample.classes),
            _centred(sample.ignored),
            sample.background,
        )
        for sample in samples
    ]
    return images.float(), targets


def _centred(corners: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Tensor:
    boxes = torch.from_numpy(corners)
    return torch.cat(((boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]), dim=1)


def _optimizer(network: Yolox, schedule: TrainingSchedule) -> torch.optim.AdamW:
    """Weight decay for the convolutions' weights alone: scales and biases are not to shrink."""
    wide = [value for value in network.parameters() if value.ndim > 1]
    flat = [value for value in network.parameters() if value.ndim == 1]
    groups = [{"params": wide, "weight_decay": schedule.decay}, {"params": flat, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=schedule.rate)


def _progress(
    state: _State, schedule: TrainingSchedule, recent: Sequence[tuple[float, float, float, float]]
) -> Progress:
    loss, box, objectness, kind = (float(value) for value in np.mean(recent, axis=0))
    return Progress(state.step, schedule.steps, state.seconds, loss, box, objectness, kind)
