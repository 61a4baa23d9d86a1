"""/ask: a question in English or Chinese, and its answer with everything that it rests on."""

import json
from typing import Annotated

from fastapi import APIRouter, Query

from secondsight.ask import Plan, answer_to_json, plan_from_json
from secondsight.errors import RefusedError
from secondsight.event_words import Language
from secondsight.serve.access import ask as access
from secondsight.serve.api.forms.ask import AnswerOut
from secondsight.serve.auth.requests import Served, Viewer

router = APIRouter(tags=["ask"])


@router.get("/ask")
def ask(
    site: Served,
    person: Viewer,
    question: Annotated[str, Query(min_length=1, max_length=2000)],
    before: Annotated[
        str | None,
        Query(max_length=4000, description="`plan` of the answer that this question goes on from, as JSON."),
    ] = None,
    language: Annotated[
        Language | None, Query(description="Of the answer; that of the question if absent.")
    ] = None,
) -> AnswerOut:
    """Answer a question, or say in `refused` why not and what could be asked instead."""
    answer = access.ask(site, person, question, before=read_plan(before), language=language)
    return AnswerOut.model_validate(answer_to_json(answer))


def read_plan(text: str | None) -> Plan | None:
    """A plan from JSON text. Raises RefusedError."""
    if not text:
        return None
    try:
        return plan_from_json(json.loads(text))
    except (ValueError, RecursionError):
        raise RefusedError("`before` is not JSON; send the `plan` of the answer before as it came") from None
