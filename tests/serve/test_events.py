"""Events over HTTP: search and its pages, files with ranges, what people say."""

import pytest

from secondsight.records import StepKind
from tests.serve.conftest import CLIP, Served, event_id

EVENTS = "/api/v1/events"


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [event["id"] for event in answer.json()["events"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"camera": "hall", "verification": "confirmed"}, {event_id("hall", 0)}),
        ({"camera": "hall", "verification": ["confirmed", "rejected"]}, {event_id("hall", 0), event_id("hall", 1)}),
        ({"kind": "fall"}, set()),
        ({"label": "person", "text": "blue hat"}, {event_id("hall", 0), event_id("yard", 0)}),
        ({"text": "BLUE yard"}, {event_id("yard", 0)}),
        ({"text": "京A-hall-2"}, {event_id("hall", 2)}),
        ({"text": "100% _"}, set()),
        ({"attribute": "plate:京A-yard-1"}, {event_id("yard", 1)}),
        ({"settled": "false"}, {event_id("hall", 3), event_id("yard", 3)}),
        ({"since": "2026-01-01T07:00:02Z", "until": "2026-01-01T07:00:03Z", "camera": "hall"}, {event_id("hall", 2)}),
        ({"since": "2026-01-01T15:00:03+08:00", "camera": "yard"}, {event_id("yard", 3)}),
        ({"zone": "hall-zone", "rule": "hall-rule", "settled": "false"}, {event_id("hall", 3)}),
    ],
)  # fmt: skip
def test_events_are_found_by_each_condition(served: Served, asked: dict, found: set[str]) -> None:
    with served.client("viewer-all") as client:
        assert set(ids(client.get(EVENTS, params=asked))) == found


def test_pages_give_each_event_once_while_others_come(served: Served) -> None:
    from secondsight.records import Action
    from secondsight.store import OpenCandidate
    from tests.store.samples import candidate, decision

    with served.client("viewer-all") as client:
        whole = ids(client.get(EVENTS))
        assert len(whole) == 8
        seen, cursor = [], None
        while True:
            page = client.get(EVENTS, params={"limit": 3, **({"cursor": cursor} if cursor else {})})
            seen += ids(page)
            new = candidate(f"new-{len(seen)}", triggered=served.clock.now() + len(seen))
            served.store.apply([OpenCandidate(new, decision(Action.ACCEPT))])
            cursor = page.json()["next"]
            if cursor is None:
                break
        assert seen == whole
        for bad in ("x", "eyJ4Ijp9", "bnVsbA", "WzEsMl0", "W" * 512):
            assert client.get(EVENTS, params={"cursor": bad}).status_code == 422


def test_an_event_comes_with_its_steps_and_links_that_work(served: Served) -> None:
    with served.client("viewer-hall") as client:
        found = client.get(f"{EVENTS}/{event_id('hall', 1)}").json()
        kinds = [step["kind"] for step in found["steps"]]
        assert kinds[0] == StepKind.RAISED
        assert {"recorded", "verified"} <= set(kinds)
        links = found["event"]["links"]
        assert client.get(links["clip"]).headers["content-type"] == "video/mp4"
        assert client.get(links["key_frames"][0]).headers["content-type"] == "image/jpeg"
        assert client.get(links["snapshot"]).content != client.get(links["key_frames"][0]).content
        without = client.get(f"{EVENTS}/{event_id('hall', 0)}").json()["event"]["links"]
        assert client.get(without["snapshot"]).content == client.get(without["key_frames"][0]).content


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        (None, 200, slice(None)),
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-10", 206, slice(-10, None)),
        ("bytes=999999-", 416, None),
    ],
)
def test_clips_come_in_parts(served: Served, asked: str | None, status: int, part: slice | None) -> None:
    with served.client("viewer-hall") as client:
        headers = {"Range": asked} if asked else {}
        answer = client.get(f"{EVENTS}/{event_id('hall', 0)}/clip", headers=headers)
    assert answer.status_code == status
    if part is not None:
        assert answer.content == CLIP[part]
        assert answer.headers["accept-ranges"] == "bytes"


def test_a_file_that_is_gone_is_no_mistake_of_ours(served: Served) -> None:
    for path in served.data.glob("clips/*/*.mp4"):
        path.unlink()
    with served.client("viewer-hall") as client:
        assert client.get(f"{EVENTS}/{event_id('hall', 0)}/clip").status_code == 404
        assert client.get(f"{EVENTS}/{event_id('hall', 3)}/clip").status_code == 404
        assert client.get(f"{EVENTS}/{event_id('hall', 0)}/key-frames/7").status_code == 404


