"""`secondsight costs`: what the brain has cost, and what has left the site, from the ledger of a run."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.events import parse_time
from secondsight.cli.output import Grid, Screen, say_json
from secondsight.cli.stores import DataOfSite, RunPlace, SiteFile, StoreUrl, run_place

if TYPE_CHECKING:
    from secondsight.records import Call
    from secondsight.store import CallTotals, Store

_DAY = 86400.0
_LEAST = 1 / 24
"""Minimum days for calls per day to be worth showing: a run of seconds would tell of hundreds of thousands."""
_LEFT = ("remote", "destination", "egress")
_TIMES = {"hour": 13, "day": 10}
"""Keys that are times, and how much of one is worth reading."""


class CostGrouping(StrEnum):
    """What sums are split by."""

    CAMERA = "camera"
    KIND = "kind"
    DAY = "day"
    HOUR = "hour"
    PURPOSE = "purpose"
    BACKEND = "backend"


def costs(
    site: SiteFile = None,
    data: DataOfSite = None,
    by: Annotated[
        list[CostGrouping] | None, typer.Option(help="Split the sums; more than once for both.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Calls at or after this time: ISO 8601, or 2h, 7d for ago.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Calls before this time; written like --since.")] = None,
    egress: Annotated[
        bool, typer.Option("--egress", help="Also each call that left this machine, with its digest.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line (docs/json.md).")] = False,
    store_url: StoreUrl = None,
) -> None:
    """Show what the brain has cost: calls, tokens, time, money, and what left the site."""
    now, place = datetime.now(UTC), run_place(site, data, store_url)
    begin, end = parse_time(since, now, "--since", place.zone), parse_time(until, now, "--until", place.zone)
    keys = [one.value for one in dict.fromkeys(by or [CostGrouping.CAMERA])]
    with place.open() as store:
        account = _read(store, keys, begin, end, now.timestamp(), place.zone)
    if as_json:
        _print_json(account, egress)
    else:
        _print(account, egress, place)


@dataclass(frozen=True, slots=True)
class _Account:
    """All that is shown: sums by `keys`, in all, of what left this machine; those calls; calls per camera and day."""

    keys: list[str]
    sums: "list[CallTotals]"
    total: "CallTotals | None"
    left: "list[CallTotals]"
    calls: "list[Call]"
    rate: float | None


def _read(
    store: "Store", keys: list[str], begin: float | None, end: float | None, now: float, zone: tzinfo
) -> _Account:
    total = next(iter(store.ledger.costs(since=begin, until=end)), None)
    left = [cost for cost in store.ledger.costs(_LEFT, since=begin, until=end) if cost.key[0]]
    calls = [call for call in store.ledger.find(since=begin, until=end) if call.remote]
    rate = None
    if total is not None:
        days = (min(end or now, now) - (total.first if begin is None else begin)) / _DAY
        cameras = len(store.observations.cameras()) or len({call.camera for call in calls})
        rate = total.calls / cameras / days if cameras and days >= _LEAST else None
    return _Account(
        keys, store.ledger.costs(keys, since=begin, until=end, zone=zone), total, left, calls, rate
    )


def _print_json(account: _Account, egress: bool) -> None:
    lines = [_cost_form(cost, account.keys) for cost in account.sums]
    lines += [_cost_form(cost, _LEFT) for cost in account.left]
    lines += [_call_form(call) for call in account.calls if egress]
    if account.total is not None:
        rate = None if account.rate is None else round(account.rate, 3)
        lines.append({**_cost_form(account.total, ()), "calls_per_camera_day": rate})
    for line in lines:
        say_json(line)


def _cost_form(cost: "CallTotals", keys: Sequence[str]) -> dict[str, object]:
    """A sum as in docs/json.md."""
    from secondsight.clock import iso
    from secondsight.records import SCHEMA_VERSION

    by = {
        name: iso(float(value)) if name in _TIMES else value
        for name, value in zip(keys, cost.key, strict=True)
    }
    return {
        "schema": SCHEMA_VERSION,
        "type": "cost",
        "by": by,
        "calls": cost.calls,
        "cases": cost.cases,
        "unanswered": cost.unanswered,
        "tokens_in": cost.tokens_in,
        "tokens_out": cost.tokens_out,
        "seconds": round(cost.seconds, 3),
        "money": round(cost.money, 6),
        "unpriced": cost.unpriced,
    }


def _call_form(call: "Call") -> dict[str, object]:
    """A call as in docs/json.md."""
    from secondsight.clock import iso
    from secondsight.records import SCHEMA_VERSION

    form: dict[str, object] = {"schema": SCHEMA_VERSION, "type": "call"}
    return form | asdict(call) | {"time": iso(call.time)}


def _print(account: _Account, egress: bool, place: RunPlace) -> None:
    screen, total = Screen(wide=True), account.total
    if total is None:
        screen.print(place.word("no calls"))
        return
    screen.print(_table("what the brain has cost", account.keys, [*account.sums, total], place))
    if account.rate is not None:
        screen.print(f"{account.rate:.2f} {place.word('calls per camera and day')}")
    if total.unpriced:
        screen.print(f"{total.unpriced} calls without a price: see brain.price_in and brain.price_out")
    if account.left:
        screen.print(_table("what left this machine", _LEFT, account.left, place))
    else:
        screen.print(place.word("nothing left this machine"))
    if egress and account.calls:
        screen.print(_calls_table(account.calls, place))


def _table(title: str, keys: Sequence[str], sums: "list[CallTotals]", place: RunPlace) -> Grid:
    from rich.table import Column

    shown = [key for key in keys if key != "remote"]
    sizes = ("calls", "cases", "unanswered", "tokens in", "tokens out", "seconds", "money")
    heads = (place.head(name) if name in _TIMES else place.word(name) for name in shown)
    table = Grid(
        *heads, *(Column(place.word(name), justify="right") for name in sizes), title=place.word(title)
    )
    for cost in sums:
        key = dict(zip(keys, cost.key, strict=True)) if cost.key else {}
        words = [
            place.time(float(key[name]), _TIMES[name])
            if name in _TIMES and key
            else _titled(name, str(key.get(name, "")), place) or "-"
            for name in shown
        ]
        if not cost.key:
            words[0] = place.word("in all")
        table.row(
            *words,
            str(cost.calls),
            str(cost.cases),
            str(cost.unanswered),
            str(cost.tokens_in),
            str(cost.tokens_out),
            f"{cost.seconds:.1f}",
            f"{cost.money:.4f}",
        )
    return table


def _titled(key: str, value: str, place: RunPlace) -> str:
    return place.title_of(value) if key == "camera" else value


def _calls_table(calls: "list[Call]", place: RunPlace) -> Grid:
    heads = ("camera", "purpose", "case", "destination", "egress", "frames", "digest")
    title = place.word("calls that left this machine")
    table = Grid(place.head("time"), *map(place.word, heads), title=title)
    for call in calls:
        table.row(
            place.time(call.time),
            place.title_of(call.camera) or "-",
            call.purpose.value,
            call.case_id or "-",
            call.destination,
            call.egress.value,
            str(call.frames),
            call.digest or "-",
        )
    return table
