"""Trains the embedded second-stage models on the simulated city: `city-helmet`, `city-vest` and `city-hands`.

Their samples are cut as on a site: from the boxes that `city-nano` gives, by the second stage's own code, out of
decoded pictures. Half of them in clear weather, half in any other.
"""

import argparse
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

# Before torch is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import av
import cv2
import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from supervision import box_iou_batch
from torch.nn import functional

from secondsight.learn.export.attribute import export_attribute
from secondsight.learn.networks.attribute_classifier import AttributeNet
from secondsight.learn.training.attribute_student import to_tensor, varied_crop
from secondsight.media.frames.frame import Converter, DecodedFrame
from secondsight.records import Box
from secondsight.sentinel import Detector, ModelStore, part_of
from secondsight.sentinel.inference.crop_model import CropModel
from secondsight.sentinel.models.catalogue import EMBEDDED
from secondsight.sentinel.models.lockfile import InstalledModel, read_lock, write_lock
from secondsight.sentinel.runtime.formats import sha256_of
from secondsight.sim.actors.base import Actor
from secondsight.sim.actors.people import Person
from secondsight.sim.body.clothing import LIME, PALETTE, random_looks
from secondsight.sim.conditions.conditions import CONDITIONS
from secondsight.sim.motion.moves import Bend, Crouch, PhoneAtEar, SmokeCigarette, Stand, Walk
from secondsight.sim.motion.timeline import Move
from secondsight.sim.world import FIRST_TEST_SEED, World, make_world
from training.detector.frames import NAME as DETECTOR

SECONDS, FRAMES = 60.0, 24
"""Length of a scene, and pictures taken of it."""
VISIBLE, LEAST, IOU = 0.6, 24, 0.5
"""People of whom less is seen, or who are lower in pixels, are left out, and boxes that fit nobody better."""
PER_WORLD = 9
"""People added to a scene: by itself hardly anybody there is on the phone or smokes."""
SEEDS, HELD_OUT = range(5000, 5330), range(FIRST_TEST_SEED, FIRST_TEST_SEED + 16)
QUICK = HELD_OUT[1:4:2]
"""Two of them in clear weather, which a test measures again."""
EPOCHS, BATCH, RATE = 12, 64, 2e-3


@dataclass(frozen=True, slots=True)
class Task:
    """One model: what it is called, which part it sees, in which size (width, height), its answers, and the channels
    of its network.
    """

    name: str
    region: str
    size: tuple[int, int]
    labels: tuple[str, ...]
    answers: str
    widths: tuple[int, int, int, int] = (16, 32, 48, 64)


TASKS = (
    Task("city-helmet", "head", (32, 32), ("helmet", "bare"), "Does the person wear a hard hat on the head?"),
    Task("city-vest", "torso", (48, 48), ("vest", "none"), "Does the person wear a warning vest?"),
    Task(
        "city-hands",
        "upper",
        (64, 64),
        ("none", "phone", "smoking"),
        "What is held to the head?",
        (24, 48, 64, 96),
    ),
)


@dataclass(frozen=True, slots=True)
class Samples:
    """Crops uint8 (n, h, w, 3) RGB by task, class ids int64 (n,) by task, heights (n,) of the boxes in pixels, and
    whether the weather was clear (n,).
    """

    crops: dict[str, NDArray[np.uint8]]
    answers: dict[str, NDArray[np.int64]]
    heights: NDArray[np.float32]
    clear: NDArray[np.bool_]


def answer(task: Task, attributes: dict[str, str]) -> int:
    """The true class of a person."""
    if task.name == "city-helmet":
        return 0 if attributes.get("helmet") == "yes" else 1
    if task.name == "city-vest":
        return 0 if attributes.get("vest") == "yes" else 1
    return {"phoning": 1, "smoking": 2}.get(attributes.get("action", ""), 0)


def scene(seed: int, weather: Sequence[str]) -> World:
    """A yard, or now and then a platform, with some people more in it."""
    rng = random.Random(f"{seed} attributes")
    world = make_world("metro" if seed % 4 == 3 else "industrial", seed, seed % 8, SECONDS, weather)
    camera, number = world.scene.camera(), 1 + max(actor.number for actor in world.actors)
    more: list[Actor] = []
    while len(more) < PER_WORLD:
        x, y = camera.ground(rng.uniform(0.08, 0.92) * camera.width, rng.uniform(0.35, 1.0) * camera.height)
        if 3 < y < 26 and not world.scene.blocked((camera.origin[0], camera.origin[1]), (x, y)):
            more.append(_somebody(rng, number, (x, y)))
            number += 1
    return replace(world, actors=(*world.actors, *more))


