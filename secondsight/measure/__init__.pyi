from .metrics.evaluation import Evaluation, evaluate_results
from .output.html import make_room, write_html
from .output.json import evaluation_to_json
from .output.tables import Table, tables, things_table
from .running.evaluate import collect, evaluate
from .running.feedback import read_labels, to_feedback
from .running.recordings import read_folder, unwatched
from .running.rule_trial import SimulatedTrial, StoredTrial, try_in_city, try_on_stored
from .running.suites import find_suite, prepare_suite

__all__ = [
    "Evaluation",
    "SimulatedTrial",
    "StoredTrial",
    "Table",
    "collect",
    "evaluate",
    "evaluate_results",
    "evaluation_to_json",
    "find_suite",
    "make_room",
    "prepare_suite",
    "read_folder",
    "read_labels",
    "tables",
    "things_table",
    "to_feedback",
    "try_in_city",
    "try_on_stored",
    "unwatched",
    "write_html",
]
