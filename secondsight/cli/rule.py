"""`secondsight rule`: a sentence becomes a rule of the site file, shown and tried before it is written."""

import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondsight.cli.output import Grid, Screen, say, say_json
from secondsight.cli.stores import COMMAND_LINE, run_place
from secondsight.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from secondsight.ask import RuleReading, RuleRefusal
    from secondsight.config import SiteConfig
    from secondsight.measure import SimulatedTrial, StoredTrial


def rule(
    sentence: Annotated[
        str, typer.Argument(help="What to watch for, such as 'tell me when somebody falls at night'.")
    ],
    site: Annotated[Path, typer.Option(help="The site file.")] = Path("site.yaml"),
    name: Annotated[str | None, typer.Option(help="Name of the rule that reports.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
    trial: Annotated[
        bool, typer.Option("--trial/--no-trial", help="Try it on simulated scenes and on what is stored.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; writes with --yes only.")] = False,
) -> None:
    """Make a rule of a sentence, in English or Chinese: show what was understood, try it, write it if you agree."""
    from secondsight.ask import RuleRefusal, rules_as_yaml
    from secondsight.config import SiteEdit, SiteFile

    file = SiteFile(site)
    config = file.config()
    reading = _read(sentence, config, site)
    if isinstance(reading, RuleRefusal):
        _refuse(reading, as_json=as_json)
        raise typer.Exit(1)
    rules = _named(reading.rules, name, config.rules)
    proposal = file.propose(SiteEdit(("rules",), rules, merge=True), by_page=False)
    simulated, stored = _tried(rules, proposal.config, site) if trial else ([], [])
    if as_json:
        say_json(_json(reading, rules, simulated, stored, written=yes))
    else:
        say(rules_as_yaml(rules).rstrip())
        for line in (*reading.understood, *reading.notes):
            say(line)
        if reading.by_model:
            say("read by the large model: check it")
        _show(simulated, stored)
        say(proposal.diff or "no difference")
    if not yes and (as_json or not (sys.stdin.isatty() and typer.confirm("Write this into the site file?"))):
        say("nothing was written; --yes writes it", err=True)
        return
    version = file.save(proposal, COMMAND_LINE)
    say(
        f"saved as version {version.number}; a running site takes it over on SIGHUP, others at the next start",
        err=True,
    )


def _read(sentence: str, config: "SiteConfig", site: Path) -> "RuleReading | RuleRefusal":
    """With the site's large model, where it has one; its calls are booked in the site's database."""
    from secondsight.ask import read_rule
    from secondsight.brain import can_answer
    from secondsight.clock import SystemClock
    from secondsight.config import read_environment
    from secondsight.site import read_sentence

    if not can_answer(config.brain):
        return read_rule(sentence, config)
    try:
        with run_place(site, None, None).open(read_only=False) as store:
            return read_sentence(sentence, config, store, SystemClock(), read_environment(site.parent))
    except StoreError as error:
        say(f"the large model is not asked: {error}", err=True)
        return read_rule(sentence, config)


def _named(
    rules: Mapping[str, Mapping[str, Any]], name: str | None, taken: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """The rules, the one that reports under its wanted name."""
    if name is None:
        return dict(rules)
    if name in taken:
        raise ConfigError("a rule has this name; choose another with --name", key=f"rules.{name}")
    *members, last = rules
    return {**{one: rules[one] for one in members}, name: rules[last]}


def _tried(
    rules: Mapping[str, Mapping[str, Any]], config: "SiteConfig", site: Path
) -> "tuple[Sequence[SimulatedTrial], Sequence[StoredTrial]]":
    from secondsight.clock import SystemClock
    from secondsight.measure import try_in_city, try_on_stored

    simulated = try_in_city(rules)
    try:
        with run_place(site, None, None).open() as store:
            return simulated, try_on_stored(rules, config, store, SystemClock().now())
    except StoreError:  # nothing has run yet
        return simulated, []


def _refuse(refused: "RuleRefusal", *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "sentence": refused.sentence,
                "refused": refused.reason,
                "unknown": list(refused.unknown),
                "nearest": list(refused.nearest),
                "note": refused.note,
            }
        )
        return
    say(refused.reason, err=True)
    if refused.note:
        say(f"the large model made no rule of it: {refused.note}", err=True)
    for one in refused.nearest:
        say(f"  {one}", err=True)


def _show(simulated: "Sequence[SimulatedTrial]", stored: "Sequence[StoredTrial]") -> None:
    if simulated:
        table = Grid("simulated scenes", "pack", "events found", "look-alikes mistaken", "others", "note")
        for one in simulated:
            if one.why:
                table.row(one.rule, "-", "-", "-", "-", f"not tried: {one.why}")
            else:
                table.row(
                    one.rule,
                    f"{one.pack}, {one.scenes}",
                    f"{one.found} of {one.events}",
                    f"{one.mistaken} of {one.lookalikes}",
                    str(one.others),
                    "before the second look",
                )
        Screen(wide=True).print(table)
    if stored:
        table = Grid(
            "stored here", "days", "stays it would report", "events of the kind", "confirmed", "rejected"
        )
        for past in stored:
            table.row(
                past.rule,
                f"{past.days:.1f}",
                "-" if past.stays is None else str(past.stays),
                str(past.events),
                str(past.confirmed),
                str(past.rejected),
            )
        Screen(wide=True).print(table)


def _json(
    reading: "RuleReading",
    rules: Mapping[str, Mapping[str, Any]],
    simulated: "Sequence[SimulatedTrial]",
    stored: "Sequence[StoredTrial]",
    *,
    written: bool,
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "sentence": reading.sentence,
        "rules": {name: dict(settings) for name, settings in rules.items()},
        "understood": list(reading.understood),
        "notes": list(reading.notes),
        "by_model": reading.by_model,
        "simulated": [asdict(one) for one in simulated],
        "stored": [asdict(one) for one in stored],
        "written": written,
    }
