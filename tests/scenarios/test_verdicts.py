"""The second look on real video: what the brain says is what becomes of the event."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from secondsight.config import load_site
from secondsight.records import Verification
from secondsight.site import Site
from tests.servers.brain import BrainServer, ok
from tests.site.sites import assert_sound, brain_settings, site_file


@pytest.mark.parametrize(
    ("answer", "verification", "alert"),
    [
        ("yes", Verification.CONFIRMED, True),
        ("no", Verification.REJECTED, False),
        pytest.param("unclear", Verification.UNSURE, True, marks=pytest.mark.slow),
    ],
)
def test_the_answer_decides(
    answer: str, verification: Verification, alert: bool, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    with BrainServer(default=ok(answer)) as brain:
        path = site_file(
            tmp_path,
            {"hall": {"source": str(shorts / "one.mp4"), "description": "the hall of the old mill"}},
            models=models_dir,
            brain=brain_settings(brain.url),
        )
        config = load_site(path)
        with Site(config) as site:
            announced = list(site.events(once=True))
    assert len(announced) == 1
    # Announced with its verdict, an event may still grow; the store holds its last form.
    (event,) = assert_sound(config.data)
    assert (announced[0].id, announced[0].verdict) == (event.id, event.verdict)
    assert event.verification is verification
    assert event.alert is alert
    assert event.verdict is not None
    assert event.verdict.verification is verification
    assert event.verdict.model == "test-vl"
    assert event.verdict.usage.tokens_in == 1000
    assert event.verdict.prompt_version.startswith("intrusion.en")
    assert not brain.refused
    assert len(brain.requests) == 1
    request = brain.requests[0]
    assert len(request.images) == len(event.key_frames)
    assert "the hall of the old mill" in json.dumps(request.texts)


def test_the_brain_sees_where_the_zone_is(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    corners = ((0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98))
    camera = {
        "source": str(shorts / "one.mp4"),
        "zones": {"yard": {"coordinates": [list(p) for p in corners]}},
    }
    with BrainServer(default=ok("yes")) as brain:
        path = site_file(
            tmp_path,
            {"hall": camera},
            models=models_dir,
            brain=brain_settings(brain.url),
            rules={"inside": {"behaviour": "intrusion", "zone": "yard"}},
        )
        with Site(load_site(path)) as site:
            assert len(list(site.events(once=True))) == 1
    (request,) = brain.requests
    assert "thin blue line" in json.dumps(request.texts)
    for shown in request.images:
        picture = np.asarray(Image.open(BytesIO(shown)).convert("RGB")).astype(int)
        edge = picture[round(0.02 * picture.shape[0]), :, :]
        assert np.mean(edge[:, 2] - edge[:, 0] > 80) > 0.6, "blue along the upper edge of the zone"


def test_accepted_unseen_and_dropped_candidates_cost_no_call(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    def rule(**policy: object) -> dict[str, object]:
        return {"behaviour": "intrusion", "zone": "frame", "policy": policy}

    with BrainServer() as brain:
        path = site_file(
            tmp_path,
            {"hall": shorts / "one.mp4"},
            models=models_dir,
            brain=brain_settings(brain.url),
            rules={
                "never": rule(verify="never"),
                "sure": rule(verify="band", low=0.1, high=0.2),
                "unlikely": rule(verify="band", low=0.99, high=1.0),
                "asked": rule(verify="always"),
            },
        )
        config = load_site(path)
        with Site(config) as site:
            announced = {event.rule: event for event in site.events(once=True)}
    assert_sound(config.data)
    assert {rule: event.verification.value for rule, event in announced.items()} == {
        "never": "unverified",
        "sure": "unverified",
        "asked": "confirmed",
    }
    assert announced["never"].alert
    assert len(brain.requests) == 1


def test_a_contradicting_brain_confirms_nothing(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    """The guard as it comes: real pictures are fit to be judged, and both questions are asked of them."""
    with BrainServer() as brain:
        brain.script(ok("yes"), ok("no"))
        settings = brain_settings(brain.url, guard={})
        path = site_file(tmp_path, {"hall": shorts / "one.mp4"}, models=models_dir, brain=settings)
        config = load_site(path)
        with Site(config) as site:
            (event,) = site.events(once=True)
    assert event.verification is Verification.UNSURE
    assert event.verdict is not None
    assert event.verdict.notes == ("opposite question answered alike: the answers contradict",)
    assert event.verdict.usage.calls == 2
    assert [len(request.images) for request in brain.requests] == [len(event.key_frames), 3]
