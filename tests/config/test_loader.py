"""From file to checked site: what is read, from where, and what a reader is told about mistakes."""

from pathlib import Path

import pytest

from secondsight.behaviour.zones.intrusion import IntrusionRule
from secondsight.config import ClipBrainSettings, OpenAIBrainSettings, load_site, make_site
from secondsight.errors import ConfigError
from tests.config.sample import ENVIRON, SECRET, SITE, written
from tests.table import table


def mistakes(folder: Path, text: str) -> list[tuple[int | None, str | None, str]]:
    """(line, key, problem) of every mistake; checks the form of the text on the way."""
    file = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_site(file, ENVIRON)
    error = caught.value
    lines = str(error).splitlines()
    assert len(lines) == len(error.errors)
    assert all(line.startswith(str(file)) for line in lines)
    assert SECRET not in str(error)
    assert (error.line, error.key, error.problem) == (
        error.errors[0].line,
        error.errors[0].key,
        error.errors[0].problem,
    )
    return [(each.line, each.key, each.problem) for each in error.errors]


def replaced(old: str, new: str) -> str:
    assert SITE.count(old) == 1, old
    return SITE.replace(old, new)


def test_a_valid_site(tmp_path: Path) -> None:
    site = load_site(written(tmp_path), ENVIRON)
    assert site.cameras["hall"].source.get_secret_value() == f"rtsp://admin:{SECRET}@10.0.0.5/stream"
    assert site.cameras["roof"].source.get_secret_value() == ENVIRON["ROOF"]
    assert isinstance(site.rules["inside"], IntrusionRule)
    assert site.rules["inside"].policy.verify == "band"
    assert site.data == tmp_path / "data"
    assert site.gate_of("hall").threshold == 25
    assert site.gate_of("roof") == site.sentinel.gate
    assert SECRET not in repr(site)


def test_rules_watch_cameras_that_have_the_place(tmp_path: Path) -> None:
    site = load_site(written(tmp_path), ENVIRON)
    assert list(site.rules_of("hall")) == ["inside", "wait", "pass"]
    assert list(site.rules_of("roof")) == ["wait"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("videos/a.mp4", "{folder}/videos/a.mp4"),
        ("/abs/a.mp4", "/abs/a.mp4"),
        ("/dev/video0", "/dev/video0"),
        ("rtsp://h/s", "rtsp://h/s"),
    ],
)
def test_paths_start_at_the_file(tmp_path: Path, source: str, expected: str) -> None:
    text = (
        f"cameras: {{a: {{source: {source}}}}}\nmodels: m\ndata: /srv/data\n"
        "brain: {backend: openai, base_url: u, model: m, api_key_file: key.txt}\n"
    )
    site = load_site(written(tmp_path, text), {})
    assert site.cameras["a"].source.get_secret_value() == expected.format(folder=tmp_path)
    assert isinstance(site.brain, OpenAIBrainSettings)
    assert (site.models, site.brain.api_key_file) == (tmp_path / "m", tmp_path / "key.txt")
    assert site.data == Path("/srv/data")


