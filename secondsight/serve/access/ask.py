"""Questions about what happened, answered from what a person may see."""

import json

from secondsight.ask import QuestionAnswer, QuestionPlan, plan_from_json
from secondsight.errors import RefusedError
from secondsight.event_words import Language
from secondsight.serve.auth.rights import Principal, Right
from secondsight.serve.site import ServedSite


def ask(
    site: ServedSite,
    person: Principal,
    question: str,
    *,
    before: QuestionPlan | None = None,
    plan: QuestionPlan | None = None,
    language: Language | None = None,
) -> QuestionAnswer:
    """The answer to a question; names of cameras that the person may not see are as unknown as any other word.

    Args:
        before: the plan of the question that it goes on from.
        plan: the reading that was chosen.
        language: of the answer; that of the question by default.
    """
    person.need(Right.VIEW)
    return site.questions().ask(question, before=before, plan=plan, cameras=person.only(), language=language)


def read_plan(text: str | None) -> QuestionPlan | None:
    """A plan from JSON text. Raises RefusedError."""
    if not text:
        return None
    try:
        return plan_from_json(json.loads(text))
    except (ValueError, RecursionError):
        raise RefusedError(
            "this plan is not JSON; send the `plan` of an answer or a reading as it came"
        ) from None
