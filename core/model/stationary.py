"""Where a loss is lowest on average: the constant outputs that a net comes to where y is σ·Z, found numerically.

`stationary` needs nothing but the loss's terms, so that it serves typed formulas as well as rows with a closed form,
which tests compare with it. Up to two outputs are scanned; more are searched from several starts.
"""

from functools import lru_cache

import numpy as np

from ..data.noise import Noise
from .average_loss import Array, ExpectedLoss, Lossy, Stationary
from .bounds import UNBOUNDED

# The scan for two outputs: locations in σ around the median, and the second output. Linear steps find it where it
# stands in an exp, whose argument beyond ±40 is rare; steps by ratio where it is itself a variance or a precision.
_PLACES = np.array([0, 0.1, -0.1, 1, -1, 0.3, -0.3, 3, -3, 30, -30, 1000, -1000], dtype=float)
_LINEAR = np.linspace(-40, 40, 41)
_RATIOS = 10.0 ** np.arange(-6, 6.5, 0.5)
_SECONDS = np.unique(np.concatenate([_LINEAR, _RATIOS, -_RATIOS]))
_OUTWARD = 4.0 ** np.arange(14)  # the steps of a walk to infinity
_STEP = 0.3  # in an output, or in σ in a location: what its change changes tells whether it matters
# A loss may be multiplied by anything and have anything added, so that every threshold is relative to what a step
# changes, and none counts nats; rounding is relative to the value.
_FLAT, _SAME, _ROUNDING = 1e-9, 1e-7, 1e-13
_DEEPER = 1e3  # times the spread of the scan: a minimum so far below its lowest point is a pole
# Where a pole at r = 0 is looked for: how near, in σ, at which place of the locations and at which other outputs.
_NEAR, _TRIED_PLACE, _TRIED = 2.0 ** -np.arange(8.0, 31.0, 2.0), 0.7, np.array([0.5, 1.0, -1.0])
_ROUGH = 0.1  # a loss whose last step towards r = 0 changes it by more than so much of the first is infinite there


@lru_cache(maxsize=512)
def stationary(loss: Lossy, noise: Noise, std: float = 1.0) -> Stationary:
    """The constant outputs that make the expected loss smallest for y = std·Z, Z ~ noise."""
    expected = ExpectedLoss(loss, noise, std)
    with np.errstate(all="ignore"):
        if loss.closed_outputs is not None and loss.limits is UNBOUNDED:
            return expected.at(np.array(loss.closed_outputs(noise, std)), "found")
        if len(loss.outputs) > 2:
            return _of_many(expected)
        pole, expected.graded = _pole(expected)
        start, deepest = _start(expected)
        if start is None or pole > 0:
            return expected.nowhere()
        if pole < 0:
            return expected.at(start, "unbounded")
        outputs = _polished(expected, start)
        return expected.at(outputs, _status(expected, outputs, deepest))


def _of_many(expected: ExpectedLoss) -> Stationary:
    from . import several_starts  # whose scipy takes a tenth of a second to import

    outputs = several_starts.lowest(expected)
    if _falls_away(expected, outputs):
        return expected.at(outputs, "unbounded")
    return expected.at(outputs, "found" if several_starts.is_finite(expected, outputs) else "escapes")


def expected_terms(loss: Lossy, noise: Noise, std: float, rows: Array) -> Array:
    """Expected residual term, scale term and regulariser, (3, rows), for each row of constant outputs (rows, H)."""
    expected = ExpectedLoss(loss, noise, std)
    with np.errstate(all="ignore"):
        if expected.locations:
            expected.refine(rows[0])
        return np.stack([term @ expected.w for term in expected.terms(rows)])


def _start(expected: ExpectedLoss) -> tuple[Array | None, float]:
    """Where the search begins (None where the loss has no value), and how low no minimum can lie."""
    grid = _grid(expected)
    values = expected.each(grid)
    finite = values[np.isfinite(values)]
    if (values == np.inf).all():
        return None, -np.inf
    if len(finite):  # a −∞ far out may be an overflow: a true one is found by the walks
        values = np.where(values == -np.inf, np.inf, values)
    deepest = finite.min() - _DEEPER * (np.median(finite) - finite.min()) if len(finite) else -np.inf
    lowest = values.min()
    level = np.flatnonzero(values <= lowest + _ROUNDING * abs(lowest) if np.isfinite(lowest) else values == lowest)
    moderate = level[np.lexsort((-grid[level, -1], np.abs(grid[level]).sum(axis=1)))]
    return grid[moderate[0]], float(deepest)  # of many as low the most moderate, the positive one first


