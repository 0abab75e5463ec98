"""From the value of a loss to the σ of the noise that it implies: the floor, turned round."""

import math
from functools import lru_cache

import numpy as np

from core.data.noise import NOISES
from core.model.losses import Loss

SIGMAS = (1e-6, 1e6)  # where a σ is looked for, unit of y
SAME = 1e-4  # nats, or relative: two floors from a numerical minimisation are one
_STEP = 5.0  # ratio of the σ from which a unit law is told

_GAUSSIAN = NOISES["gaussian"]


def implied_std(loss: Loss, value: float) -> float | None:
    """The σ of Gaussian noise on which the floor of `loss` is `value` (without the constant); None where none is.

    By the unit law floor(σ) = σ**unit_power·floor(1) + unit_shift·log σ; without one by search over SIGMAS.
    """
    law = _law(loss) if not loss.has_unit_law else (float(loss.floor(_GAUSSIAN, 1.0)), loss.unit_power, loss.unit_shift)
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
    """By steps outwards from σ = 1 until the floor passes `value`, and between the last two by Brent's rule."""
    from scipy.optimize import brentq  # a tenth of a second to import

    def gap(log_std: float) -> float:
        return float(loss.floor(_GAUSSIAN, math.exp(log_std))) - value

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
