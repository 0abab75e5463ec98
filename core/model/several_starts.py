"""Where a loss of more than two outputs is lowest: searched from several starts, and looked for at infinity.

Evidence and mixtures have valleys beside the lowest, and valleys that fall towards infinity: one start finds one of
them. The starts are fixed, so that the same loss always gives the same numbers.
"""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np
from scipy import optimize

from .average_loss import Array, ExpectedLoss
from .readings import READINGS

_FEW = 4  # outputs, up to which every corner around the start is tried and each output is sent to infinity
_CORNER = 2.0  # how far the corners lie from where training begins, in training units
_DRAWN = 3  # starts of a loss of many outputs, drawn around the one of training
_TRIED = 3  # of the starts, the lowest, that are followed
_KEPT = 1  # of the valleys, the lowest, that are followed to the end beside that of training
_COARSE = {"maxiter": 25, "gtol": 1e-5}
_FINE = {"maxiter": 300, "gtol": 1e-9}
_PATIENCE, _IDLE = 10, 1e-11  # it ends where so many steps change so little, relative to what the starts differ by
_APART = 1e-6  # relative to the same: two valleys that differ by less are one
_FAR = 14.0  # exp(14) is infinite to six digits
_LOWER = 1e-8  # relative to what the starts differ by: a valley that is lower by less is as low
# A predicted distribution is one that finite outputs give, where each of its numbers lies within e±7: of its lower end,
# and of σ, if it is a spread.
_ENDS, _LOWER_END = 7.0, {"nu": 2.0}
_SPREADS = frozenset({"std", "scale", "b"})


def lowest(expected: ExpectedLoss) -> Array:
    """The outputs at which the expected loss is lowest; far out where it is lowest at infinity."""
    starts = _starts(expected)
    values = expected.each(starts)
    unit = float(np.ptp(values[np.isfinite(values)])) if np.isfinite(values).any() else 0.0
    order = [0, *(k for k in np.argsort(values, kind="stable") if k != 0)][:_TRIED]
    first, *others = (_followed(expected, starts[k], _COARSE, unit) for k in order)
    apart = [each for each in others if abs(expected(each) - expected(first)) > _APART * unit]
    valleys = [first, *sorted(apart, key=expected)[:_KEPT]]
    best = min((_polished(expected, valley, unit) for valley in valleys), key=expected)
    for there in _at_infinity(expected, best, unit):
        if expected(there) < expected(best) - _LOWER * unit:
            best = _polished(expected, there, unit)
    expected.refine(best)
    return best


def is_finite(expected: ExpectedLoss, outputs: Array) -> bool:
    """Whether finite outputs predict what these do: ν and β of evidence may run away together, and change nothing.

    Told by the numbers of the predicted distribution, where its reading has such.
    """
    reading, parameters = READINGS[expected.loss.readings[0]], expected.loss.values
    if not reading.outputs:
        return True
    given = reading.given(outputs[None], parameters)
    return all(_is_moderate(name, given, expected.std) for name in reading.distribution.needs if name != "mean")


def _is_moderate(name: str, given: Mapping[str, Any], std: float) -> bool:
    value = float(np.ravel(given[name])[0]) - _LOWER_END.get(name, 0.0)
    unit = std if name in _SPREADS else 1.0
    return bool(value > 0 and abs(np.log(value / unit)) < _ENDS)


def _starts(expected: ExpectedLoss) -> Array:
    """Rows of outputs, the first where training begins."""
    loss = expected.loss
    begins = np.array([output.start for output in loss.outputs])
    others = [i for i in range(len(begins)) if i not in expected.locations]
    if len(begins) <= _FEW:
        rows = np.tile(begins, (1 + 2 ** len(others), 1))
        rows[1:, others] += _CORNER * np.array(list(product((-1, 1), repeat=len(others))))
    else:
        rng = np.random.default_rng(0)
        rows = begins + np.concatenate([np.zeros((1, len(begins))), rng.normal(size=(_DRAWN, len(begins)))])
    return loss.in_unit_of_y(rows, 0.0, expected.std)


def _followed(expected: ExpectedLoss, start: Array, options: Mapping[str, float], unit: float) -> Array:
    found = _minimised(expected.with_slope, start, options, unit)
    return found if expected(found) <= expected(start) else start


def _minimised(
    function: Callable[[Array], tuple[float, Array]], start: Array, options: Mapping[str, float], unit: float
) -> Array:
    """By BFGS, until it hardly falls: in a level valley it would go on for ever."""
    seen: list[float] = []

    def stop(intermediate_result: optimize.OptimizeResult) -> None:
        seen.append(intermediate_result.fun)
        if len(seen) > _PATIENCE and seen[-1 - _PATIENCE] - seen[-1] < _IDLE * unit:
            raise StopIteration

    return optimize.minimize(function, start, jac=True, method="BFGS", options=options, callback=stop).x


def _polished(expected: ExpectedLoss, start: Array, unit: float) -> Array:
    """The minimum near a start, with panels that end at its own kinks."""
    best = start
    for _ in range(3):
        expected.refine(best)
        before = expected(best)
        best = _followed(expected, best, _FINE, unit)
        if before - expected(best) < _LOWER * unit:
            break
    return best


def _at_infinity(expected: ExpectedLoss, best: Array, unit: float) -> list[Array]:
    """The best outputs with one of them, that is no location, held far out."""
    if len(best) > _FEW:
        return []
    loss = expected.loss
    far = loss.in_unit_of_y(np.array([[-_FAR], [_FAR]]) * np.ones(len(best)), 0.0, expected.std)
    others = [i for i in range(len(best)) if i not in expected.locations]
    inside = [(i, row[i]) for i in others for row in far if abs(best[i] - row[i]) < 2 * _FAR]  # not where it is already
    return [_pinned(expected, best, i, value, unit) for i, value in inside]


def _pinned(expected: ExpectedLoss, outputs: Array, held: int, value: float, unit: float) -> Array:
    """The best outputs with one of them held at a value."""
    free = [i for i in range(len(outputs)) if i != held]

    def whole(part: Array) -> Array:
        row = np.empty(len(outputs))
        row[held], row[free] = value, part
        return row

    def of_free(part: Array) -> tuple[float, Array]:
        found, slope = expected.with_slope(whole(part))
        return found, slope[free]

    return whole(_minimised(of_free, outputs[free], _COARSE, unit))
