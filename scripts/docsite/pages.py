"""The generated pages, as Markdown: reference of the site file and the commands, one page per behaviour, the API."""

import importlib
import pkgutil
import re
import tempfile
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from pydantic import BaseModel
from ruamel.yaml import YAML
from typer.testing import CliRunner

import secondsight
from scripts.docsite.commands import Command, Parameter, commands
from scripts.docsite.settings import ANY, Key, behaviours, keys_of, own, sections, shared, summary, variants
from secondsight.brain import question_sheet
from secondsight.cli.app import app

BEHAVIOURS = "behaviours"
"""Folder of the behaviours' pages; their texts come from the page of the same name."""


# --- The site file ------------------------------------------------------------------------------------------


def site_file(template: str) -> str:
    """The reference of the site file.

    Args:
        template: the commented site file that `secondsight init` writes; each section shows its part of it.
    """
    parts = _parts(template)
    text, shown = [_SITE_FILE_INTRO], set[str]()
    for at, kinds in sections():
        if not at:
            text += ["## The top of the file", _table(keys_of(kinds[0]))]
            continue
        if at[0] not in shown:
            shown.add(at[0])
            text += [f"## {at[0]}", f"```yaml\n{parts[at[0]]}```" if at[0] in parts else ""]
        text += _section(at, kinds)
    return "\n\n".join(part for part in text if part) + "\n"


def _section(at: tuple[str, ...], kinds: tuple[type[BaseModel], ...]) -> list[str]:
    different = variants(kinds)
    if not different:
        return [
            text
            for kind in kinds
            for text in (f"### {'.'.join(at)}", summary(kind), _table(keys_of(kind, at)))
        ]
    rules = at == ("rules", ANY)
    names = [f"[{name}](../{BEHAVIOURS}/{name}.md)" if rules else f"[{name}](#{name})" for name in different]
    common = [
        Key((*at, *key.path), key.kind, key.default, key.meaning, key.section) for key in shared(different)
    ]
    text = [f"### {'.'.join(at)}", f"Keys that all of these have: {', '.join(names)}.", _table(common)]
    for name, kind in different.items() if not rules else ():
        text += [f"#### {name}", summary(kind), _table(own(different, name))]
    return text


def _table(keys: Iterable[Key]) -> str:
    rows = [f"| `{key.name}` | {_cell(key.kind)} | {_default(key)} | {_cell(key.meaning)} |" for key in keys]
    return "\n".join(["| key | type | default | meaning |", "|---|---|---|---|", *rows])


def _default(key: Key) -> str:
    return key.default if key.default in ("required", "none", "") else f"`{key.default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("*", "\\*")


def _parts(template: str) -> dict[str, str]:
    """A site file cut at its top-level keys, without the comments that stand between two of them."""
    parts: dict[str, list[str]] = {}
    name = ""
    for line in template.splitlines():
        match = re.match(r"([a-z_]+):", line)
        if match:
            name = match[1]
        if line.startswith("#") or not name:
            continue
        parts.setdefault(name, []).append(line)
    return {name: "\n".join(lines).rstrip() + "\n" for name, lines in parts.items()}


_SITE_FILE_INTRO = """\
# site.yaml

Every key of the site file, with type, default and meaning. This page is generated from the classes that read the
file. How values are written is in [Configuration](../configuration.md). `*` stands for a name that you choose.

- **duration**: `500ms`, `5s`, `10min`, `36h`, `30d`; a plain number is seconds. Bounds are in seconds.
- **size**: `500MB`, `20GB`, decimal; a plain number is bytes.
- **polygon**: three or more points, **segment**: two points, **box**: left, top, right, bottom; all as shares of the
  picture's width and height, 0 to 1, origin top left: `[[0.1, 0.2], [0.9, 0.2], ...]` or `"0.1,0.2,0.9,0.2,..."`.
- **hours**: `Mon-Fri 18:00-06:00`, `Sat,Sun`, `daily 22:00-05:30`, or a list of such."""


def first_site_file() -> str:
    """The commented site file that `secondsight init` writes."""
    with tempfile.TemporaryDirectory() as folder:
        result = CliRunner().invoke(app, ["init", f"{folder}/site"])
        if result.exit_code:
            raise RuntimeError(f"`secondsight init` failed: {result.output}")
        return Path(folder, "site", "site.yaml").read_text(encoding="utf-8")


# --- Behaviours ---------------------------------------------------------------------------------------------


def behaviour_texts(page: str) -> dict[str, str]:
    """The sections of behaviours.md that are about one behaviour each: picture, what it finds, what fools it."""
    names = behaviours()
    return {name: text for name, text in _by_heading(page) if name in names}


def behaviours_index(page: str) -> str:
    """behaviours.md without those sections: what they share, combinations, hours, plug-ins."""
    names = behaviours()
    head, *rest = re.split(r"(?m)^(?=## )", page)
    kept = [part for part in rest if part[3:].splitlines()[0].strip() not in names]
    return head + "".join(kept)


def _by_heading(page: str) -> list[tuple[str, str]]:
    parts = re.split(r"(?m)^## (.+)\n", page)
    return [(parts[i].strip(), parts[i + 1].strip()) for i in range(1, len(parts) - 1, 2)]


