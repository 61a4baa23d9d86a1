"""The documentation holds together: links lead somewhere, blocks of code are true, generated pages are whole."""

import ast
import importlib
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from scripts.docsite import commands as program
from scripts.docsite import pages, settings, site
from secondsight.config import make_site

ROOT = Path(__file__).parents[1]
WRITTEN = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md"))
)
"""Pages that people write; of others there is only what the code says."""
_FENCED = re.compile(r"^```([a-z]*).*?\n(.*?)^```", re.DOTALL | re.MULTILINE)
YAML_READER = YAML(typ="safe")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@cache
def generated() -> dict[str, str]:
    return site.generated()


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, *languages: str) -> list[str]:
    return [code for language, code in _FENCED.findall(read(name)) if language in languages]


def with_blocks(*languages: str) -> list[str]:
    """Pages that have such blocks."""
    return [name for name in WRITTEN if blocks(name, *languages)]


# --- Links ----------------------------------------------------------------------------------------------------


def anchors(text: str) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCED.sub("", text), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def target_text(page: Path, file: str) -> str | None:
    """Text of what a link leads to; None if there is nothing, empty if it has no anchors."""
    target = (page.parent / file).resolve() if file else page
    if target.exists():
        return target.read_text(encoding="utf-8") if target.suffix == ".md" else ""
    docs = ROOT / "docs"
    return generated().get(target.relative_to(docs).as_posix()) if target.is_relative_to(docs) else None


@pytest.mark.parametrize("name", WRITTEN)
def test_links_lead_somewhere(name: str) -> None:
    broken = []
    for link in _LINK.findall(_FENCED.sub("", read(name))):
        file, _, anchor = link.partition("#")
        if link.startswith("http"):
            continue
        text = target_text(ROOT / name, file)
        if text is None or (anchor and anchor not in anchors(text)):
            broken.append(link)
    assert not broken


def test_links_on_the_site_lead_to_its_pages() -> None:
    """What the site makes of each link is a page of it, with that anchor, or an address elsewhere."""
    docs = ROOT / "docs"
    texts = {
        path.relative_to(docs).as_posix(): path.read_text(encoding="utf-8") for path in docs.rglob("*.md")
    }
    texts |= generated()
    texts["behaviours.md"] = pages.behaviours_index(texts["behaviours.md"])
    broken = []
    for path, text in texts.items():
        for link in _LINK.findall(_FENCED.sub("", text)) if path.endswith(".md") else ():
            there, _, anchor = site.site_link(link, path).partition("#")
            if "://" in there:
                continue
            target = (
                (docs / path).parent.joinpath(there).resolve().relative_to(docs).as_posix() if there else path
            )
            known = target in texts or (docs / target).is_file()
            if not known or (anchor and anchor not in anchors(texts[target])):
                broken.append(f"{path}: {link}")
    assert not broken


def pages_in(nav: Any) -> Iterator[str]:
    for entry in nav if isinstance(nav, list) else [nav]:
        if isinstance(entry, dict):
            for below in entry.values():
                yield from pages_in(below)
        else:
            yield entry


def test_navigation_has_every_page_once() -> None:
    nav = list(pages_in(site.navigation(YAML_READER.load(read("mkdocs.yml"))["nav"])))
    there = {name.removeprefix("docs/") for name in WRITTEN if name.startswith("docs/")}
    there |= {path for path in generated() if path.endswith(".md")}
    assert sorted(nav) == sorted(there)


# --- Blocks of code ---------------------------------------------------------------------------------------------


