"""/rule-sentences: a sentence to rules, to be looked at, tried and then put to /rules."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from secondsight.ask import RuleRefusal
from secondsight.serve.access.asking import sentence as access
from secondsight.serve.api.forms.common import FormIn, FormOut
from secondsight.serve.auth.requests import Admin, Served

router = APIRouter(tags=["site file"])


class SentenceIn(FormIn):
    """What to watch for, in English or Chinese."""

    sentence: Annotated[str, Field(max_length=2000)]


class SentenceOut(FormOut):
    """The rules, by name, with what was understood; or in `refused` why there are none."""

    rules: dict[str, dict[str, Any]] = Field(default_factory=dict)
    understood: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    by_model: bool = False
    refused: str | None = None
    unknown: list[str] = Field(default_factory=list)
    nearest: list[str] = Field(default_factory=list)


@router.post("/rule-sentences")
def read(site: Served, person: Admin, body: SentenceIn) -> SentenceOut:
    """Read a sentence as rules. Nothing is written: put them to `/rules`."""
    found = access.read(site, person, body.sentence)
    if isinstance(found, RuleRefusal):
        notes = [found.note] if found.note else []
        return SentenceOut(
            refused=found.reason, unknown=list(found.unknown), nearest=list(found.nearest), notes=notes
        )
    return SentenceOut(
        rules={name: dict(settings) for name, settings in found.rules.items()},
        understood=list(found.understood),
        notes=list(found.notes),
        by_model=found.by_model,
    )