def behaviour(name: str, text: str) -> str:
    """The page of one behaviour.

    Args:
        text: what behaviours.md says of it.
    """
    keys = [key for key in own(behaviours(), name) if key.path != ("behaviour",)]
    parts = [
        f"# {name}",
        _from_below(text),
        "## In the site file",
        f"```yaml\n{_yaml({'rules': {f'my-{name}'.replace('_', '-'): example(name)}})}```",
        _table(keys),
        "Every rule also has the keys [of all rules](../reference/site.md#rules).",
        "## What the brain is asked",
        _questions(name),
    ]
    return "\n\n".join(parts) + "\n"


def _from_below(text: str) -> str:
    """Links of a text of behaviours.md as seen from the folder of the behaviours' pages."""

    def link(match: re.Match[str]) -> str:
        target, _, anchor = match[1].partition("#")
        if "://" in match[1]:
            return match[0]
        if not target:
            return f"]({anchor}.md)" if anchor in behaviours() else f"](../behaviours.md#{anchor})"
        return f"](../{match[1]})"

    return re.sub(r"\]\(([^)\s]+)\)", link, text)


def example(name: str) -> dict[str, object]:
    """A rule of one behaviour with what it requires and nothing else."""
    required = {
        key.path[-1]: _PLACES.get(key.path[-1], "...")
        for key in keys_of(behaviours()[name])
        if key.default == "required"
    }
    return {
        "behaviour": name,
        **_FURTHER.get(name, {}),
        **{key: value for key, value in required.items() if key != "behaviour"},
    }


_FURTHER: dict[str, dict[str, object]] = {
    "combined": {"then": ["my-left-bag", "my-running"]},
    "counting": {"line": "door"},
    "wrong_way": {"line": "door"},
}
"""What a rule needs that is not required by itself: one key of several."""
_PLACES = {
    "zone": "platform",
    "line": "door",
    "attribute": "phone",
    "text": "a delivery scooter on the platform",
}


def _questions(kind: str) -> str:
    first, *others = question_sheet(kind, "en").questions
    rows = [f"- {question.text}" for question in others]
    opposite = f" Asked the other way round: *{first.opposite}*" if first.opposite else ""
    return f"The deciding question: **{first.text}**{opposite}\n\n" + (
        "Besides:\n\n" + "\n".join(rows) if rows else ""
    )


def _yaml(values: object) -> str:
    out = StringIO()
    writer = YAML()
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.dump(values, out)
    return out.getvalue()


# --- The examples -------------------------------------------------------------------------------------------


def examples(folder: Path) -> str:
    """The page of the examples: their list, and every file of each."""
    text = [(folder / "README.md").read_text(encoding="utf-8").strip()]
    for path in sorted(folder.iterdir()):
        files = [path] if path.is_file() else sorted(one for one in path.iterdir() if one.is_file())
        files = [one for one in files if one.suffix in _LANGUAGES]
        if files:
            text.append(f"## {path.name}")
        for one in files:
            language = _LANGUAGES[one.suffix]
            code = one.read_text(encoding="utf-8")
            text.append(f'```{language} title="{one.relative_to(folder)}"\n{code}```')
    return "\n\n".join(text) + "\n"


_LANGUAGES = {".py": "python", ".yaml": "yaml", ".toml": "toml"}


# --- The command line ---------------------------------------------------------------------------------------


def command_line() -> str:
    """The reference of the commands."""
    text = [_COMMANDS_INTRO]
    text += [part for command in commands() for part in _command(command)]
    return "\n\n".join(text) + "\n"


def _command(command: Command) -> list[str]:
    text = [f"## {command.name}", command.help, f"```\n{command.usage}\n```"]
    arguments = [one for one in command.parameters if not one.is_option]
    options = [one for one in command.parameters if one.is_option]
    text += [_parameters("argument", arguments)] if arguments else []
    return [*text, *([_parameters("option", options)] if options else [])]


def _parameters(kind: str, parameters: Sequence[Parameter]) -> str:
    rows = []
    for one in parameters:
        names = ", ".join(
            f"`{name}{f' {one.value}' if one.value and one.is_option else ''}`" for name in one.names
        )
        default = "required" if one.required else f"`{one.default}`" if one.default else ""
        rows.append(f"| {_bar(names)} | {_bar(default)} | {_bar(one.help)} |")
    return "\n".join([f"| {kind} | default | meaning |", "|---|---|---|", *rows])


def _bar(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


_COMMANDS_INTRO = """\
# The command line

Every command with its options. This page is generated from the program; `secondsight COMMAND --help` says the same.

Exit codes: 0 fine, 1 something failed, 2 a mistake in the command line or the site file, 130 interrupted."""


# --- The API ------------------------------------------------------------------------------------------------


def rooms() -> list[str]:
    """The packages whose `__init__` exports public names, and `secondsight` itself."""
    below = [f"secondsight.{one.name}" for one in pkgutil.iter_modules(secondsight.__path__) if one.ispkg]
    return [
        "secondsight",
        *(name for name in below if getattr(importlib.import_module(name), "__all__", None)),
    ]


def api(room: str) -> str:
    """The page of one package: its docstring and its public names."""
    module = importlib.import_module(room)
    names = [
        name
        for name in sorted(module.__all__, key=str.lower)
        if not name.startswith("__") and not name.isupper()
    ]
    text = [f"# {room}", " ".join((module.__doc__ or "").split("\n\n")[0].split())]
    text += [f"::: {room}.{name}" for name in names]
    return "\n\n".join(text) + "\n"


def event_schema(page: str) -> str:
    """The JSON Schema of an event, which json.md shows, as a file of its own."""
    blocks = re.findall(r"^```json\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    schema: str
    (schema,) = (block for block in blocks if '"$schema"' in block)
    return schema
