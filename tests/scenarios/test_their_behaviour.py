"""Behaviours of other packages: the example of the documentation, installed for real, and code that fails."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondsight.config import load_site, make_site
from secondsight.errors import ConfigError
from tests.conftest import ROOT
from tests.site.sites import assert_sound, secondsight, site_file

DOCUMENTATION = ROOT / "docs" / "behaviours.md"


def example() -> str:
    """The example of the documentation."""
    section = DOCUMENTATION.read_text(encoding="utf-8").split("## Your own behaviour\n")[1]
    return section.split("```python\n")[1].split("```")[0]


def entry_point() -> str:
    section = DOCUMENTATION.read_text(encoding="utf-8").split("## Your own behaviour\n")[1]
    return section.split("```toml\n")[1].split("```")[0].splitlines()[1].replace('"', "")


def install(folder: Path, module: str, text: str, point: str) -> Path:
    """A distribution as `pip install` leaves it: a module and its metadata."""
    about = folder / f"{module}-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / f"{module}.py").write_text(text, encoding="utf-8")
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[secondsight.behaviours]\n{point}\n")
    return folder


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where distributions are installed; no other test finds their modules imported."""
    folder, before = tmp_path / "packages", set(sys.modules)
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield folder
    for file in folder.glob("*.py"):
        if file.stem not in before:
            sys.modules.pop(file.stem, None)


def test_the_example_is_as_short_as_promised() -> None:
    lines = [line for line in example().splitlines() if line.strip()]
    assert len(lines) <= 30


@pytest.mark.slow
def test_the_example_runs(shorts: Path, models_dir: Path, tmp_path: Path, packages: Path) -> None:
    install(packages, "approaching", example(), entry_point())
    rules = {"near": {"behaviour": "approaching", "zone": "frame", "growth": 1.1, "kind": "approach"}}
    path = site_file(tmp_path / "site", {"hall": shorts / "one.mp4"}, rules=rules)
    done = secondsight("run", path, "--once", "--json", models=models_dir)
    assert done.returncode == 0, done.stderr
    events = assert_sound(path.parent / "data")
    assert {(event.rule, event.kind) for event in events} == {("near", "approach")}
    assert len(events) >= 1


BROKEN = """
from typing import Literal
from secondsight.config import Name, RuleBase

class {name}Rule(RuleBase):
    behaviour: Literal["{kind}"]
    zone: Name

    def make(self, scene):
        if "{kind}" == "unmade":
            raise OSError("no camera of mine")
        return Broken(scene)

class Broken:
    def __init__(self, scene):
        self.rule, self.looks = scene.writer.rule, 0

    def update(self, observation):
        self.looks += 1
        if self.looks == 2 or self.looks > 5:
            raise ZeroDivisionError("what a pity")
        return []

    def close(self, time):
        raise KeyError(time)
"""


def test_code_that_fails_costs_its_rule_and_nothing_else(
    shorts: Path, models_dir: Path, tmp_path: Path, packages: Path
) -> None:
    rules = {"ours": {"behaviour": "intrusion", "zone": "frame"}}
    for kind in ("broken", "unmade"):
        text = BROKEN.format(name=kind.title(), kind=kind)
        install(packages, kind, text, f"{kind} = {kind}:{kind.title()}Rule")
        rules[kind] = {"behaviour": kind, "zone": "frame"}
    path = site_file(tmp_path / "site", {"hall": shorts / "one.mp4"}, rules=rules)
    done = secondsight(
        "run", path, "--once", "--json", "--log-format", "json", models=models_dir, traceback=True
    )
    assert done.returncode == 0, done.stderr
    assert [event.rule for event in assert_sound(path.parent / "data")] == ["ours"]
    logged = [json.loads(line) for line in done.stderr.splitlines()]
    (unmade,) = [line for line in logged if line.get("rule") == "unmade"]
    assert "the rule is off: its behaviour cannot be made" in json.dumps(unmade)
    assert "no camera of mine" in json.dumps(unmade)
    first, off = [line for line in logged if line.get("rule") == "broken"]
    assert (first["failures"], off["failures"]) == (1, 4), "logged once, and when it is switched off"
    assert "ZeroDivisionError" in json.dumps(first)
    assert "rule broken is off: its behaviour failed 3 times in a row" in json.dumps(off)
    last = [json.loads(line) for line in done.stdout.splitlines()][-1]
    assert "rule broken is off" in json.dumps(last)


@pytest.mark.parametrize(
    ("text", "point", "rule", "words"),
    [
        (
            "import nothing_like_it",
            "odd = {m}:Rule",
            {},
            ["package `{m}` cannot be loaded", "nothing_like_it"],
        ),
        ("Rule = 5", "odd = {m}:Rule", {}, ["cannot be used", "no class of settings"]),
        (
            "from typing import Literal\nfrom secondsight.config import RuleBase\n"
            "class Rule(RuleBase):\n    behaviour: Literal['other']\n    def make(self, scene): ...\n",
            "odd = {m}:Rule",
            {},
            ['must have `behaviour: Literal["odd"]`'],
        ),
        (
            "from typing import Literal\nfrom secondsight.config import RuleBase\n"
            "class Rule(RuleBase):\n    behaviour: Literal['odd']\n",
            "odd = {m}:Rule",
            {},
            ["no method `make(scene)`"],
        ),
        (None, "odd = {m}:ApproachingRule", {}, ["must have"]),
        (
            None,
            "approaching = {m}:ApproachingRule",
            {"zoen": "frame"},
            ["rules.x.zoen", "did you mean `zone`?"],
        ),
        (None, "approaching = {m}:ApproachingRule", {}, ["rules.x.zone", "required"]),
        (
            None,
            "approaching = {m}:ApproachingRule",
            {"zone": "yrd"},
            ["rules.x.zone", "did you mean `yard`?"],
        ),
        (
            None,
            "approaching = {m}:ApproachingRule",
            {"behaviour": "aproaching"},
            ["did you mean `approaching`?"],
        ),
        (
            None,
            "approaching = {m}:ApproachingRule",
            {"zone": "yard", "growth": "much"},
            ["rules.x.growth", "expected a number"],
        ),
    ],
)
def test_mistakes(
    text: str | None,
    point: str,
    rule: dict[str, str],
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    module = f"theirs_{abs(hash(request.node.name))}"
    point = point.format(m=module)
    monkeypatch.syspath_prepend(install(tmp_path / "p", module, text or example(), point))
    zones = {"yard": {"coordinates": "0,0,1,0,1,1"}}
    values = {
        "cameras": {"hall": {"source": "a", "zones": zones}},
        "rules": {"x": {"behaviour": point.split(" ")[0], **rule}},
    }
    with pytest.raises(ConfigError) as caught:
        make_site(values, tmp_path)
    for word in words:
        assert word.format(m=module) in str(caught.value)


def test_an_installed_behaviour_is_loaded_only_where_a_rule_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(
        install(tmp_path / "p", "untouched", "raise SystemExit", "untouched = untouched:A")
    )
    path = site_file(tmp_path / "site", {"hall": "a.mp4"})
    assert list(load_site(path).rules) == ["presence"]
    assert "untouched" not in sys.modules
