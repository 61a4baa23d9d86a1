"""Ask: a box, and the answer with what it rests on. The address is the permalink."""

import json
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from secondsight.ask import QuestionAnswer, plan_to_json
from secondsight.serve.access.asking import ask as access
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.console.page import Asked, PageRoute

router = APIRouter(prefix="/ask", route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class AskView:
    """What was asked and its answers.

    Attributes:
        answers: one for each thing that was asked in one breath; empty before the first question.
        before: the plan that the next question goes on from, as JSON.
        hears: whether the site writes down what is said.
        readings: what the question may mean, in words, each with the address that chooses it.
    """

    question: str
    answers: tuple[QuestionAnswer, ...]
    before: str
    readings: tuple[tuple[str, str], ...] = ()
    hears: bool = False


@router.get("")
def ask(
    site: Served,
    person: Viewer,
    page: Asked,
    question: Annotated[str, Query(max_length=2000)] = "",
    before: Annotated[str, Query(max_length=4000)] = "",
    plan: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """The box, with the answer to what was asked."""
    hears = site.config is not None and site.config.voice is not None
    if not question.strip():
        return page.show("ask.html", AskView("", (), "", hears=hears), person)
    answer = access.ask(site, person, question, before=access.read_plan(before), plan=access.read_plan(plan))
    last = answer.last.plan
    onwards = before if last is None else json.dumps(plan_to_json(last))
    view = AskView(question, (answer, *answer.further), onwards, _readings(question, answer), hears)
    return page.show("ask.html", view, person)


def _readings(question: str, answer: QuestionAnswer) -> tuple[tuple[str, str], ...]:
    found = answer.refused.readings if answer.refused is not None else ()
    return tuple(
        (one.words, "/ask?" + urlencode({"question": question, "plan": json.dumps(plan_to_json(one.plan))}))
        for one in found
    )
