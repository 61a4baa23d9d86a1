"""The site file through the API: who may change it, what an answer says, the audit log, passwords, hostile names."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from secondsight.clock import ManualClock
from secondsight.config import CameraSettings, SiteConfig, SiteDifference, SiteFile, difference, load_site
from secondsight.errors import SourceError
from secondsight.serve.pictures import CameraPictures
from secondsight.store import Store
from tests.serve.conftest import Served, TwoCameras, serve_app, site_file

API = "/api/v1"
ZONE = {"coordinates": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}
PASSWORD = "Tr0ub4dor-and-3"


def text(served: Served) -> str:
    return (served.data / "site.yaml").read_text()


def test_a_change_is_tried_saved_noted_and_taken_back(served: Served) -> None:
    before = text(served)
    with served.client("admin-all") as client:
        tried = client.put(f"{API}/cameras/hall/zones/door?try=true", json=ZONE).json()
        assert tried["version"] is None
        assert text(served) == before
        saved = client.put(f"{API}/cameras/hall/zones/door?base={tried['base']}", json=ZONE).json()
        assert saved["diff"] == tried["diff"]
        assert (saved["version"], saved["takes_effect"]) == (2, "at the next start of the site")
        assert "# with care" in text(served)
        assert load_site(served.data / "site.yaml", {}).cameras["hall"].zones["door"]
        stale = client.delete(f"{API}/rules/in?base={tried['base']}")
        assert (stale.status_code, "meanwhile" in stale.text) == (409, True)
        entry = client.get(f"{API}/audit").json()["entries"][0]
        assert (entry["who"], entry["what"], entry["target"]) == (
            "admin-all",
            "site.change",
            "cameras.hall.zones.door",
        )
        assert [one["author"] for one in client.get(f"{API}/site-file/versions").json()] == ["admin-all", ""]
        assert "door" in client.get(f"{API}/site-file/versions/2").json()["diff"]
        client.post(f"{API}/site-file/versions/1/revert").raise_for_status()
        assert text(served) == before


class Running(TwoCameras):
    """A site that runs in the server's process, and takes over what it is given."""

    def __init__(self, config: SiteConfig) -> None:
        self.config: SiteConfig | None = config
        self.refuses = ""

    @property
    def cameras(self) -> list[str]:
        return [] if self.config is None else list(self.config.cameras)

    def apply(self, config: SiteConfig) -> SiteDifference | None:
        assert self.config is not None
        if self.refuses:
            raise SourceError(self.refuses)
        found = difference(self.config, config)
        taken = {"cameras": config.cameras, "rules": config.rules}
        self.config = self.config.model_copy(update=taken)
        return found


def test_a_site_that_runs_here_takes_cameras_and_rules_over_at_once(
    store: Store, data: Path, clock: ManualClock
) -> None:
    live = Running(SiteFile(site_file(data, clock).path, clock, {}).config())
    served = serve_app(store, data, clock, live=live)
    gate = {"name": "gate", "settings": {"source": "gate.mp4"}}
    with served.client("admin-all") as client:
        tried = client.post(f"{API}/cameras?try=true", json=gate).json()
        assert (tried["takes_effect"], live.cameras) == ("at once", ["hall", "yard"])
        saved = client.post(f"{API}/cameras?base={tried['base']}", json=gate).json()
        assert saved["takes_effect"] == "at once"
        assert live.cameras == ["hall", "yard", "gate"]
        names = [one["name"] for one in client.get(f"{API}/cameras").json()]
        assert "gate" in names, "what the site runs with is what is shown"
        by_hand = text(served) + "clips: {pre_capture: 9s}\n"
        (served.data / "site.yaml").write_text(by_hand)
        both = client.put(f"{API}/cameras/hall/zones/door", json=ZONE).json()
        assert both["takes_effect"] == "at once for cameras and rules, at the next start of the site (clips)"
        live.refuses = "camera hall does not end"
        refused = client.delete(f"{API}/cameras/gate").json()
        assert refused["takes_effect"] == "at the next start of the site: camera hall does not end"
        assert "gate.mp4" not in text(served)


def test_a_mistake_is_said_with_its_line_and_changes_nothing(served: Served) -> None:
    before = text(served)
    with served.client("admin-all") as client:
        answer = client.put(f"{API}/rules/x", json={"settings": {"behaviour": "intrution"}})
        assert answer.status_code == 422
        assert "rules.x.behaviour" in answer.json()["detail"]
        for name in ("<script>alert(1)</script>", "..%2F..%2Fetc", "a b", "-x", "名"):
            answer = client.put(f"{API}/cameras/hall/zones/{name}", json=ZONE)
            assert answer.status_code in (404, 422), answer.text
            assert answer.headers["content-type"] == "application/problem+json"
        half = '{"settings": {"behaviour": "intrusion", "zone": "frame", "question": "\\ud800"}}'
        answer = client.put(f"{API}/rules/x", content=half, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 409, 422)
    assert text(served) == before


def test_a_password_never_comes_back(served: Served) -> None:
    settings = {"source": f"rtsp://viewer:{PASSWORD}@10.0.0.9/live"}
    with served.client("admin-all") as client:
        said = client.post(f"{API}/cameras", json={"name": "roof", "settings": settings})
        assert said.json()["version"] == 2
        told = [said.text, client.get(f"{API}/site-file").text, client.get(f"{API}/audit").text]
        told.append(client.get(f"{API}/site-file/versions/2").text)
        assert all(PASSWORD not in one and "hunter2" not in one for one in told)
        shown = client.get(f"{API}/site-file").json()["cameras"]
        assert (shown["roof"]["source"], shown["hall"]["source"]) == (
            "${ROOF_SOURCE}",
            "rtsp://***@10.0.0.5/hall",
        )
        again = {"settings": {"source": shown["hall"]["source"], "description": "x"}}
        client.patch(f"{API}/cameras/hall", json=again).raise_for_status()
    assert "hunter2-hall" in text(served)  # what was shown hidden came back, and changed nothing
    assert PASSWORD not in text(served)


