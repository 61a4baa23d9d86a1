"""The docstrings of the public entry points are complete, and every example in a docstring runs."""

import dataclasses
import doctest
import importlib
import inspect
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe
import pytest
from pydantic import BaseModel

ROOT = Path(__file__).parents[1]

ENTRY_POINTS = (
    "secondsight.Site",
    "secondsight.behaviour.Behaviour",
    "secondsight.behaviour.Ground",
    "secondsight.behaviour.LookContext",
    "secondsight.behaviour.MinuteCounter",
    "secondsight.behaviour.ObjectMonitor",
    "secondsight.behaviour.Scene",
    "secondsight.behaviour.inside_polygon",
    "secondsight.behaviour.make_behaviours",
    "secondsight.behaviour.make_ground",
    "secondsight.behaviour.signals.evidence.CandidateWriter",
    "secondsight.brain.Reviewer",
    "secondsight.brain.QuestionSheet",
    "secondsight.brain.make_reviewer",
    "secondsight.brain.question_sheet",
    "secondsight.cascade.ClipBuffer",
    "secondsight.cascade.decide",
    "secondsight.certify.ConfidenceSequence",
    "secondsight.certify.PromotionTest",
    "secondsight.config.SiteConfig",
    "secondsight.config.load_site",
    "secondsight.config.make_site",
    "secondsight.event_json.event_to_json",
    "secondsight.ground_truth.Recording",
    "secondsight.ground_truth.read_truth",
    "secondsight.ground_truth.write_truth",
    "secondsight.measure.running.evaluate.evaluate",
    "secondsight.measure.running.recordings.read_folder",
    "secondsight.media.Stream",
    "secondsight.media.open_stream",
    "secondsight.media.probe",
    "secondsight.media.snapshot",
    "secondsight.media.write_clip",
    "secondsight.records.Box",
    "secondsight.records.Candidate",
    "secondsight.records.Event",
    "secondsight.records.Observation",
    "secondsight.records.Question",
    "secondsight.records.ReviewRequest",
    "secondsight.records.TrackId",
    "secondsight.records.Verdict",
    "secondsight.records.candidate_id",
    "secondsight.records.iou",
    "secondsight.report.write_page",
    "secondsight.sentinel.Detector",
    "secondsight.sentinel.Letterbox",
    "secondsight.sentinel.ModelStore",
    "secondsight.sentinel.Scheduler",
    "secondsight.sentinel.Tracker",
    "secondsight.sentinel.make_tracker",
    "secondsight.sim.World",
    "secondsight.sim.make_city",
    "secondsight.sim.make_world",
    "secondsight.site.check_site",
    "secondsight.site.quick_config",
    "secondsight.store.Store",
)
"""What programs around SecondSight begin with. Each has an example, and says all of what goes in and comes out."""

METHODS = (
    "secondsight.Site.events",
    "secondsight.Site.load",
    "secondsight.Site.raise_for_cameras",
    "secondsight.Site.start",
    "secondsight.behaviour.Behaviour.close",
    "secondsight.behaviour.Behaviour.update",
    "secondsight.behaviour.Ground.distance",
    "secondsight.behaviour.Ground.metres",
    "secondsight.behaviour.Ground.picture",
    "secondsight.behaviour.Ground.points",
    "secondsight.behaviour.Ground.speed",
    "secondsight.behaviour.Scene.plane",
    "secondsight.behaviour.signals.evidence.CandidateWriter.candidate",
    "secondsight.behaviour.signals.evidence.CandidateWriter.region",
    "secondsight.brain.Reviewer.check",
    "secondsight.brain.Reviewer.review",
    "secondsight.records.Frame.crop",
    "secondsight.records.Frame.luma",
    "secondsight.records.Frame.resized",
    "secondsight.records.TrackId.parse",
    "secondsight.sentinel.Detector.decode",
    "secondsight.sentinel.Detector.open",
    "secondsight.sentinel.Detector.prepare",
    "secondsight.sentinel.Detector.submit",
    "secondsight.sentinel.ModelStore.add",
    "secondsight.sentinel.ModelStore.pull",
    "secondsight.sentinel.ModelStore.resolve",
    "secondsight.sentinel.ModelStore.show",
    "secondsight.sentinel.Scheduler.close",
    "secondsight.sentinel.Scheduler.flush",
    "secondsight.sentinel.Scheduler.offer",
    "secondsight.sentinel.Scheduler.post",
    "secondsight.sentinel.Tracker.unchanged",
    "secondsight.sentinel.Tracker.update",
    "secondsight.sim.World.frame",
    "secondsight.store.Store.open",
)
"""Methods of theirs that are complete too; the class has the example."""

