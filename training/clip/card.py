"""Writes `card.md` of a trained `city-clip`: what it is and is not, what it was made from, how well it does."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from secondsight.brain.backends.clip.sentences import prompts_version
from training.clip.measure import Case, cases, row, rows
from training.clip.stages import FILE as STAGES
from training.clip.stages import Stage, facts_of, seed_of, stages

FILES = (
    *("vision_model.onnx", "text_model.onnx", "tokenizer.json", "config.json", "preprocessor_config.json"),
    STAGES,
)
QUICK = 1_000_000
"""The scenes of this seed, one per pack, make the quick measure that a test repeats."""

_CARD = """# city-clip

Two small encoders, pictures and sentences into one space, trained in the simulated city (`secondsight.sim`) and in
nothing else. They stand in for a large model where none is at hand: `backend: clip`, `model: city-clip`.

**It knows only the simulated city.** Of real pictures it knows nothing; use a published CLIP or SigLIP there.

## Data

{data}
- What ships is the weighted mean of the first training's weights and the last's (`training clip blend`).
- All conditions, a third of the scenes without any. Every tenth scene was held back to fit the scale of the logits.
- A sample is a clip of up to four key frames, chosen as the cascade chooses them, each as a close and a context view
  of a box as unsteady as a sentinel's, from JPEG pictures of quality 45 to 85.
- Events, look-alikes, bystanders, and places where nothing is. Sentences: captions of the city, and `{prompts}`.

## Deciding questions on seeds that no training saw

{held_samples} samples of {held_scenes} scenes, seeds {held_first} to {held_last}. An event is found, and anything
else rejected, by a probability above or below 0.5. The threshold was not tuned; nothing is calibrated.

{tables}
The quick measure, seed {quick} alone, which a test repeats:

| | events | found | others | rejected | balanced accuracy |
|---|---|---|---|---|---|
{quick_row}

## Limits

- The order of frames is lost: a clip is the mean of its frames. What only the order tells (taking from putting back,
  coming from going) it guesses from looks.
- A view has {side} pixels: a helmet far away is a pixel or two, and a shadow and a thing lying there look alike.
- Words beyond the vocabulary of the city ({words} words) are unknown to it.
- Where a zone lies it does not know: whether somebody is inside the closed area it sees from what is around.

## Files

{files}

## Made with

`make train-brain`
"""


def write_card(model: Path, held_out: Path) -> str:
    """Measure a model and write its card beside it; gives the text."""
    held = sorted(held_out.glob("*.npz"))
    found = {path: cases([path], str(model.resolve())) for path in held}
    everything = [case for each in found.values() for case in each]
    quick = [case for path, each in found.items() if seed_of(path) == QUICK for case in each]
    config = json.loads((model / "preprocessor_config.json").read_text())
    words = json.loads((model / "tokenizer.json").read_text())["model"]["vocab"]
    learned, held_seeds = stages(model), sorted(map(seed_of, held))
    text = _CARD.format(
        data="\n".join(map(_data, learned)),
        prompts=prompts_version(),
        held_samples=sum(len(facts_of(path)) for path in held),
        held_scenes=len(held),
        held_first=held_seeds[0],
        held_last=held_seeds[-1],
        tables="\n".join(table(everything)),
        quick=QUICK,
        quick_row=row("quick", quick),
        side=config["size"]["width"],
        words=len(words) - 2,
        files="\n".join(f"- `{name}` {digest(model / name)}" for name in FILES),
    )
    (model / "card.md").write_text(text, encoding="utf-8")
    return text


def _data(stage: Stage) -> str:
    kinds = "all kinds of events" if stage.further else "the kinds that a pack shows by itself"
    return (
        f"- {stage.samples} samples of {stage.scenes} scenes, seeds {stage.first} to {stage.last}, packs metro, "
        f"industrial, retail and motorway,\n  {kinds}; {stage.steps} steps."
    )


def table(found: Sequence[Case]) -> Iterable[str]:
    """Markdown, by kind and by condition."""
    for what in ("kind", "condition"):
        yield f"| {what} | events | found | others | rejected | balanced accuracy |"
        yield "|---|---|---|---|---|---|"
        yield from rows(found, what)
        yield ""


def digest(path: Path) -> str:
    """`sha256:` of a file."""
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
