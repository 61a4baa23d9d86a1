"""Which extras, models and files belong to a site."""

from pathlib import Path
from typing import Any

from secondsight.config import make_site
from secondsight.offline import needs_of
from tests.table import table


@table(
    ("section", "extras"),
    [
        ({}, ()),
        ({"brain": {"backend": "clip", "model": "city-clip"}}, ("clip",)),
        ({"store": {"url": "postgresql+psycopg://u:p@h/d"}}, ("postgres",)),
        ({"report": {"daily": True}, "serve": {}}, ("console", "report")),
        ({"alerts": {"ha": {"type": "mqtt", "url": "mqtt://h"}}}, ("alerts",)),
        ({"sentinel": {"runtime": "onnxruntime"}}, ("onnxruntime",)),
        ({"learn": {"enabled": True}}, ("train",)),
    ],
)
def test_extras_follow_from_the_site(section: dict[str, Any], extras: tuple[str, ...]) -> None:
    values = {"cameras": {"hall": {"source": "x.mp4"}}, **section}
    needs = needs_of(make_site(values, Path("/srv")), Path("/srv"))
    assert needs.extras == extras
    assert needs.models == ("yolox-nano",)


@table(
    ("stage", "extras", "models"),
    [
        ({"reads": "text"}, ("plates",), ("yolox-nano",)),
        ({"reads": "text", "reader": "lprnet"}, (), ("yolox-nano", "lprnet")),
        ({"reads": "text", "reader": "lprnet", "model": "plates"}, (), ("yolox-nano", "plates", "lprnet")),
    ],
)
def test_what_reads_needs_its_networks_or_the_extra(
    stage: dict[str, Any], extras: tuple[str, ...], models: tuple[str, ...]
) -> None:
    values = {"cameras": {"hall": {"source": "x.mp4"}}, "sentinel": {"second_stage": {"plate": stage}}}
    needs = needs_of(make_site(values, Path("/srv")), Path("/srv"))
    assert (needs.extras, needs.models) == (extras, models)