def _pole(expected: ExpectedLoss) -> tuple[int, bool]:
    """Of the loss at r = 0: the sign of a pole that leaves it no expectation, 0 for none; whether it is infinite there.

    The area under f next to a pole, ε·|f(ε)|, falls to 0 as ε does where the integral exists: log|r| and 1/√|r| have
    one, 1/r has none, though on a symmetric noise its two sides hide each other from any quadrature.
    """
    if not expected.locations:
        return 0, False
    outputs = np.repeat(_TRIED[:, None], len(expected.loss.outputs), axis=1)
    outputs[:, expected.locations] = _TRIED_PLACE * expected.std
    y = expected.std * (_TRIED_PLACE + np.concatenate([-_NEAR, _NEAR]))
    shape = (len(outputs), len(y))
    columns = [np.broadcast_to(column[:, None], shape) for column in outputs.T]
    values = np.asarray(sum(expected.loss.evaluate(np, np.broadcast_to(y, shape), columns)))
    values = values.reshape(len(outputs), 2, -1)
    values = values[np.isfinite(values).all(axis=(1, 2))]
    if not len(values):
        return 0, False
    steps = np.abs(np.diff(values, axis=-1))
    rounding = _ROUNDING * np.abs(values).max(axis=-1)
    rough = (steps[..., -1] > np.maximum(_ROUGH * steps[..., 0], 10 * rounding)).any(axis=1).all()
    areas = values * _NEAR
    steep = np.abs(areas[..., -1]) > 0.5 * np.abs(areas[..., 0])
    if not steep.any(axis=1).all():
        return 0, bool(rough)
    return (-1 if (areas[..., -1][steep] < 0).all() else 1), bool(rough)


def _grid(expected: ExpectedLoss) -> Array:
    """Rows (n, H) for one or two outputs: all places, and near the middle every second output."""
    places = expected.std * (expected.noise.median + _PLACES) if expected.locations else _LINEAR
    if len(expected.loss.outputs) == 1:
        return places[:, None]
    pairs = ((places[:5] if expected.locations else places, _SECONDS), (places[5:], _LINEAR))
    return np.concatenate([np.stack(np.meshgrid(*pair, indexing="ij"), axis=-1).reshape(-1, 2) for pair in pairs])


def _polished(expected: ExpectedLoss, start: Array) -> Array:
    """The minimum near a start, by the simplex, which minds no kink."""
    from scipy import optimize  # a tenth of a second to import

    best = start
    for _ in range(3):
        spread = np.where(best == 0, 0.5, np.clip(0.25 * np.abs(best), 1e-6, 0.5))
        spread[expected.locations] = 0.1 * expected.std
        simplex = np.vstack([best, best + np.diag(spread)])
        options = {"initial_simplex": simplex, "xatol": 1e-9, "fatol": 1e-13, "maxiter": 600}
        found = optimize.minimize(expected, best, method="Nelder-Mead", options=options).x
        settled = np.allclose(found, best, rtol=0, atol=1e-7 * expected.std)
        best = found if expected(found) <= expected(best) else best
        expected.refine(best)
        if settled:
            break
    return best


def _moves(expected: ExpectedLoss, outputs: Array) -> Array:
    """A step of each output up, and of each down, as rows."""
    sizes = np.ones(len(outputs))
    sizes[expected.locations] = expected.std
    return np.concatenate([np.diag(sizes), np.diag(-sizes)])


def _falls_away(expected: ExpectedLoss, outputs: Array) -> bool:
    """Whether the loss falls for ever along some output."""
    value, moves = expected(outputs), _moves(expected, outputs)
    return any(falls_for_ever(value, expected.each(outputs + _OUTWARD[:, None] * move)) for move in moves)


def _status(expected: ExpectedLoss, outputs: Array, deepest: float) -> str:
    value, moves = expected(outputs), _moves(expected, outputs)
    changes = expected.each(outputs + _STEP * moves) - value
    finite = changes[np.isfinite(changes)]
    unit = float(np.abs(finite).max()) if len(finite) else 0.0
    nothing = _FLAT * unit + _ROUNDING * abs(value)
    walks = [expected.each(outputs + _OUTWARD[:, None] * move) for move in moves]
    scaled = [expected.each(outputs * ratio) for ratio in _ratios(outputs, expected.locations)]
    if value < deepest or any(falls_for_ever(value, walk) for walk in walks + scaled):
        return "unbounded"
    if any(_last(walk, value) < value - _SAME * unit - nothing for walk in scaled):
        return "escapes"
    level = [
        _same_back(expected, outputs, move, value)
        for move, change, walk in zip(moves, changes, walks, strict=True)
        if change <= nothing and _last(walk, np.inf) <= value + nothing
    ]
    if level:  # far out the other outputs may matter no more either
        return "not unique" if all(level) else "escapes"
    if (np.abs(changes) <= _ROUNDING * abs(value)).any() or _has_a_twin(
        expected, outputs, value + _SAME * unit + nothing
    ):
        return "not unique"
    return "found"