@table(
    ("old", "new", "line", "key", "problem"),
    [
        ("    source: ${ROOF}", "    sorce: x", 13, "cameras.roof.sorce", "did you mean `source`?"),
        ("    source: ${ROOF}", "    loop: true", 12, "cameras.roof.source", "this key is required"),
        ("    source: ${ROOF}", "    source:", 13, "cameras.roof.source", "this key is required"),
        ("    source: ${ROOF}", "    source: ''", 13, "cameras.roof.source", "must not be empty"),
        ("    source: ${ROOF}", "    source: 7", 13, "cameras.roof.source", "expected text"),
        ("    source: ${ROOF}", "    source: [a]", 13, "cameras.roof.source", "expected text"),
        (
            "    source: ${ROOF}",
            "    source: a\n    fps: 5",
            14,
            "cameras.roof.fps",
            "it belongs to `sentinel`",
        ),
        ("    source: ${ROOF}", "    source: a\n    Zones: {}", 14, "cameras.roof.Zones", "`zones`"),
        ("  roof:\n    source: ${ROOF}", "  roof:", 12, "cameras.roof", "a section with keys"),
        ("  roof:\n", "  ro of:\n", 12, "cameras.ro of", "a name holds only letters"),
        ("      threshold: 25", "      treshold: 25", 11, "cameras.hall.gate.treshold", "`threshold`"),
        ("threshold: 25", "threshold: loud", 11, "cameras.hall.gate.threshold", "expected a number"),
        ("threshold: 25", "threshold: 0", 11, "cameras.hall.gate.threshold", "must be greater than 0"),
        ("threshold: 25", "threshold: .inf", 11, "cameras.hall.gate.threshold", "finite"),
        ("threshold: 25", "threshold: .nan", 11, "cameras.hall.gate.threshold", "finite"),
        ("threshold: 25", "threshold: true", 11, "cameras.hall.gate.threshold", "expected a number"),
        ("threshold: 25", "enabled: maybe", 11, "cameras.hall.gate.enabled", "true or false"),
        ("[0.9, 0.9]]", "[9, 9]]", 7, "cameras.hall.zones.yard.coordinates", "point 3 lies outside"),
        (
            "        coordinates: [[",
            "        cordinates: [[",
            7,
            "cameras.hall.zones.yard.cordinates",
            "`coordinates`",
        ),
        ("door: {coord", "door: {coords: 1, coord", 9, "cameras.hall.lines.door.coords", "`coordinates`"),
        (
            "      yard:\n",
            "      frame: {coordinates: '0,0,1,0,1,1'}\n      yard:\n",
            6,
            "cameras.hall.zones.frame",
            "means the whole picture",
        ),
        ("behaviour: intrusion", "behaviour: intrusoin", 16, "rules.inside.behaviour", "`intrusion`"),
        (
            "behaviour: intrusion",
            "behaviour: juggling",
            16,
            "rules.inside.behaviour",
            "one of: climbing, combined, counting",
        ),
        ("behaviour: intrusion", "behavior: intrusion", 16, "rules.inside.behavior", "`behaviour`"),
        ("behaviour: intrusion", "classes: []", 15, "rules.inside", "`behaviour` is required, one of: climb"),
        ("behaviour: intrusion", "behaviour:", 15, "rules.inside", "`behaviour` is required"),
        ("    zone: yard\n", "    zone: yrad\n", 17, "rules.inside.zone", "did you mean `yard`?"),
        ("    zone: yard\n", "    zone: street\n", 17, "rules.inside.zone", "known here: yard"),
        (
            "    zone: yard\n",
            "    zone: yard\n    line: door\n",
            18,
            "rules.inside.line",
            "only the behaviours counting, line_crossing, ",
        ),
        ("    line: door\n", "    line: frame\n", 26, "rules.pass.line", "known here: door"),
        ("loitering_time: 30s", "loitering_time: 0", 23, "rules.wait.loitering_time", "greater than 0"),
        ("loitering_time: 30s", "loitering_time: -5s", 23, "rules.wait.loitering_time", "not a duration"),
        ("loitering_time: 30s", "loiter_time: 30s", 23, "rules.wait.loiter_time", "`loitering_time`"),
        ("loitering_time: 30s", "inertia: 2.5", 23, "rules.wait.inertia", "whole number"),
        ("loitering_time: 30s", "min_score: 40", 23, "rules.wait.min_score", "less than or equal to 1"),
        ("loitering_time: 30s", "{}: 1", 23, "rules.wait.{}", "unknown key"),
        ("loitering_time: 30s", "classes: person", 23, "rules.wait.classes", "expected a list"),
        ("loitering_time: 30s", "min_area: 0.5\n    max_area: 0.4", 20, "rules.wait", "`min_area` must not"),
        ("cameras: [hall]", "cameras: [hal]", 27, "rules.pass.cameras.0", "did you mean `hall`?"),
        ("cameras: [hall]", "cameras: [hall, roof]", 26, "rules.pass.line", "camera `roof` has no line"),
        ("verify: band", "verify: bnad", 19, "rules.inside.policy.verify", "did you mean `band`?"),
        ("verify: band", "verify: maybe", 19, "rules.inside.policy.verify", "one of: always, band, never"),
        ("verify: band", "verify: band\n      low: 0.9", 18, "rules.inside.policy", "`low` must be below"),
        ("verify: band", "prioritiy: 3", 19, "rules.inside.policy.prioritiy", "`priority`"),
        ("backend: openai", "backend: opnai", 29, "brain.backend", "`openai`"),
        ("  model: qwen\n", "", 28, "brain.model", "backend `openai` needs this key"),
        ("timeout: 30s", "timeout: 5min", 28, "brain", "`lease` must be longer"),
        ("version: 1", "version: 2", 1, "version", "not a choice here; one of: 1"),
        ("version: 1", "verson: 1", 1, "verson", "`version`"),
        ("version: 1", "threshold: 1", 1, "threshold", "it belongs to `cameras.*.gate` or `sentinel"),
        ("version: 1", "site: {timezone: Asia/Shanghia}", 1, "site.timezone", "`Asia/Shanghai`"),
        ("version: 1", "clips: {max_length: 8s}", 1, "clips", "`max_length` must hold"),
        ("version: 1", "clips: {pre_capture: 1h}", 1, "clips.pre_capture", "less than or equal to 600"),
        ("version: 1", "retention: {min_free: lots}", 1, "retention.min_free", "not a size"),
        ("version: 1", "sentinel: fast", 1, "sentinel", "a section with keys"),
        ("version: 1", "data: 5", 1, "data", "expected a path"),
        ("version: 1", "data: ${NOWHERE}", 1, "data", "variable NOWHERE is not set"),
        ("version: 1", "data: ${NO-WHERE}", 1, "data", "begins no variable"),
        ("version: 1", "data: ${NOWHERE", 1, "data", "begins no variable"),
    ],
)
def test_one_mistake(tmp_path: Path, old: str, new: str, line: int, key: str, problem: str) -> None:
    key = key.replace("{}", "ordereddict()") if "{}" in key else key
    found = mistakes(tmp_path, replaced(old, new))
    assert len(found) == 1, found
    assert found[0][:2] == (line, key)
    assert problem in found[0][2]