QUIET = {
    "secondsight.Site.start",
    "secondsight.behaviour.Behaviour.close",
    "secondsight.behaviour.Behaviour.update",
    "secondsight.behaviour.Ground.distance",
    "secondsight.behaviour.Ground.metres",
    "secondsight.behaviour.Ground.picture",
    "secondsight.behaviour.Ground.points",
    "secondsight.behaviour.Ground.speed",
    "secondsight.behaviour.Scene.plane",
    "secondsight.behaviour.inside_polygon",
    "secondsight.behaviour.make_ground",
    "secondsight.behaviour.signals.evidence.CandidateWriter.candidate",
    "secondsight.behaviour.signals.evidence.CandidateWriter.region",
    "secondsight.brain.question_sheet",
    "secondsight.cascade.decide",
    "secondsight.event_json.event_to_json",
    "secondsight.media.open_stream",
    "secondsight.records.Frame.crop",
    "secondsight.records.Frame.luma",
    "secondsight.records.Frame.resized",
    "secondsight.records.candidate_id",
    "secondsight.records.iou",
    "secondsight.sentinel.Detector.decode",
    "secondsight.sentinel.Detector.prepare",
    "secondsight.sentinel.Detector.submit",
    "secondsight.sentinel.Scheduler.close",
    "secondsight.sentinel.Scheduler.flush",
    "secondsight.sentinel.Scheduler.offer",
    "secondsight.sentinel.Scheduler.post",
    "secondsight.sim.World.frame",
    "secondsight.site.check_site",
}
"""Functions that raise nothing on purpose, so that there is nothing to document."""


SLOW = {"secondsight.measure.running.evaluate"}
"""Modules whose examples run a site with every rule of a pack, which takes seconds; `make test-all` runs them."""


def with_examples() -> Iterator[Any]:
    """Names of the modules whose text has an example; no other is imported."""
    for path in sorted((ROOT / "secondsight").rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name


@pytest.mark.parametrize("name", list(with_examples()))
def test_the_examples_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each in an empty folder of its own, so that examples may write files under short names."""
    module = importlib.import_module(name)
    monkeypatch.setattr(logging.getLogger("secondsight"), "level", logging.CRITICAL)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for number, test in enumerate(doctest.DocTestFinder().find(module, name)):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        runner.run(test)
    counts = runner.summarize(verbose=False)
    assert counts.attempted
    assert not counts.failed, capsys.readouterr().out


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_an_entry_point_is_documented_with_an_example(name: str) -> None:
    target = resolved(name)
    found = sections(target)
    assert "examples" in found, "no `Examples:`"
    if inspect.isclass(target):
        check_class(target, found)
    else:
        check_function(name, target, found)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_of_an_entry_point_is_documented(name: str) -> None:
    target = resolved(name)
    check_function(name, target, sections(target))


def resolved(name: str) -> Any:
    """What a dotted name stands for."""
    module, _, rest = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), rest)
    except ModuleNotFoundError:
        return getattr(resolved(module), rest)


def sections(target: Any) -> dict[str, Any]:
    """The sections of a docstring by kind, as the documentation site reads them."""
    text = inspect.cleandoc(target.__doc__ or "")
    parsed = griffe.parse_google(griffe.Docstring(text), warnings=False)
    return {section.kind.value: section.value for section in parsed}


def check_class(target: type, found: dict[str, Any]) -> None:
    fields = fields_of(target)
    if fields is not None:
        assert names(found, "attributes") >= fields, "fields are missing from `Attributes:`"
    elif not getattr(target, "_is_protocol", False):
        given = parameters(target.__init__)  # type: ignore[misc]
        assert names(found, "parameters") == given, "`Args:` and the signature differ"


def check_function(name: str, target: Any, found: dict[str, Any]) -> None:
    assert names(found, "parameters") == parameters(target), "`Args:` and the signature differ"
    if inspect.signature(target).return_annotation not in (None, "None"):
        assert "returns" in found or "yields" in found, "no `Returns:`"
    assert ("raises" in found) == (name not in QUIET), "`Raises:` is missing, or it is not QUIET any more"


def fields_of(target: Any) -> set[str] | None:
    """Public fields of a class of values; None for any other class."""
    if dataclasses.is_dataclass(target):
        return {field.name for field in dataclasses.fields(target) if not field.name.startswith("_")}
    if issubclass(target, BaseModel):
        return set(target.model_fields)
    return set(target._fields) if hasattr(target, "_fields") else None


def parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self"}


def names(found: dict[str, Any], kind: str) -> set[str]:
    """The names that a section explains; one line may explain several."""
    return {name for entry in found.get(kind, ()) for name in entry.name.split(", ")}