def completed(values: dict[str, Any]) -> dict[str, Any]:
    """A fragment of a site file with what it leaves to the reader: cameras, and what its rules name."""
    rules: dict[str, Any] = values.setdefault("rules", {})
    for rule in list(rules.values()):
        for key in ("all", "any", "then", "unless"):
            for name in rule.get(key, ()):
                rules.setdefault(name, {"behaviour": "intrusion", "zone": "frame"})
    stages = values.setdefault("sentinel", {}).setdefault("second_stage", {})
    for name in {rule["attribute"] for rule in rules.values() if "attribute" in rule}:
        stages.setdefault(name, {"model": "city-hands"})
    zones = {rule[key] for rule in rules.values() for key in ("zone", "machines") if key in rule} - {"frame"}
    lines = {rule["line"] for rule in rules.values() if "line" in rule}
    cameras = values.setdefault("cameras", {"hall": {}})
    for camera in cameras.values():
        camera.setdefault("source", "hall.mp4")
        for name in sorted(zones):
            camera.setdefault("zones", {}).setdefault(name, {"coordinates": "0,0,1,0,1,1"})
        for name in sorted(lines):
            camera.setdefault("lines", {}).setdefault(name, {"coordinates": "0,0.5,1,0.5"})
    brain = values.get("brain", {})
    if set(brain) & {"guard"} and "backend" not in brain:
        brain.update(backend="clip", model="city-clip")
    limits = [values.get("budget", {}), *(camera.get("budget", {}) for camera in cameras.values())]
    if not brain and any(key.startswith("money") for limit in limits for key in limit):
        values["brain"] = {"backend": "clip", "model": "city-clip", "price_in": 1}
    return values


@pytest.mark.parametrize("name", with_blocks("yaml"))
def test_yaml_is_a_site_file_or_a_part_of_one(name: str, tmp_path: Path) -> None:
    for block in blocks(name, "yaml"):
        text = re.sub(r"\$\{(\w+)(:-[^}]*)?\}", r"\1", block)
        make_site(completed(YAML_READER.load(text)), tmp_path)


@pytest.mark.parametrize(
    "name", sorted(path for path in (ROOT / "examples").rglob("site.yaml")), ids=lambda p: p.parent.name
)
def test_sites_of_the_examples_name_known_keys(name: Path, tmp_path: Path) -> None:
    text = re.sub(r"\$\{(\w+)(:-[^}]*)?\}", r"\1", name.read_text(encoding="utf-8"))
    values = YAML_READER.load(text)
    for rule in values["rules"].values():
        if rule["behaviour"] not in settings.behaviours():
            rule.clear()
            rule.update(behaviour="intrusion", zone="frame")
    if values.get("brain", {}).get("backend") == "brightness":
        del values["brain"]
    make_site(values, tmp_path)


@pytest.mark.parametrize("name", with_blocks("python"))
def test_python_compiles_and_imports_what_is_there(name: str) -> None:
    for block in blocks(name, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("secondsight"):
                module = importlib.import_module(node.module)
                assert all(hasattr(module, alias.name) for alias in node.names), ast.unparse(node)


@pytest.mark.parametrize("name", with_blocks("json"))
def test_json_is_valid(name: str) -> None:
    for block in blocks(name, "json"):
        json.loads(block)


@pytest.mark.parametrize("name", with_blocks("toml"))
def test_toml_is_valid(name: str) -> None:
    for block in blocks(name, "toml"):
        tomllib.loads(block)


@cache
def known() -> dict[tuple[str, ...], program.Command]:
    return {command.words: command for command in program.commands()}


def problem_of(line: str) -> str:
    """What is wrong with a line that calls the program; empty if nothing is."""
    words = shlex.split(line.replace("...", ""), comments=True)[1:]
    groups = {command[:1] for command in known()}
    if not words or words[0].startswith("-") or words[0].isupper():
        return ""
    command = known().get(tuple(words[:2])) or known().get(tuple(words[:1]))
    if command is None:
        return (
            ""
            if (words[0],) in groups and (len(words) == 1 or words[1].startswith("-"))
            else "no such command"
        )
    options = {name for one in command.parameters for name in one.names if one.is_option} | {"--help", "-h"}
    wrong = [word for word in words if word.startswith("--") and word.split("=")[0] not in options]
    return f"no option {wrong}" if wrong else ""


def calls(name: str) -> list[str]:
    """Lines of a page that call the program, in blocks and in running text."""
    text = read(name)
    lines = [line.strip() for code in blocks(name, "", "sh") for line in code.splitlines()]
    lines += re.findall(r"`(secondsight [^`\n]+)`", _FENCED.sub("", text))
    return [line for line in lines if line.startswith("secondsight ")]


@pytest.mark.parametrize("name", [name for name in WRITTEN if name != "CHANGELOG.md" and calls(name)])
def test_commands_and_their_options_exist(name: str) -> None:
    assert [(line, problem) for line in calls(name) if (problem := problem_of(line))] == []


def test_a_wrong_command_is_noticed() -> None:
    assert problem_of("secondsight modles list") == "no such command"
    assert problem_of("secondsight run --vidoe a.mp4") == "no option ['--vidoe']"
    assert problem_of("secondsight models pull yolox-nano  # 4 MB") == ""


@pytest.mark.parametrize("name", [name for name in WRITTEN if name != "CHANGELOG.md"])
def test_make_targets_and_modules_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    text = read(name)
    named = re.findall(r"`make ([a-z-]+)`", text)
    named += re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)
    assert set(named) <= targets
    for module in re.findall(r"python -m ((?:bench|training|scripts)[a-z_.]*)", text):
        place = ROOT / module.rstrip(".").replace(".", "/")
        assert place.is_dir() or place.with_suffix(".py").exists(), module


