"""The expected loss of a piece of code as a curve in its second output, and that of a point that is hit exactly."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ...data.noise import NOISES, Noise
from ...evaluation.loss_parts import lowest
from ...loss_code.as_loss import loss_of_code
from ...model.formulas.program import value
from ...model.losses import Loss
from ...model.stationary import expected_terms
from ...words import quantity
from ..chart_data.point_data import GRID, OnePoint, why_no_curve
from .meaning import Meaning

_AROUND = (-3.0, 4.0)  # of the stationary point, in s
_ANYWHERE = (-6.0, 6.0)


@dataclass(frozen=True)
class Courses:
    """Both curves on Gaussian noise of standard deviation `std`; `name` is what the code calls the second output."""

    expected: OnePoint
    at_zero: OnePoint
    name: str
    std: float


def courses_of(meaning: Meaning, std: float) -> Courses | None:
    """The curves; None for a loss that is no function of a mean and one more output."""
    if meaning.code.outputs != ("mu", "s"):
        return None
    std = float(f"{std:.6g}")
    pair = courses(loss_of_code(meaning.code), NOISES["gaussian"], std)
    if pair is None:
        return None
    expected, at_zero = pair
    if expected.minimum is not None and meaning.std is not None and meaning.std.on == "any noise":
        with np.errstate(all="ignore"):
            found = float(np.ravel(value(meaning.std.tree, np, {"s": np.array([expected.minimum[0]])}))[0])
        expected = replace(expected, meaning=f"std = {quantity(found)}")
    return Courses(expected, at_zero, _name(meaning), std)


def _name(meaning: Meaning) -> str:
    names = [role.name for role in meaning.code.roles if role.kind == "second"]
    return names[0] if len(names) == 1 and len(names[0]) <= 16 else "s"


@lru_cache(maxsize=64)
def courses(loss: Loss, noise: Noise, std: float) -> tuple[OnePoint, OnePoint] | None:
    """The expected loss, and the loss of a point that is hit exactly, each as a curve in s; None where s is not alone.

    The first output stands where it is best.
    """
    if why_no_curve(loss):
        return None
    at = loss.optimum(noise, std)
    place, s_best = at.outputs if at.status == "found" else (0.0, None)
    ends = _ANYWHERE if s_best is None else (s_best + _AROUND[0], s_best + _AROUND[1])
    s = np.linspace(*ends, GRID)
    rows = np.column_stack([np.full_like(s, place), s])
    with np.errstate(all="ignore"):
        hit = np.stack(loss.evaluate(np, np.full_like(s, place), rows.T))
    best = None if s_best is None else (s_best, at.floor)
    return _curve(s, expected_terms(loss, noise, std, rows), best), _curve(s, hit)


def _curve(s: np.ndarray, terms: np.ndarray, best: tuple[float, float] | None = None) -> OnePoint:
    """A curve with its minimum, `best` where that is known already."""
    value = terms.sum(axis=0)
    minimum = best or lowest(s, value)
    if minimum is not None:
        meaning = f"exp(s) = {quantity(float(np.exp(minimum[0])))}"
    elif np.ptp(value[np.isfinite(value)]) < 1e-9:
        meaning = "the same for every s"
    else:
        meaning = f"the {'smaller' if np.nanargmin(value) == 0 else 'larger'} s is, the lower"
    return OnePoint(s, value, terms[0], terms[1], minimum, meaning, "")
