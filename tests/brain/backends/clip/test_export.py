"""`models export-clip` on tiny CLIP and SigLIP checkpoints: what is served is what the original computes."""

import asyncio
import json
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

from secondsight.brain import make_reviewer
from secondsight.brain.backends.clip.agreement import agreement
from secondsight.brain.backends.clip.export import Exported, export_clip
from secondsight.brain.backends.clip.model import ClipModel
from secondsight.cli.models import app
from secondsight.clock import ManualClock, SystemClock
from secondsight.errors import ConfigError, ModelError
from tests.approx import approx
from tests.brain.samples import brain_settings, review_request
from tests.brain.vlms import make_tokenizer

WIDTH, LAYERS, SIDE = 48, 6, 32
TEXTS = ["a", "a man falls on the floor", "smoke over a road, and nothing else at all to be seen"]
PICTURES = [
    Image.fromarray(np.random.default_rng(n).integers(0, 255, (6, 6, 3), np.uint8)).resize((64, 64), 3)
    for n in range(6)
]


def make_checkpoint(folder: Path, family: str) -> Path:
    torch.manual_seed(4)
    words = make_tokenizer(bos_token="<s>")
    tokens = {f"{name}_token_id": getattr(words, f"{name}_token_id") for name in ("pad", "bos", "eos")}
    both = {"hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_attention_heads": 2}
    text = {**both, **tokens, "vocab_size": len(words), "num_hidden_layers": 2, "max_position_embeddings": 64}
    vision = {**both, "num_hidden_layers": LAYERS, "image_size": SIDE, "patch_size": 8}
    square = {"height": SIDE, "width": SIDE}
    model: Any
    if family == "clip":
        config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
        model = transformers.CLIPModel(config)
        images: Any = transformers.CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=square)
    else:
        model = transformers.SiglipModel(transformers.SiglipConfig(text_config=text, vision_config=vision))
        images = transformers.SiglipImageProcessorPil(size=square)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=0.15)
    for part in (model, words, images):
        part.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("clips")
    return {family: make_checkpoint(root / family, family) for family in ("clip", "siglip")}


def export(source: Path, out: Path, quantize: Any = "none", prune: int = 0) -> Exported:
    return export_clip(source, out, quantize, prune, lambda: PICTURES)


def unit(vectors: torch.Tensor) -> NDArray[np.float32]:
    return np.asarray(torch.nn.functional.normalize(vectors, dim=1).numpy())


