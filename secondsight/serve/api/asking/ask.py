"""/ask: a question in English or Chinese, and its answer with everything that it rests on."""

from typing import Annotated

from fastapi import APIRouter, Query

from secondsight.ask import answer_to_json
from secondsight.event_words import Language
from secondsight.serve.access.asking import ask as access
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
    plan: Annotated[
        str | None, Query(max_length=4000, description="`plan` of the reading that was chosen, as JSON.")
    ] = None,
    language: Annotated[
        Language | None, Query(description="Of the answer; that of the question if absent.")
    ] = None,
) -> AnswerOut:
    """Answer a question, or say in `refused` why not and what could be asked instead.

    Where it can be read in two ways, `refused.readings` has both; send the `plan` of one of them with the question.
    """
    answer = access.ask(
        site,
        person,
        question,
        before=access.read_plan(before),
        plan=access.read_plan(plan),
        language=language,
    )
    return AnswerOut.model_validate(answer_to_json(answer))