@pytest.mark.parametrize(
    "path", ["../secret.txt", "/etc/hostname", "clips/../../secret.txt", "clips/link.mp4", "clips"]
)
def test_nothing_outside_the_data_folder_is_shown(served: Served, path: str) -> None:
    """Even where a record names it, as one in a database that somebody has changed might."""
    (served.data.parent / "secret.txt").write_text("secret")
    (served.data / "clips" / "link.mp4").symlink_to(served.data.parent / "secret.txt")
    served.store._database.write(lambda c: c.exec_driver_sql("UPDATE clips SET path = ?", (path,)))
    with served.client("viewer-hall") as client:
        answer = client.get(f"{EVENTS}/{event_id('hall', 0)}/clip")
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "id", ["..%2f..%2fsecret", "%00", "a" * 200, "%F0%9F%98%80", "'; DROP TABLE events; --"]
)
def test_hostile_ids_are_unknown(served: Served, id: str) -> None:
    with served.client("viewer-all") as client:
        for rest in ("", "/clip", "/snapshot", "/feedback"):
            assert client.get(f"{EVENTS}/{id}{rest}").status_code == 404
    assert len(served.store.events.find()) == 8


def test_what_people_say_counts_and_is_in_the_log(served: Served) -> None:
    url = f"{EVENTS}/{event_id('hall', 0)}"
    with served.client("operator-hall") as client:
        assert (
            client.post(f"{url}/feedback", json={"truth": "false", "note": "a shadow"}).json()["truth"]
            is False
        )
        assert client.post(f"{url}/feedback", json={"truth": "unsure"}).json()["truth"] is None
        said = client.get(f"{url}/feedback").json()
        assert [(one["truth"], one["note"]) for one in said] == [(False, "a shadow"), (None, None)]
        assert {one["author"] for one in said} == {"operator-hall"}
        first = client.post(f"{url}/acknowledge", json={"note": "on my way"}).json()
        assert first["new"]
        assert (first["steps"][-1]["kind"], first["steps"][-1]["by"]) == ("acknowledged", "operator-hall")
        assert not client.post(f"{url}/acknowledge").json()["new"]
    with served.client("admin-all") as client:
        log = client.get("/api/v1/audit").json()["entries"]
    judged = next(one for one in log if one["what"] == "event.judge" and one["before"]["truth"] is None)
    assert (judged["who"], judged["target"]) == ("operator-hall", event_id("hall", 0))
    assert judged["after"] == {"truth": False, "note": "a shadow"}
    assert "event.acknowledge" in {one["what"] for one in log}


def test_text_that_looks_like_markup_stays_text(served: Served) -> None:
    note = "<script>alert(1)</script> \u202e ; rm -rf"
    url = f"{EVENTS}/{event_id('hall', 0)}/feedback"
    with served.client("operator-all") as client:
        assert client.post(url, json={"truth": "true", "note": note}).status_code == 200
        answer = client.get(url)
        assert answer.json()[-1]["note"] == note
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_filters_are_approved_and_revoked_and_that_is_in_the_log(served: Served) -> None:
    with served.client("admin-hall") as client:
        assert client.post("/api/v1/filters/f-hall/approve").json()["state"] == "active"
        assert client.post("/api/v1/filters/f-hall/approve").status_code == 409
        revoked = client.post(
            "/api/v1/filters/f-hall/revoke", json={"note": "a new machine stands there"}
        ).json()
        assert (revoked["state"], revoked["note"]) == ("revoked", "a new machine stands there")
        assert client.post("/api/v1/filters/f-hall/revoke").status_code == 409
    what = [(entry.who, entry.what, entry.target) for entry in served.store.audit.find(limit=2)]
    assert what == [("admin-hall", "filter.revoke", "f-hall"), ("admin-hall", "filter.approve", "f-hall")]


def test_pictures_counts_and_money(served: Served) -> None:
    with served.client("viewer-hall") as client:
        camera = client.get("/api/v1/cameras/hall").json()
        assert (camera["description"], camera["status"]["fps"], camera["configured"]) == (
            "The hall",
            9.5,
            True,
        )
        assert client.get("/api/v1/cameras/hall/snapshot").content.startswith(b"\xff\xd8")
        assert client.get("/api/v1/cameras/hall/heatmap").content.startswith(b"\x89PNG")
        assert client.get("/api/v1/counts", params={"name": "hall-door", "by": "day"}).json() == [
            {"camera": "hall", "time": "2026-01-01T00:00:00.000Z", "name": "in:hall-door", "value": 3.0}
        ]
        assert client.get("/api/v1/tracks").json()[0]["path"] == [[0.1, 0.2]]
        (cost,) = client.get("/api/v1/costs", params={"by": ["camera", "day"]}).json()
        assert cost["by"] == {"camera": "hall", "day": "2026-01-01T00:00:00.000Z"}
        assert (cost["calls"], cost["money"]) == (1, 0.01)
        (budget,) = client.get("/api/v1/budgets").json()
        assert (budget["scope"], budget["name"], budget["day"]["calls"]) == ("camera", "hall", 1)
        assert budget["limits"]["calls_per_day"] == 7
    with served.client("viewer-all") as client:
        scopes = [(one["scope"], one["name"]) for one in client.get("/api/v1/budgets").json()]
        assert scopes == [("site", "works"), ("camera", "hall"), ("camera", "yard")]


