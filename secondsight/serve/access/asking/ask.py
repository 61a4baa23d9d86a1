"""Questions about what happened, and searches by words, answered from what a person may see."""

import json
from collections.abc import Sequence
from functools import lru_cache

from secondsight.ask import QuestionAnswer, QuestionPlan, language_of, plan_from_json
from secondsight.brain import Embedder, make_embedder
from secondsight.config import FindSettings
from secondsight.errors import RefusedError
from secondsight.event_words import Language
from secondsight.find import VerifiedFinds, find_events
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


def find(
    site: ServedSite,
    person: Principal,
    text: str,
    *,
    since: float | None = None,
    until: float | None = None,
    cameras: Sequence[str] = (),
    limit: int = 20,
) -> VerifiedFinds:
    """The events whose pictures are most like a text, of cameras that the person may see; a large model has looked at
    the best of them where the site has one.

    Raises:
        ConfigError: the text is empty, too long, or of a language that the model does not know.
    """
    person.need(Right.VIEW)
    settings = site.config.find if site.config is not None else FindSettings()
    found = find_events(
        text,
        site.store,
        site.data,
        _embedder(settings.model),
        since=since,
        until=until,
        cameras=person.only(tuple(cameras)),
        limit=limit,
    )
    verifier = site.find_verifier() if found else None
    return (
        VerifiedFinds(tuple(found)) if verifier is None else verifier.verified(text, found, language_of(text))
    )


@lru_cache(maxsize=1)
def _embedder(model: str) -> Embedder:
    """Loading it takes a moment."""
    return make_embedder(model)


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
