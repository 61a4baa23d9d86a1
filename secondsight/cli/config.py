"""`secondsight config`: change the site file, look at its versions, go back to one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondsight.cli.output import Grid, Screen, say
from secondsight.cli.stores import COMMAND_LINE, run_place
from secondsight.errors import ConfigError

if TYPE_CHECKING:
    from secondsight.config import SiteFile, SiteProposal

app = typer.Typer(
    help="Change the site file with its comments kept, list versions, compare, revert.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
SitePath = Annotated[Path, typer.Option(help="The site file.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the difference, and write nothing.")]
Place = Annotated[str, typer.Argument(help="Keys from the top down, such as cameras.hall.zones.door.")]
_SITE = Path("site.yaml")


@app.command("history")
def history(site: SitePath = _SITE) -> None:
    """Every kept version of the site file: when, by whom, what."""
    place = run_place(site if site.is_file() else None, None, None)
    found = _file(site).versions()
    table = Grid("version", place.head("time"), "who", "what")
    for one in found:
        table.row(str(one.number), place.time(one.time), one.author or "-", one.what)
    Screen(wide=True).print(table if found else "no versions yet: one is kept with each change by program")


@app.command("diff")
def diff(
    version: Annotated[
        int | None,
        typer.Argument(help="A version: what it changed. Without: what was edited by hand since the newest."),
    ] = None,
    site: SitePath = _SITE,
) -> None:
    """Show what a version changed, or what was edited by hand since. Passwords are hidden."""
    file = _file(site)
    found = file.diff_by_hand() if version is None else file.diff_of(version)
    say(found or "no difference")


@app.command("set")
def set_value(
    place: Place,
    value: Annotated[
        str, typer.Argument(help="YAML, such as 30s, [a, b] or {behaviour: intrusion, zone: frame}.")
    ],
    site: SitePath = _SITE,
    dry_run: DryRun = False,
) -> None:
    """Set one value or section. A running site takes cameras and rules over on SIGHUP."""
    from secondsight.config import SiteEdit

    file = _file(site)
    _make(file, file.propose(SiteEdit(_keys(place), _value(value)), by_page=False), dry_run=dry_run)


@app.command("remove")
def remove(place: Place, site: SitePath = _SITE, dry_run: DryRun = False) -> None:
    """Take out a value or section, such as a rule. A running site takes cameras and rules over on SIGHUP."""
    from secondsight.config import remove_place

    file = _file(site)
    _make(file, file.propose(remove_place(*_keys(place)), by_page=False), dry_run=dry_run)


@app.command("revert")
def revert(
    version: Annotated[int, typer.Argument(help="The version to go back to, as `history` shows it.")],
    site: SitePath = _SITE,
    dry_run: DryRun = False,
) -> None:
    """Let the site file be as a version was, byte for byte. A running site takes cameras and rules over on SIGHUP."""
    file = _file(site)
    _make(file, file.propose_revert(version), dry_run=dry_run)


def _file(site: Path) -> "SiteFile":
    from secondsight.config import SiteFile

    return SiteFile(site)


def _make(file: "SiteFile", proposal: "SiteProposal", *, dry_run: bool) -> None:
    say(proposal.diff or "no difference")
    if not dry_run:
        version = file.save(proposal, COMMAND_LINE)
        say(
            f"saved as version {version.number}; takes effect at the next start, cameras and rules on SIGHUP",
            err=True,
        )


def _keys(place: str) -> tuple[str, ...]:
    keys = tuple(place.split("."))
    if not all(keys):
        raise ConfigError(
            "write keys from the top down with dots between them, such as rules.no-entry", key=place
        )
    return keys


def _value(text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        value = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        raise ConfigError(
            "the value is not YAML; put text with special characters in quotes", key="VALUE"
        ) from None
    if value is None:
        raise ConfigError("empty; `secondsight config remove` takes a value out", key="VALUE")
    return value