def original(source: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Embeddings of pictures and texts by the library's own model, preprocessor and tokenizer."""
    model = transformers.AutoModel.from_pretrained(source).eval()
    processor = transformers.AutoImageProcessor.from_pretrained(source, backend="pil")
    tokenizer = transformers.AutoTokenizer.from_pretrained(source)
    filled = {"padding": "max_length", "max_length": 64} if "siglip" in model.config.model_type else {}
    texts = []
    with torch.inference_mode():
        seen = model.get_image_features(**processor(images=PICTURES, return_tensors="pt"))
        for text in TEXTS:
            ids = tokenizer(text, return_tensors="pt", **filled)["input_ids"]
            told = model.get_text_features(input_ids=ids)
            texts.append(getattr(told, "pooler_output", told))
    return unit(getattr(seen, "pooler_output", seen)), unit(torch.cat(texts))


@pytest.mark.parametrize("family", ["clip", pytest.param("siglip", marks=pytest.mark.slow)])
def test_what_is_served_is_what_the_original_computes(
    checkpoints: dict[str, Path], tmp_path: Path, family: str
) -> None:
    """Texts of any length, any count of pictures; with int8 nearly so, in a much smaller file."""
    pictures, texts = original(checkpoints[family])
    whole = export(checkpoints[family], tmp_path / "whole")
    small = export(checkpoints[family], tmp_path / "small", "int8")
    served = ClipModel.open(str(whole.folder))
    np.testing.assert_allclose(served.encode_images(PICTURES), pictures, atol=2e-3)
    np.testing.assert_allclose(served.encode_texts(TEXTS), texts, atol=1e-4)
    assert served.files.family == family
    rough = ClipModel.open(str(small.folder))
    assert (rough.encode_images(PICTURES) * pictures).sum(axis=1).min() > 0.99
    assert (rough.encode_texts(TEXTS) * texts).sum(axis=1).min() > 0.99
    assert small.bytes < 0.6 * whole.bytes == 0.6 * whole.original_bytes
    scale = transformers.AutoModel.from_pretrained(checkpoints[family]).logit_scale.exp()
    assert served.files.scale == pytest.approx(scale.item(), rel=1e-5)


@pytest.mark.slow
def test_the_layers_that_do_least_go(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    """Layers 4 and 5 are made to do nothing: then without them all is as it was."""
    model = transformers.AutoModel.from_pretrained(checkpoints["clip"])
    with torch.no_grad():
        for layer in model.vision_model.encoder.layers[3:5]:
            for part in (layer.self_attn.out_proj, layer.mlp.fc2):
                part.weight.zero_()
                part.bias.zero_()
    source = tmp_path / "idle"
    shutil.copytree(checkpoints["clip"], source)
    model.save_pretrained(source)
    seen: list[float] = []

    def compare(first: Path, second: Path) -> None:
        both = ClipModel.open(str(first)), ClipModel.open(str(second))
        seen.append(agreement(*both, PICTURES, ManualClock()).least_cosine)

    made = export_clip(source, tmp_path / "out", "none", 2, lambda: PICTURES, compare)
    assert (made.layers, made.dropped) == (6, (3, 4))
    assert made.bytes < made.original_bytes
    assert seen[0] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.slow
def test_agreement_tells_models_apart(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    whole = ClipModel.open(str(export(checkpoints["clip"], tmp_path / "whole").folder))
    less = ClipModel.open(str(export(checkpoints["clip"], tmp_path / "less", prune=3).folder))
    same = agreement(whole, whole, PICTURES, ManualClock())
    assert (same.cosine, same.answers, same.probability) == (approx(1.0), 1.0, 0.0)
    assert (same.pictures, same.ms) == (6, 0.0)
    other = agreement(whole, less, PICTURES, ManualClock())
    assert other.least_cosine < other.cosine < 0.999
    assert other.probability > 0


def test_the_brain_serves_it_without_a_socket(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = export(checkpoints["siglip"], tmp_path / "out", "int8", 1).folder

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    loop = asyncio.new_event_loop()
    for name in ("socket", "create_connection", "getaddrinfo", "socketpair"):
        monkeypatch.setattr(socket, name, refuse)
    try:
        settings = {"backend": "clip", "model": str(out), "guard": {"picture": False}}
        brain = make_reviewer(brain_settings(settings), SystemClock())
        assert brain is not None
        assert loop.run_until_complete(brain.review(review_request(kind="fall"))).probability is not None
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def another_kind(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def spoilt_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"nothing")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (no_config, "has no config.json"),
        (another_kind, "is a model of type `bert`; only clip and siglip can be exported"),
        (no_weights, "cannot be read as a CLIP or SigLIP model: "),
        (spoilt_weights, "cannot be read as a CLIP or SigLIP model: "),
    ],
)
def test_what_cannot_be_exported_is_said_and_leaves_nothing(
    checkpoints: dict[str, Path], tmp_path: Path, spoil: Callable[[Path], None], problem: str
) -> None:
    source, room = tmp_path / "source", tmp_path / "room"
    shutil.copytree(checkpoints["clip"], source)
    room.mkdir()
    spoil(source)
    with pytest.raises(ModelError, match=problem):
        export(source, room / "out")
    assert not list(room.iterdir())


def test_too_many_layers_and_a_folder_in_the_way_are_said(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="of this model's 6 layers at most 3 can go"):
        export(checkpoints["clip"], tmp_path / "out", prune=4)
    (tmp_path / "mine").write_text("x")
    with pytest.raises(ModelError, match="is there already"):
        export(checkpoints["clip"], tmp_path)


def test_without_the_libraries_the_extra_is_named(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match=r"pip install 'secondsight\[local-brain\]'"):
        export(checkpoints["clip"], tmp_path / "out")


def test_a_failure_while_comparing_leaves_nothing(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    def fail(*_: Path) -> None:
        raise ConfigError("no pictures")

    with pytest.raises(ConfigError):
        export_clip(checkpoints["clip"], tmp_path / "out", "none", 0, list, fail)
    assert not list(tmp_path.iterdir())


def test_the_command_reports_agreement_on_own_pictures(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    arguments = [
        "export-clip",
        str(checkpoints["clip"]),
        "--out",
        str(tmp_path / "out"),
        "--quantize",
        "int8",
    ]
    arguments += ["--prune-layers", "1", "--pictures", str(own)]
    empty = CliRunner().invoke(app, arguments)
    assert isinstance(empty.exception, ConfigError)
    assert "no pictures (.jpg, .png)" in str(empty.exception)
    for number, picture in enumerate(PICTURES):
        picture.save(own / f"{number}.jpg")
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    lines = {line[:10].strip(): line[11:] for line in done.output.splitlines()}
    assert lines["model"].endswith("out, clip, int8")
    assert lines["layers"].startswith("5 of 6; dropped ")
    assert " ms, original " in lines["a picture"]
    assert " of 6 pictures " in lines["cosine"]
    assert "% the same, of " in lines["answers"]
    (own / "z.png").write_bytes(b"no picture")
    shutil.rmtree(tmp_path / "out")
    spoilt = CliRunner().invoke(app, arguments)
    assert "z.png is no picture that can be read" in str(spoilt.exception)


@pytest.mark.slow
def test_the_command_compares_on_the_simulated_city_by_default(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    arguments = [
        "export-clip",
        str(checkpoints["clip"]),
        "--out",
        str(tmp_path / "out"),
        "--quantize",
        "none",
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "1.0000 mean, 1.0000 least" in done.output
    assert "100.0% the same" in done.output
