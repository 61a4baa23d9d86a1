"""Questions over the store, in English and Chinese. In: a question, and who may see what. Out: an answer with its
figure, its bounds and its receipt, or a refusal with what could be asked instead.

A question becomes a typed plan, which `execute` counts in SQL. A large model may read the question beside the
grammar, and tell what pictures show; no figure, no name and no id comes from a model.
"""

from secondsight.ask.answer_json import answer_to_json, plan_from_json, plan_to_json
from secondsight.ask.asker import PlanReading, QuestionAnswer, QuestionRefusal, Questions
from secondsight.ask.brain import QuestionBrain, Sighting
from secondsight.ask.counting import Counting, CountingProcess
from secondsight.ask.grammar import language_of
from secondsight.ask.plan import (
    AskedPlace,
    Direction,
    EventStanding,
    GroupBy,
    Measure,
    QuestionPlan,
    TimeSpan,
)
from secondsight.ask.receipt import CitedPicture
from secondsight.ask.refusal import Why
from secondsight.ask.rules import RuleReading, RuleRefusal, read_rule, rule_by_model, rules_as_yaml
from secondsight.ask.vocabulary import Vocabulary

__all__ = [
    "CitedPicture",
    "Counting",
    "CountingProcess",
    "PlanReading",
    "QuestionBrain",
    "Sighting",
    "QuestionAnswer",
    "Questions",
    "Direction",
    "GroupBy",
    "Measure",
    "AskedPlace",
    "QuestionPlan",
    "QuestionRefusal",
    "RuleReading",
    "RuleRefusal",
    "TimeSpan",
    "EventStanding",
    "Vocabulary",
    "Why",
    "answer_to_json",
    "plan_from_json",
    "language_of",
    "plan_to_json",
    "read_rule",
    "rule_by_model",
    "rules_as_yaml",
]
