"""`secondsight users`: who may use the API and the console of a site."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import Grid, Screen, say, say_json, say_secret
from secondsight.cli.stores import COMMAND_LINE, DataOfSite, RunPlace, SiteFile, StoreUrl, run_place
from secondsight.errors import ConfigError
from secondsight.store import DATABASE, PassKind, User, UserRole, prepare_data_folder

if TYPE_CHECKING:
    from secondsight.store import Store

app = typer.Typer(
    help="Users of the API and the console: list, add, remove, password, token.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Name = Annotated[str, typer.Argument(help="The user's name.")]


@app.command("list")
def list_users(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
) -> None:
    """Every user with role and cameras."""
    with run_place(site, data, store_url).open() as store:
        found = store.accounts.users()
    if as_json:
        for one in found:
            say_json(
                {"name": one.name, "role": one.role.value, "cameras": one.cameras, "enabled": one.enabled}
            )
        return
    table = Grid("name", "role", "cameras", "enabled")
    for one in found:
        cameras = "all" if one.cameras is None else ", ".join(one.cameras)
        table.row(one.name, one.role.value, cameras, "yes" if one.enabled else "no")
    Screen(wide=True).print(table if found else "no users: only this machine is served")


@app.command("add")
def add(
    name: Name,
    role: Annotated[
        UserRole,
        typer.Option(help="viewer looks; operator judges events as well; admin manages the site as well."),
    ] = UserRole.VIEWER,
    camera: Annotated[
        list[str] | None, typer.Option(help="Only this camera; may be repeated (default: all).")
    ] = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For users of tokens, or of a proxy's header, alone.")
    ] = False,
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
) -> None:
    """Add a user. The password is asked for, or read from standard input."""
    from secondsight.serve import stretched

    if not _valid(name):
        raise ConfigError("a name has letters, digits and _ . @ -, 64 at most", key="NAME")
    with _opened(run_place(site, data, store_url)) as store:
        if not store.accounts.any() and (role is not UserRole.ADMIN or camera):
            raise ConfigError(
                "the first user must be able to manage the others: --role admin, without --camera"
            )
        if store.accounts.user(name) is not None:
            raise ConfigError(f"there is a user {name} already")
        password = None if no_password else stretched(_password())
        cameras = tuple(dict.fromkeys(camera)) if camera else None
        if not store.accounts.add(User(name, role, cameras), password, COMMAND_LINE):
            raise ConfigError(f"there is a user {name} already")
    say(f"user {name} added", err=True)


@app.command("remove")
def remove(name: Name, site: SiteFile = None, data: DataOfSite = None, store_url: StoreUrl = None) -> None:
    """Remove a user; sessions and tokens end at once."""
    with run_place(site, data, store_url).open(read_only=False) as store:
        _get(store, name)
        if not store.accounts.remove(name, COMMAND_LINE):
            raise ConfigError("the last admin of all cameras cannot be removed; add another one first")
    say(f"user {name} removed", err=True)


@app.command("password")
def password(name: Name, site: SiteFile = None, data: DataOfSite = None, store_url: StoreUrl = None) -> None:
    """Set another password; sessions end at once. It is asked for, or read from standard input."""
    from secondsight.serve import stretched

    with run_place(site, data, store_url).open(read_only=False) as store:
        _get(store, name)
        store.accounts.set_password(name, stretched(_password()), COMMAND_LINE)
    say(f"the password of {name} is another one now", err=True)


@app.command("token")
def token(
    name: Name,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[float | None, typer.Option(min=0.01, help="Until it ends (default: never).")] = None,
    revoke: Annotated[str | None, typer.Option(help="End the token with this id instead.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show the tokens that hold instead.")] = False,
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
) -> None:
    """Make an API token. Its secret goes to standard output, this once."""
    from secondsight.clock import SystemClock, iso
    from secondsight.config import ServeSettings
    from secondsight.serve import Authenticator

    with run_place(site, data, store_url).open(read_only=False) as store:
        _get(store, name)
        if listed:
            table = Grid("id", "label", "made (UTC)", "until (UTC)")
            for one in store.accounts.passes(PassKind.TOKEN, name):
                until = "" if one.expires_at is None else iso(one.expires_at)[:16]
                table.row(one.id, one.label, iso(one.created_at)[:16], until)
            Screen(wide=True).print(table)
        elif revoke is not None:
            if not store.accounts.revoke(PassKind.TOKEN, revoke, COMMAND_LINE, user=name):
                raise ConfigError(f"{name} has no token {revoke}")
            say(f"token {revoke} does not hold any more", err=True)
        else:
            maker = Authenticator(store, SystemClock(), ServeSettings(), local=True)
            made, secret = maker.new_token(name, label, days, COMMAND_LINE)
            say(f"token {made.id}; keep the next line, it is not shown again", err=True)
            say_secret(secret)


def _opened(place: RunPlace) -> "Store":
    """The database of a run; made where a first user comes before the first run."""
    from secondsight.store import Store, revision_at

    where = place.url or place.data / DATABASE
    if revision_at(where) is None:
        if place.url is None:
            prepare_data_folder(place.data)
        Store.open(where).close()
    return place.open(read_only=False)


def _get(store: "Store", name: str) -> User:
    found = store.accounts.user(name)
    if found is None:
        raise ConfigError(f"there is no user {name}")
    return found


def _password() -> str:
    """From the terminal, twice and unseen; else a line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\n")


def _valid(name: str) -> bool:
    import re

    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}", name) is not None
