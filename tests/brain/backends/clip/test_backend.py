"""Backend `clip` on tiny models whose every number can be computed by hand (`clips.py`)."""

import asyncio
import contextlib
import json
import math
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondsight.brain import make_reviewer
from secondsight.brain.backends.clip.backend import ClipBrain
from secondsight.brain.backends.clip.sentences import load_prompts
from secondsight.clock import SystemClock
from secondsight.config import ClipBrainSettings
from secondsight.errors import BrainError, ModelError
from secondsight.records import (
    Box,
    Call,
    Outcome,
    Purpose,
    ReviewFrame,
    ReviewRequest,
    Verdict,
    Verification,
)
from tests.brain.clips import (
    CLIP,
    PREPROCESSOR,
    SIGLIP,
    make_model,
    picture_embedding,
    text_embedding,
)
from tests.brain.samples import BOX, jpeg, review_request
from tests.table import table

RED, BLUE, GREY = (200, 30, 60), (20, 60, 210), (120, 120, 120)


def settings(folder: Path, **changes: Any) -> ClipBrainSettings:
    return ClipBrainSettings.model_validate({"backend": "clip", "model": str(folder), **changes})


def brain(folder: Path, **changes: Any) -> ClipBrain:
    return ClipBrain(settings(folder, **changes), SystemClock())


def review(folder: Path, request: ReviewRequest, **changes: Any) -> Verdict:
    return asyncio.run(brain(folder, **changes).review(request))


def case(
    *frames: tuple[tuple[int, int, int], Box | None], kind: str = "fall", **changes: Any
) -> ReviewRequest:
    pictures = tuple(
        ReviewFrame(jpeg(64, 48, colour), 100.0 + i, box) for i, (colour, box) in enumerate(frames)
    )
    return review_request(kind=kind, frames=pictures, **changes)


@pytest.mark.parametrize(
    ("frames", "outcome"), [(((RED, BOX), (RED, None)), Outcome.ANSWERED), ((), Outcome.FAILED)]
)
def test_every_call_is_booked(
    tmp_path: Path, frames: tuple[tuple[tuple[int, int, int], Box | None], ...], outcome: Outcome
) -> None:
    folder = make_model(tmp_path)
    booked: list[Call] = []
    asked = case(*frames, source="hall", purpose=Purpose.AUDIT)
    made = ClipBrain(settings(folder), SystemClock(), booked.append)
    with contextlib.suppress(BrainError):
        asyncio.run(made.review(asked))
    (call,) = booked
    assert (call.camera, call.kind, call.case_id) == ("hall", "fall", asked.case_id)
    assert (call.purpose, call.outcome, call.frames) == (Purpose.AUDIT, outcome, len(frames))
    assert (call.remote, call.destination, call.cost) == (False, "", 0.0)