def test_addresses_of_cameras_and_their_passwords_are_nowhere(served: Served) -> None:
    with served.client("admin-all") as client:
        for path in served.app.openapi()["paths"]:
            if "{" not in path and not path.endswith("stream"):
                answer = client.get(path)
                assert "hunter2" not in answer.text, path
                # Who may change the site file sees its addresses, without what signs in.
                assert path == "/api/v1/site-file" or "rtsp://" not in answer.text, path


def test_errors_are_problems_and_repeat_nothing(served: Served) -> None:
    with served.client("admin-all") as client:
        answer = client.post("/api/v1/users", json={"name": "x y", "role": "king", "password": ["hunter2"]})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert {one["where"] for one in answer.json()["errors"]} == {
            "body.name",
            "body.role",
            "body.password",
        }
        assert "hunter2" not in answer.text
        assert "king" not in answer.text
        assert client.get("/nowhere").json()["title"] == "Not found"
        assert client.put("/api/v1/me").json()["status"] == 405


def test_an_error_of_ours_shows_no_trace(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("at /home/ann/secret.py")

    monkeypatch.setattr(served.store.calibrations, "all_newest", broken)
    with served.client("viewer-all") as client:
        answer = client.get("/api/v1/calibrations")
    assert answer.status_code == 500
    assert answer.json()["title"] == "Internal error"
    assert "secret.py" not in answer.text
    assert "Traceback" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_database_that_is_away_is_said_so(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    from secondsight.errors import StoreError

    def away(*_: object) -> None:
        raise StoreError("database data is locked", retryable=True)

    monkeypatch.setattr(served.store.marks, "read", away)
    with served.client() as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert "data" not in answer.json()["detail"].replace("database", "")
    monkeypatch.setattr(served.store.accounts, "holder", away)
    with served.client("viewer-all") as client:
        assert client.get("/api/v1/me").status_code == 503


def test_every_answer_has_the_security_headers(served: Served) -> None:
    with served.client("viewer-all") as client:
        for path in ("/api/v1/events", "/nowhere", "/healthz", "/openapi.json", "/metrics"):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert "access-control-allow-origin" not in headers


def test_bodies_are_bounded(served: Served) -> None:
    url = f"{EVENTS}/{event_id('hall', 0)}/feedback"

    def endless():
        for _ in range(300):
            yield b" " * 8192

    with served.client("operator-all") as client:
        assert client.post(url, content=b" " * (2**20 + 1)).status_code == 413
        assert client.post(url, content=endless()).status_code == 413
        assert client.post(url, json={"truth": "true", "note": "x" * 3000}).status_code == 422
        deep = client.post(url, content=b"[" * 100_000, headers={"Content-Type": "application/json"})
        assert deep.status_code in (400, 422)


def test_an_event_is_given_to_those_who_can_take_it(served: Served) -> None:
    path = f"{EVENTS}/{event_id('yard', 1)}"
    with served.client("operator-all") as client:
        assert client.get(f"{path}/assignable").json() == ["admin-all", "operator-all"]
        for unable in ("operator-hall", "viewer-all", "nobody"):
            assert client.post(f"{path}/assign", json={"to": unable}).status_code == 409
        given = client.post(f"{path}/assign", json={"to": "admin-all", "note": "yours"}).json()
        assert given["new"]
        step = given["steps"][-1]
        assert (step["kind"], step["by"]) == ("acknowledged", "admin-all")
        assert step["note"] == "given by operator-all: yours"
        assert not client.post(f"{path}/assign", json={"to": "admin-all"}).json()["new"]

        def theirs(who: str) -> list[str]:
            return [one["id"] for one in client.get(EVENTS, params={"taken_by": who}).json()["events"]]

        assert theirs("admin-all") == [event_id("yard", 1)]
        client.post(f"{path}/assign", json={"to": "operator-all"})
        assert (theirs("admin-all"), theirs("operator-all")) == ([], [event_id("yard", 1)])
        client.post(f"{path}/feedback", json={"truth": "true"})
        assert theirs("operator-all") == []
    entries = [one for one in served.store.audit.find() if one.what == "event.assign"]
    assert [(one.who, one.before, one.after) for one in entries[::-1]] == [
        ("operator-all", None, {"to": "admin-all", "note": "yours"}),
        ("operator-all", {"to": "admin-all"}, {"to": "operator-all", "note": None}),
    ]
