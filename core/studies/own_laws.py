"""Noises and predictive distributions once more, from SciPy's laws and formulas of their own: the truth claims meet.

Nothing here asks the code that made a claim. y has shape (n, k): k nodes at each of n places; outputs are (n, H).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Array = NDArray[np.float64]
Columns = Sequence[Array]  # of outputs, (n, 1) each

_NARROW = 1 / np.sqrt(0.9 + 0.1 * 25)
_TAILS = (1e-14, 1e-11, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 5e-3, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45)
_NODES = 8  # of Gauss and Legendre between two of these quantiles


class _Outliers:
    """0.9 N(0, s²) + 0.1 N(0, (5s)²), of variance 1."""

    def pdf(self, z: Array) -> Array:
        return 0.9 * stats.norm.pdf(z, scale=_NARROW) + 0.1 * stats.norm.pdf(z, scale=5 * _NARROW)

    def cdf(self, z: Array) -> Array:
        return 0.9 * stats.norm.cdf(z, scale=_NARROW) + 0.1 * stats.norm.cdf(z, scale=5 * _NARROW)

    def ppf(self, level: Array) -> Array:
        grid = np.concatenate([np.linspace(-40, -5, 700), np.linspace(-5, 5, 4001), np.linspace(5, 40, 700)])
        return np.interp(level, self.cdf(grid), grid)


NOISES: Mapping[str, Any] = MappingProxyType(
    {
        "gaussian": stats.norm(),
        "laplace": stats.laplace(scale=np.sqrt(0.5)),
        "student_t": stats.t(5, scale=np.sqrt(0.6)),
        "skewed": stats.gamma(4, loc=-2, scale=0.5),
        "outliers": _Outliers(),
    }
)


@lru_cache
def quadrature(noise: str) -> tuple[Array, Array]:
    """Nodes z and weights, (k,) each, with Σ w·g(z) = E g(Z): Gauss and Legendre's rule between quantiles of Z."""
    law = NOISES[noise]
    edges = np.unique(law.ppf(np.array([*_TAILS, *(1 - np.array(_TAILS)), 0.5])))
    at, weight = np.polynomial.legendre.leggauss(_NODES)
    half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    z = (middle + half * at).ravel()
    return z, (half * weight).ravel() * law.pdf(z)


@lru_cache
def entropy(noise: str) -> float:
    """−E log p(Z), nats."""
    z, weights = quadrature(noise)
    with np.errstate(divide="ignore"):
        logs = np.log(NOISES[noise].pdf(z))
    return float(-np.sum(weights * np.where(weights > 0, logs, 0)))


# Log densities: of y (n, k), with parameters (n, 1)


def _gaussian(y: Array, mean: Array, std: Array) -> Array:
    return -0.5 * np.log(2 * np.pi) - np.log(std) - 0.5 * ((y - mean) / std) ** 2


def _laplace(y: Array, mean: Array, b: Array) -> Array:
    return -np.log(2 * b) - np.abs(y - mean) / b


def student(y: Array, mean: Array, scale: Array, nu: Array) -> Array:
    """The log density of a Student-t distribution."""
    # Of large ν the difference of two log gammas loses its digits, and its series is exact.
    half_step = np.where(
        nu > 1e5, 0.5 * np.log(nu / 2) - 0.25 / nu, special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2)
    )
    constant = half_step - 0.5 * np.log(nu * np.pi) - np.log(scale)
    return constant - 0.5 * (nu + 1) * np.log1p(((y - mean) / scale) ** 2 / nu)


def _mixture(y: Array, logits: Array, means: Array, stds: Array) -> Array:
    weights = special.log_softmax(logits, axis=-1)
    each = [weights[:, [k]] + _gaussian(y, means[:, [k]], stds[:, [k]]) for k in range(logits.shape[1])]
    return special.logsumexp(np.array(each), axis=0)


def knots(values: Array, levels: Array) -> tuple[Array, Array]:
    """Of the straight lines in z = Φ⁻¹(level) between quantiles: their slopes (n, Q − 1) and knots (n, Q).

    Crossing quantiles are sorted; a line has a least slope, a thousandth of that of the whole.
    """
    z, values = special.ndtri(levels), np.sort(values, axis=-1)
    whole = (values[:, -1:] - values[:, :1]) / (z[-1] - z[0])
    least = np.maximum(1e-3 * whole, 1e-12 * np.abs(values).max(-1, keepdims=True) + 1e-150)
    slopes = np.maximum(np.diff(values) / np.diff(z), least)
    climb = np.concatenate([np.zeros_like(whole), np.cumsum(slopes * np.diff(z), axis=-1)], axis=-1)
    middle = len(z) // 2
    return slopes, values[:, middle : middle + 1] + climb - climb[:, middle : middle + 1]


def _quantiles(y: Array, values: Array, levels: Array) -> Array:
    slopes, places = knots(values, levels)
    z = special.ndtri(levels)
    piece = np.zeros(y.shape, int)
    for k in range(1, len(z) - 1):
        piece += y >= places[:, [k]]
    rows = np.arange(len(y))[:, None]
    slope = slopes[rows, piece]
    return -np.log(slope) - 0.5 * np.log(2 * np.pi) - 0.5 * ((y - places[rows, piece]) / slope + z[piece]) ** 2


class Predicted:
    """What outputs say under a reading: the log density of y, the mean and std, and the same moved or scaled.

    `log_density(y, move, factor)` is that of a prediction whose mean lies `move` further and whose distances from it
    are `factor` times as large; both are (n, 1) or numbers.
    """

    def __init__(self, density: Callable[[Array], Array], mean: Array, std: Array, family: str):
        self._density, self.mean, self.std, self.family = density, mean, std, family

    def log_density(self, y: Array, move: Any = 0.0, factor: Any = 1.0) -> Array:
        """log q(y), (n, k)."""
        with np.errstate(all="ignore"):
            return self._density(self.mean + (y - self.mean - move) / factor) - np.log(factor)

    @property
    def is_symmetric(self) -> bool:
        """Whether it is a Gaussian, a Laplace or a Student-t distribution."""
        return self.family in ("a Gaussian", "a Laplace distribution", "a Student-t distribution")


