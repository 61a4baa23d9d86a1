"""What a large model does for questions. In: a question, the names of the site, events. Out: plans that were checked,
and sentences that cite pictures. It is paid from the budget, stands in the ledger, and leaves as `egress` allows."""

from secondsight.ask.brain.question_brain import QuestionBrain, Sighting
from secondsight.ask.brain.readings import agree

__all__ = ["QuestionBrain", "Sighting", "agree"]
