"""The Kalman filter of DeepSORT: a box that goes on as it went, with an uncertainty that grows with its size.

State: centre x, centre y, aspect (width over height), height, and the velocity of each (Wojke, Bewley, Paulus 2017,
section 2.1). The paper counts in pictures, at the 25 to 30 per second of its data, and states its noise per picture;
here looks come at any rate, so one unit of time is 1/30 s and the noise of a longer step grows with its units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 30.0
"""Units of time per second."""
GATE = 9.4877
"""0.95 quantile of the chi-square distribution with the measurement's 4 degrees of freedom."""
_POSITION, _VELOCITY = 1 / 20, 1 / 160
"""Deviations per unit of time, as shares of the height, as in the authors' code."""
_ASPECT, _ASPECT_VELOCITY, _ASPECT_MEASURED = 1e-2, 1e-5, 1e-1
_MEASURE: NDArray[np.float64] = np.eye(4, 8)


class Gaussian(NamedTuple):
    """A state: mean float64 (8,), covariance float64 (8, 8)."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


def measured(xyxy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners (n, 4) as centre x, centre y, aspect, height (n, 4)."""
    size = np.maximum(xyxy[:, 2:] - xyxy[:, :2], 1e-6)
    centre = (xyxy[:, :2] + xyxy[:, 2:]) / 2
    return np.column_stack((centre, size[:, 0] / size[:, 1], size[:, 1]))


def corners_of(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners (4,) of a state's mean."""
    aspect, height = mean[2:4]
    half = np.array((max(aspect, 1e-3) * height, height)) / 2
    return np.concatenate((mean[:2] - half, mean[:2] + half))


def begun(measurement: NDArray[np.float64]) -> Gaussian:
    """The state of an object seen for the first time, standing still as far as is known."""
    height = measurement[3]
    deviation = np.array(
        [2 * _POSITION * height] * 2
        + [_ASPECT, 2 * _POSITION * height]
        + [10 * _VELOCITY * height] * 2
        + [_ASPECT_VELOCITY, 10 * _VELOCITY * height]
    )
    return Gaussian(np.concatenate((measurement, np.zeros(4))), np.diag(deviation**2))


def predicted(state: Gaussian, seconds: float) -> Gaussian:
    """The state `seconds` later."""
    steps, height = seconds * RATE, state.mean[3]
    motion = np.eye(8)
    motion[:4, 4:] = steps * np.eye(4)
    place, speed = _POSITION * height, _VELOCITY * height
    deviation = np.array([place, place, _ASPECT, place, speed, speed, _ASPECT_VELOCITY, speed])
    noise = np.diag(deviation**2 * steps)
    return Gaussian(motion @ state.mean, motion @ state.covariance @ motion.T + noise)


def updated(state: Gaussian, measurement: NDArray[np.float64]) -> Gaussian:
    """The state after a measurement (4,)."""
    expected, spread = _projected(state)
    gain = np.linalg.solve(spread, _MEASURE @ state.covariance).T
    mean = state.mean + gain @ (measurement - expected)
    return Gaussian(mean, state.covariance - gain @ spread @ gain.T)


def distances(state: Gaussian, measurements: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared Mahalanobis distance (n,) of measurements (n, 4); equation 1 of the paper."""
    expected, spread = _projected(state)
    away = measurements - expected
    result: NDArray[np.float64] = np.einsum("ni,ni->n", away, np.linalg.solve(spread, away.T).T)
    return result


def _projected(state: Gaussian) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (4,) and covariance (4, 4) of what will be measured."""
    place = _POSITION * state.mean[3]
    noise = np.diag(np.array([place, place, _ASPECT_MEASURED, place]) ** 2)
    return state.mean[:4], _MEASURE @ state.covariance @ _MEASURE.T + noise
