"""/find over HTTP and as a page: only of cameras that one may see."""

from tests.serve.conftest import Served

FIND = "/api/v1/find"


def test_only_cameras_that_one_may_see_are_found(served: Served) -> None:
    with served.client("viewer-all") as client:
        every = client.get(FIND, params={"text": "a person"}).json()
    with served.client("viewer-hall") as client:
        some = client.get(FIND, params={"text": "a person"}).json()
        forbidden = client.get(FIND, params={"text": "a person", "camera": "yard"}).json()
        page = client.get("/find", params={"text": "a person"}).text
    assert {one["event"]["camera"] for one in some["found"]} <= {"hall"}
    assert {one["event"]["camera"] for one in forbidden["found"]} <= {"hall"}
    assert len(some["found"]) <= len(every["found"])
    assert all(one["verification"] is None for one in every["found"])
    assert "yard" not in page


def test_words_that_cannot_be_searched_for_are_refused(served: Served) -> None:
    with served.client("viewer-all") as client:
        assert client.get(FIND, params={"text": ""}).status_code == 422
        assert client.get(FIND, params={"text": " "}).status_code in (400, 409, 422)
        assert client.get("/find").status_code == 200
