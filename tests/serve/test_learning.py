"""/learning and /bundles: what is live, and changing it by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from secondsight.learn import BundleState, LearnCatalogue
from secondsight.serve.app import make_app
from tests.serve.conftest import NOW, Served
from tests.serve.learned import learn_something, learning_config


@pytest.fixture
def client(served: Served) -> TestClient:
    """Of an administrator of a site that has learned."""
    learn_something(served.data, NOW)
    site = replace(served.site, site_config=learning_config(served.data))
    headers = {"Authorization": f"Bearer {served.tokens['admin-all']}"}
    return TestClient(
        make_app(site), headers=headers, base_url="http://127.0.0.1:8410", client=("127.0.0.1", 50000)
    )


def live(data: Path) -> str:
    with LearnCatalogue(data) as catalogue:
        found = catalogue.in_state(BundleState.PRODUCTION)
    assert found is not None
    return found.name


def test_what_is_live_and_why(client: TestClient) -> None:
    found = client.get("/api/v1/learning").json()
    assert [(one["name"], one["state"]) for one in found["bundles"]] == [
        ("b0000", "retired"),
        ("b0001", "production"),
        ("b0002", "shadow"),
    ]
    promoted = [one for one in found["history"] if one["action"] == "promoted"][-1]
    assert (promoted["by"], promoted["evidence"]) == ("loop", {"person": 44.0})
    assert (found["due"], found["waiting"]) == (None, ["0 of 200 new labelled samples"])


def test_promotion_and_rollback_by_hand_are_written_down(client: TestClient, served: Served) -> None:
    answer = client.post("/api/v1/bundles/promote", json={"bundle": "b0002", "reason": "rain"})
    assert (answer.status_code, answer.json()["state"], live(served.data)) == (200, "production", "b0002")
    answer = client.post("/api/v1/bundles/rollback", json={"reason": "worse"})
    assert (answer.status_code, answer.json()["name"], live(served.data)) == (200, "b0001", "b0001")
    with LearnCatalogue(served.data) as catalogue:
        said = [(one.bundle, one.action, one.by, one.reason) for one in catalogue.history()[-2:]]
    assert said == [
        ("b0002", "promoted", "admin-all", "rain"),
        ("b0002", "rolled back", "admin-all", "worse"),
    ]
    noted = [(one.who, one.what, one.target, one.after) for one in served.store.audit.find()]
    assert ("admin-all", "bundle.promote", "b0002", {"reason": "rain"}) in noted
    assert ("admin-all", "bundle.rollback", "b0001", {"reason": "worse"}) in noted


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("promote", {"bundle": "b0001", "reason": "again"}, 409),
        ("promote", {"bundle": "b0099", "reason": "x"}, 404),
        ("promote", {"bundle": "b0002", "reason": ""}, 422),
        ("promote", {"bundle": "b0002"}, 422),
        ("rollback", {}, 422),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(client, served, path: str, body, status: int) -> None:
    answer = client.post(f"/api/v1/bundles/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert live(served.data) == "b0001"


def test_a_bundle_whose_file_was_changed_is_not_promoted(client: TestClient, served: Served) -> None:
    (served.data / "learn/models/b0002.onnx").write_bytes(b"mine")
    answer = client.post("/api/v1/bundles/promote", json={"bundle": "b0002", "reason": "x"})
    assert answer.status_code >= 400
    assert "changed after its training" in answer.text
    assert live(served.data) == "b0001"


def test_a_site_that_keeps_nothing_says_so(served: Served) -> None:
    with served.client("admin-all") as client:
        assert client.get("/api/v1/learning").json()["bundles"] == []
        answer = client.post("/api/v1/bundles/rollback", json={"reason": "x"})
        assert answer.status_code == 409
        assert "switch `learn.enabled` on" in answer.text
    assert not (served.data / "learn").exists()
