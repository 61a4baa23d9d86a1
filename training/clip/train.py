"""Trains `city-clip`, the brain that ships: draws samples in the simulated city, trains two encoders, measures them.

python -m training clip draw --out samples --seeds 0:79
python -m training clip train --samples samples --out city-clip
python -m training clip draw --out more --seeds 80:150 --further
python -m training clip train --samples more --start city-clip --out better
python -m training clip draw --out held-out --seeds 1000000:1000010
python -m training clip card --held-out held-out --model better

The second training goes on where the first ended, with all kinds of events. `make train-brain` has every step. What
the small models suspect, and the rules make of it, can be learned from as well, or measured on:

python -m training clip cases --out cases --seeds 2000:2040
"""

import argparse
import json
import math
import random
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from secondsight.learn.networks.clip import TwoTowers, contrastive_loss, export, mass_loss, tokenize
from secondsight.learn.training.clip_blend import blend
from secondsight.learn.training.clip_resume import resume
from secondsight.sim.world import PACKS
from training.clip.card import write_card
from training.clip.cases import draw_cases
from training.clip.corpus import Corpus, Vocabulary, augment, lesson_masks, pick, tokenizer_of
from training.clip.draw import DENSITY, SECONDS, draw_all
from training.clip.stages import Stage, seed_of, stages, write_stages

BATCH = 48
STEPS = 900
PEAK_RATE, LATER_RATE, DECAY = 1.5e-3, 8e-4, 0.05
"""Of the first training and of one that goes on from another."""
WARM_UP = 100
FRAME_COUNTS = (2, 3, 4, 4)
"""Frames of a clip in one step; fewer are cheaper, but what happens may not be in them."""
SHARE = 0.7
"""Of the last training in the model that ships: of 0, 0.3, 0.5, 0.7 and 1 the one with the least loss on held-back
scenes."""
CHECKPOINT = 150
HELD_BACK = 10
"""Scenes whose seed is a multiple of this are kept to fit the scale and to follow the training, in every stage."""


