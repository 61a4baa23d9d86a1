from .metrics.evaluation import Evaluation
from .output.html import make_room, write_html
from .output.json import evaluation_to_json
from .output.tables import Table, tables
from .running.evaluate import evaluate
from .running.feedback import read_labels, to_feedback
from .running.recordings import read_folder, unwatched
from .running.suites import find_suite, prepare_suite

__all__ = [
    "Evaluation",
    "Table",
    "evaluate",
    "evaluation_to_json",
    "find_suite",
    "make_room",
    "prepare_suite",
    "read_folder",
    "read_labels",
    "tables",
    "to_feedback",
    "unwatched",
    "write_html",
]
