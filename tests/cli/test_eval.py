"""`secondsight eval` and what a user can get wrong with it."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from secondsight.cli.eval import show
from secondsight.cli.output import Screen
from secondsight.measure.metrics.evaluation import CameraResult, evaluate_results
from tests.cli.conftest import Command
from tests.measure.samples import event, found, lookalike, recording


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("metro-qick",), "did you mean `metro-quick`?"),
        (("nowhere/at/all",), "known here: "),
        (("videos",), "there is no site.yaml in this folder"),
        (("videos", "--site", "none.yaml"), "none.yaml"),
        (("videos", "--site", "site.yaml"), "no labels for hall.mp4; write hall.json"),
        (("empty", "--site", "site.yaml"), "there is no video in this folder"),
        (("videos", "--html", "empty"), "--html: this is a folder"),
        (("videos", "--html", "site.yaml/report.html"), "--html: cannot write the page"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_mistakes(args: tuple[str, ...], says: str, command: Command, tmp_path: Path) -> None:
    for folder in ("videos", "empty"):
        (tmp_path / folder).mkdir()
    (tmp_path / "videos" / "hall.mp4").touch()
    (tmp_path / "site.yaml").write_text("cameras: {hall: {source: rtsp://hall}}\n")
    done = command("eval", *args)
    assert done.returncode == 2
    assert says in done.stderr
    assert not done.stdout


def test_tables_on_a_terminal() -> None:
    scene = recording([event(0, 10), event(50, 60)], [lookalike(20, 30)], simulated=True)
    out = io.StringIO()
    show(
        evaluate_results("metro-quick", [CameraResult(scene, (found(0, 10), found(20, 30)))], brain=True),
        Screen(console=Console(file=out, width=160)),
    )
    text = out.getvalue()
    for said in (
        "metro-quick (simulated)",
        "sentinel + brain",
        "P_miss",
        "0.500",
        "never suspected",
        "tying_shoe",
    ):
        assert said in text
