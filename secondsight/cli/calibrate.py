"""`secondsight calibrate`: fits the brain's probabilities to what people said of events."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondsight.cli.output import Grid, Screen, say_json
from secondsight.cli.stores import DataOfSite, SiteFile, StoreUrl, run_place

if TYPE_CHECKING:
    from secondsight.cascade import CalibrationGroup
    from secondsight.certify import FittedCurve
    from secondsight.store import Calibration


def calibrate(
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as intrusion.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be fitted; store nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
) -> None:
    """Fit a calibration for each kind and model to the feedback so far; a run takes it up at once."""
    from secondsight.cascade import fit_groups

    with run_place(site, data, store_url).open(read_only=dry_run) as store:
        # A kind is fitted beside the others of its model, whichever of them is asked for.
        groups = [group for group in fit_groups(store.feedback.samples()) if kind in (None, group.kind)]
        kept: list[Calibration | None] = []
        for group in groups:
            fitted = group.calibration
            kept.append(fitted if fitted is None or dry_run else store.calibrations.add(fitted))
    if as_json:
        for group, stored in zip(groups, kept, strict=True):
            say_json(_form(group, stored))
    else:
        _show(groups, kept)


def _show(groups: "Sequence[CalibrationGroup]", kept: "Sequence[Calibration | None]") -> None:
    screen = Screen(wide=True)
    if not groups:
        screen.print("no event has both a verdict with a probability and a word of `secondsight feedback`")
        return
    heads = ("kind", "model", "from", "labels", "true", "method", "version", "ECE", "log loss")
    table = Grid(*heads, title="Calibration (ECE and log loss on labels that the fit had not seen)")
    for group, stored in zip(groups, kept, strict=True):
        fit = group.fit
        row = [
            group.kind,
            group.model,
            group.source,
            str(len(group.truth)),
            str(sum(group.truth)),
        ]
        if fit is None:
            row += [f"none: {group.why_not}"]
        else:
            version = str(stored.version or "") if stored else ""
            row += [fit.curve.method, version]
            row += [
                f"{fit.ece_before:.3f} -> {fit.ece_after:.3f}",
                f"{fit.loss_before:.3f} -> {fit.loss_after:.3f}",
            ]
        table.row(*row)
    screen.print(table)
    for group in groups:
        if group.fit is not None:
            screen.print(_diagram(group, group.fit))


def _diagram(group: "CalibrationGroup", fit: "FittedCurve") -> Grid:
    """The reliability of a group before and after: in each tenth how many, what was said, and what came true."""
    from rich.table import Column

    from secondsight.certify import reliability

    heads = ("probability", "labels", "mean", "true", "labels", "mean", "true")
    columns = [Column(name, justify="right") for name in heads]
    table = Grid(*columns, title=f"{group.kind}: said and true, before | after")
    sides = [reliability(said, group.truth) for said in (group.raw, fit.unseen)]
    bins = [{one.low: one for one in side.bins} if side else {} for side in sides]
    for low in sorted({low for side in bins for low in side}):
        cells = [f"{low:.1f} to {low + 0.1:.1f}"]
        for side in bins:
            one = side.get(low)
            cells += [str(one.count), f"{one.mean:.2f}", f"{one.share:.2f}"] if one else ["", "", ""]
        table.row(*cells)
    return table


def _form(group: "CalibrationGroup", stored: "Calibration | None") -> dict[str, Any]:
    from secondsight.records import SCHEMA_VERSION

    fit = group.fit
    return {
        "schema": SCHEMA_VERSION,
        "type": "calibration",
        "kind": group.kind,
        "model": group.model,
        "source": group.source,
        "labels": len(group.truth),
        "true": sum(group.truth),
        "method": fit.curve.method if fit else None,
        "version": stored.version or None if stored else None,
        "ece_before": fit.ece_before if fit else None,
        "ece_after": fit.ece_after if fit else None,
        "log_loss_before": fit.loss_before if fit else None,
        "log_loss_after": fit.loss_after if fit else None,
        "problem": None if fit else group.why_not,
    }
