"""Writes an evaluation as one self-contained page: tables and plots, nothing loaded from anywhere."""

import tempfile
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from secondsight.errors import ConfigError
from secondsight.masking import showable
from secondsight.measure.metrics.evaluation import Evaluation
from secondsight.measure.output.plots import plots
from secondsight.measure.output.tables import tables, things_table, title


def make_room(out: Path) -> None:
    """See that the page can be written to the file `out`, before the hours that a measurement may take.

    Raises:
        ConfigError: it cannot.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise _unwritable(out, error) from None
    if out.is_dir():
        raise ConfigError(
            "this is a folder; name a file in it, such as report.html", file=str(out), key="--html"
        )


def write_html(evaluation: Evaluation, out: Path, *, command: str = "") -> Path:
    """Write the page to the file `out`; returns it.

    Args:
        command: that was run, shown under the title.

    Raises:
        ConfigError: the file cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("secondsight.measure"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=showable,
    )
    page = environment.get_template("evaluation.html").render(
        title=title(evaluation),
        simulated=evaluation.simulated,
        command=command,
        tables=tables(evaluation),
        things=things_table(evaluation),
        plots=plots(evaluation),
    )
    make_room(out)
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise _unwritable(out, error) from None
    return out


def _unwritable(out: Path, error: OSError) -> ConfigError:
    return ConfigError(f"cannot write the page: {error.strerror}", file=str(out), key="--html")