# --- Generated pages --------------------------------------------------------------------------------------------


@cache
def every_key() -> list[settings.Key]:
    """Every key of a site file, that of each behaviour too."""
    keys = []
    for at, kinds in settings.sections():
        different = settings.variants(kinds)
        for name in different:
            keys += [
                settings.Key((*at, name, *key.path), *_rest(key)) for key in settings.own(different, name)
            ]
        for kind in kinds if not different else kinds[:1]:
            keys += settings.keys_of(kind, at)
    return keys


def _rest(key: settings.Key) -> tuple[Any, ...]:
    return key.kind, key.default, key.meaning, key.section


def test_every_key_has_a_type_and_a_meaning() -> None:
    keys = every_key()
    assert len(keys) > 300
    assert [key.name for key in keys if not key.meaning] == []
    assert [key.name for key in keys if "any value" in key.kind] == []


@pytest.mark.parametrize(
    ("name", "kind", "default"),
    [
        ("clips.pre_capture", "duration, at most 600", "5s"),
        ("retention.disk_budget", "size, at least 0", "20GB"),
        ("retention.age", "duration", "30d"),
        ("cameras.*.zones.*.coordinates", "polygon", "required"),
        ("cameras.*.lines.*.coordinates", "segment", "required"),
        ("rules.*.when", "hours", "none"),
        ("rules.*.fall.low_height", "number, 0 to 1, above 0", "0.65"),
        ("sentinel.gate.enabled", "`true` or `false`", "true"),
    ],
)
def test_types_and_defaults_are_said_as_people_write_them(name: str, kind: str, default: str) -> None:
    (key,) = {key for key in every_key() if key.name == name}
    assert key.default == default
    assert key.kind == kind or (kind.startswith("size") and key.kind == "size")


def test_a_default_that_is_written_down_is_the_default() -> None:
    """What the reference states as a default, read as a value of the site file, is the default."""
    checked = 0
    for kind in {kind for _, kinds in settings.sections() for kind in kinds}:
        for name, field in kind.model_fields.items():
            text = settings.default_of(field)
            if text in ("required", "none", ""):
                continue
            value = settings.checked(field.annotation, field.metadata).validate_python(YAML_READER.load(text))
            assert value == field.get_default(call_default_factory=True), (kind, name)
            checked += 1
    assert checked > 300


@pytest.mark.parametrize("name", list(settings.behaviours()))
def test_each_behaviour_has_its_page(name: str, tmp_path: Path) -> None:
    """With a rule that can be copied, and, unless it only counts or combines, a picture and a question."""
    text = generated()[f"{pages.BEHAVIOURS}/{name}.md"]
    (block,) = re.findall(r"## In the site file\n\n```yaml\n(.*?)```", text, re.DOTALL)
    values = YAML_READER.load(block)
    ((_, rule),) = values["rules"].items()
    assert rule["behaviour"] == name
    make_site(completed(values), tmp_path)
    assert "**What fools it**" in text
    assert name == "combined" or re.search(r"!\[.+\]\(\.\./images/.+\)", text)
    assert "The deciding question: **" in text
    assert f"\n## {name}\n" not in pages.behaviours_index(read("docs/behaviours.md")), "told twice"


