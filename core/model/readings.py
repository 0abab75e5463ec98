"""READINGS: what a network's outputs are taken to mean, apart from the loss that trained them.

A reading turns outputs (in the unit of y) into a predictive distribution. Changing the reading of a finished run
redraws and rescores it and trains nothing: the posted loss read as a log variance is the question's puzzle, the same
outputs read as a Laplace scale are a good model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import special

from core.distributions.mixture import GaussianMixture
from core.distributions.predictive import Predictive, gaussian, laplace, student_t
from core.distributions.quantiles import QuantilePredictive

__all__ = ["READINGS", "Reading"]


@dataclass(frozen=True)
class Reading:
    """A name for what the outputs mean, and how they become a distribution.

    `predictive(outputs, numbers)` takes outputs (..., H) in the unit of y and the loss's numbers. `short` stands after
    "read as".
    """

    name: str
    label: str
    short: str
    help: str
    predictive: Callable[[np.ndarray, Sequence[float]], Predictive]
    family: str = "a Gaussian"


def _gaussian(std: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray, Sequence[float]], Predictive]:
    """A Gaussian whose std is a function of the second output."""
    return lambda outputs, numbers: gaussian(outputs[..., 0], std(outputs[..., 1]))


def _laplace(scale: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray, Sequence[float]], Predictive]:
    return lambda outputs, numbers: laplace(outputs[..., 0], scale(outputs[..., 1]))


def _natural(outputs: np.ndarray, numbers: Sequence[float]) -> Predictive:
    std = np.exp(-0.5 * outputs[..., 1])
    return gaussian(outputs[..., 0] * std, std)


def _quantiles(outputs: np.ndarray, numbers: Sequence[float]) -> Predictive:
    return QuantilePredictive(tuple(numbers), outputs)


def _student(outputs: np.ndarray, numbers: Sequence[float]) -> Predictive:
    return student_t(outputs[..., 0], np.exp(outputs[..., 1]), float(numbers[0]))


def _student_learned(outputs: np.ndarray, numbers: Sequence[float]) -> Predictive:
    return student_t(outputs[..., 0], np.exp(outputs[..., 1]), 2 + np.exp(outputs[..., 2]))


def _evidential(outputs: np.ndarray, numbers: Sequence[float]) -> Predictive:
    # Student-t of 2α degrees of freedom, scale² = β(1 + ν)/(να).
    mean, nu, alpha = outputs[..., 0], np.exp(outputs[..., 1]), 1 + np.exp(outputs[..., 2])
    return student_t(mean, np.sqrt(np.exp(outputs[..., 3]) * (1 + 1 / nu) / alpha), 2 * alpha)


def _mixture(outputs: np.ndarray, numbers: Sequence[float]) -> Predictive:
    logits, means, log_stds = np.split(outputs, 3, axis=-1)
    return GaussianMixture(special.softmax(logits, axis=-1), means, np.exp(log_stds))


_ROWS = (
    Reading(
        "log_variance",
        "s is a log variance",
        "a log variance",
        "variance = exp(s), a Gaussian",
        _gaussian(lambda s: np.exp(0.5 * s)),
    ),
    Reading(
        "laplace_scale",
        "exp(s) is a Laplace scale",
        "a Laplace scale",
        "std = √2·exp(s), a Laplace distribution",
        _laplace(np.exp),
        "a Laplace distribution",
    ),
    Reading(
        "mean_absolute",
        "exp(s) is the mean absolute error of a Gaussian",
        "a Gaussian's E|r|",
        "std = √(π/2)·exp(s), a Gaussian",
        _gaussian(lambda s: np.sqrt(np.pi / 2) * np.exp(s)),
    ),
    Reading(
        "laplace_variance",
        "exp(s) is the variance of a Laplace distribution",
        "a Laplace variance",
        "std = exp(s/2), a Laplace distribution",
        _laplace(lambda s: np.exp(0.5 * s) / np.sqrt(2)),
        "a Laplace distribution",
    ),
    Reading("log_std", "s is a log std", "a log std", "std = exp(s), a Gaussian", _gaussian(np.exp)),
    Reading(
        "log_precision",
        "s is a log precision",
        "a log precision",
        "variance = exp(−s), a Gaussian",
        _gaussian(lambda s: np.exp(-0.5 * s)),
    ),
    Reading(
        "twice_variance",
        "exp(s) is twice the variance",
        "twice the variance",
        "variance = ½·exp(s), a Gaussian",
        _gaussian(lambda s: np.exp(0.5 * s) / np.sqrt(2)),
    ),
    Reading(
        "half_variance",
        "exp(s) is half the variance",
        "half the variance",
        "variance = 2·exp(s), a Gaussian",
        _gaussian(lambda s: np.exp(0.5 * s) * np.sqrt(2)),
    ),
    Reading(
        "relu_variance",
        "the second output is a variance",
        "a variance",
        "variance = max(v, 0), a Gaussian",
        _gaussian(lambda v: np.sqrt(np.maximum(v, 0.0))),
    ),
    Reading(
        "clamped_log_variance",
        "s is a log variance, clamped to −2…2",
        "a clamped log variance",
        "variance = exp(s) within 0.135 and 7.39, a Gaussian",
        _gaussian(lambda s: np.exp(0.5 * np.clip(s, -2, 2))),
    ),
    Reading(
        "natural",
        "natural parameters of a Gaussian",
        "natural parameters",
        "variance = exp(−t), mean = output·std",
        _natural,
    ),
    Reading(
        "student_t",
        "exp(s) is the scale of a Student-t",
        "a Student-t scale",
        "std = exp(s)·√(ν/(ν − 2)), a Student-t distribution",
        _student,
        "a Student-t distribution",
    ),
    Reading(
        "student_t_learned",
        "scale and ν of a Student-t",
        "a Student-t",
        "std = exp(s)·√(ν/(ν − 2)), ν = 2 + exp(t), a Student-t distribution",
        _student_learned,
        "a Student-t distribution",
    ),
    Reading(
        "quantiles",
        "quantiles of the target",
        "quantiles",
        "a distribution through the quantiles, with a Gaussian's tails",
        _quantiles,
        "a distribution with a Gaussian's tails",
    ),
    Reading(
        "mixture",
        "a mixture of Gaussians",
        "a mixture",
        "weights, means and stds of its components",
        _mixture,
        "a mixture of Gaussians",
    ),
    Reading(
        "evidential",
        "a normal-inverse-Gamma distribution",
        "evidence",
        "a Student-t of 2α degrees of freedom, scale² = β(1 + ν)/(να)",
        _evidential,
        "a Student-t distribution",
    ),
    Reading(
        "constant_variance",
        "one constant variance, of the residuals",
        "one constant",
        "variance = mean squared residual on the training points, the same at every x",
        _gaussian(lambda s: np.exp(0.5 * s)),
    ),
)

READINGS: Mapping[str, Reading] = MappingProxyType({row.name: row for row in _ROWS})