def _somebody(rng: random.Random, number: int, at: tuple[float, float]) -> Person:
    helmet = PALETTE[rng.choice(("yellow", "white", "orange", "red", "blue"))] if rng.random() < 0.6 else None
    looks = random_looks(
        rng,
        helmet=helmet,
        helmet_in_hand=helmet is not None and rng.random() < 0.15,
        vest=rng.choice((LIME, PALETTE["orange"], None, None)),
    )
    script: list[Move] = []
    spent = 0.0
    while spent < SECONDS:
        seconds = rng.uniform(4, 10)
        towards = (at[0] + rng.uniform(-3, 3), at[1] + rng.uniform(-3, 3))
        script.append(_move(rng, seconds, towards))
        spent += seconds
    return Person(number, looks, script, 0.0, at, rng.uniform(0, 360))


def _move(rng: random.Random, seconds: float, towards: tuple[float, float]) -> Move:
    kind = rng.choice(("phone", "phone", "smoke", "smoke", "stand", "walk", "bend", "crouch"))
    if kind == "phone":
        return PhoneAtEar(seconds, towards)
    if kind == "smoke":
        return SmokeCigarette(seconds, towards)
    if kind == "walk":
        return Walk(towards, rng.uniform(0.7, 1.5))
    if kind == "bend":
        return Bend(seconds / 2)
    return Crouch(seconds / 2) if kind == "crouch" else Stand(seconds, towards)


def draw(seeds: Sequence[int]) -> Samples:
    """Samples of these scenes; the same each time."""
    detector = Detector.open(ModelStore(None).resolve(DETECTOR))
    crops: dict[str, list[NDArray[np.uint8]]] = {task.name: [] for task in TASKS}
    answers: dict[str, list[int]] = {task.name: [] for task in TASKS}
    heights: list[float] = []
    clear: list[bool] = []
    for seed in seeds:
        rng = random.Random(f"{seed} weather")
        weather = () if seed % 2 else (f"{rng.choice(CONDITIONS)}:{rng.uniform(0.2, 0.7):.2f}",)
        for frame, box, attributes in _people(detector, scene(seed, weather), rng):
            for task in TASKS:
                part = part_of(box, task.region, frame.width / frame.height)
                crops[task.name].append(frame.crop(part, *task.size)[:, :, ::-1])
                answers[task.name].append(answer(task, attributes))
            heights.append((box.y2 - box.y1) * frame.height)
            clear.append(not weather)
    detector.close()
    return Samples(
        {name: np.stack(found) for name, found in crops.items()},
        {name: np.array(found, np.int64) for name, found in answers.items()},
        np.array(heights, np.float32),
        np.array(clear),
    )


def _people(
    detector: Detector, world: World, rng: random.Random
) -> Iterator[tuple[DecodedFrame, Box, dict[str, str]]]:
    """People that the detector finds, with what is true of them."""
    converter = Converter()
    people = {actor.number for actor in world.actors if actor.label == "person"}
    for index in sorted(rng.sample(range(world.frames), FRAMES)):
        bgr, truth, _ = world.frame(index)
        picture = av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv420p")
        frame = DecodedFrame("city", 0, index, 0.0, picture, converter)
        tensor, letterbox = detector.prepare(frame)
        found = detector.submit(tensor, letterbox, 0.4, 0.5).result()
        true = [box for box in truth.boxes if box.object in people and box.visible >= VISIBLE]
        if not true or not len(found):
            continue
        size = np.array((world.scene.camera().width, world.scene.camera().height) * 2, np.float64)
        shares = box_iou_batch(found.xyxy / size, np.array([box.box for box in true]))
        for row, best in enumerate(shares.argmax(axis=1)):
            box = Box(*np.clip(found.xyxy[row] / size, 0, 1).tolist())
            if shares[row, best] >= IOU and (box.y2 - box.y1) * frame.height >= LEAST:
                yield frame, box, dict(true[int(best)].attributes)


