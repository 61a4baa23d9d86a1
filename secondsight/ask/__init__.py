"""Questions over the store, in English and Chinese. In: a question, and who may see what. Out: an answer with its
figure, its bounds and its receipt, or a refusal with what could be asked instead.

A question becomes a typed plan, which `execute` counts in SQL. No figure, no name and no id comes from a model.
"""

from secondsight.ask.answer_json import answer_to_json, plan_from_json, plan_to_json
from secondsight.ask.asker import QuestionAnswer, QuestionRefusal, Questions
from secondsight.ask.plan import (
    AskedPlace,
    Direction,
    EventStanding,
    GroupBy,
    Measure,
    QuestionPlan,
    TimeSpan,
)
from secondsight.ask.refusal import Why
from secondsight.ask.vocabulary import Vocabulary

__all__ = [
    "QuestionAnswer",
    "Questions",
    "Direction",
    "GroupBy",
    "Measure",
    "AskedPlace",
    "QuestionPlan",
    "QuestionRefusal",
    "TimeSpan",
    "EventStanding",
    "Vocabulary",
    "Why",
    "answer_to_json",
    "plan_from_json",
    "plan_to_json",
]
