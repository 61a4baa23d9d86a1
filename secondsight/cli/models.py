"""`secondsight models`: the small models on this machine, and the bundles of a site."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli import bundles
from secondsight.cli.export_clip import export_clip
from secondsight.cli.output import Grid, Screen, counted, say, words

if TYPE_CHECKING:
    from secondsight.sentinel import InstalledModel, ModelStore

app = typer.Typer(
    help="List, fetch, add, remove, show, verify and export small models.", no_args_is_help=True
)
app.command("export-clip")(export_clip)
app.command("history")(bundles.history)
app.command("promote")(bundles.promote)
app.command("rollback")(bundles.rollback)
app.command("diff")(bundles.diff)
app.command("propose")(bundles.propose)

_SHOWN = 8
"""Class names of a group that are printed."""
_SEEN = 0.25
"""Least score of a person on a photograph, of a detector that is made for such."""
_Root = Annotated[
    Path | None, typer.Option("--models", help="Model folder (default: SECONDSIGHT_MODELS or the user's).")
]


def _store(root: Path | None, mirror: str | None = None) -> "ModelStore":
    from secondsight import log
    from secondsight.sentinel import ModelStore

    log.configure("warning")
    return ModelStore(root, mirror=mirror)


@app.command("list")
def list_models(models: _Root = None) -> None:
    """Models that are installed or embedded, and published ones that can be pulled."""
    store = _store(models)
    installed, available, catalogue = store.installed(), store.available(), store.catalogue()
    table = Grid("name", "installed", "family", "licence", "about")
    for name in sorted({*available, *catalogue}):
        here, entry = available.get(name), catalogue.get(name)
        size = words(f"{here.bytes / 1e6:.1f} MB", "green") if here else words("-")
        if here and name not in installed:
            size.append(", embedded")
        table.row(
            name,
            size,
            here.family if here else entry.family if entry else "",
            here.licence if here and here.licence else entry.licence if entry else "",
            entry.summary if entry else here.source if here else "",
        )
    screen = Screen(wide=True)
    screen.print(table)
    screen.print(f"model folder: {store.root}")


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A name from `models list`.")],
    models: _Root = None,
    mirror: Annotated[
        str | None,
        typer.Option(envvar="SECONDSIGHT_MODEL_MIRROR", help="Folder or URL that holds NAME.onnx files."),
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(help="What the file must have, where the catalogue does not know it.")
    ] = None,
    max_mb: Annotated[float, typer.Option(min=1, help="Largest file, in megabytes.")] = 2000,
    max_minutes: Annotated[float, typer.Option(min=1, help="Longest time.")] = 120,
) -> None:
    """Fetch a published model; an interrupted pull goes on where it stopped.

    Where its publisher states no hash, the first download is trusted and pinned in models.lock: give --sha256 if you
    know better.
    """
    from secondsight.sentinel import DownloadLimits

    store, limits = _store(models, mirror), DownloadLimits(int(max_mb * 1e6), max_minutes * 60)
    with _progress(name) as report:
        model = store.pull(name, report, sha256=sha256, limits=limits)
    pinned = "as pinned" if model.pinned else "trusted on first use and pinned in models.lock from now on"
    say(f"{model.name}: {model.path}\nsha256 {model.sha256}, {pinned}")


@app.command()
def add(
    path: Annotated[
        Path, typer.Argument(help="Your ONNX or TensorFlow Lite file, or an OpenVINO .xml beside its .bin.")
    ],
    name: Annotated[str, typer.Option(help="Name to give it.")],
    family: Annotated[
        str | None,
        typer.Option(help="Its family, if it is not recognised or ambiguous; `models families` lists them."),
    ] = None,
    labels: Annotated[str | None, typer.Option(help="coco, a file with one name per line, or a,b,c.")] = None,
    groups: Annotated[
        str,
        typer.Option(help="Kinds of classes whose names do not tell: voiture=vehicles,velo=two-wheelers."),
    ] = "",
    size: Annotated[
        str | None,
        typer.Option(help="WIDTHxHEIGHT of its picture in pixels, for a model that leaves it open."),
    ] = None,
    licence: Annotated[str, typer.Option(help="Its licence, for your records.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace another model of this name.")] = False,
    models: _Root = None,
) -> None:
    """Install a copy of a model of your own, and say what it sees on a photograph of a person."""
    from secondsight.sentinel import sees_person

    model = _store(models).add(
        path, name, family, labels, groups=groups, licence=licence, size=_size(size), replace=replace
    )
    say(
        f"{model.name}: family {model.family}, {counted(len(model.labels), 'class', 'classes')}, {model.path}"
    )
    for line in _groups_of(model):
        say(line)
    if (score := sees_person(model)) is not None:
        say(f"self-test    a person on a photograph gets {score:.2f}")
        if score < _SEEN:
            say(
                "it may be made for other pictures, or want other pixels than its family gives it (values from "
                "0 to 255?): try it on pictures of yours before you rely on it",
                err=True,
            )


@app.command()
def remove(name: Annotated[str, typer.Argument(help="An installed model.")], models: _Root = None) -> None:
    """Remove an installed model."""
    model = _store(models).remove(name)
    say(f"{model.name}: {model.path} is removed, {model.bytes / 1e6:.1f} MB")


@app.command()
def families() -> None:
    """The families of models that can be read: what each is for, and what it looks like."""
    from secondsight.sentinel import FAMILIES

    table = Grid("family", "for", "also called", "layout")
    for family in FAMILIES:
        table.row(family.name, family.task, ", ".join(family.aliases), family.summary)
    Screen(wide=True).print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="An installed or published model.")], models: _Root = None
) -> None:
    """Everything known about one model."""
    card = _store(models).show(name)
    lines = {
        "name": card.name,
        "family": card.family,
        "licence": card.licence or "not stated",
        "source": card.source,
        "sha256": card.sha256 or "not known before the first pull",
        "file": card.installed.path if card.installed else "not installed",
    }
    if card.info is not None:
        lines["inputs"] = ", ".join(map(_tensor, card.info.inputs))
        lines["outputs"] = ", ".join(map(_tensor, card.info.outputs))
    lines["labels"] = f"{len(card.labels)}: {', '.join(card.labels)}"
    for key, value in lines.items():
        say(f"{key:8} {value}")
    for line in _groups_of(card.installed) if card.installed else ():
        say(line)


@app.command()
def verify(models: _Root = None) -> None:
    """Hash every installed model and compare with models.lock. Exit code 1 if any differs."""
    checks = _store(models).verify()
    for check in checks:
        say(f"{check.name}: {check.problem or 'as installed'}")
    if any(check.problem for check in checks):
        raise typer.Exit(1)


def _groups_of(model: "InstalledModel") -> list[str]:
    """The classes of a detector by what kind of thing they are, one line each, `other` last."""
    from secondsight.records import GROUPS
    from secondsight.sentinel import family_named

    if family_named(model.family).task != "detect":
        return []
    lines = []
    for group in GROUPS:
        named = zip(model.labels, model.groups, strict=True)
        names = [label for label, own in named if own == group and label != "background"]
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            lines.append(f"{group:12} {', '.join(names[:_SHOWN])}{more}")
    if lines and lines[-1].startswith("other"):
        lines.append(
            "rules that name a group do not mean the others; --groups CLASS=GROUP,... says what a class is"
        )
    return lines


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    sides = re.fullmatch(r"([1-9]\d{0,3})x([1-9]\d{0,3})", text)
    if sides is None:
        raise typer.BadParameter(f"`{text}` is no size; state WIDTHxHEIGHT in pixels, such as 320x320")
    return int(sides[1]), int(sides[2])


def _tensor(spec: object) -> str:
    name, shape = getattr(spec, "name", ""), getattr(spec, "shape", ())
    return f"{name} ({', '.join('?' if size is None else str(size) for size in shape)})"


class _progress:
    """A progress bar for `pull`; nothing without a terminal."""

    def __init__(self, name: str) -> None:
        from rich.progress import BarColumn, DownloadColumn, TransferSpeedColumn

        self._bar = Screen().progress(BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self._task = self._bar.add_task(name, total=None)

    def __enter__(self) -> Callable[[int, int | None], None]:
        self._bar.__enter__()
        return lambda done, total: self._bar.update(self._task, completed=done, total=total)

    def __exit__(self, *error: object) -> None:
        self._bar.stop()
