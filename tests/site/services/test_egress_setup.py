"""What really arrives at a brain that is not on this machine, and what is refused before anything is sent."""

import socket
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from secondsight.cascade import EgressGate, Redactor
from secondsight.config import EgressSettings, load_site
from secondsight.errors import BrainError, ConfigError
from secondsight.records import Box, Case, CaseState, Egress, KeyFrame, Verification
from secondsight.sentinel import Detector, ModelStore
from secondsight.site import Site, check_site
from secondsight.store import Store
from tests.cascade.conftest import suspicion
from tests.cascade.egress.test_redaction import detail, noise, outside
from tests.sentinel.graphs import constant_model
from tests.servers.brain import BrainServer
from tests.site.sites import brain_settings, site_file
from tests.store.samples import decision

DESCRIPTION = "Hall 3 of the Miller works"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> str:
    """A host that reaches this machine, but of which that cannot be known: it counts as remote."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert socket.gethostbyname("127.1") == "127.0.0.1"
    return "127.1"


def at(url: str, host: str) -> str:
    return url.replace("127.0.0.1", host)


def site_at(
    tmp_path: Path, video: Path, models: Path, url: str, camera: dict[str, Any], **sections: Any
) -> Path:
    settings = {"source": str(video), "description": DESCRIPTION, **camera}
    brain = brain_settings(url, guard={"opposite": "never", "picture": False}, frame_size=4096)
    return site_file(tmp_path, {"hall": settings}, models=models, brain=brain, **sections)


def watch(path: Path) -> None:
    with Site(load_site(path)) as site:
        assert [event.verification for event in site.events(once=True)] == [Verification.CONFIRMED]


def grey(jpeg: bytes) -> NDArray[np.float64]:
    with Image.open(BytesIO(jpeg)) as picture:
        return np.asarray(picture.convert("L"), np.float64)


@pytest.mark.parametrize("level", ["redacted", "full"])
def test_what_arrives(level: str, elsewhere: str, shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    with BrainServer() as brain:
        camera = {"egress": level} if level == "full" else {}
        path = site_at(tmp_path, shorts / "one.mp4", models_dir, at(brain.url, elsewhere), camera)
        watch(path)
        (request,) = brain.requests
    data = load_site(path).data
    with Store.open(data, read_only=True) as store:
        (event,) = store.events.find()
        (call,) = store.ledger.find()
    assert len(request.images) == len(event.key_frames) > 1
    assert (call.remote, call.egress, call.frames) == (True, Egress(level), len(event.key_frames))
    assert len(call.digest) == 32
    assert (DESCRIPTION in request.text) is (level == "full")
    assert ("zone or line" in request.text) is (level == "full")
    seen = [(key, sent) for key, sent in zip(event.key_frames, request.images, strict=True) if key.around]
    assert seen
    blurred = 0
    for key, sent in seen:
        before, after = grey((data / key.path).read_bytes()), grey(sent)
        assert before.shape == after.shape
        for box in (box for label, box in key.around if label == "person"):
            # Within the outline that is drawn around the suspect.
            x, y = 0.2 * (box.x2 - box.x1), 0.05 * (box.y2 - box.y1)
            head = Box(box.x1 + x, box.y1 + y, box.x2 - x, box.y1 + 0.25 * (box.y2 - box.y1))
            if level == "full":
                assert detail(after, head) > detail(before, head) / 2
            else:
                assert detail(after, head) < max(detail(before, head) / 3, 4.0)
                blurred += 1
    assert (blurred > 0) is (level == "redacted")


def test_a_brain_on_this_machine_gets_everything(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    with BrainServer() as brain:
        path = site_at(tmp_path, shorts / "one.mp4", models_dir, brain.url, {"egress": "local_only"})
        watch(path)
        (request,) = brain.requests
    assert DESCRIPTION in request.text
    with Store.open(load_site(path).data, read_only=True) as store:
        (call,) = store.ledger.find()
    assert (call.remote, call.egress) == (False, Egress.LOCAL_ONLY)


def test_local_only_refuses_a_brain_elsewhere(
    elsewhere: str, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    with BrainServer() as brain:
        url = at(brain.url, elsewhere)
        path = site_at(tmp_path, shorts / "one.mp4", models_dir, url, {"egress": "local_only"})
        found = [finding for finding in check_site(load_site(path)) if finding.part == "egress"]
        assert [(finding.name, finding.fine) for finding in found] == [("hall", False)]
        assert "cameras.hall.egress" in found[0].detail
        with pytest.raises(ConfigError, match=r"camera hall .* openai:test-vl"), Site(load_site(path)):
            pass
        assert {request.text.count(DESCRIPTION) for request in brain.requests} <= {0}
        assert {len(request.images) for request in brain.requests} <= {1}, "the drawn picture of the check"
        rules = {"presence": {"behaviour": "intrusion", "zone": "frame", "policy": {"verify": "never"}}}
        never = site_at(
            tmp_path / "never", shorts / "one.mp4", models_dir, url, {"egress": "local_only"}, rules=rules
        )
        with Site(load_site(never)) as site:
            assert [event.verification for event in site.events(once=True)] == [Verification.UNVERIFIED]


@pytest.mark.parametrize(
    ("level", "words"),
    [("local_only", "may not leave this machine"), ("redacted", "restart the site"), ("full", None)],
)
def test_a_running_site_takes_no_camera_over_whose_pictures_the_brain_may_not_get(
    level: str, words: str | None, elsewhere: str, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    with BrainServer() as brain:
        before = site_at(
            tmp_path, shorts / "one.mp4", models_dir, at(brain.url, elsewhere), {"egress": "full"}
        )
        config = load_site(before)
        gate = config.cameras["hall"].model_copy(update={"egress": Egress(level)})
        after = config.model_copy(update={"cameras": {**config.cameras, "gate": gate}})
        with Site(config) as site:
            if words is None:
                assert site.apply(after).cameras == ("gate",)
                return
            with pytest.raises(ConfigError, match=words) as refused:
                site.apply(after)
            assert refused.value.key == "cameras.gate.egress"
            assert list(site.config.cameras) == ["hall"]
            assert [camera.name for camera in site.status().cameras] == ["hall"]


@pytest.mark.parametrize(
    ("egress", "rule", "fine", "said"),
    [
        ({}, "intrusion", True, "heads of people"),
        ({"level": "full"}, "intrusion", True, "as they are"),
        ({}, "no_helmet", False, "face_model"),
        ({"people": ["worker"]}, "intrusion", False, "nobody's face can be hidden"),
        ({"face_model": "no-such"}, "intrusion", False, "no-such"),
    ],
)
def test_check_says_what_leaves(
    egress: dict[str, Any],
    rule: str,
    fine: bool,
    said: str,
    elsewhere: str,
    shorts: Path,
    models_dir: Path,
    tmp_path: Path,
) -> None:
    with BrainServer() as brain:
        rules = {"only": {"behaviour": rule, "zone": "frame"}}
        url = at(brain.url, elsewhere)
        path = site_at(tmp_path, shorts / "one.mp4", models_dir, url, {}, egress=egress, rules=rules)
        found = [finding for finding in check_site(load_site(path)) if finding.part == "egress"]
    assert [(finding.name, finding.fine) for finding in found] == [("hall", fine)]
    assert said in found[0].detail


# -- the egress gate, with models made for it


def yunet(path: Path, faces: list[Box]) -> None:
    """A model that finds these faces in a square picture of 96 pixels, whatever it shows."""
    outputs: dict[str, NDArray[Any]] = {}
    for stride in (8, 16, 32):
        count = (96 // stride) ** 2
        for part, columns in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            outputs[f"{part}_{stride}"] = np.zeros((1, count, columns), np.float32)
    for face in faces:
        x, y, across, down = (96 * v for v in (face.x1, face.y1, face.x2 - face.x1, face.y2 - face.y1))
        row, column = int((y + down / 2) // 8), int((x + across / 2) // 8)
        cell = row * 12 + column
        outputs["cls_8"][0, cell] = outputs["obj_8"][0, cell] = 0.95
        centre = (x + across / 2) / 8 - column, (y + down / 2) / 8 - row
        outputs["bbox_8"][0, cell] = (*centre, np.log(across / 8), np.log(down / 8))
    constant_model(path, outputs, image="input", shape=(1, 3, 96, 96))


def boxes_model(path: Path, found: list[tuple[Box, int]]) -> None:
    """An end-to-end detector of three classes with these boxes."""
    rows = np.zeros((1, 300, 6), np.float32)
    for row, (box, label) in enumerate(found):
        rows[0, row] = (*(96 * side for side in box), 0.9, label)
    constant_model(path, {"output0": rows}, shape=(1, 3, 96, 96))


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    """Opens a model file made by a test."""
    store = ModelStore(tmp_path / "models")
    open_ones: list[Detector] = []

    def open_model(make: Any, found: Any, labels: tuple[str, ...]) -> Detector:
        name = f"m{len(open_ones)}"
        make(tmp_path / f"{name}.onnx", found)
        store.add(tmp_path / f"{name}.onnx", name=name, labels=labels)
        open_ones.append(Detector.open(store.resolve(name)))
        return open_ones[-1]

    yield open_model
    for model in open_ones:
        model.close()


def case_of(tmp_path: Path, frame: KeyFrame) -> Case:
    return Case("case-1", suspicion(0.0), decision(), CaseState.LEASED, None, (frame,))


def request_of(frame: KeyFrame) -> Any:
    from secondsight.brain import question_sheet
    from secondsight.records import ReviewFrame, ReviewRequest

    return ReviewRequest(
        case_id="case-1",
        kind="intrusion",
        camera=DESCRIPTION,
        label="person",
        zone="yard of Miller",
        start=0.0,
        triggered=1.0,
        frames=(ReviewFrame(noise(), frame.time, frame.box),),
        questions=question_sheet("intrusion", "en").questions,
    )


LABELS = ("person", "car", "dog")
SUSPECT, TRACKED, FOUND = Box(0.05, 0.1, 0.15, 0.5), Box(0.4, 0.1, 0.5, 0.5), Box(0.75, 0.1, 0.85, 0.5)
CAR, DOG = Box(0.2, 0.7, 0.5, 0.95), Box(0.7, 0.7, 0.9, 0.95)
FRAME = KeyFrame("0.jpg", 1.0, SUSPECT, (("person", TRACKED), ("dog", DOG)))


def head(box: Box) -> Box:
    return box._replace(y2=box.y1 + 0.3 * (box.y2 - box.y1))


def test_everybody_in_the_picture_is_hidden_not_only_the_suspect(opened: Any, tmp_path: Path) -> None:
    """The suspect, whoever was tracked at that moment, and whoever the model finds in the very picture."""
    letterboxed = [
        (Box(b.x1, b.y1 * 0.75 + 0.125, b.x2, b.y2 * 0.75 + 0.125), n) for b, n in ((FOUND, 0), (CAR, 1))
    ]
    people = opened(boxes_model, letterboxed, LABELS)
    gate = EgressGate(True, Redactor(EgressSettings(), people, None, None))
    sent = gate.release(request_of(FRAME), case_of(tmp_path, FRAME), Egress.REDACTED)
    before, after = grey(noise()), grey(sent.frames[0].jpeg)
    lower_half = CAR._replace(y1=(CAR.y1 + CAR.y2) / 2)
    for box in (head(SUSPECT), head(TRACKED), head(FOUND), lower_half):
        assert detail(after, box) < detail(before, box) / 50
    for box in (DOG, SUSPECT._replace(y1=0.35), FOUND._replace(y1=0.35)):
        assert detail(after, box) > detail(before, box) / 2
    assert np.abs(before - after)[outside(SUSPECT, TRACKED, FOUND, CAR)].mean() < 6
    assert (sent.zone, sent.egress) == (None, Egress.REDACTED)
    assert "Miller" not in sent.camera


def test_a_face_model_hides_faces_and_nothing_else(opened: Any, tmp_path: Path) -> None:
    people = opened(boxes_model, [(FOUND, 0)], LABELS)
    face = Box(0.25, 0.3, 0.375, 0.4)
    faces = opened(yunet, [Box(face.x1, face.y1 * 0.75, face.x2, face.y2 * 0.75)], ("face",))
    gate = EgressGate(True, Redactor(EgressSettings(), people, faces, None))
    sent = gate.release(request_of(FRAME), case_of(tmp_path, FRAME), Egress.REDACTED)
    before, after = grey(noise()), grey(sent.frames[0].jpeg)
    assert detail(after, face) < detail(before, face) / 50
    for box in (head(SUSPECT), head(TRACKED), head(FOUND)):
        assert detail(after, box) > detail(before, box) / 2


@pytest.mark.parametrize("level", [Egress.LOCAL_ONLY, Egress.REDACTED])
def test_without_a_way_to_redact_nothing_leaves(level: Egress, tmp_path: Path) -> None:
    """Such as a case of an earlier run, whose camera could send then."""
    with pytest.raises(BrainError, match="camera hall may leave") as refused:
        EgressGate(True).release(request_of(FRAME), case_of(tmp_path, FRAME), level)
    assert not refused.value.retryable
