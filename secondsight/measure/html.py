"""Writes an evaluation as one self-contained page: tables and plots, nothing loaded from anywhere."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from secondsight.errors import ConfigError
from secondsight.measure.assess import Evaluation
from secondsight.measure.plots import plots
from secondsight.measure.tables import tables, things_table, title


def write_html(evaluation: Evaluation, out: Path, *, command: str = "") -> Path:
    """Write the page to the file `out`; returns it.

    Args:
        command: that was run, shown under the title.

    Raises:
        ConfigError: the file cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("secondsight.measure"), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("evaluation.html").render(
        title=title(evaluation),
        simulated=evaluation.simulated,
        command=command,
        tables=tables(evaluation),
        things=things_table(evaluation),
        plots=plots(evaluation),
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write the page: {error.strerror}", file=str(out), key="--html") from None
    return out
