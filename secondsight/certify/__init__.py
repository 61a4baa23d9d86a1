"""Statistics that guarantees rest on. In: probabilities and outcomes, as numbers. Out: numbers and curves.

Pure: no files, no store, no settings. `cascade` reads probabilities with it, `measure` reports with it, `learn`
decides with it what goes live.
"""

from secondsight.certify.calibration.curves import Curve, Labelled
from secondsight.certify.calibration.fit import FittedCurve, fit_curves, shortage
from secondsight.certify.calibration.reliability import Bin, Reliability, brier, ece, log_loss, reliability
from secondsight.certify.change import ChangeTest
from secondsight.certify.prediction_powered import CorrectedMean, prediction_powered_mean
from secondsight.certify.promotion import (
    FALSE_REPORTS,
    Decision,
    FoundCounts,
    PairedDay,
    PromotionLimits,
    PromotionTest,
)
from secondsight.certify.risk_control import CertifiedThreshold, certify_threshold, risk_p_value
from secondsight.certify.sequential import Bounds, ConfidenceSequence, EProcess, cluster_means

__all__ = [
    "Bounds",
    "CertifiedThreshold",
    "ChangeTest",
    "ConfidenceSequence",
    "CorrectedMean",
    "Decision",
    "EProcess",
    "FALSE_REPORTS",
    "FoundCounts",
    "PairedDay",
    "PromotionLimits",
    "PromotionTest",
    "certify_threshold",
    "cluster_means",
    "prediction_powered_mean",
    "risk_p_value",
    "Bin",
    "Curve",
    "FittedCurve",
    "Labelled",
    "Reliability",
    "brier",
    "ece",
    "fit_curves",
    "log_loss",
    "reliability",
    "shortage",
]