def normal(vector: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(vector / np.linalg.norm(vector))


def by_hand(seen: np.ndarray[Any, Any], config: dict[str, Any], temperature: float = 1.0) -> float:
    """Probability of the deciding question of `fall`, from the formulas of the two papers."""
    choices = load_prompts().kinds["fall"]["happens"]
    assert isinstance(choices, dict)
    length = 12 if config is SIGLIP else None
    weights: dict[str, float] = {"yes": 0.0, "no": 0.0}
    for answer, names in choices.items():
        for name in names:
            texts = [text_embedding(text, length) for text in load_prompts().seen[name]]
            cosine = float(seen @ normal(np.mean(texts, axis=0)))
            logit = cosine * math.exp(config["logit_scale"]) / temperature
            if config is SIGLIP:
                weights[answer] += 1 / (1 + math.exp(-logit - config["logit_bias"]))
            else:
                weights[answer] += math.exp(logit)
    return weights["yes"] / sum(weights.values())


@pytest.mark.parametrize("config", [CLIP, SIGLIP], ids=["clip", "siglip"])
@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_the_probability_is_that_of_the_papers(
    tmp_path: Path, config: dict[str, Any], temperature: float
) -> None:
    """Frames count alike however many views they give; JPEG is exact on pictures of one colour, almost."""
    folder = make_model(tmp_path / "m", config)
    verdict = review(folder, case((RED, BOX), (BLUE, None)), temperature=temperature)
    seen = normal(picture_embedding(RED) + picture_embedding(BLUE))
    assert verdict.probability == pytest.approx(by_hand(seen, config, temperature), rel=0.01)
    assert not verdict.calibrated


@pytest.mark.parametrize(
    ("accept", "reject", "outcome", "answer"),
    [
        (0.9, 0.8, Verification.CONFIRMED, "yes"),
        (1.2, 1.1, Verification.REJECTED, "no"),
        (1.1, 0.9, Verification.UNSURE, "unclear"),
    ],
)
def test_thresholds_decide(
    tmp_path: Path, accept: float, reject: float, outcome: Verification, answer: str
) -> None:
    """Thresholds are placed around the probability that the model gives."""
    folder, request = make_model(tmp_path / "m"), case((RED, BOX))
    middle = review(folder, request).probability
    assert middle is not None
    verdict = review(folder, request, accept=middle * accept, reject=middle * reject)
    assert verdict.verification is outcome
    assert verdict.answers["happens"] == answer


def test_every_question_is_answered(tmp_path: Path) -> None:
    verdict = review(make_model(tmp_path / "m"), case((RED, BOX), (BLUE, BOX)))
    assert set(verdict.answers) == {"happens", "ground", "hurt", "helped", "drunk", "activity"}
    assert verdict.answers["hurt"] == verdict.answers["drunk"] == "unclear"
    captions = {ensemble[0] for ensemble in load_prompts().seen.values()}
    assert verdict.answers["activity"] in captions
    assert verdict.summary.removeprefix("Most like: ").removesuffix(".") in captions
    chinese = review(make_model(tmp_path / "m"), replace(case((RED, BOX)), language="zh"))
    assert chinese.summary.startswith("最像：")
    assert not chinese.answers["activity"].isascii()
    assert verdict.model == "m"
    assert verdict.prompt_version.startswith("fall.en.1-")
    assert "+clip." in verdict.prompt_version
    assert verdict.usage.latency > 0


def test_the_evidence_is_the_frame_that_speaks_most_for_yes(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m")
    alone = [review(folder, case((colour, BOX))).probability for colour in (RED, BLUE, GREY)]
    verdict = review(folder, case((RED, BOX), (BLUE, BOX), (GREY, None)))
    (evidence,) = verdict.evidence
    assert evidence.frame == int(np.argmax(alone))  # type: ignore[arg-type]
    assert evidence.box == (BOX if evidence.frame < 2 else None)


def test_of_many_frames_as_many_are_looked_at_as_set(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m")
    few = review(folder, case((RED, BOX), (BLUE, BOX), (RED, BOX)), max_frames=2)
    assert few.probability == pytest.approx(review(folder, case((RED, BOX), (RED, BOX))).probability)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"frames": ()}, "no frames"),
        ({"frames": (ReviewFrame(b"no picture", 0.0, None),)}, "frame 0 is not a readable JPEG"),
        ({"custom": "Is it raining?"}, "no sentences for question `custom`"),
        ({"kind": "flying"}, "no sentences for question `happens` of kind `flying`"),
    ],
)
def test_what_cannot_be_reviewed_is_refused_for_good(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    request = review_request(**{"kind": "fall", **changes})
    with pytest.raises(BrainError, match=problem) as caught:
        review(make_model(tmp_path / "m"), request)
    assert not caught.value.retryable


def test_a_slow_review_is_tried_again(tmp_path: Path) -> None:
    impatient = brain(make_model(tmp_path / "m"), timeout=1e-4)
    with pytest.raises(BrainError, match="no verdict within") as caught:
        asyncio.run(impatient.review(case((RED, BOX))))
    assert caught.value.retryable


def test_many_reviews_at_once_agree_with_one_alone(tmp_path: Path) -> None:
    one = brain(make_model(tmp_path / "m"))
    requests = [
        case((colour, BOX), kind=kind) for colour in (RED, BLUE) for kind in ("fall", "fight", "smoke")
    ]

    async def all_at_once() -> list[Verdict]:
        return await asyncio.gather(*(one.review(request) for request in requests * 3))

    together = [verdict.probability for verdict in asyncio.run(all_at_once())]
    assert together == [asyncio.run(one.review(request)).probability for request in requests] * 3


def test_check_runs_both_networks(tmp_path: Path) -> None:
    text = asyncio.run(brain(make_model(tmp_path / "m")).check())
    assert "clip:m" in text
    assert "8x8" in text
    with pytest.raises(BrainError, match="pictures become 3 numbers and texts 5"):
        asyncio.run(brain(make_model(tmp_path / "n", width=5)).check())


def test_no_socket_is_ever_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    loop = asyncio.new_event_loop()  # it wakes itself through a pair of sockets of its own
    for name in ("socket", "create_connection", "getaddrinfo", "socketpair"):
        monkeypatch.setattr(socket, name, refuse)
    made = make_reviewer(settings(make_model(tmp_path / "m"), guard={"picture": False}), SystemClock())
    assert made is not None
    assert not made.remote
    try:
        assert loop.run_until_complete(made.check())
        assert loop.run_until_complete(made.review(case((RED, BOX)))).probability is not None
        loop.run_until_complete(made.close())
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@pytest.mark.parametrize(
    "names",
    [
        ("onnx/vision_model.onnx", "onnx/text_model.onnx"),
        ("vision_model_quantized.onnx", "onnx/text_model_quantized.onnx"),
    ],
)
def test_networks_may_lie_in_a_folder_and_be_quantised(tmp_path: Path, names: tuple[str, str]) -> None:
    plain = review(make_model(tmp_path / "a"), case((RED, BOX)))
    other = review(make_model(tmp_path / "b", names=names), case((RED, BOX)))
    assert other.probability == plain.probability


def test_encoders_without_projection_give_their_pooled_output(tmp_path: Path) -> None:
    plain = review(make_model(tmp_path / "a"), case((RED, BOX)))
    other = review(make_model(tmp_path / "b", outputs=("pooler_output", "pooler_output")), case((RED, BOX)))
    assert other.probability == plain.probability


def test_sizes_may_be_written_in_the_old_way(tmp_path: Path) -> None:
    old = {**PREPROCESSOR, "size": 8, "crop_size": 8, "do_center_crop": True}
    new = {
        **PREPROCESSOR,
        "size": {"shortest_edge": 8},
        "crop_size": {"height": 8, "width": 8},
        "do_center_crop": True,
    }
    found = {
        review(make_model(tmp_path / name, preprocessor=form), case((RED, BOX))).probability
        for name, form in (("a", None), ("b", old), ("c", new))
    }
    assert len(found) == 1


def test_published_clips_have_the_scale_100(tmp_path: Path) -> None:
    exact = review(
        make_model(tmp_path / "a", {"model_type": "clip", "logit_scale": math.log(100)}), case((RED, BOX))
    )
    silent = review(
        make_model(tmp_path / "b", {"model_type": "clip", "logit_scale_init_value": 2.6}), case((RED, BOX))
    )
    assert silent.probability == exact.probability


FILES = ["vision_model.onnx", "text_model.onnx", "tokenizer.json", "preprocessor_config.json", "config.json"]


@table("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = make_model(tmp_path / "m")
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"has no {name}"):
        brain(folder)


@table("name", FILES)
def test_a_spoilt_file_is_named(tmp_path: Path, name: str) -> None:
    folder = make_model(tmp_path / "m")
    (folder / name).write_bytes(b"<html>not here")
    with pytest.raises(ModelError, match=name):
        brain(folder)


@table(
    ("changes", "problem"),
    [
        ({"config": {"model_type": "bert"}}, "config.json: model_type"),
        ({"config": {"model_type": "siglip"}}, "needs its `logit_scale` and `logit_bias`"),
        ({"preprocessor": {**PREPROCESSOR, "size": {"longest_edge": 8}}}, "`size` needs `shortest_edge`"),
        ({"preprocessor": {**PREPROCESSOR, "crop_size": 9, "do_center_crop": True}}, "must lie within"),
        ({"preprocessor": {**PREPROCESSOR, "image_std": [1, 1]}}, "preprocessor_config.json: image_std"),
        ({"outputs": ("last_hidden_state", "text_embeds")}, "vision_model.onnx has no output image_embeds"),
        ({"text_input": "pixel_values"}, "text_model.onnx has an input that CLIP models do not have"),
    ],
)
def test_a_folder_that_is_no_clip_model_is_refused(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ModelError, match=problem):
        brain(make_model(tmp_path / "m", **changes))


def test_a_size_that_the_network_does_not_take_is_said(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m", preprocessor={**PREPROCESSOR, "size": 9})
    with pytest.raises(ModelError, match="does not take what its folder says"):
        asyncio.run(brain(folder).check())
    with pytest.raises(BrainError, match="does not take what its folder says"):
        review(folder, case((RED, BOX)))


def test_an_unknown_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no embedded CLIP model `city-clap`.*\./city-clap"):
        ClipBrain(ClipBrainSettings(model="city-clap"), SystemClock())
    with pytest.raises(ModelError, match="no such folder"):
        brain(tmp_path / "nowhere")


def test_without_the_tokenizer_library_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tokenizers", None)
    with pytest.raises(ModelError, match=r"pip install 'secondsight\[clip\]'"):
        brain(make_model(tmp_path / "m"))


def test_masks_are_given_to_networks_that_want_them(tmp_path: Path) -> None:
    """A text network with an `attention_mask` that it multiplies with."""
    import onnx
    from onnx import TensorProto, helper

    folder = make_model(tmp_path / "m")
    plain = review(folder, case((RED, BOX))).probability
    model = onnx.load(folder / "text_model.onnx")
    graph = model.graph
    graph.input.append(helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["n", "words"]))
    graph.node[0].input[1] = "masked"
    graph.node.insert(0, helper.make_node("Mul", ["input_ids", "attention_mask"], ["masked"]))
    onnx.save(model, folder / "text_model.onnx")
    assert review(folder, case((RED, BOX))).probability == plain


def test_long_texts_are_cut(tmp_path: Path) -> None:
    config = {**CLIP, "text_config": {"max_position_embeddings": 2}}
    prompts = load_prompts()
    seen = {name: (" ".join(ensemble[0].split()[:2]),) for name, ensemble in prompts.seen.items()}
    short = {name: (ensemble[0],) for name, ensemble in prompts.seen.items()}
    folder = make_model(tmp_path / "m", config)
    found = [
        asyncio.run(
            ClipBrain(
                settings(folder), SystemClock(), prompts=prompts.model_copy(update={"seen": words})
            ).review(case((RED, BOX)))
        ).probability
        for words in (seen, short)
    ]
    assert found[0] == found[1]


def test_the_folder_may_say_its_numbers_as_json_of_any_exporter(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m")
    path = folder / "config.json"
    path.write_text(
        json.dumps({**json.loads(path.read_text()), "vision_config": {"hidden_size": 3}, "x": None})
    )
    assert review(folder, replace(case((RED, BOX)), zone=None)).probability is not None