def test_reference_of_commands_has_every_option() -> None:
    text = generated()["reference/commands.md"]
    for command in program.commands():
        section = text.split(f"## {command.name}\n")[1].split("\n## ")[0]
        for one in command.parameters:
            assert f"`{one.names[0]}" in section, (command.name, one.names)
    assert len(program.commands()) > 20


def test_api_names_what_the_packages_export() -> None:
    assert "::: secondsight.Site\n" in generated()["reference/api/secondsight.md"]
    for room in pages.rooms():
        module = importlib.import_module(room)
        for name in re.findall(
            rf"^::: {re.escape(room)}\.(\w+)$", generated()[f"reference/api/{room}.md"], re.MULTILINE
        ):
            assert hasattr(module, name)


@pytest.mark.slow
def test_the_site_builds_and_fetches_nothing(tmp_path: Path) -> None:
    """No warning, and no script, style, picture or font of another machine."""
    pytest.importorskip("mkdocs", reason="the extra `docs` is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    built = list(tmp_path.rglob("*.html"))
    assert len(built) > 70
    loaded = re.compile(
        r"""<(?:script|img|iframe)[^>]*\ssrc="?https?:|<link[^>]*rel="?stylesheet[^>]*href="?https?:"""
    )
    assert [page.name for page in built if loaded.search(page.read_text(encoding="utf-8"))] == []
    index = (tmp_path / "search" / "search_index.js").read_text(encoding="utf-8")
    assert "loitering_time" in index
    assert "\\u5927\\u8111" in index or "大脑" in index


def test_nothing_is_fetched_when_a_page_is_viewed() -> None:
    """The cheaper half of the test above: what would make the pages load something."""
    config = YAML_READER.load(read("mkdocs.yml"))
    assert config["theme"]["font"] is False
    assert "repo_url" not in config, "its number of stars would be fetched"
    assert all((ROOT / "docs" / script).exists() for script in config["extra"]["polyfills"])
    for name in WRITTEN:
        assert "```mermaid" not in read(name), "drawn by a script that is fetched"
        assert "](http" not in "".join(re.findall(r"!\[[^\]]*\]\([^)]*\)", read(name)))
    for picture in (ROOT / "docs").rglob("*.svg"):
        assert "url(" not in re.sub(r"url\(#", "", picture.read_text(encoding="utf-8"))


# --- The READMEs ------------------------------------------------------------------------------------------------


def without_comments(name: str) -> list[str]:
    """Lines of a README's blocks without their comments."""
    lines = [
        re.split(r"(?:^|\s)#", line)[0].rstrip()
        for _, code in _FENCED.findall(read(name))
        for line in code.splitlines()
    ]
    return [line for line in lines if line]


def test_the_readmes_show_the_same_commands() -> None:
    english = without_comments("README.md")
    assert len(english) > 40
    assert without_comments("README.zh-CN.md") == english


def test_the_readmes_state_the_same_figures() -> None:
    rows = [
        re.findall(r"^\| (\S+-full .*)$", read(name), re.MULTILINE)
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 4


CHINESE = [name for name in WRITTEN if name == "README.zh-CN.md" or name.startswith("docs/zh/")]


@pytest.mark.parametrize("name", CHINESE)
def test_chinese_has_full_width_punctuation(name: str) -> None:
    text = re.sub(r"`[^`\n]*`|\]\([^)]*\)", "", _FENCED.sub("", read(name)))
    assert re.findall(r"[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff]\(|[,;]\s?[\u4e00-\u9fff]", text) == []


_AVOIDED = re.compile(
    r"\b(whoever|somebody is told|is told of|so many|at hand|dear|from which on|what it makes of|holds no)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", [name for name in WRITTEN if name != "CHANGELOG.md"])
def test_words_are_plain(name: str) -> None:
    assert _AVOIDED.findall(_FENCED.sub("", read(name))) == []