def test_wrong_dates(tmp_path: Path) -> None:
    for wrong in ("yesterday", "2026-13-01", "[1]"):
        ((line, key, problem),) = mistakes(
            tmp_path, replaced("source: ${ROOF}", f"source: a\n    start_time: {wrong}")
        )
        assert (line, key) == (14, "cameras.roof.start_time")
        assert "expected a date and time" in problem


def test_dates(tmp_path: Path) -> None:
    for text, expected in (
        ("2026-01-31T09:00:00+01:00", "2026-01-31T09:00:00+01:00"),
        ("2026-01-31T08:00:00", "2026-01-31T08:00:00+00:00"),
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
    ):
        site = load_site(
            written(tmp_path, replaced("source: ${ROOF}", f"source: a\n    start_time: {text}")), {}
        )
        moment = site.cameras["roof"].start_time
        assert moment is not None
        assert moment.isoformat() == expected, text


@pytest.mark.parametrize(("model", "own"), [("city-clip", False), ("./clip", True), ("models/clip", True)])
def test_a_clip_folder_is_taken_from_the_files_own_folder(tmp_path: Path, model: str, own: bool) -> None:
    text = f"cameras: {{a: {{source: x}}}}\nbrain: {{backend: clip, model: {model}}}\n"
    brain = load_site(written(tmp_path, text), {}).brain
    assert isinstance(brain, ClipBrainSettings)
    assert brain.model == (str(tmp_path / model) if own else model)


