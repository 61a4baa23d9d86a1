"""Every route with every kind of person on both cameras. The table is made from the app's own routes: one that is new
fails here until it is said what it needs and how it shows a camera."""

import shutil
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import Connection
from starlette.testclient import TestClient

from secondsight.serve.api import health
from secondsight.serve.api.routes import OPEN, PREFIX, RESOURCES
from secondsight.serve.auth.requests import Allow
from secondsight.serve.auth.rights import RIGHTS, Right
from secondsight.store import User, UserRole
from tests.serve.conftest import PEOPLE, SEGMENT, Served, event_id, site_file


class Rule(NamedTuple):
    """What a route needs, and how a camera shows in it.

    Attributes:
        path: with `{camera}`, filled for each camera in turn; None where a route shows no single camera.
        lists: whether its answer holds things of several cameras, which must be those that the person sees.
        body: of the request.
        every: only for people who may see all cameras.
        good: status where all is well.
    """

    right: Right | None
    path: str | None = None
    lists: bool = False
    body: Any = None
    every: bool = False
    good: int = 200


def _setup(path: str, body: Any = None, good: int = 200) -> Rule:
    """A change of the site file."""
    return Rule(Right.ADMINISTER, f"{PREFIX}/{path}", body=body, good=good)


_TRIANGLE = [[0, 0], [1, 0], [1, 1]]
_EVENT = f"{PREFIX}/events/20260101T070001-{{camera}}"
_CAMERA = f"{PREFIX}/cameras/{{camera}}"
_HOUR = "?since=2026-01-01T07:00:00Z&until=2026-01-01T08:00:00Z"
RULES: dict[tuple[str, str], Rule] = {
    ("POST", f"{PREFIX}/session"): Rule(None),
    ("DELETE", f"{PREFIX}/session"): Rule(Right.VIEW, good=204),
    ("GET", f"{PREFIX}/me"): Rule(Right.VIEW),
    ("GET", f"{PREFIX}/version"): Rule(Right.VIEW),
    ("GET", f"{PREFIX}/ask"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/find"): Rule(Right.VIEW),
    ("POST", f"{PREFIX}/rule-sentences"): Rule(
        Right.ADMINISTER, body={"sentence": "tell me when somebody falls"}
    ),
    ("POST", f"{PREFIX}/transcribe"): Rule(Right.VIEW, good=404),
    ("GET", f"{PREFIX}/cameras"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/cameras/{{camera}}"): Rule(Right.VIEW, f"{PREFIX}/cameras/{{camera}}"),
    ("GET", f"{PREFIX}/cameras/{{camera}}/snapshot"): Rule(
        Right.VIEW, f"{PREFIX}/cameras/{{camera}}/snapshot"
    ),
    ("GET", f"{PREFIX}/cameras/{{camera}}/heatmap"): Rule(Right.VIEW, f"{PREFIX}/cameras/{{camera}}/heatmap"),
    ("GET", f"{_CAMERA}/footage"): Rule(Right.VIEW, f"{_CAMERA}/footage"),
    ("GET", f"{_CAMERA}/footage/segments/{{name}}"): Rule(
        Right.VIEW, f"{_CAMERA}/footage/segments/{SEGMENT.name}"
    ),
    ("GET", f"{_CAMERA}/footage/cut"): Rule(Right.VIEW, f"{_CAMERA}/footage/cut", good=404),
    ("GET", f"{_CAMERA}/footage/picture"): Rule(Right.VIEW, f"{_CAMERA}/footage/picture", good=404),
    ("GET", f"{_CAMERA}/live.mp4"): Rule(Right.VIEW, f"{_CAMERA}/live.mp4", good=409),
    ("GET", f"{_CAMERA}/live.mjpeg"): Rule(Right.VIEW, f"{_CAMERA}/live.mjpeg", good=409),
    ("GET", f"{PREFIX}/counts"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/tracks"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/events"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/events/{{id}}"): Rule(Right.VIEW, _EVENT),
    ("GET", f"{PREFIX}/events/{{id}}/clip"): Rule(Right.VIEW, f"{_EVENT}/clip"),
    ("GET", f"{PREFIX}/events/{{id}}/key-frames/{{number}}"): Rule(Right.VIEW, f"{_EVENT}/key-frames/0"),
    ("GET", f"{PREFIX}/events/{{id}}/snapshot"): Rule(Right.VIEW, f"{_EVENT}/snapshot"),
    ("GET", f"{PREFIX}/events/{{id}}/archive"): Rule(Right.VIEW, f"{_EVENT}/archive"),
    ("GET", f"{PREFIX}/events/{{id}}/feedback"): Rule(Right.VIEW, f"{_EVENT}/feedback"),
    ("POST", f"{PREFIX}/events/{{id}}/feedback"): Rule(
        Right.JUDGE, f"{_EVENT}/feedback", body={"truth": "false"}
    ),
    ("POST", f"{PREFIX}/events/{{id}}/acknowledge"): Rule(Right.JUDGE, f"{_EVENT}/acknowledge"),
    ("GET", f"{PREFIX}/events/tallies"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/events/{{id}}/assignable"): Rule(Right.JUDGE, f"{_EVENT}/assignable"),
    ("POST", f"{PREFIX}/events/{{id}}/assign"): Rule(
        Right.JUDGE, f"{_EVENT}/assign", body={"to": "operator-all"}
    ),
    ("GET", f"{PREFIX}/cases"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/cases/{{id}}"): Rule(Right.VIEW, f"{PREFIX}/cases/20260101T070001-{{camera}}"),
    ("GET", f"{PREFIX}/cases/{{id}}/verdicts"): Rule(
        Right.VIEW, f"{PREFIX}/cases/20260101T070001-{{camera}}/verdicts"
    ),
    ("GET", f"{PREFIX}/filters"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/filters/{{id}}"): Rule(Right.VIEW, f"{PREFIX}/filters/f-{{camera}}"),
    ("POST", f"{PREFIX}/filters/{{id}}/approve"): Rule(
        Right.MANAGE, f"{PREFIX}/filters/f-{{camera}}/approve"
    ),
    ("POST", f"{PREFIX}/filters/{{id}}/revoke"): Rule(Right.MANAGE, f"{PREFIX}/filters/f-{{camera}}/revoke"),
    ("GET", f"{PREFIX}/calibrations"): Rule(Right.VIEW),
    ("GET", f"{PREFIX}/budgets"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/costs"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/calls"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/reports"): Rule(Right.VIEW),
    ("GET", f"{PREFIX}/reports/{{id}}"): Rule(Right.VIEW, good=404),
    ("GET", f"{PREFIX}/reports/{{id}}/file"): Rule(Right.VIEW, good=404),
    ("GET", f"{PREFIX}/report"): Rule(Right.VIEW, lists=True),
    ("GET", f"{PREFIX}/learning"): Rule(Right.ADMINISTER),
    ("POST", f"{PREFIX}/bundles/promote"): Rule(
        Right.ADMINISTER, body={"bundle": "b0001", "reason": "x"}, good=409
    ),
    ("POST", f"{PREFIX}/bundles/rollback"): Rule(Right.ADMINISTER, body={"reason": "x"}, good=409),
    ("GET", f"{PREFIX}/users"): Rule(Right.ADMINISTER),
    ("POST", f"{PREFIX}/users"): Rule(Right.ADMINISTER, body={"name": "new", "role": "viewer"}, good=201),
    ("PATCH", f"{PREFIX}/users/{{name}}"): Rule(Right.ADMINISTER, body={"enabled": True}),
    ("DELETE", f"{PREFIX}/users/{{name}}"): Rule(Right.ADMINISTER, good=204),
    ("GET", f"{PREFIX}/sessions"): Rule(Right.VIEW),
    ("DELETE", f"{PREFIX}/sessions/{{id}}"): Rule(Right.VIEW, good=404),
    ("GET", f"{PREFIX}/tokens"): Rule(Right.VIEW),
    ("POST", f"{PREFIX}/tokens"): Rule(Right.VIEW, body={"label": "x"}, good=403),
    ("DELETE", f"{PREFIX}/tokens/{{id}}"): Rule(Right.VIEW, good=404),
    ("GET", f"{PREFIX}/push"): Rule(Right.VIEW),
    ("POST", f"{PREFIX}/push/subscriptions"): Rule(
        Right.VIEW,
        body={"endpoint": "https://x.example", "keys": {"p256dh": "x", "auth": "x"}, "label": "x"},
        good=404,
    ),
    ("DELETE", f"{PREFIX}/push/subscriptions/{{id}}"): Rule(Right.VIEW, good=404),
    ("GET", f"{PREFIX}/audit"): Rule(Right.ADMINISTER),
    ("GET", f"{PREFIX}/stream"): Rule(Right.VIEW),
    ("GET", f"{PREFIX}/cameras/{{camera}}/now"): Rule(Right.VIEW, f"{PREFIX}/cameras/{{camera}}/now"),
    ("GET", f"{PREFIX}/site-file"): Rule(Right.ADMINISTER),
    ("GET", f"{PREFIX}/site-file/versions"): Rule(Right.ADMINISTER),
    ("GET", f"{PREFIX}/site-file/versions/{{number}}"): _setup("site-file/versions/1", good=404),
    ("POST", f"{PREFIX}/site-file/versions/{{number}}/revert"): _setup(
        "site-file/versions/1/revert", good=404
    ),
    ("POST", f"{PREFIX}/camera-test"): Rule(
        Right.ADMINISTER, body={"name": "x", "settings": {"source": "gone.mp4"}}, good=422
    ),
    ("POST", f"{PREFIX}/cameras"): Rule(
        Right.ADMINISTER, body={"name": "x", "settings": {"source": "x.mp4"}}
    ),
    ("PATCH", f"{PREFIX}/cameras/{{camera}}"): _setup("cameras/{camera}", {"settings": {"transport": "udp"}}),
    ("DELETE", f"{PREFIX}/cameras/{{camera}}"): _setup("cameras/{camera}"),
    ("PUT", f"{PREFIX}/cameras/{{camera}}/zones/{{zone}}"): _setup(
        "cameras/{camera}/zones/door", {"coordinates": _TRIANGLE}
    ),
    ("DELETE", f"{PREFIX}/cameras/{{camera}}/zones/{{zone}}"): _setup("cameras/{camera}/zones/store"),
    ("PUT", f"{PREFIX}/cameras/{{camera}}/lines/{{line}}"): _setup(
        "cameras/{camera}/lines/door", {"coordinates": _TRIANGLE[:2]}
    ),
    ("DELETE", f"{PREFIX}/cameras/{{camera}}/lines/{{line}}"): _setup("cameras/{camera}/lines/gate"),
    ("PUT", f"{PREFIX}/cameras/{{camera}}/masks"): _setup("cameras/{camera}/masks", {"masks": [_TRIANGLE]}),
    ("PUT", f"{PREFIX}/cameras/{{camera}}/ground"): _setup(
        "cameras/{camera}/ground", {"settings": {"camera_height": 4, "tilt": 20, "fov": 90}}
    ),
    ("PUT", f"{PREFIX}/rules/{{rule}}"): _setup(
        "rules/x", {"settings": {"behaviour": "intrusion", "zone": "frame"}}
    ),
    ("PUT", f"{PREFIX}/rules"): _setup(
        "rules", {"rules": {"x": {"behaviour": "intrusion", "zone": "frame"}}}
    ),
    ("POST", f"{PREFIX}/rules/{{rule}}/trial"): Rule(
        Right.ADMINISTER, f"{PREFIX}/rules/x/trial", body={"settings": {"behaviour": "nothing"}}, good=422
    ),
    ("GET", f"{PREFIX}/trials/{{id}}"): Rule(Right.ADMINISTER, good=404),
    ("GET", f"{PREFIX}/trials/{{id}}/pictures/{{number}}"): Rule(
        Right.ADMINISTER, f"{PREFIX}/trials/x/pictures/0", good=404
    ),
    ("DELETE", f"{PREFIX}/trials"): Rule(Right.ADMINISTER, good=204),
    ("DELETE", f"{PREFIX}/rules/{{rule}}"): _setup("rules/in"),
    ("GET", "/healthz"): Rule(None),
    ("GET", "/readyz"): Rule(None),
    ("GET", "/metrics"): Rule(Right.VIEW, every=True),
}
QUERIES = {
    f"{PREFIX}/ask": "?question=How many events per camera on 2026-01-01?",
    f"{PREFIX}/find": "?text=a person",
    f"{PREFIX}/costs": "?by=camera",
    f"{_CAMERA}/footage": _HOUR,
    f"{PREFIX}/events/tallies": _HOUR,
    f"{_CAMERA}/footage/cut": _HOUR,
    f"{_CAMERA}/footage/picture": "?at=2026-01-01T07:00:01Z",
    f"{PREFIX}/cameras/{{camera}}": "?try=true",
    f"{PREFIX}/rules/{{rule}}": "?try=true",
    f"{PREFIX}/rules": "?try=true",
}


def routes() -> Iterator[tuple[str, str, APIRoute]]:
    for prefix, router in [*((PREFIX, one) for one in RESOURCES), ("", health.router)]:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, prefix + route.path, route


def test_every_route_has_its_rule_and_none_is_left_out(served: Served) -> None:
    described = {
        (method.upper(), path)
        for path, operations in served.app.openapi()["paths"].items()
        for method in operations
    }
    known = {(method, path): route for method, path, route in routes()}
    assert set(known) == described == set(RULES)
    for place, route in known.items():
        needed = [one.call.right for one in route.dependant.dependencies if isinstance(one.call, Allow)]
        assert needed == ([] if RULES[place].right is None else [RULES[place].right]), place
    assert {place for place, rule in RULES.items() if rule.right is None} == OPEN


@pytest.mark.parametrize("place", [place for place, rule in RULES.items() if rule.right], ids=" ".join)
def test_strangers_and_forged_tokens_are_refused(served: Served, place: tuple[str, str]) -> None:
    method, path = place
    filled = (RULES[place].path or path).format(camera="hall", id="x", name="viewer-all")
    with served.client() as client:
        for headers in ({}, {"Authorization": "Bearer sst_forged"}, {"Authorization": "Basic YTpi"}):
            answer = client.request(method, filled, json=RULES[place].body, headers=headers)
            assert answer.status_code == 401, answer.text
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("who", PEOPLE)
def test_each_role_gets_what_it_may_and_no_other_camera(served: Served, who: str) -> None:
    with served.client(who) as client:
        for place, rule in RULES.items():
            if rule.right is not None and not place[1].endswith("/stream"):  # which has tests of its own
                ask(served, client, PEOPLE[who], place)
                again(served)


def ask(served: Served, client: TestClient, person: User, place: tuple[str, str]) -> None:
    (method, path), rule, who = place, RULES[place], person.name
    for camera in ("hall", "yard"):
        filled = (rule.path or path).format(camera=camera, id="x", name="viewer-hall")
        answer = client.request(method, filled + QUERIES.get(path, ""), json=rule.body)
        expected = status_for(person.role, person.cameras, rule, camera)
        assert answer.status_code == expected, (who, method, filled, answer.text)
        if person.cameras is not None and camera == "yard":
            mentions = answer.text.replace(filled, "")
            assert "yard" not in mentions, (who, method, filled, mentions)
        if rule.lists and expected == 200:
            assert ("yard" in answer.text) is (person.cameras is None), (who, path)
            assert "hall" in answer.text, (who, path)
        if rule.path is None:
            break


def status_for(role: UserRole, cameras: tuple[str, ...] | None, rule: Rule, camera: str) -> int:
    assert rule.right is not None
    allowed = rule.right in RIGHTS[role]
    if rule.right is Right.ADMINISTER or rule.every:
        allowed = allowed and cameras is None
    if not allowed:
        return 403
    if rule.path is not None and cameras is not None and camera not in cameras:
        return 404
    return rule.good


def _execute(connection: Connection, text: str) -> None:
    connection.exec_driver_sql(text)


def again(served: Served) -> None:
    """What a request has changed is as before: the next one asks for the same."""
    store = served.store
    if store.accounts.user("viewer-hall") is None:
        store.accounts.add(PEOPLE["viewer-hall"], None, "test")
    store.accounts.remove("new", "test")
    site_file(served.data, served.clock)
    shutil.rmtree(served.data / ".site.yaml.history", ignore_errors=True)
    for camera in ("hall", "yard"):
        # Filters never go back by themselves.
        text = f"UPDATE filters SET state = 'proposed', ended_at = NULL WHERE id = 'f-{camera}'"
        store._database.write(partial(_execute, text=text))


def test_a_camera_of_somebody_else_and_none_at_all_are_answered_alike(served: Served) -> None:
    with served.client("viewer-hall") as client:
        for path in (f"/events/{event_id('yard', 1)}", "/cameras/yard", "/filters/f-yard"):
            theirs, nobodys = client.get(PREFIX + path), client.get(PREFIX + path.replace("yard", "nowhere"))
            assert (theirs.status_code, theirs.text) == (nobodys.status_code, nobodys.text)


def test_cameras_that_are_asked_for_do_not_widen_what_one_sees(served: Served) -> None:
    with served.client("viewer-hall") as client:
        for path in ("events", "cases", "tracks", "counts"):
            answer = client.get(f"{PREFIX}/{path}", params={"camera": ["yard", "hall"]}).text
            assert "hall" in answer
            assert "yard" not in answer
            assert "yard" not in client.get(f"{PREFIX}/{path}", params={"camera": "yard"}).text
