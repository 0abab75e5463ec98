"""From the value of a loss to the σ of the noise that it implies: the floor, turned round."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ...data.noise import NOISES
from ...model.losses import Loss

SIGMAS = (1e-6, 1e6)  # where a σ is looked for, unit of y
SAME = 1e-4  # nats, or relative: two floors from a numerical minimisation are one
_STEP = 5.0  # ratio of the σ from which a unit law is told
_SECANTS, _SETTLED = 8, 1e-5  # steps at most, and nats

_GAUSSIAN = NOISES["gaussian"]


def implied_std(loss: Loss, value: float) -> float | None:
    """The σ of Gaussian noise on which the floor of `loss` is `value` (without the constant); None where none is.

    By the unit law floor(σ) = σ**unit_power·floor(1) + unit_shift·log σ; without one by search over SIGMAS.
    """
    law = _law(loss) if not loss.follows_unit else (float(loss.floor(_GAUSSIAN, 1.0)), loss.unit_power, loss.unit_shift)
    if law is None:
        return _searched(loss, value)
    at_one, power, shift = law
    if not math.isfinite(at_one):
        return None
    if power:
        return float((value / at_one) ** (1 / power)) if value / at_one > 0 else None
    exponent = (value - at_one) / shift if abs(shift) > SAME else math.inf
    return math.exp(exponent) if abs(exponent) < 700 else None


@lru_cache(maxsize=256)
def _law(loss: Loss) -> tuple[float, float, float] | None:
    """(floor(1), power, shift) of the unit law, for a loss that states none: told from three σ, None where it is none.

    Most typed losses have one, which saves them the search.
    """
    low, one, high = (float(loss.floor(_GAUSSIAN, sigma)) for sigma in (1 / _STEP, 1.0, _STEP))
    if not np.isfinite([low, one, high]).all():
        return None
    if abs(high + low - 2 * one) < SAME:
        return one, 0.0, (high - low) / (2 * math.log(_STEP))
    if min(low, one, high) > 0 and abs(high * low / one**2 - 1) < SAME:
        return one, math.log(high / low) / (2 * math.log(_STEP)), 0.0
    return None


def _searched(loss: Loss, value: float) -> float | None:
    """By the secant rule where the floor moves by some log σ, else by steps outwards from σ = 1 and Brent's rule."""

    @lru_cache(maxsize=32)
    def gap(log_std: float) -> float:
        return float(loss.floor(_GAUSSIAN, math.exp(log_std))) - value

    found = _by_secants(gap, loss.unit_shift) if loss.unit_shift else None
    if found is None:
        return _by_steps(gap)
    return found if math.isfinite(found) else None


def _by_secants(gap: Callable[[float], float], shift: float) -> float | None:
    """Where a gap that rises by about `shift` for each unit of log σ is zero; ∞ for beyond SIGMAS.

    None where it does not settle.
    """
    low, high = (math.log(end) for end in SIGMAS)
    at, slope = 0.0, shift
    for _ in range(_SECANTS):
        here = gap(at)
        if not math.isfinite(here) or slope <= 0:
            return None
        if abs(here) < _SETTLED:
            return math.exp(at)
        beyond = min(max(at - here / slope, low), high)
        if beyond == at:
            return math.inf
        slope, at = (gap(beyond) - here) / (beyond - at), beyond
    return None


def _by_steps(gap: Callable[[float], float]) -> float | None:
    from scipy.optimize import brentq  # a tenth of a second to import

    at = 0.0
    step = math.log(10) if gap(at) < 0 else -math.log(10)
    for _ in range(6):
        gaps = [gap(end) for end in (at, at + step)]
        if not np.isfinite(gaps).all():
            return None
        if gaps[0] * gaps[1] <= 0 and gaps[0] != gaps[1]:
            return math.exp(brentq(gap, at, at + step, xtol=1e-5))
        at += step
    return None
