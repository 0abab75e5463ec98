"""Losses of absolute residuals: the one that is often posted by mistake, the Laplace NLL, quantiles."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtri

from ...data.noise import Noise
from .row import (
    EVERY_SPREAD,
    LOG_SCALE,
    LOG_VARIANCE,
    MEAN,
    Array,
    ByHand,
    Failure,
    Loss,
    Output,
    Outputs,
    Parameter,
    Terms,
)

_LEARNS = "this loss takes |r|, not r², so exp(s) learns the mean of |r|"


def _pinball(xp: Any, y: Array, outputs: Outputs, levels: Sequence[float]) -> Terms:
    # max(τu, (τ − 1)u) = ½|u| + (τ − ½)u, the mean over the levels τ.
    each = [0.5 * xp.abs(y - q) + (tau - 0.5) * (y - q) for q, tau in zip(outputs, levels, strict=True)]
    mean = sum(each) / len(each)
    return mean, xp.zeros_like(mean), xp.zeros_like(mean)


def _pinball_gradient(y, outputs, levels, terms, gradient):  # type: ignore[no-untyped-def]
    count, total = levels.size, np.zeros(y.size)
    for j in range(count):
        total += 0.5 * np.abs(y - outputs[j]) + (levels[j] - 0.5) * (y - outputs[j])
        gradient[j] = (0.5 - levels[j] - 0.5 * np.sign(y - outputs[j])) / count
    terms[0] = total / count


def _with_levels(row: Loss, values: Mapping[str, Any]) -> Loss:
    return replace(row, **_of_levels(tuple(float(level) for level in values.get("levels", row.values))))


@lru_cache(maxsize=512)
def _of_levels(levels: tuple[float, ...]) -> Mapping[str, Any]:
    """What follows from the levels. Kept, for equal levels must make equal losses, and equal functions are the same."""

    def floor(noise: Noise, std: Any) -> Any:
        # ½E|Z − q| + (τ − ½)·E(Z − q) at the quantile q.
        at = [(tau, noise.quantile(tau)) for tau in levels]
        return np.asarray(std) * float(np.mean([0.5 * float(noise.mean_abs(q)) - (tau - 0.5) * q for tau, q in at]))

    outputs = (
        Output(f"quantile_{level:g}", f"{level:g} quantile", is_location=True, start=float(ndtri(level)))
        for level in levels
    )
    return {
        "parameters": tuple(Parameter(f"level_{level:g}", level) for level in levels),
        "outputs": tuple(outputs),
        "closed_floor": floor,
        "closed_outputs": lambda noise, std: tuple(std * noise.quantile(tau) for tau in levels),
    }


# sqrt of a square, as it was posted: abs() has the same value, but a gradient at r = 0 where this one has NaN.
POSTED = Loss(
    name="posted",
    label="Posted: |r| for r²",
    help="The question's code: sqrt(r²) instead of r², so exp(s) learns E|r|, not the variance.",
    formula="0.5*exp(-s)*sqrt(r**2) + 0.5*s",
    outputs=(MEAN, LOG_SCALE),
    closed_floor=lambda noise, std: 0.5 + 0.5 * np.log(noise.mad * std),
    readings=("log_variance", "laplace_scale", "mean_absolute"),
    reference="a common mistake in code for Kendall & Gal 2017, eq. 8: half a Laplace NLL",
    unit_shift=0.5,
    weighted_power=1,
    learns=_LEARNS,
    mistake="|r| is used where r² was meant: exp(s) is E|r|, and read as a variance it gives a std of √E|r|",
    meant="gaussian_nll",
    failure=Failure(
        lambda y, outputs: bool((y == outputs[0]).any()),
        "a residual was exactly zero, which gives NaN: sqrt has no derivative at zero. Use |r|, whose derivative "
        "there is 0",
    ),
    bounds=(*EVERY_SPREAD, "epsilon"),
)

POSTED_ABS = replace(
    POSTED,
    name="posted_abs",
    label="Posted, with abs",
    help=(
        "The posted loss with abs(r) instead of sqrt(r²): the same values, and a gradient at a residual of "
        "exactly zero."
    ),
    formula="0.5*exp(-s)*abs(r) + 0.5*s",
    failure=None,
    meant="absolute_log_variance",
)

_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)

ROWS = (
    POSTED,
    Loss(
        name="laplace_nll",
        label="Laplace NLL",
        help="Absolute residuals, robust to outliers: the mean head learns the median, exp(s) learns E|r|.",
        formula="exp(-s)*abs(r) + s",
        outputs=(MEAN, LOG_SCALE),
        closed_floor=lambda noise, std: 1.0 + np.log(noise.mad * std),
        # Median and log E|Y − median|: between its nodes a search sees a kink only to some 1e-7.
        closed_outputs=lambda noise, std: (std * noise.median, float(np.log(noise.mad * std))),
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
        help="The Laplace NLL with a log variance as second output: the posted loss, corrected.",
        formula="sqrt(2)*exp(-0.5*s)*abs(r) + 0.5*s",
        outputs=(MEAN, LOG_VARIANCE),
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
        help="No density: one output per level, and the share of points below it approaches that level.",
        by_hand=ByHand(
            terms=_pinball,
            gradient=_pinball_gradient,
            latex=r"\tfrac1Q \sum_\tau \max\left( \tau (y - q_\tau), (\tau - 1)(y - q_\tau) \right)",
            code="each = [0.5 * torch.abs(y - q) + (level - 0.5) * (y - q) for q, level in zip(outputs, LEVELS)]\n"
            "loss = sum(each) / len(each)",
        ),
        **_of_levels(_LEVELS),
        settings=("levels",),
        resolve=_with_levels,
        readings=("quantiles",),
        reference="Koenker & Bassett 1978, doi:10.2307/1913643",
        unit_power=1,
        term_names=("pinball",),
    ),
)
