"""Losses of squared residuals: squared error, the Gaussian NLL and what is made of it, and the Gaussian's CRPS."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import special

from core.model.losses.row import EVERY_SPREAD, LOG_VARIANCE, MEAN, Array, Loss, Output, Outputs, Terms

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_ROOT_PI = math.sqrt(math.pi)
_ROOT_2 = math.sqrt(2)


def _gaussian(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, s = outputs
    return 0.5 * xp.exp(-s) * (y - mean) ** 2, 0.5 * s, xp.zeros_like(s)


def gaussian_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    """Of the Gaussian NLL."""
    weighted = np.exp(-outputs[1]) * (y - outputs[0])
    terms[0] = 0.5 * weighted * (y - outputs[0])
    terms[1] = 0.5 * outputs[1]
    slopes[0] = -weighted
    slopes[1] = 0.5 - terms[0]


def _beta(
    xp: Any,
    stop: Callable[[Array], Array],
    y: Array,
    outputs: Outputs,
    numbers: Sequence[float],
) -> Array:
    residual, scale, _ = _gaussian(xp, y, outputs, ())
    return stop(xp.exp(numbers[0] * outputs[1])) * (residual + scale)


def _beta_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    weighted = np.exp(-outputs[1]) * (y - outputs[0])
    factor = np.exp(numbers[0] * outputs[1])
    terms[0] = 0.5 * weighted * (y - outputs[0])
    terms[1] = 0.5 * outputs[1]
    slopes[0] = -factor * weighted
    slopes[1] = factor * (0.5 - terms[0])


def _faithful(
    xp: Any,
    stop: Callable[[Array], Array],
    y: Array,
    outputs: Outputs,
    numbers: Sequence[float],
) -> Array:
    mean, s = outputs
    residual, scale, _ = _gaussian(xp, y, (stop(mean), s), ())
    return 0.5 * (y - mean) ** 2 + residual + scale


def _faithful_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    terms[0] = 0.5 * np.exp(-outputs[1]) * (y - outputs[0]) ** 2
    terms[1] = 0.5 * outputs[1]
    slopes[0] = outputs[0] - y
    slopes[1] = 0.5 - terms[0]


def _squared(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    residual = 0.5 * (y - outputs[0]) ** 2
    return residual, xp.zeros_like(residual), xp.zeros_like(residual)


def _squared_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    terms[0] = 0.5 * (y - outputs[0]) ** 2
    slopes[0] = outputs[0] - y


def _natural(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    # −η₁y − η₂y² − η₁²/(4η₂), with η₂ = −½·exp(t) and η₁ = a·exp(t/2), is a square: so written it loses no digits.
    # Papers take η₁ itself for the output. It is mean/variance, hundreds of times the mean where the noise is small,
    # and has to follow every move of t: on the quick curve at σ = 0.05 it ends 0.12 nats above the floor, a at 0.01.
    a, t = outputs
    return 0.5 * (y * xp.exp(0.5 * t) - a) ** 2, -0.5 * t, xp.zeros_like(t)


def _natural_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    root = np.exp(0.5 * outputs[1])
    z = root * y - outputs[0]
    terms[0] = 0.5 * z**2
    terms[1] = -0.5 * outputs[1]
    slopes[0] = -z
    slopes[1] = 0.5 * root * y * z - 0.5


def _natural_rescale(outputs: np.ndarray, shift: float, scale: float) -> np.ndarray:
    a, t = outputs[..., 0], outputs[..., 1]
    with np.errstate(over="ignore", invalid="ignore"):  # outputs that ran away
        return np.stack([a + shift * np.exp(0.5 * t) / scale, t - 2 * np.log(scale)], axis=-1)


def _crps(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    # E|Y − y| − ½·E|Y − Y′|, Y and Y′ from the prediction.
    std = xp.exp(0.5 * outputs[1])
    z = (y - outputs[0]) / std
    erf = special.erf if xp is np else xp.erf
    to_y = std * (z * erf(z / _ROOT_2) + math.sqrt(2 / math.pi) * xp.exp(-0.5 * z**2))
    return to_y, -std / _ROOT_PI, xp.zeros_like(std)


def _crps_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    for i in range(y.size):
        std = math.exp(0.5 * outputs[1, i])
        z = (y[i] - outputs[0, i]) / std
        erf, density = math.erf(z / 1.4142135623730951), math.exp(-0.5 * z * z) * 0.3989422804014327
        terms[0, i] = std * (z * erf + 2.0 * density)
        terms[1, i] = -std * 0.5641895835477563
        slopes[0, i] = -erf
        slopes[1, i] = std * (density - 0.5 * 0.5641895835477563)


GAUSSIAN_NLL = Loss(
    name="gaussian_nll",
    label="Gaussian NLL",
    help="Kendall & Gal's aleatoric loss: the second output is the log variance.",
    latex=r"\tfrac12 e^{-s} (y-\mu)^2 + \tfrac12 s",
    outputs=(MEAN, LOG_VARIANCE),
    terms=_gaussian,
    gradient=gaussian_gradient,
    closed_floor=lambda noise, std: 0.5 + np.log(std),
    readings=("log_variance",),
    reference="Nix & Weigend 1994, doi:10.1109/ICNN.1994.374138; Kendall & Gal 2017, arXiv:1703.04977, eq. 8",
    unit_shift=1.0,
    constant=HALF_LOG_2PI,
    weighted_power=2,
    bounds=(*EVERY_SPREAD, "epsilon"),
)

SQUARED_ERROR = Loss(
    name="squared_error",
    label="Squared error",
    help="No second output: the spread is one constant, the variance of the residuals on the training points.",
    latex=r"\tfrac12 (y-\mu)^2",
    outputs=(MEAN,),
    terms=_squared,
    gradient=_squared_gradient,
    closed_floor=lambda noise, std: 0.5 * np.asarray(std) ** 2,
    readings=("constant_variance",),
    reference="Gauss 1809; a Gaussian NLL of fixed variance",
    unit_power=2,
    term_names=("squared error",),
)

ROWS = (
    GAUSSIAN_NLL,
    # The next two are shown and judged as the plain NLL: their own values may rise while a fit improves.
    replace(
        GAUSSIAN_NLL,
        name="beta_nll",
        label="β-NLL",
        help="Each point's Gaussian NLL times its σ^2β: plain NLL neglects the mean where the spread is large. "
        "The loss shown is the plain NLL.",
        latex=r"\lfloor e^{\beta s} \rfloor \left( \tfrac12 e^{-s} (y-\mu)^2 + \tfrac12 s \right)",
        objective=_beta,
        gradient=_beta_gradient,
        parameters=("beta",),
        numbers=(0.5,),
        reference="Seitzer et al. 2022, arXiv:2203.09168; ⌊·⌋ lets no gradient through",
    ),
    replace(
        GAUSSIAN_NLL,
        name="faithful",
        label="Faithful",
        help="The mean learns by squared error alone; the spread learns by NLL and leaves mean and trunk in peace. "
        "The loss shown is the plain NLL.",
        latex=r"\tfrac12 (y-\mu)^2 + \tfrac12 e^{-s} (y-\lfloor\mu\rfloor)^2 + \tfrac12 s",
        objective=_faithful,
        gradient=_faithful_gradient,
        stops_gradient=True,
        bounds=EVERY_SPREAD,
        reference="Stirn et al. 2023, arXiv:2212.09184; ⌊·⌋ lets no gradient through",
    ),
    replace(
        GAUSSIAN_NLL,
        name="natural",
        label="Natural parameters",
        help="The Gaussian NLL by its natural parameters η₁ = mean/variance and η₂ = −½·precision, in which it is "
        "convex. The net gives η₁/√precision, which is mean/std, and the log precision.",
        latex=r"-\eta_1 y - \eta_2 y^2 - \tfrac{\eta_1^2}{4\eta_2} - \tfrac12 \log(-2\eta_2), \quad "
        r"\mu = -\tfrac{\eta_1}{2\eta_2}, \; \eta_1 = a\,e^{t/2}, \; \eta_2 = -\tfrac12 e^{t}",
        outputs=(Output("mean_over_std", "mean/std"), Output("log_precision", "log precision", log_power=-2)),
        terms=_natural,
        gradient=_natural_gradient,
        rescale=_natural_rescale,
        readings=("natural",),
        bounds=EVERY_SPREAD,
        reference="Immer et al. 2023, arXiv:2304.13550",
    ),
    Loss(
        name="gaussian_crps",
        label="CRPS of a Gaussian",
        help="How far the predicted distribution lies from the point, in the unit of y: calm about outliers, "
        "and never negative.",
        latex=r"\sigma \left[ z (2\Phi(z) - 1) + 2\varphi(z) - \tfrac{1}{\sqrt\pi} \right], \quad "
        r"z = \tfrac{y-\mu}{\sigma}, \; \sigma = e^{s/2}",
        outputs=(MEAN, LOG_VARIANCE),
        terms=_crps,
        gradient=_crps_gradient,
        readings=("log_variance",),
        reference="Gneiting & Raftery 2007, doi:10.1198/016214506000001437, eq. 21",
        unit_power=1,
        term_names=("distance to y", "less half the distance within"),
        bounds=EVERY_SPREAD,
    ),
    SQUARED_ERROR,
)