def test_all_mistakes_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = SITE.replace("verify: band", "verify: bnad").replace("door: {coord", "door: {cord")
    text = text.replace("timeout: 30s", "timeout: soon").replace("    source: ${ROOF}", "    sorce: x")
    text = text.replace("version: 1", "retention: {age: old}")
    found = mistakes(tmp_path, text)
    assert [(line, key) for line, key, _ in found] == [
        (1, "retention.age"),
        (9, "cameras.hall.lines.door.cordinates"),
        (13, "cameras.roof.sorce"),
        (19, "rules.inside.policy.verify"),
        (32, "brain.timeout"),
    ]


def test_names_that_point_nowhere_all_at_once(tmp_path: Path) -> None:
    text = SITE.replace("cameras: [hall]", "cameras: [hal, rof]").replace("zone: yard", "zone: yrad")
    assert [key for _, key, _ in mistakes(tmp_path, text)] == [
        "rules.inside.zone",
        "rules.pass.cameras.0",
        "rules.pass.cameras.1",
    ]


def test_unknown_places_are_told_beside_other_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(
        "cameras:\n  hall: {source: a.mp4, zones: {door: {coordinates: '0,0,1,0,1,1'}}, frame_rat: 3}\n"
        "rules:\n  a: {behaviour: intrusion, zone: dor, cameras: [hal]}\n"
        "  b: {behaviour: loitering, zone: frame, loiterin: 2}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_site(path)
    text = str(caught.value)
    assert [
        word for word in ("frame_rat", "mean `door`?", "mean `hall`?", "loiterin") if word not in text
    ] == []


def test_a_flood_of_mistakes_is_cut_short(tmp_path: Path) -> None:
    text = SITE + "".join(f"wrong{i}: 1\n" for i in range(100))
    found = mistakes(tmp_path, text)
    assert len(found) == 22
    assert found[-1][2] == "and 79 more mistakes"


def test_rule_that_watches_nothing(tmp_path: Path) -> None:
    ((line, key, problem),) = mistakes(
        tmp_path, "cameras: {a: {source: x}}\nrules:\n  r: {behaviour: intrusion, zone: z}\n"
    )
    assert (line, key) == (3, "rules.r.zone")
    assert "there are none" in problem


def test_empty_sections_mean_defaults(tmp_path: Path) -> None:
    text = "cameras:\n  a:\n    source: x\n    zones:\n    gate:\n    loop:\nrules:\nbrain:\nclips:\n  key_frames:\n"
    site = load_site(written(tmp_path, text), {})
    assert site.rules == {}
    assert site.cameras["a"].gate is None
    assert site.clips.key_frames == 6


def test_names_may_be_numbers(tmp_path: Path) -> None:
    site = load_site(written(tmp_path, "cameras:\n  1: {source: a}\n  02: {source: b}\n"), {})
    assert len(site.cameras) == 2


def test_text_of_a_number_counts(tmp_path: Path) -> None:
    text = "cameras: {a: {source: x}}\nsentinel:\n  fps: ${FPS}\n  iou: ${IOU:-0.7}\n"
    site = load_site(written(tmp_path, text), {"FPS": "12.5"})
    assert (site.sentinel.fps, site.sentinel.iou) == (12.5, 0.7)


def test_make_site(tmp_path: Path) -> None:
    values = {
        "cameras": {"a": {"source": "x.mp4"}},
        "rules": {"r": {"behaviour": "intrusion", "zone": "frame"}},
    }
    site = make_site(values, tmp_path)
    assert site.cameras["a"].source.get_secret_value() == str(tmp_path / "x.mp4")
    with pytest.raises(ConfigError, match=r"command line: rules\.r\.zone: .*there are none"):
        make_site(
            {**values, "rules": {"r": {"behaviour": "intrusion", "zone": "z"}}}, tmp_path, "command line"
        )