def _ratios(outputs: Array, locations: list[int]) -> list[Array]:
    """Walks by ratio, (steps, H) each: all outputs outward, and each that is no location towards 0."""
    others = [i for i in range(len(outputs)) if i not in locations]
    inward = [np.ones((_OUTWARD.size, len(outputs))) for _ in others]
    for i, factors in zip(others, inward, strict=True):
        factors[:, i] = 1 / _OUTWARD
    return [np.repeat(_OUTWARD[:, None], len(outputs), axis=1), *inward]


def _before_the_end(walk: Array) -> Array:
    """The values of a walk up to where they overflow or are none."""
    ends = np.flatnonzero(~np.isfinite(walk))
    return walk[: ends[0]] if len(ends) else walk


def _last(walk: Array, otherwise: float) -> float:
    kept = _before_the_end(walk)
    return float(kept[-1]) if len(kept) else otherwise


def falls_for_ever(value: float, walk: Array) -> bool:
    """Whether steps that grow by a ratio fall no less each time: as a logarithm does, or faster."""
    kept = _before_the_end(walk)
    if not len(kept):
        return bool(len(walk) and walk[0] == -np.inf)
    falls = -np.diff(np.concatenate([[value], kept]))
    if len(falls) < 2:
        return bool(falls[-1] > 0 and len(kept) < len(walk) and walk[len(kept)] == -np.inf)
    # A −∞ behind values that hardly fall is an overflow: of log(1 + exp(s)) at s = 1000.
    return bool(kept[-1] < value and falls[-1] > 1e-9 * abs(kept[-1]) and falls[-1] > 0.8 * falls[-2])


def _same_back(expected: ExpectedLoss, outputs: Array, move: Array, value: float) -> bool:
    """Whether the loss is level here, and does not just come down to an end: told where the output is moderate."""
    i = int(np.flatnonzero(move)[0])
    back = outputs.copy()
    back[i] = np.sign(move[i]) * (5.0 if i not in expected.locations else 5.0 * expected.std)
    if (back[i] - outputs[i]) * move[i] > 0:  # it is not as far out as that: go on to there
        back[i] = outputs[i] + _STEP * move[i]
    return abs(expected(back) - value) <= _ROUNDING * abs(value)


def _has_a_twin(expected: ExpectedLoss, outputs: Array, as_low: float) -> bool:
    """Whether another minimum of one or two outputs is as low, and is not the same with another sign."""
    for i in range(len(outputs)):
        values = expected.std * (expected.noise.median + np.sort(_PLACES)) if i in expected.locations else _SECONDS
        rows = np.repeat(outputs[None], len(values), axis=0)
        rows[:, i] = values
        along = expected.each(rows)
        valleys = np.flatnonzero((along[1:-1] < along[:-2]) & (along[1:-1] < along[2:])) + 1
        scale = 0.1 * expected.std if i in expected.locations else 1e-3
        away = [k for k in valleys if abs(values[k] - outputs[i]) > scale + 0.5 * abs(outputs[i])]
        for k in sorted(away, key=along.__getitem__)[:2]:
            found = _polished(expected, rows[k])
            if abs(found[i] + outputs[i]) < scale and _is_even(expected, outputs, i):
                continue
            if expected(found) <= as_low and abs(found[i] - outputs[i]) > scale + 0.1 * abs(outputs[i]):
                return True
    return False


def _is_even(expected: ExpectedLoss, outputs: Array, i: int) -> bool:
    """Whether the sign of an output that weighs residuals does not matter: s and −s are one std where s² is taken."""
    mirrored, moved = outputs.copy(), outputs.copy()
    mirrored[i], moved[i] = -outputs[i], 1.1 * outputs[i]
    here, there, beside = np.asarray(sum(expected.terms(np.stack([outputs, mirrored, moved]))))
    weighs = np.ptp(beside - here) > _SAME * np.ptp(here)
    return i not in expected.locations and bool(weighs) and np.allclose(here, there, rtol=_FLAT, atol=0)
