"""Where a loss is lowest on average: the constant outputs that a net comes to where y is σ·Z, found numerically.

`stationary` needs nothing but the loss's terms, so that it serves typed formulas as well as rows with a closed form,
which tests compare with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.data.noise import Noise

if TYPE_CHECKING:
    from core.model.losses.row import Loss

Array = NDArray[np.float64]

# The scan for two outputs: locations in σ around the median, and the second output. exp(±40) is beyond any spread here.
_PLACES = np.array([0, 0.1, -0.1, 0.3, -0.3, 1, -1, 3, -3, 30, -30, 1000, -1000], dtype=float)
_SECONDS = np.linspace(-40, 40, 81)
_AT_ONCE = 64  # rows of the scan: their arrays stay in a core's cache
_FAR = 60.0  # in an output that is no location: an optimum beyond is none
_DEEP = -1e3  # nats: an expected loss so low has no end
_FLAT = 1e-9  # what a step of 0.3 in an output has to change, or the output does not matter
_SAME = 1e-7  # two minima are alike up to this


@dataclass(frozen=True)
class Stationary:
    """The lowest expected loss per point, and where it is.

    `outputs` (H,), `floor` the expected loss there, `terms` those of its residual term, scale term and regulariser,
    `deviation` the standard deviation of one point's loss there. `status` is "found"; "unbounded" where the loss falls
    for ever; "escapes" where it is lowest only at infinity (floor is then what it comes to); "not unique" where other
    outputs are as good; "undefined" where it has no value anywhere.
    """

    outputs: tuple[float, ...]
    floor: float
    terms: tuple[float, float, float]
    deviation: float
    status: str


@lru_cache(maxsize=512)
def stationary(loss: "Loss", noise: Noise, std: float = 1.0) -> Stationary:
    """The constant outputs that make the expected loss smallest for y = std·Z, Z ~ noise."""
    expected = _Expected(loss, noise, std)
    with np.errstate(all="ignore"):
        if loss.closed_outputs is not None:
            return expected.at(np.array(loss.closed_outputs(noise, std)), "found")
        start = _scanned(expected) if len(loss.outputs) <= 2 else _given_start(expected)
        if start is None:
            return expected.nowhere()
        outputs = _polished(expected, start)
        return expected.at(outputs, _status(expected, outputs))


def expected_terms(loss: "Loss", noise: Noise, std: float, rows: Array) -> Array:
    """Expected residual term, scale term and regulariser, (3, rows), for each row of constant outputs (rows, H)."""
    expected = _Expected(loss, noise, std)
    with np.errstate(all="ignore"):
        if expected.locations:
            expected.refine(rows[0])
        return np.stack([term @ expected.w for term in expected.terms(rows)])


class _Expected:
    """The expected loss as a function of the outputs."""

    def __init__(self, loss: "Loss", noise: Noise, std: float):
        self.loss, self.noise, self.std = loss, noise, std
        self.locations = [i for i, output in enumerate(loss.outputs) if output.is_location]
        self.z, self.w = noise.quadrature

    def __call__(self, outputs: Array) -> float:
        """E loss, nats, for outputs (H,); +∞ where it is no number."""
        return float(self.each(outputs[None])[0])

    def each(self, rows: Array) -> Array:
        """The same for each row of (rows, H)."""
        blocks = [rows[i : i + _AT_ONCE] for i in range(0, len(rows), _AT_ONCE)]
        values = np.concatenate([sum(self.terms(block)) @ self.w for block in blocks])
        return np.where(np.isnan(values), np.inf, values)

    def terms(self, rows: Array) -> list[Array]:
        """The three terms at each node, (rows, nodes) each."""
        y = np.broadcast_to(self.std * self.z, (len(rows), self.z.size))
        return list(self.loss.evaluate(np, y, [np.broadcast_to(column[:, None], y.shape) for column in rows.T]))

    def refine(self, outputs: Array) -> None:
        """Let panels end where the loss may have kinks: at the locations."""
        self.z, self.w = self.noise.quadrature_with(outputs[self.locations] / self.std)

    def at(self, outputs: Array, status: str) -> Stationary:
        self.refine(outputs)
        terms = [term[0] for term in self.terms(outputs[None])]
        total = terms[0] + terms[1] + terms[2]
        floor = float(self.w @ total)
        if status == "found" and not np.isfinite(floor):
            return self.nowhere()
        residual, scale, regulariser = (float(self.w @ term) for term in terms)
        deviation = float(np.sqrt(max(self.w @ (total - floor) ** 2, 0.0)))
        floor = -np.inf if status == "unbounded" else floor
        return Stationary(tuple(outputs.tolist()), floor, (residual, scale, regulariser), deviation, status)

    def nowhere(self) -> Stationary:
        nothing = (np.nan,) * len(self.loss.outputs)
        return Stationary(nothing, np.nan, (np.nan, np.nan, np.nan), np.nan, "undefined")


def _scanned(expected: _Expected) -> Array | None:
    """The lowest point of a grid over one or two outputs, None where all of it is undefined."""
    places = expected.std * (expected.noise.median + _PLACES)
    firsts = places if expected.locations else _SECONDS[::2]
    if len(expected.loss.outputs) == 1:
        grid = firsts[:, None]
    else:
        grid = np.stack(np.meshgrid(firsts, _SECONDS[::2], indexing="ij"), axis=-1).reshape(-1, 2)
    values = expected.each(grid)
    if (values == np.inf).all():
        return None
    return grid[int(np.argmin(values))]


def _given_start(expected: _Expected) -> Array:
    """Where training begins, in the unit of y."""
    from core.model.losses.row import in_unit_of_y

    starts = np.array([output.start for output in expected.loss.outputs])
    return in_unit_of_y(expected.loss, starts, 0.0, expected.std)


def _polished(expected: _Expected, start: Array) -> Array:
    """The minimum near a start: by the simplex where there are few outputs, which minds no kink, else by BFGS."""
    from scipy import optimize  # a tenth of a second to import

    best = start
    for _ in range(3):
        if len(best) <= 2:
            spread = np.array([0.1 * expected.std if i in expected.locations else 0.5 for i in range(len(best))])
            simplex = np.vstack([best, best + np.diag(spread)])
            options = {"initial_simplex": simplex, "xatol": 1e-9, "fatol": 1e-13, "maxiter": 600}
            found = optimize.minimize(expected, best, method="Nelder-Mead", options=options).x
        else:
            slope = _slope_of(expected)
            found = optimize.minimize(expected, best, jac=slope, method="BFGS", options={"gtol": 1e-9}).x
        settled = np.allclose(found, best, rtol=0, atol=1e-7 * expected.std)
        best = found if expected(found) <= expected(best) else best
        expected.refine(best)
        if settled:
            break
    return best


def _slope_of(expected: _Expected) -> Callable[[Array], Array]:
    """∂E loss/∂outputs by central differences."""

    def slope(outputs: Array) -> Array:
        sizes = 1e-5 * np.maximum(1.0, np.abs(outputs))
        moved = outputs + np.concatenate([np.diag(sizes), np.diag(-sizes)])
        up, down = np.split(expected.each(moved), 2)
        return (up - down) / (2 * sizes)

    return slope


def _status(expected: _Expected, outputs: Array) -> str:
    value = expected(outputs)
    if value < _DEEP:
        return "unbounded"
    others = [i for i in range(len(outputs)) if i not in expected.locations]
    lost = np.abs(outputs[expected.locations]) > 100 * expected.std
    if lost.any() or (np.abs(outputs[others]) > _FAR).any():
        return _at_infinity(expected, outputs, value)
    return _inside(expected, outputs, value, others)


def _at_infinity(expected: _Expected, outputs: Array, value: float) -> str:
    """Whether farther out it goes on falling, comes to an end, or does not care."""
    farther = expected(2 * outputs)
    if farther < value - 1.0:
        return "unbounded"
    back = expected(np.where(np.abs(outputs) > _FAR, np.sign(outputs) * 5.0, outputs))
    return "not unique" if abs(back - value) < _FLAT else "escapes"


def _inside(expected: _Expected, outputs: Array, value: float, others: Sequence[int]) -> str:
    """Whether an output does not matter, or matters ever less, or the second has another minimum as low."""
    for i in range(len(outputs)):
        step = np.zeros(len(outputs))
        step[i] = 0.3 * (expected.std if i in expected.locations else 1.0)
        if max(expected(outputs + step), expected(outputs - step)) - value < _FLAT:
            return "not unique" if expected(outputs - 25 * step) - value < _FLAT else "escapes"
    if len(outputs) != 2 or len(others) != 1:
        return "found"
    along = expected.each(np.column_stack([np.full_like(_SECONDS, outputs[0]), _SECONDS]))
    inner = along[1:-1]
    valleys = _SECONDS[1:-1][(inner < along[:-2]) & (inner < along[2:]) & (inner < value + 0.1)]
    away = [s for s in valleys if abs(s - outputs[1]) > 1.5]
    alike = any(expected(_polished(expected, np.array([outputs[0], s]))) < value + _SAME for s in away)
    return "not unique" if alike else "found"
