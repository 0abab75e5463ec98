"""Predictions of every kind, and points drawn from them."""

import numpy as np

from core.distributions.laws import Predictive, gaussian, laplace, student_t
from core.distributions.mixture import GaussianMixture
from core.distributions.quantiles import QuantilePredictive

LEVELS = (0.025, 0.25, 0.5, 0.75, 0.975)


def predictions(n: int, seed: int = 0) -> dict[str, Predictive]:
    """One prediction of each kind at n points."""
    rng = np.random.default_rng(seed)
    mean, std = rng.normal(size=n), np.exp(rng.normal(size=n) / 3)
    steps = np.exp(rng.normal(size=(n, len(LEVELS))) / 3)
    return {
        "gaussian": gaussian(mean, std),
        "laplace": laplace(mean, std),
        "student_t": student_t(mean, std, 5.0),
        "mixture": GaussianMixture(
            rng.dirichlet([1, 1, 1], size=n),
            mean[:, None] + rng.normal(size=(n, 3)),
            std[:, None] * np.exp(rng.normal(size=(n, 3)) / 4),
        ),
        "quantiles": QuantilePredictive(LEVELS, mean[:, None] + np.cumsum(steps, axis=1)),
    }


def drawn(predictive: Predictive, n: int, seed: int = 1) -> np.ndarray:
    """One draw from each of the n predicted distributions, by inverting the cdf."""
    p = np.random.default_rng(seed).uniform(size=n)
    low = np.full(n, -1e3)
    high = np.full(n, 1e3)
    for _ in range(80):  # bisection on the cdf, so that the quantile formulas are not used
        middle = (low + high) / 2
        below = predictive.cdf(middle) < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2
