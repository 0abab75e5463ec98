"""How large a fault is: a factor with its interval, a bias, a coverage."""

import numpy as np
from scipy import special

from ...evaluation.judged import root_mean_square
from ...evaluation.repairs import Repairable, constant, fitted, in_normal_scores, no_column
from .case import Case
from .diagnosis import Diagnosis

_LEAST_CURVATURE = 0.01  # nats: below, a log factor is not known to ten


def factor_interval(factor: float, n: int, lost: int = 0, level: float = 0.95) -> tuple[float, float]:
    """The interval of the true factor of the std, from the root of mean z² of n points: (n − lost)·k̂²/k² ~ χ².

    `lost` counts the parameters fitted before. Exact for a Gaussian.
    """
    freedom = max(n - lost, 1)
    tails = special.chdtri(freedom, [(1 - level) / 2, (1 + level) / 2])
    low, high = factor * np.sqrt(n / np.maximum(tails, 1e-300))
    return float(low), float(high)


def fitted_factor(case: Case, found: Diagnosis) -> tuple[float, float, float]:
    """The factor of the std and the ends of its 95 % interval: of a Gaussian √mean z², about the mean z of a bias.

    Of another law the most likely factor, its interval from the curvature of the log score.
    """
    biased = any(blame.cause.startswith("bias") for blame in found.causes)
    if in_normal_scores(case.judged):
        z = found.z - found.z.mean() if biased else found.z
        factor = root_mean_square(z)
        return factor, *factor_interval(factor, z.size, int(biased))
    one = constant(found.points.n)
    repair = fitted(found.points, one if biased else no_column(found.points.n), one)
    middle, error = float(repair.log_factor[0]), _error(found.points, repair.shift, repair.log_factor)
    error *= float(np.sqrt(found.points.n / found.z.size))  # fitted to fewer points than there are
    return float(np.exp(middle)), float(np.exp(middle - 1.96 * error)), float(np.exp(middle + 1.96 * error))


def _error(points: Repairable, shift: np.ndarray, log_factor: np.ndarray, step: float = 0.02) -> float:
    """The standard error of the log factor, 1/√(−curvature of the total log score)."""
    low, middle, high = (float(np.sum(points.gain(shift, log_factor + off))) for off in (-step, 0.0, step))
    return float(1 / np.sqrt(max((2 * middle - low - high) / step**2, _LEAST_CURVATURE)))


def held(case: Case, level: float) -> float:
    """The share of the points inside their central interval."""
    lower, upper = case.judged.interval(level)
    return float(np.mean((lower <= case.judged.y) & (case.judged.y <= upper)))
