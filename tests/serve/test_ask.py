"""/ask over HTTP and as a page."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from pydantic import SecretStr

from secondsight.config import OpenAIBrainSettings
from secondsight.serve.app import make_app
from tests.ask.brain.site import plans, seen
from tests.serve.conftest import Served, site_config
from tests.servers.brain import BrainServer

ASK = "/api/v1/ask"


def test_an_answer_goes_on_from_the_one_before(served: Served) -> None:
    with served.client("viewer-all") as client:
        first = client.get(ASK, params={"question": "How many events per camera on 2026-01-01?"}).json()
        assert {one["key"] for one in first["groups"]} == {"hall", "yard"}
        plan = json.dumps(first["plan"])
        before = client.get(ASK, params={"question": "and on 2025-12-31?", "before": plan}).json()
        assert before["plan"]["group"] is None
        assert before["value"] == 0
        for wrong in ("{", "[]", '{"measure": "secrets"}'):
            answer = client.get(ASK, params={"question": "and today?", "before": wrong})
            assert answer.status_code in (400, 404, 409, 422), answer.text
            assert "plan" in answer.json()["detail"]


def test_what_is_not_understood_is_refused_and_no_error(served: Served) -> None:
    with served.client("viewer-all") as client:
        answer = client.get(ASK, params={"question": "月亮上有什么", "language": "en"})
        assert answer.status_code == 200
        assert answer.json()["refused"]["why"] == "unknown_words"
        assert answer.json()["language"] == "en"


def test_the_page_shows_the_answer_and_remembers_the_plan(served: Served) -> None:
    with served.client("viewer-hall") as client:
        empty = client.get("/ask")
        assert empty.status_code == 200
        page = client.get("/ask", params={"question": "How many events per camera on 2026-01-01?"}).text
        assert 'name="before"' in page
        assert "hall" in page
        assert "yard" not in page
        refused = client.get("/ask", params={"question": "<script>alert(1)</script>"}).text
        assert "<script>alert" not in refused


@pytest.fixture
def brain() -> Iterator[BrainServer]:
    with BrainServer() as server:
        yield server


@pytest.fixture
def with_brain(served: Served, brain: BrainServer) -> Served:
    """The site with a large model, and pictures that can be judged."""
    for file in served.data.glob("frames/*/*/*.jpg"):
        noise = np.random.default_rng(1).integers(0, 255, (90, 120, 3), np.uint8)
        Image.fromarray(noise).save(file)
    config = site_config(served.data).model_copy(
        update={
            "data": served.data,
            "brain": OpenAIBrainSettings(base_url=SecretStr(brain.url), model="test-vl", profile="generic"),
        }
    )
    site = replace(served.site, site_config=config)
    return replace(served, site=site, app=make_app(site))


def test_the_page_shows_what_the_large_model_sees(with_brain: Served, brain: BrainServer) -> None:
    brain.script(plans(), seen(("Somebody in a blue hat walks past.", [1])))
    asked = {"question": "What happened on 2026-01-01?"}
    with with_brain.client("viewer-hall") as client:
        page = client.get("/ask", params=asked).text
        brain.script(plans(), seen(("Somebody in a blue hat walks past.", [1])))
        answer = client.get(ASK, params=asked).json()
    assert "Somebody in a blue hat walks past [1]." in page
    assert f'<a href="/events/{answer["seen"]["pictures"][0]["event"]}">[1]</a>' in page
    assert answer["seen"]["pictures"][0]["camera"] == "hall"
    assert not any("yard" in request.text for request in brain.requests)


def test_a_reading_is_chosen_on_the_page_and_over_http(with_brain: Served, brain: BrainServer) -> None:
    brain.default = plans({"measure": "calls"})
    asked = {"question": "How many events on 2026-01-01?"}
    with with_brain.client("viewer-all") as client:
        refused = client.get(ASK, params=asked).json()["refused"]
        page = client.get("/ask", params=asked).text
        links = re.findall(r'href="(/ask\?question=[^"]+&amp;plan=[^"]+)"', page)
        chosen = client.get(html.unescape(links[1])).text
        plan = json.dumps(refused["readings"][0]["plan"])
        first = client.get(ASK, params={**asked, "plan": plan}).json()
    assert refused["why"] == "which"
    assert len(links) == 2
    assert "calls of the large model" in chosen
    assert first["value"] == 6
    assert ("answer",) in {cost.key for cost in with_brain.store.ledger.costs(("purpose",))}