def _of_gaussian(mean: Array, std: Array) -> Predicted:
    return Predicted(lambda y: _gaussian(y, mean, std), mean, std, "a Gaussian")


def _of_laplace(mean: Array, b: Array) -> Predicted:
    return Predicted(lambda y: _laplace(y, mean, b), mean, np.sqrt(2) * b, "a Laplace distribution")


def _of_student(mean: Array, scale: Array, nu: Array) -> Predicted:
    nu = np.broadcast_to(nu, scale.shape)
    std = scale * np.sqrt(np.where(nu > 1e12, 1.0, nu / (nu - 2)))
    return Predicted(lambda y: student(y, mean, scale, nu), mean, std, "a Student-t distribution")


def _evidential(o: Columns, k: Mapping[str, Any]) -> Predicted:
    nu, alpha, beta = np.exp(o[1]), 1 + np.exp(o[2]), np.exp(o[3])
    return _of_student(o[0], np.sqrt(beta * (1 + nu) / (nu * alpha)), 2 * alpha)


def _of_mixture(o: Columns, k: Mapping[str, Any]) -> Predicted:
    count = len(o) // 3
    logits, means, log_stds = (np.concatenate(o[part * count : (part + 1) * count], axis=-1) for part in range(3))
    weights, stds = special.softmax(logits, axis=-1), np.exp(log_stds)
    mean = np.sum(weights * means, axis=-1, keepdims=True)
    var = np.sum(weights * (stds**2 + (means - mean) ** 2), axis=-1, keepdims=True)
    return Predicted(lambda y: _mixture(y, logits, means, stds), mean, np.sqrt(var), "a mixture of Gaussians")


def _of_quantiles(o: Columns, k: Mapping[str, Any]) -> Predicted:
    values, levels = np.concatenate(o, axis=-1), np.array(k["levels"])
    slopes, places = knots(values, levels)
    z, weights = quadrature("gaussian")
    piece = np.sum(z[:, None] >= special.ndtri(levels)[1:-1], axis=-1)
    y = places[:, piece] + slopes[:, piece] * (z - special.ndtri(levels)[piece])
    mean = (y @ weights)[:, None]
    std = np.sqrt(((y - mean) ** 2) @ weights)[:, None]
    return Predicted(lambda y: _quantiles(y, values, levels), mean, std, "a distribution with a Gaussian's tails")


# The formulas of a std that the studies know by hand.
_OWN_STDS: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {"s": lambda s: s, "softplus(s)": lambda s: np.logaddexp(0.0, s)}
)
READINGS: Mapping[str, Callable[[Columns, Mapping[str, Any]], Predicted]] = MappingProxyType(
    {
        "log_variance": lambda o, k: _of_gaussian(o[0], np.exp(0.5 * o[1])),
        "constant_variance": lambda o, k: _of_gaussian(o[0], np.exp(0.5 * o[1])),
        "laplace_scale": lambda o, k: _of_laplace(o[0], np.exp(o[1])),
        "mean_absolute": lambda o, k: _of_gaussian(o[0], np.sqrt(np.pi / 2) * np.exp(o[1])),
        "laplace_variance": lambda o, k: _of_laplace(o[0], np.exp(0.5 * o[1]) / np.sqrt(2)),
        "log_std": lambda o, k: _of_gaussian(o[0], np.exp(o[1])),
        "log_precision": lambda o, k: _of_gaussian(o[0], np.exp(-0.5 * o[1])),
        "twice_variance": lambda o, k: _of_gaussian(o[0], np.sqrt(0.5 * np.exp(o[1]))),
        "half_variance": lambda o, k: _of_gaussian(o[0], np.sqrt(2 * np.exp(o[1]))),
        "relu_variance": lambda o, k: _of_gaussian(o[0], np.sqrt(np.maximum(o[1], 0))),
        "clamped_log_variance": lambda o, k: _of_gaussian(o[0], np.exp(0.5 * np.clip(o[1], -2, 2))),
        "natural": lambda o, k: _of_gaussian(o[0] * np.exp(-0.5 * o[1]), np.exp(-0.5 * o[1])),
        "student_t": lambda o, k: _of_student(o[0], np.exp(o[1]), k["nu"]),
        "student_t_learned": lambda o, k: _of_student(o[0], np.exp(o[1]), 2 + np.exp(o[2])),
        "evidential": _evidential,
        "mixture": _of_mixture,
        "quantiles": _of_quantiles,
        "own": lambda o, k: _of_gaussian(o[0], _OWN_STDS[k["reading_formula"]](o[1])),
    }
)


def predicted(reading: str, outputs: Array, settings: Mapping[str, Any]) -> Predicted:
    """What outputs (n, H) say under a reading; `settings` are those of the loss by their short names."""
    with np.errstate(all="ignore"):
        return READINGS[reading]([column[:, None] for column in np.asarray(outputs, float).T], settings)


def gap(predicted: Predicted, mean: Array, std: Array, noise: str, move: Any = 0.0, factor: Any = 1.0) -> Array:
    """KL(true ‖ predicted) at each place, (n,), by quadrature over the noise around mean (n,) of std (n,)."""
    z, weights = quadrature(noise)
    with np.errstate(all="ignore"):
        logs = predicted.log_density(mean[:, None] + std[:, None] * z, move, factor)
        return -(logs @ weights) - entropy(noise) - np.log(std)