def train(task: Task, samples: Samples, seed: int, epochs: int) -> AttributeNet:
    """A network from nothing, classes balanced, pictures mirrored and in other light."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    crops, answers = samples.crops[task.name], samples.answers[task.name]
    weights = 1.0 / np.bincount(answers, minlength=len(task.labels))[answers]
    network = AttributeNet(len(task.labels), task.widths).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-4)
    steps = epochs * len(crops) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for step in range(steps):
        rows = rng.choice(len(crops), BATCH, p=weights / weights.sum())
        pictures = np.stack([varied_crop(crops[row], rng) for row in rows])
        loss = functional.cross_entropy(
            network(to_tensor(pictures)), torch.from_numpy(answers[rows]), label_smoothing=0.05
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % 500 == 0:
            print(f"{task.name}: step {step}/{steps}, loss {loss.item():.3f}", flush=True)
    return network.eval()


def classify(file: Path, crops: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The class of each crop."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    parts = [to_tensor(part).numpy() for part in np.array_split(crops, 20)]
    return np.concatenate([session.run(None, {"images": part})[0].argmax(1) for part in parts])


def table(task: Task, samples: Samples, found: NDArray[np.int64]) -> list[str]:
    """Lines of the card: share of each class that is found, by weather and size of the person."""
    lines = [f"| {task.name} | {' | '.join(task.labels)} |", f"|---|{'---|' * len(task.labels)}"]
    large = samples.heights >= 60
    chosen = {
        "clear": samples.clear,
        "clear, 60 pixels and more": samples.clear & large,
        "clear, below 60 pixels": samples.clear & ~large,
        "other weather": ~samples.clear,
    }
    for name, rows in chosen.items():
        shares = []
        for label in range(len(task.labels)):
            of = rows & (samples.answers[task.name] == label)
            shares.append(f"{(found[of] == label).mean():.2f} ({of.sum()})" if of.any() else "-")
        lines.append(f"| {name} | {' | '.join(shares)} |")
    return lines


def quick(root: Path | None = None) -> dict[str, float]:
    """Share of right answers in the scenes `QUICK`, by model, as a site's second stage gives them.

    Args:
        root: the model folder; the embedded models if None.
    """
    store = ModelStore(root)
    detector = Detector.open(store.resolve(DETECTOR))
    models = {task.name: CropModel.open(store.resolve(task.name), ("classify",)) for task in TASKS}
    right: dict[str, list[bool]] = {task.name: [] for task in TASKS}
    for seed in QUICK:
        for frame, box, attributes in _people(detector, scene(seed, ()), random.Random(f"{seed} weather")):
            for task in TASKS:
                part = part_of(box, task.region, frame.width / frame.height)
                (vector,) = models[task.name].vectors(frame, [part])
                right[task.name].append(int(vector.argmax()) == answer(task, attributes))
    detector.close()
    for model in models.values():
        model.close()
    return {name: sum(found) / len(found) for name, found in right.items()}


def main(arguments: list[str]) -> int:
    """Train all three, measure them on test seeds, and put them with their card where the store finds them."""
    parser = argparse.ArgumentParser(prog="python -m training attributes", description=__doc__)
    parser.add_argument("--out", type=Path, default=EMBEDDED, help="model folder; default: %(default)s")
    parser.add_argument("--work", type=Path, default=Path("build/attributes"), help="samples and networks")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--card", action="store_true", help="train nothing, measure what is there")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    training = _drawn(options.work / "training.npz", SEEDS)
    facts = {"trained_on": "simulated city", "seed": str(options.seed), "epochs": str(options.epochs)}
    for task in () if options.card else TASKS:
        network = train(task, training, options.seed, options.epochs)
        file = options.work / f"{task.name}.onnx"
        export_attribute(network, file, task.size, task.labels, facts)
        install(task, file, options.out)
    held_out = _drawn(options.work / "held-out.npz", HELD_OUT)
    lines = []
    for task in TASKS:
        found = classify(options.out / f"{task.name}.onnx", held_out.crops[task.name])
        lines += [*table(task, held_out, found), ""]
    lines += ["| quick | right |", "|---|---|"]
    lines += [f"| {name} | {share:.3f} |" for name, share in quick(options.out).items()]
    _write_card(options.out / "city-attributes.md", lines, len(training.heights), len(held_out.heights))
    return 0


def _drawn(path: Path, seeds: Sequence[int]) -> Samples:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = draw(seeds)
        parts: dict[str, Any] = {f"crops {name}": made.crops[name] for name in made.crops}
        parts |= {f"answers {name}": made.answers[name] for name in made.answers}
        np.savez(path, heights=made.heights, clear=made.clear, **parts)
        print(f"{path}: {len(made.heights)} people", flush=True)
    with np.load(path) as file:
        return Samples(
            {task.name: file[f"crops {task.name}"] for task in TASKS},
            {task.name: file[f"answers {task.name}"] for task in TASKS},
            file["heights"],
            file["clear"],
        )


def install(task: Task, file: Path, folder: Path) -> InstalledModel:
    """Put a trained model into a model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{task.name}.onnx"
    shutil.copyfile(file, path)
    model = InstalledModel(
        name=task.name,
        path=path,
        family="classifier-plain",
        labels=task.labels,
        sha256=sha256_of(path),
        bytes=path.stat().st_size,
        licence="Apache-2.0",
        source="python -m training attributes",
        pinned=True,
    )
    write_lock(folder, {**read_lock(folder), task.name: model})
    return model


def _write_card(path: Path, lines: Sequence[str], trained: int, tested: int) -> None:
    template = (Path(__file__).parent / "city-attributes.template.md").read_text(encoding="utf-8")
    about = "\n".join(
        f"| `{task.name}` | {task.answers} | {', '.join(task.labels)} | {task.region} | "
        f"{task.size[0]}x{task.size[1]} | `{sha256_of(path.parent / (task.name + '.onnx'))}` |"
        for task in TASKS
    )
    path.write_text(
        template.format(about=about, trained=trained, tested=tested, tables="\n".join(lines).rstrip()),
        encoding="utf-8",
    )
