"""/ask over HTTP and as a page."""

import json

from tests.serve.conftest import Served

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
