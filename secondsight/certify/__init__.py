"""Statistics that guarantees rest on. In: probabilities and outcomes, as numbers. Out: numbers and curves.

Pure: no files, no store, no settings. `cascade` reads probabilities with it, `measure` reports with it.
"""

from secondsight.certify.calibration.curves import Curve, Labelled
from secondsight.certify.calibration.fit import FittedCurve, fit_curves, shortage
from secondsight.certify.calibration.reliability import Bin, Reliability, brier, ece, log_loss, reliability

__all__ = [
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
