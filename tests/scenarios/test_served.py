"""A whole case through the real server of a real library, `transformers serve`: from video to settled event.

Without torchvision, which does not load beside the CPU build of torch used here, that server loads no model with a
video part; LLaVA has none.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from secondsight.config import load_site
from secondsight.records import Event, Outcome, Verification
from secondsight.site import Site
from secondsight.store import Store
from tests.brain.vlms import make_llava
from tests.servers.transformers_serve import transformers_serve
from tests.site.sites import assert_sound, brain_settings, site_file

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def hold(url: str, checkpoint: Path, video: Path, models: Path, folder: Path) -> tuple[Event, list[Any]]:
    """The one event of a video with one intruder, and the ledger."""
    brain = brain_settings(
        url,
        model=str(checkpoint),
        timeout=120,
        lease=300,
        retries=0,
        max_frames=2,
        guard={"opposite": "never"},
    )
    path = site_file(folder, {"hall": video}, models=models, brain=brain, rules=RULES)
    config = load_site(path)
    with Site(config) as site:
        (event,) = site.events(once=True)
    assert assert_sound(config.data) == [event]
    with Store.open(config.data / "secondsight.db") as store:
        return event, store.ledger.find()


RULES = {"inside": {"behaviour": "intrusion", "zone": "frame", "policy": {"deadline": 600}}}


def test_what_a_random_model_writes_is_refused_after_one_repair_and_paid_for(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    """This server has no guided decoding: it ignores the asked form."""
    checkpoint = make_llava(tmp_path / "random-vl")
    with transformers_serve(checkpoint, tmp_path / "server") as url:
        event, calls = hold(url, checkpoint, shorts / "one.mp4", models_dir, tmp_path / "site")
    assert event.verification is Verification.FAILED
    assert event.alert, "nobody looked: the event is shown, as the rule's on_brain_failure says"
    assert event.verdict is None
    assert "asked twice" in (event.note or "")
    assert len(calls) == 2
    for call in calls:
        assert call.outcome is Outcome.MALFORMED
        assert (call.remote, call.frames) == (False, 2)
        assert call.tokens_in is not None
        assert call.tokens_in > 1000
        assert call.tokens_out == 1024


def test_a_model_that_knows_one_answer_gets_it_all_the_way(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    checkpoint = make_parrot(tmp_path / "parrot-vl", ANSWER)
    with transformers_serve(checkpoint, tmp_path / "server") as url:
        event, calls = hold(url, checkpoint, shorts / "one.mp4", models_dir, tmp_path / "site")
    assert event.verification is Verification.REJECTED
    assert event.verdict is not None
    assert event.verdict.summary == "A hall."
    assert event.verdict.answers["activity"] == "none"
    (call,) = calls
    assert call.outcome is Outcome.ANSWERED
    assert call.tokens_out == event.verdict.usage.tokens_out
    assert event.verdict.usage.tokens_in == call.tokens_in


ANSWER = {
    "summary": "A hall.",
    "answers": {
        "present": "no",
        "barrier": "unclear",
        "work_clothes": "no",
        "others": "no",
        "activity": "none",
    },
    "evidence": [{"frame": 1, "box": None}],
}


def make_parrot(folder: Path, answer: dict[str, Any]) -> Path:
    """A checkpoint that writes `answer`, whatever it is shown: its layers add nothing, each token leads to one other.

    Every piece of the answer is a token of its own; the end of the prompt leads to the first.
    """
    make_llava(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    text = json.dumps(answer)
    parts = [text[:40], text[40:80], text[80:]]
    assert "".join(parts) == text
    tokenizer.add_tokens(parts)
    tokenizer.save_pretrained(folder)
    model: Any = transformers.AutoModelForImageTextToText.from_pretrained(folder)
    model.resize_token_embeddings(len(tokenizer))
    (newline,) = tokenizer.encode("\n")
    way = [newline, *(tokenizer.convert_tokens_to_ids(part) for part in parts), tokenizer.eos_token_id]
    with torch.no_grad():
        for layer in model.model.language_model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        rows = model.get_input_embeddings().weight
        out = model.get_output_embeddings().weight
        out.zero_()
        for before, after in pairwise(way):
            rows[before] = torch.nn.functional.normalize(torch.randn(rows.shape[1]), dim=0)
            out[after] = 20 * rows[before]
    model.save_pretrained(folder)
    return folder
