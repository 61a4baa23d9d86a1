"""How well a CLIP model answers deciding questions: per kind, and per condition, through the backend's own code."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from secondsight.brain.backends.clip.model import ClipModel
from secondsight.brain.backends.clip.scoring import Scorer, answer_probability, pool
from secondsight.brain.backends.clip.sentences import Prompt, load_prompts
from secondsight.brain.prompts.questions import load_sheets
from training.clip.samples import load


@dataclass(frozen=True, slots=True)
class Case:
    """One question put to the model: what is true, and the probability it gave to yes."""

    kind: str
    role: str
    conditions: tuple[str, ...]
    true: bool
    probability: float


def cases(paths: Sequence[Path], model: str) -> list[Case]:
    """The deciding question of its own kind, put to the model for every sample that knows the answer."""
    scorer = Scorer(ClipModel.open(model))
    found = []
    for path in paths:
        views, facts = load([path])
        for one, fact in zip(views, facts, strict=True):
            prompt = _prompt(fact["kind"])
            true = _truth(fact, prompt)
            if prompt is None or true is None:
                continue
            probability = _probability(scorer, one, prompt)
            found.append(Case(fact["kind"], fact["role"], tuple(fact["conditions"]), true, probability))
    return found


def rows(found: Sequence[Case], what: str) -> Iterator[str]:
    """Rows of a Markdown table, by `kind` or by `condition`, and one of all together.

    A case with two conditions stands under both.
    """
    groups = defaultdict(list)
    for case in found:
        for name in (case.kind,) if what == "kind" else case.conditions or ("clear",):
            groups[name].append(case)
    yield from (row(name, groups[name]) for name in sorted(groups))
    yield row("all", found)


def row(name: str, found: Sequence[Case]) -> str:
    """One row: events and how many are found at 0.5, the rest and how many are rejected, the mean of both shares."""
    true = [case.probability >= 0.5 for case in found if case.true]
    false = [case.probability < 0.5 for case in found if not case.true]
    shares = [float(np.mean(part)) for part in (true, false) if part]
    cells = [f"{np.mean(part):.2f}" if part else "" for part in (true, false)]
    mean = f"{np.mean(shares):.2f}" if shares else ""
    return f"| {name} | {len(true)} | {cells[0]} | {len(false)} | {cells[1]} | {mean} |"


def _prompt(kind: str) -> Prompt | None:
    sheet = load_sheets("en").sheets.get(kind)
    if sheet is None:
        return None
    question = sheet.questions[0]
    return load_prompts().prompt(kind, question)  # type: ignore[arg-type]


def _truth(fact: Mapping[str, Any], prompt: Prompt | None) -> bool | None:
    """Whether the deciding question of the sample's kind is to be answered with yes; None if that is not known."""
    if fact["role"] == "ordinary" and fact["kind"] == "intrusion":
        return None  # whether it is one depends on where the closed area lies
    if prompt is None or fact["role"] != "ordinary":
        return bool(fact["role"] == "event")
    sides = {
        answer
        for answer, ensemble in zip(prompt.answers, prompt.ensembles, strict=True)
        for name in fact["seen"]
        if load_prompts().seen[name] == ensemble
    }
    return None if len(sides) != 1 else sides == {"yes"}


def _probability(scorer: Scorer, views: NDArray[np.uint8], prompt: Prompt) -> float:
    frames, each = views.shape[:2]
    pictures = [Image.fromarray(view) for view in views.reshape(-1, *views.shape[2:])]
    seen = pool(scorer.model.encode_images(pictures), [each] * frames)
    return float(answer_probability(scorer.shares(seen.whole, prompt), prompt, "yes")[0])
