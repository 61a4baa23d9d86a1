"""Learning: which pictures of a site are kept, who labels them, what is trained on them, and what goes live.

In: observations with frames (`Sampler`), events, people's labels. Out: samples, datasets, and bundles with the proof
that they may replace what is in production. Training needs the extra `train`: `networks`, `training` and `export` are
imported by themselves, so that all else pays for no torch.
"""

from secondsight.learn.catalogue.catalogue import LearnCatalogue, ShadowComparison
from secondsight.learn.catalogue.connection import FOLDER as LEARN_FOLDER
from secondsight.learn.catalogue.connection import INDEX as LEARN_INDEX
from secondsight.learn.datasets.build import Dataset, DatasetCard, DatasetItem, build_dataset, read_dataset
from secondsight.learn.datasets.exchange import (
    FORMATS,
    export_dataset,
    export_samples,
    format_named,
    import_labels,
)
from secondsight.learn.datasets.splits import Split
from secondsight.learn.distill.attributes import (
    FAMILY as ATTRIBUTE_FAMILY,
)
from secondsight.learn.distill.attributes import (
    SIZES as ATTRIBUTE_REGIONS,
)
from secondsight.learn.distill.attributes import (
    AttributeExample,
    AttributeReport,
    attribute_examples,
    distil_attribute,
)
from secondsight.learn.distill.decisions import Students, examples_of, load_student, save_student
from secondsight.learn.distill.student import Example, Student, StudentCertificate, teach
from secondsight.learn.jobs.automatic import EMBEDDER, BegunTraining, outlook, train_if_due
from secondsight.learn.jobs.launch import (
    Training,
    new_job,
    require_training,
    start_process,
    stop_process,
    trainings,
    unfinished,
)
from secondsight.learn.jobs.spec import JobSpec, JobState, JobStatus
from secondsight.learn.labels.asking import BrainQuestions
from secondsight.learn.labels.attribute_teachers import BrainTeacher, EmbeddingTeacher
from secondsight.learn.labels.from_events import new_labels, propagate, track_labels
from secondsight.learn.labels.labellers import BrainLabeller, TeacherLabeller
from secondsight.learn.labels.merge import least_certain, merge
from secondsight.learn.pictures import read_sample
from secondsight.learn.promote.bundles import model_of, predecessor, production, promote, propose, rollback
from secondsight.learn.promote.gate import RECALL, RECALL_BEFORE, GateResult, GateRow
from secondsight.learn.promote.lifecycle import LoopStep, advance, compare_bundles
from secondsight.learn.promote.shadow import disputed_samples
from secondsight.learn.promote.trial import TrialOutcome, TrialReport, refuted, run_trial
from secondsight.learn.samples.from_files import keep_disputed, keep_missed
from secondsight.learn.samples.retention import remove_old
from secondsight.learn.samples.sampler import Sampler
from secondsight.learn.triggers.drift import DriftReport, DriftSign, measure_drift
from secondsight.learn.triggers.due import TrainingCause, TrainingOutlook, TrainingReason
from secondsight.learn.values import (
    AttributeAnswer,
    AttributeTask,
    Bundle,
    BundleState,
    HistoryEntry,
    LabelledBox,
    LabelSource,
    Sample,
    SampleLabel,
    SampleReason,
)

__all__ = [
    "ATTRIBUTE_FAMILY",
    "ATTRIBUTE_REGIONS",
    "AttributeAnswer",
    "AttributeExample",
    "AttributeReport",
    "AttributeTask",
    "BrainQuestions",
    "BrainTeacher",
    "EMBEDDER",
    "EmbeddingTeacher",
    "FORMATS",
    "Example",
    "LEARN_FOLDER",
    "RECALL",
    "RECALL_BEFORE",
    "LEARN_INDEX",
    "BegunTraining",
    "BrainLabeller",
    "Bundle",
    "BundleState",
    "ShadowComparison",
    "Dataset",
    "DatasetCard",
    "DatasetItem",
    "DriftReport",
    "DriftSign",
    "GateResult",
    "GateRow",
    "HistoryEntry",
    "JobSpec",
    "JobState",
    "JobStatus",
    "LabelSource",
    "LabelledBox",
    "LearnCatalogue",
    "Sample",
    "SampleLabel",
    "SampleReason",
    "Sampler",
    "Split",
    "LoopStep",
    "Student",
    "StudentCertificate",
    "Students",
    "TeacherLabeller",
    "Training",
    "TrainingCause",
    "TrainingOutlook",
    "TrainingReason",
    "TrialOutcome",
    "TrialReport",
    "advance",
    "attribute_examples",
    "build_dataset",
    "compare_bundles",
    "disputed_samples",
    "distil_attribute",
    "examples_of",
    "export_dataset",
    "export_samples",
    "format_named",
    "import_labels",
    "keep_disputed",
    "keep_missed",
    "least_certain",
    "load_student",
    "measure_drift",
    "merge",
    "model_of",
    "new_job",
    "new_labels",
    "outlook",
    "predecessor",
    "production",
    "promote",
    "propagate",
    "propose",
    "read_dataset",
    "read_sample",
    "refuted",
    "remove_old",
    "require_training",
    "rollback",
    "run_trial",
    "save_student",
    "start_process",
    "stop_process",
    "teach",
    "track_labels",
    "train_if_due",
    "trainings",
    "unfinished",
]
