"""A sentence to rules. In: what a person wants to hear about, in English or Chinese, and the site. Out: rules as they
stand in the site file with what was understood in words, or why not and the nearest that can be watched for. Every
word must be known and have its place in the rules, as in questions.
"""

from secondsight.ask.rules.model import rule_by_model, rule_request
from secondsight.ask.rules.reading import RuleReading, RuleRefusal, rules_as_yaml
from secondsight.ask.rules.sentence import read_rule

__all__ = ["RuleReading", "RuleRefusal", "read_rule", "rule_by_model", "rule_request", "rules_as_yaml"]
