"""Ask: a box, and the answer with what it rests on. The address is the permalink."""

import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response

from secondsight.ask import QuestionAnswer, plan_to_json
from secondsight.serve.access import ask as access
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.console.page import Asked, PageRoute

router = APIRouter(prefix="/ask", route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class AskView:
    """What was asked and its answers.

    Attributes:
        answers: one for each thing that was asked in one breath; empty before the first question.
        before: the plan that the next question goes on from, as JSON.
    """

    question: str
    answers: tuple[QuestionAnswer, ...]
    before: str


@router.get("")
def ask(
    site: Served,
    person: Viewer,
    page: Asked,
    question: Annotated[str, Query(max_length=2000)] = "",
    before: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """The box, with the answer to what was asked."""
    if not question.strip():
        return page.show("ask.html", AskView("", (), ""), person)
    answer = access.ask(site, person, question, before=access.read_plan(before))
    plan = answer.last.plan
    onwards = before if plan is None else json.dumps(plan_to_json(plan))
    return page.show("ask.html", AskView(question, (answer, *answer.further), onwards), person)
