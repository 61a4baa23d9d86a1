"""The real pipeline over real, labelled video: somebody walks in, and what the yardstick makes of it."""

import json
import shutil
from pathlib import Path

import pytest

from secondsight.config import load_site
from secondsight.ground_truth import TrueBox, TrueFrame, TrueObject, write_truth
from secondsight.measure.metrics.events import What
from secondsight.measure.running.evaluate import evaluate
from secondsight.measure.running.objects import object_quality
from secondsight.measure.running.recordings import Labelled, read_folder, site_for
from secondsight.records import Verification
from secondsight.sentinel import Detector, ModelStore
from tests.measure.samples import event, lookalike, recording
from tests.scenarios.test_walks import people
from tests.servers.brain import BrainServer, ChatRequest, Connection, ok
from tests.site.sites import brain_settings, pictures, secondsight, site_file

# Seconds at which the person of each video comes in (tests/scenarios/test_walks.py); all stay to the end.
ENTERS = {"one": 3.4, "two": 4.4, "three": 3.4}


@pytest.fixture(scope="module")
def labelled(shorts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three videos with labels; the second walk is a look-alike, and the first video hides another event."""
    folder = tmp_path_factory.mktemp("labelled")
    for name, begin in ENTERS.items():
        shutil.copy(shorts / f"{name}.mp4", folder)
        walk = (begin, 12.0)
        scene = recording(
            [] if name == "two" else [event(*walk, "intrusion", id="walk")],
            [lookalike(*walk, "cleaner", "intrusion")] if name == "two" else [],
            camera=name,
            hours=12 / 3600,
            labelled=("intrusion",),
        )
        if name == "one":
            scene = recording(
                [*scene.events, event(0.2, 2.0, "intrusion", id="ghost")],
                camera=name,
                hours=12 / 3600,
                labelled=("intrusion",),
            )
        write_truth(scene, folder / f"{name}.json")
    return folder


def doubting(request: ChatRequest, connection: Connection) -> None:
    """A brain that knows the cleaner by the camera's description."""
    ok("no" if "swept" in json.dumps(request.texts) else "yes")(request, connection)


def test_sentinel_alone_beside_sentinel_and_brain(labelled: Path, models_dir: Path, tmp_path: Path) -> None:
    cameras = {
        name: {"source": "rtsp://nowhere", "description": f"the {state} hall"}
        for name, state in {"one": "old", "two": "swept", "three": "new"}.items()
    }
    with BrainServer(default=doubting) as brain:
        site = load_site(
            site_file(tmp_path, cameras, models=str(models_dir), brain=brain_settings(brain.url))
        )
        positions: list[float | None] = []
        found = evaluate(
            site,
            read_folder(labelled),
            name="walks",
            progress=lambda status: positions.append(status.position),
        )
        assert len(brain.requests) == 3
    alone, both = (system.overall for system in found.systems)
    assert alone.counts[What.HIT] == both.counts[What.HIT] == 2
    assert alone.counts[What.MISS] == both.counts[What.MISS] == alone.counts[What.NEVER_SUSPECTED] == 1
    assert (alone.counts[What.FALSE_ALARM], both.counts[What.FALSE_ALARM]) == (1, 0)
    assert (alone.counts[What.LOOKALIKE_ALERTED], both.counts[What.LOOKALIKE_ALERTED]) == (1, 0)
    assert alone.figures["event_accuracy"].value == pytest.approx(2 / 3)
    assert both.figures["event_accuracy"].value == 1
    assert found.false_alarm_change is not None
    assert found.false_alarm_change.value == -1
    assert both.figures["calls_per_day"].value == pytest.approx(3 * 86400 / 36)
    assert {thing.verification for thing in found.things if thing.truth == "lookalike"} == {
        Verification.REJECTED
    }
    quick, late = alone.figures["delay_p50"].value, both.figures["delay_p50"].value
    assert quick is not None
    assert late is not None
    assert quick < 3.0
    assert late > quick + 4.9, "the clip's five seconds after the trigger"
    assert positions[-1] == 1.0
    assert not found.simulated
    assert not (tmp_path / "data").exists(), "the run's data are its own and gone"


def test_the_command_without_brain(labelled: Path, models_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "walks"
    folder.mkdir()
    for name in ("one.mp4", "one.json"):
        shutil.copy(labelled / name, folder)
    site_file(folder, {"x": "rtsp://nowhere"}, brain=brain_settings("http://127.0.0.1:1/v1"))
    page = tmp_path / "page.html"
    done = secondsight(
        "eval",
        folder,
        "--without-brain",
        "--objects",
        "--json",
        "--html",
        page,
        models=models_dir,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["name"] == "walks"
    assert [system["name"] for system in said["systems"]] == ["sentinel"]
    assert said["systems"][0]["overall"]["counts"]["hit"] == 1
    assert said["systems"][0]["overall"]["figures"]["recall"]["value"] == 0.5
    assert said["objects"] is None, "no boxes are labelled here"
    assert "0.500" in page.read_text()


def test_boxes_and_tracks_are_compared_at_their_time(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    """Against boxes from a decoding of its own; eight frames late they reach an AP of 0.67."""
    detector = Detector.open(ModelStore(models_dir).resolve("fastestdet"))
    shown, times, _ = pictures(shorts / "one.mp4")
    frames = tuple(
        TrueFrame(i, times[i], tuple(TrueBox(1, box) for box in people(detector, shown[i])[:1]))
        for i in range(0, len(shown), 2)
    )
    detector.close()
    scene = recording(
        camera="one",
        hours=12 / 3600,
        labelled=("intrusion",),
        width=shown[0].shape[1],
        height=shown[0].shape[0],
        frames=frames,
        objects=(TrueObject(1, "person"),),
    )
    labelled = Labelled(scene, shorts / "one.mp4")
    site = load_site(site_file(tmp_path, {"x": "rtsp://nowhere"}, models=str(models_dir)))
    quality = object_quality(site_for(site, [labelled], tmp_path / "data", brain=False), [labelled])
    assert quality is not None
    assert quality.looks in (len(frames) - 1, len(frames))
    assert set(quality.tracks) == {"person"}
    assert quality.boxes.ap is not None
    assert quality.boxes.ap > 0.95
    assert quality.tracks["person"].hota > 0.75