def test_a_session_needs_its_token_and_a_viewer_changes_nothing(served: Served) -> None:
    before = text(served)
    for who in ("operator-all", "viewer-all", "admin-hall"):
        with served.client(who) as client:
            assert client.put(f"{API}/cameras/hall/zones/door", json=ZONE).status_code == 403
            assert client.get(f"{API}/site-file").status_code == 403
    secret = served.site.authenticator
    served.store.accounts.set_password("admin-all", _stretched(), "test")
    from secondsight.serve.auth.authenticator import Asker

    signed_in = secret.sign_in("admin-all", "correct horse battery", Asker("127.0.0.1", False, False))
    assert signed_in is not None
    with served.client() as client:
        client.cookies.set("session", signed_in.secret)
        refused = client.put(f"{API}/cameras/hall/zones/door", json=ZONE)
        assert (refused.status_code, "CSRF" in refused.text) == (403, True)
    assert text(served) == before


def _stretched() -> str:
    from secondsight.serve.auth.passwords import stretched

    return stretched("correct horse battery")


def test_without_a_site_file_it_says_so(served: Served) -> None:
    object.__setattr__(served.site, "file", None)
    with served.client("admin-all") as client:
        answer = client.get(f"{API}/site-file")
    assert (answer.status_code, "secondsight serve site.yaml" in answer.text) == (409, True)


def test_a_camera_is_tried_before_it_is_added(served: Served) -> None:
    pictures = served.data / "pictures"
    pictures.mkdir()
    for number in range(3):
        Image.new("RGB", (64, 48), (200, 0, 0)).save(pictures / f"{number}.jpg")
    before = text(served)
    with served.client("admin-all") as client:
        good = client.post(
            f"{API}/camera-test", json={"name": "x", "settings": {"source": "pictures"}}
        ).json()
        bad = client.post(f"{API}/camera-test", json={"name": "x", "settings": {"source": "gone.mp4"}})
    assert (good["codec"], good["width"], good["height"], good["live"]) == ("mjpeg", 64, 48, False)
    assert good["picture"].startswith("/9j/")
    assert bad.status_code == 422
    assert text(served) == before


class Camera:
    """Gives a picture a time, or fails."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails = False

    def __call__(self, name: str, settings: CameraSettings) -> bytes:
        self.asked.append(name)
        if self.fails:
            raise SourceError(f"{name}: away")
        return f"{len(self.asked)}".encode()


def test_a_camera_is_asked_for_a_picture_every_few_seconds_at_most() -> None:
    clock, camera = ManualClock(), Camera()
    pictures = CameraPictures(clock, camera)
    settings: Any = CameraSettings.model_validate({"source": "rtsp://10.0.0.5/a"})
    other: Any = CameraSettings.model_validate({"source": "rtsp://10.0.0.6/a"})
    assert [pictures.get("a", settings).jpeg for _ in range(3)] == [b"1", b"1", b"1"]
    assert pictures.get("a", other).jpeg == b"2"
    clock.advance(6)
    camera.fails = True
    assert pictures.get("a", other).trouble == "a: away"
    clock.advance(6)
    assert pictures.get("a", other).jpeg is None
    assert len(camera.asked) == 3
    clock.advance(30)
    camera.fails = False
    assert pictures.get("a", other).jpeg == b"4"


@pytest.mark.parametrize("who", ["viewer-hall", "viewer-all"])
def test_pictures_of_now_hold_to_rights(served: Served, who: str) -> None:
    object.__setattr__(served.site, "pictures", CameraPictures(served.clock, Camera()))
    with served.client(who) as client:
        seen = client.get(f"{API}/cameras/hall/now")
        assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, b"1", "image/jpeg")
        assert client.get(f"{API}/cameras/yard/now").status_code == (200 if who == "viewer-all" else 404)


def test_the_path_of_the_file_is_not_followed_out(served: Served) -> None:
    with served.client("admin-all") as client:
        for number in ("0", "-1", "x", "1%2F..%2F..%2Fsite"):
            assert client.get(f"{API}/site-file/versions/{number}").status_code in (404, 422)


def test_a_sentence_is_read_as_rules_and_nothing_is_written(served: Served) -> None:
    with served.client("admin-all") as client:
        before = client.get("/api/v1/site-file").json()
        read = client.post(
            "/api/v1/rule-sentences", json={"sentence": "tell me when somebody falls at night"}
        ).json()
        refused = client.post("/api/v1/rule-sentences", json={"sentence": "tell me when a dog barks"}).json()
        assert client.get("/api/v1/site-file").json() == before
    with served.client("admin-all") as client:
        tried = client.put("/api/v1/rules?try=true", json={"rules": read["rules"]})
        assert "behaviour: fall" in tried.json()["diff"]
        assert client.put("/api/v1/rules", json={"rules": {"x": {"behaviour": "nosuch"}}}).status_code == 422
        assert client.get("/api/v1/site-file").json() == before
    (rule,) = read["rules"].values()
    assert rule == {"behaviour": "fall", "zone": "frame", "when": "daily 20:00-06:00"}
    assert read["understood"]
    assert (refused["rules"], refused["unknown"]) == ({}, ["dog", "barks"])
    assert len(refused["nearest"]) == 3
