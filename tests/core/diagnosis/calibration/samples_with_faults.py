"""Predictions with a known fault, or none, at points of x in [0, 10] with σ(x) = 0.1 + 0.1·x."""

import numpy as np

from core.evaluation.predictions import Predictions


def of_file(mean: np.ndarray, std: np.ndarray, y: np.ndarray, x: np.ndarray | None = None) -> Predictions:
    return Predictions(mean, std, y, x, x_is_date=False, family="gaussian")


def drawn(seed: int, n: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray, np.ndarray]:
    """A generator, x, the true mean and the true std."""
    rng = np.random.default_rng([seed, n])
    x = rng.uniform(0, 10, n)
    return rng, x, np.sin(x), 0.1 + 0.1 * x


def right(seed: int, n: int) -> Predictions:
    return biased(seed, n, 0.0)


def biased(seed: int, n: int, off: float) -> Predictions:
    rng, x, mean, std = drawn(seed, n)
    return of_file(mean, std, mean + off * std + std * rng.normal(size=n), x)


def scaled(seed: int, n: int, factor: float) -> Predictions:
    rng, x, mean, std = drawn(seed, n)
    return of_file(mean, std / factor, mean + std * rng.normal(size=n), x)


def constant(seed: int, n: int) -> Predictions:
    rng, x, mean, std = drawn(seed, n)
    return of_file(mean, np.full(n, np.sqrt(np.mean(std**2))), mean + std * rng.normal(size=n), x)


def chained(seed: int, n: int, correlation: float) -> Predictions:
    rng, x, mean, std = drawn(seed, n)
    z = rng.normal(size=n)
    for i in range(1, n):
        z[i] = correlation * z[i - 1] + np.sqrt(1 - correlation**2) * z[i]
    return of_file(mean, std, mean + std * z, x)


def reversed_std(seed: int, n: int) -> Predictions:
    rng, x, mean, std = drawn(seed, n)
    return of_file(mean, std[::-1], mean + std * rng.normal(size=n), x)


def shuffled_std(seed: int, n: int) -> Predictions:
    rng, x, mean, std = drawn(seed, n)
    return of_file(mean, rng.permutation(std), mean + std * rng.normal(size=n), x)


def variance_for_std(seed: int, n: int) -> Predictions:
    rng, x, mean, std = drawn(seed, n)
    return of_file(mean, std**2, mean + std * rng.normal(size=n), x)


def heavy(seed: int, n: int) -> Predictions:
    rng, x, mean, std = drawn(seed, n)
    return of_file(mean, std, mean + std * rng.standard_t(3, n) / np.sqrt(3), x)


def bent(seed: int, n: int) -> Predictions:
    rng, x, mean, std = drawn(seed, n)
    return of_file(mean, std, mean + std * (0.7 * np.sin(1.3 * x) + rng.normal(size=n)), x)
