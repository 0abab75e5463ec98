"""Losses of absolute residuals: the one that is often posted by mistake, the Laplace NLL, quantiles."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtri

from core.data.noise import Noise
from core.model.losses.row import (
    EVERY_SPREAD,
    LOG_SCALE,
    LOG_VARIANCE,
    MEAN,
    Array,
    Failure,
    Loss,
    Output,
    Outputs,
    Terms,
)

_LEARNS = "this loss takes |r|, not r², so exp(s) learns the mean of |r|"


def _posted(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    # sqrt of a square, as it was posted: abs() has the same value, but a gradient at r = 0 where this one has NaN.
    mean, s = outputs
    return 0.5 * xp.exp(-s) * xp.sqrt((y - mean) ** 2), 0.5 * s, xp.zeros_like(s)


def _posted_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    size = np.sqrt((y - outputs[0]) ** 2)
    half = 0.5 * np.exp(-outputs[1])
    terms[0] = half * size
    terms[1] = 0.5 * outputs[1]
    slopes[0] = -half * (y - outputs[0]) / size
    slopes[1] = 0.5 - half * size


def _posted_abs(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, s = outputs
    return 0.5 * xp.exp(-s) * xp.abs(y - mean), 0.5 * s, xp.zeros_like(s)


def _posted_abs_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    half = 0.5 * np.exp(-outputs[1])
    terms[0] = half * np.abs(y - outputs[0])
    terms[1] = 0.5 * outputs[1]
    slopes[0] = -half * np.sign(y - outputs[0])
    slopes[1] = 0.5 - terms[0]


def _laplace(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, s = outputs
    return xp.exp(-s) * xp.abs(y - mean), s, xp.zeros_like(s)


def _laplace_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    weight = np.exp(-outputs[1])
    terms[0] = weight * np.abs(y - outputs[0])
    terms[1] = outputs[1]
    slopes[0] = -weight * np.sign(y - outputs[0])
    slopes[1] = 1.0 - terms[0]


def _of_log_variance(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, s = outputs
    return math.sqrt(2) * xp.exp(-0.5 * s) * xp.abs(y - mean), 0.5 * s, xp.zeros_like(s)


def _of_log_variance_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    weight = math.sqrt(2.0) * np.exp(-0.5 * outputs[1])
    terms[0] = weight * np.abs(y - outputs[0])
    terms[1] = 0.5 * outputs[1]
    slopes[0] = -weight * np.sign(y - outputs[0])
    slopes[1] = 0.5 - 0.5 * terms[0]


def _pinball(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    # max(τu, (τ − 1)u) = ½|u| + (τ − ½)u, the mean over the levels τ.
    each = [0.5 * xp.abs(y - q) + (tau - 0.5) * (y - q) for q, tau in zip(outputs, numbers, strict=True)]
    mean = sum(each) / len(each)
    return mean, xp.zeros_like(mean), xp.zeros_like(mean)


def _pinball_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    count, total = numbers.size, np.zeros(y.size)
    for j in range(count):
        total += 0.5 * np.abs(y - outputs[j]) + (numbers[j] - 0.5) * (y - outputs[j])
        slopes[j] = (0.5 - numbers[j] - 0.5 * np.sign(y - outputs[j])) / count
    terms[0] = total / count


def _with_levels(row: Loss, values: Mapping[str, Any]) -> Loss:
    levels = tuple(float(level) for level in values.get("levels", row.numbers))
    return replace(
        row,
        numbers=levels,
        outputs=_quantiles(levels),
        closed_floor=_PinballFloor(levels),
        closed_outputs=_Quantiles(levels),
    )


def _quantiles(levels: Sequence[float]) -> tuple[Output, ...]:
    return tuple(
        Output(f"quantile_{level:g}", f"{level:g} quantile", is_location=True, start=float(ndtri(level)))
        for level in levels
    )


@dataclass(frozen=True)
class _PinballFloor:
    """A value, not a closure: equal levels must make equal losses."""

    levels: tuple[float, ...]

    def __call__(self, noise: Noise, std: Any) -> Any:
        # ½E|Z − q| + (τ − ½)·E(Z − q) at the quantile q.
        at = [(tau, noise.quantile(tau)) for tau in self.levels]
        return np.asarray(std) * float(np.mean([0.5 * float(noise.mean_abs(q)) - (tau - 0.5) * q for tau, q in at]))


@dataclass(frozen=True)
class _Quantiles:
    """Where the pinball loss is lowest; a value too."""

    levels: tuple[float, ...]

    def __call__(self, noise: Noise, std: float) -> tuple[float, ...]:
        return tuple(std * noise.quantile(tau) for tau in self.levels)


def _laplace_outputs(noise: Noise, std: float) -> tuple[float, ...]:
    """Median and log E|Y − median|: between its nodes a search sees a kink only to some 1e-7."""
    return std * noise.median, float(np.log(noise.mad * std))


POSTED = Loss(
    name="posted",
    label="Posted: |r| for r²",
    help="The question's code: sqrt(r²) for r², so exp(s) learns E|r| and not the variance.",
    latex=r"\tfrac12 e^{-s} \sqrt{(y-\mu)^2} + \tfrac12 s",
    outputs=(MEAN, LOG_SCALE),
    terms=_posted,
    gradient=_posted_gradient,
    closed_floor=lambda noise, std: 0.5 + 0.5 * np.log(noise.mad * std),
    readings=("log_variance", "laplace_scale", "mean_absolute"),
    reference="a common slip in code for Kendall & Gal 2017, eq. 8: half a Laplace NLL",
    unit_shift=0.5,
    weighted_power=1,
    learns=_LEARNS,
    mistake="|r| stands where r² was meant: exp(s) is E|r|, and read as a variance it gives a std of √E|r|",
    failure=Failure(
        lambda y, outputs: bool((y == outputs[0]).any()),
        "a residual was exactly zero, and the derivative of sqrt(r²) at r = 0 is 0·∞, not a number; "
        "|r| has derivative 0 there",
    ),
    bounds=(*EVERY_SPREAD, "epsilon"),
)

POSTED_ABS = replace(
    POSTED,
    name="posted_abs",
    label="Posted, with abs",
    help="The posted loss with abs(r) for sqrt(r²): the same values, and a gradient at a residual of exactly zero.",
    latex=r"\tfrac12 e^{-s} |y-\mu| + \tfrac12 s",
    terms=_posted_abs,
    gradient=_posted_abs_gradient,
    failure=None,
)

_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)

ROWS = (
    POSTED,
    Loss(
        name="laplace_nll",
        label="Laplace NLL",
        help="Absolute residuals, calm about outliers: the mean head learns the median, exp(s) learns E|r|.",
        latex=r"e^{-s} |y-\mu| + s",
        outputs=(MEAN, LOG_SCALE),
        terms=_laplace,
        gradient=_laplace_gradient,
        closed_floor=lambda noise, std: 1.0 + np.log(noise.mad * std),
        closed_outputs=_laplace_outputs,
        readings=("laplace_scale", "mean_absolute", "log_variance"),
        reference="density of Laplace(μ, b = exp(s)), log 2 left out",
        unit_shift=1.0,
        constant=math.log(2),
        weighted_power=1,
        learns=_LEARNS,
        bounds=(*EVERY_SPREAD, "epsilon"),
    ),
    Loss(
        name="absolute_log_variance",
        label="Absolute, log variance",
        help="The Laplace NLL with a log variance for its second output: the posted loss as it should be.",
        latex=r"\sqrt2\, e^{-s/2} |y-\mu| + \tfrac12 s",
        outputs=(MEAN, LOG_VARIANCE),
        terms=_of_log_variance,
        gradient=_of_log_variance_gradient,
        closed_floor=lambda noise, std: 1.0 + np.log(math.sqrt(2) * noise.mad * std),
        closed_outputs=lambda noise, std: (std * noise.median, 2 * float(np.log(math.sqrt(2) * noise.mad * std))),
        readings=("laplace_variance", "log_variance"),
        reference="density of Laplace(μ, b = exp(s/2)/√2), ½ log 2 left out",
        unit_shift=1.0,
        constant=0.5 * math.log(2),
        learns="this loss takes |r|, so exp(s) learns 2·(E|r|)²: the variance of a Laplace distribution",
        bounds=(*EVERY_SPREAD, "epsilon"),
    ),
    Loss(
        name="pinball",
        label="Pinball: quantiles",
        help="No density at all: one output for each level, and the share of points below it comes to that level.",
        latex=r"\tfrac1Q \sum_\tau \max\left( \tau (y - q_\tau), (\tau - 1)(y - q_\tau) \right)",
        outputs=_quantiles(_LEVELS),
        terms=_pinball,
        gradient=_pinball_gradient,
        numbers=_LEVELS,
        parameters=("levels",),
        resolve=_with_levels,
        closed_floor=_PinballFloor(_LEVELS),
        closed_outputs=_Quantiles(_LEVELS),
        readings=("quantiles",),
        reference="Koenker & Bassett 1978, doi:10.2307/1913643",
        unit_power=1,
        term_names=("pinball",),
    ),
)