class Trainer:
    """One training: network, data, optimiser, random numbers. `start`: folder of the model it goes on from."""

    def __init__(self, samples: Path, steps: int, seed: int, start: Path | None = None) -> None:
        torch.manual_seed(seed)
        self.rng, self.generator = random.Random(seed), torch.Generator().manual_seed(seed)
        paths = sorted(samples.glob("*.npz"))
        self.vocabulary = Vocabulary.load()
        self.tokenizer = tokenizer_of(self.vocabulary, paths, start)
        self.corpus = Corpus([path for path in paths if seed_of(path) % HELD_BACK], self.vocabulary)
        self.held = Corpus([path for path in paths if not seed_of(path) % HELD_BACK], self.vocabulary)
        self.groups = self.corpus.groups()
        self.sentences = tokenize(self.tokenizer, list(self.vocabulary.sentences))
        self.owner = torch.tensor(self.vocabulary.owner)
        self.towers = self._towers(start)
        self.towers.image.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.peak = LATER_RATE if start else PEAK_RATE
        self.optimiser = torch.optim.AdamW(self.towers.parameters(), self.peak, weight_decay=DECAY)
        self.steps = steps

    def _towers(self, start: Path | None) -> TwoTowers:
        if start is None:
            return TwoTowers(self.tokenizer.get_vocab_size())
        some = self.rng.sample(range(len(self.corpus.views)), min(BATCH, len(self.corpus.views)))
        return resume(start, self.tokenizer, self.corpus.views[some].flatten(0, 2))

    def rate(self, step: int) -> float:
        """Rising, then half a cosine to nothing."""
        warm = min((step + 1) / WARM_UP, 1.0)
        return self.peak * warm * (1 + math.cos(math.pi * step / self.steps)) / 2

    def ensembles(self) -> Tensor:
        """(names, d): embeddings of what may be to be seen."""
        each = self.towers.text(self.sentences)
        sums = torch.zeros(len(self.vocabulary.names), each.shape[1]).index_add(0, self.owner, each)
        return functional.normalize(sums, dim=1)

    def step(self, number: int) -> tuple[float, float]:
        """One step; the loss of captions and that of questions."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(number)
        chosen = pick(self.groups, BATCH, self.rng)
        frames = sorted(self.rng.sample(range(self.corpus.views.shape[1]), self.rng.choice(FRAME_COUNTS)))
        views = augment(self.corpus.views[chosen][:, frames], self.generator)
        clips = self.towers.pooled(views)
        scale = self.towers.scale()
        captions = self._captions(clips, scale, chosen)
        questions = self._questions(clips, scale, chosen)
        self.optimiser.zero_grad()
        (captions + questions).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.towers.parameters(), 5.0)
        self.optimiser.step()
        return float(captions.detach()), float(questions.detach())

    def _captions(self, clips: Tensor, scale: Tensor, chosen: Sequence[int]) -> Tensor:
        true = [self.corpus.facts[i]["captions"] for i in chosen]
        drawn = sorted({self.rng.choice(captions) for captions in true if captions})
        positive = torch.tensor([[sentence in captions for sentence in drawn] for captions in true])
        texts = self.towers.text(tokenize(self.tokenizer, drawn))
        return contrastive_loss(scale * clips @ texts.T, positive)

    def _questions(self, clips: Tensor, scale: Tensor, chosen: Sequence[int]) -> Tensor:
        logits = scale * clips @ self.ensembles().T
        total = torch.zeros(())
        deciding, asking = self.corpus.deciding, self.corpus.asking
        own = [next(iter(deciding[i]), None) for i in chosen]
        other = [self.rng.choice(deciding[i]) if deciding[i] else None for i in chosen]
        asked = [self.rng.choice(asking[i]) if asking[i] else None for i in chosen]
        for lessons, weight in ((own, 1.0), (other, 0.5), (asked, 0.5)):
            total = total + weight * mass_loss(logits, *lesson_masks(lessons, logits.shape[1]))
        return total

    @torch.no_grad()
    def follow(self) -> tuple[float, float]:
        """Accuracy of own deciding questions on held-back samples, and the best logarithm of the scale there."""
        self.towers.eval()
        parts = [self.towers.pooled(part) for part in torch.split(self.held.views, BATCH)]
        cosines = torch.cat(parts) @ self.ensembles().T
        self.towers.train()
        among, positive = lesson_masks(
            [next(iter(each), None) for each in self.held.deciding], cosines.shape[1]
        )
        best = cosines.masked_fill(~among, -2.0).argmax(dim=1)
        rows = positive.any(dim=1)
        right = positive[rows].gather(1, best[rows, None]).float().mean()
        scales = torch.linspace(math.log(3.0), math.log(100.0), 40)
        losses = [float(mass_loss(cosines * scale.exp(), among, positive)) for scale in scales]
        return float(right), float(scales[int(torch.tensor(losses).argmin())])


def train(
    samples: Path, out: Path, steps: int, seed: int, start: Path | None = None
) -> tuple[TwoTowers, Tokenizer]:
    """Train and write the model; it is written every few hundred steps too, to be looked at meanwhile."""
    trainer = Trainer(samples, steps, seed, start)
    before = stages(start) if start else ()
    print(f"{len(trainer.corpus.facts)} samples, {len(trainer.held.facts)} held back", flush=True)
    began, sums = time.monotonic(), [0.0, 0.0]
    for number in range(steps):
        losses = trainer.step(number)
        sums = [0.98 * old + 0.02 * new for old, new in zip(sums, losses, strict=True)]
        last = number + 1 == steps
        if last or (number + 1) % CHECKPOINT == 0:
            accuracy, scale = trainer.follow()
            export(trainer.towers, trainer.tokenizer, out, logit_scale=scale)
            write_stages(out, (*before, Stage.of(samples, steps, seed)))
            trainer.towers.train()
            print(
                f"step {number + 1}/{steps} {time.monotonic() - began:.0f} s captions {sums[0]:.3f} "
                f"questions {sums[1]:.3f} held-back accuracy {accuracy:.3f} scale {math.exp(scale):.1f}",
                flush=True,
            )
    return trainer.towers, trainer.tokenizer


def blended(before: Path, after: Path, samples: Path, out: Path, share: float) -> None:
    """Write the mean of two models, its scale fitted to the held-back samples."""
    blend(before, after, out, share)
    accuracy, scale = Trainer(samples, 0, 0, out).follow()
    path = out / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(config | {"logit_scale": round(scale, 6)}, indent=2) + "\n", encoding="utf-8")
    print(f"held-back accuracy {accuracy:.3f} scale {math.exp(scale):.1f}")


def _seeds(text: str) -> range:
    first, _, last = text.partition(":")
    return range(int(first), int(last or int(first) + 1))


def main(arguments: Sequence[str] | None = None) -> None:
    """The commands above."""
    parser = argparse.ArgumentParser(prog="python -m training clip", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    drawing = commands.add_parser("draw", help="draw samples in the simulated city")
    drawing.add_argument("--out", type=Path, required=True)
    drawing.add_argument("--seeds", type=_seeds, required=True, help="first:last")
    drawing.add_argument("--packs", nargs="+", default=PACKS)
    drawing.add_argument("--further", action="store_true", help="all kinds of events, not only a pack's own")
    drawing.add_argument("--seconds", type=float, default=SECONDS, help="length of a scene")
    drawing.add_argument("--density", type=float, default=DENSITY, help="events and look-alikes in a minute")
    casing = commands.add_parser(
        "cases", help="draw samples of what the sentinel suspects in the simulated city"
    )
    casing.add_argument("--out", type=Path, required=True)
    casing.add_argument("--seeds", type=_seeds, required=True, help="first:last")
    casing.add_argument("--packs", nargs="+", default=PACKS)
    casing.add_argument(
        "--true-boxes", action="store_true", help="without filming and detecting: much faster"
    )
    training = commands.add_parser("train", help="train on samples and write the model")
    training.add_argument("--samples", type=Path, required=True)
    training.add_argument("--out", type=Path, required=True)
    training.add_argument("--steps", type=int, default=STEPS)
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--start", type=Path, help="model to go on from, instead of from nothing")
    blending = commands.add_parser("blend", help="mean of a model and of one that went on from it")
    for name in ("--before", "--after", "--samples", "--out"):
        blending.add_argument(name, type=Path, required=True)
    blending.add_argument("--share", type=float, default=SHARE, help="of the later one, 0..1")
    describing = commands.add_parser("card", help="measure a model and write its card")
    describing.add_argument("--model", type=Path, required=True)
    describing.add_argument("--held-out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    if chosen.command == "draw":
        draw_all(
            chosen.out,
            chosen.seeds,
            chosen.packs,
            further=chosen.further,
            seconds=chosen.seconds,
            density=chosen.density,
        )
    elif chosen.command == "cases":
        draw_cases(chosen.out, chosen.seeds, chosen.packs, true_boxes=chosen.true_boxes)
    elif chosen.command == "train":
        train(chosen.samples, chosen.out, chosen.steps, chosen.seed, chosen.start)
    elif chosen.command == "blend":
        blended(chosen.before, chosen.after, chosen.samples, chosen.out, chosen.share)
    else:
        print(write_card(chosen.model, chosen.held_out))


if __name__ == "__main__":
    main()
