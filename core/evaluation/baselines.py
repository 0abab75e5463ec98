"""BASELINES: two linear models that a network has to beat, fitted in a second and without a seed.

A new baseline is a new row: its words, and a function that fits it. Additive models and boosted trees are left out:
they have settings to choose, and a baseline should need no tuning.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..distributions.laws import LocationScale, gaussian

Array = NDArray[np.float64]

MOST_SCORED = 100_000  # rows that the log variance is fitted to: more rows do not move its few coefficients
_STEPS, _HALVINGS = 200, 40
_SETTLED = 1e-13  # nats per point: the fit stops when a step gains less
_LEAST_SPREAD = 1e-6  # relative to the std of y: a smaller residual is rounding
_REACH = 10.0  # how far the log variance may go from that of the constant spread: a factor of 148 in σ̂
_RIDGE = 1e-9  # relative to the mean curvature, in steps only: it chooses among collinear inputs, the optimum stays


@dataclass(frozen=True)
class Baseline:
    """A kind of baseline: its words, and how it is fitted to points."""

    name: str
    label: str
    help: str  # one sentence
    fit: Callable[["Points"], "LinearGaussian"]


@dataclass(frozen=True, eq=False)
class LinearGaussian:
    """Normal(β₀ + βᵀu, exp(γ₀ + γᵀu)) with u = (x − shift)/scale, (m, k); a call predicts at x.

    The coefficients `mean` and `log_var` are (k + 1,), the constant first, in the unit of y. The log variance is
    clipped to `bounds`: otherwise a row far outside the training range could get a spread of e^50.
    """

    shift: Array
    scale: Array
    mean: Array
    log_var: Array
    bounds: tuple[float, float]

    def __call__(self, x: ArrayLike) -> LocationScale:
        u = (_matrix(x, self.shift.size) - self.shift) / self.scale
        log_var = np.clip(_affine(u, self.log_var), *self.bounds)
        return gaussian(_affine(u, self.mean), np.exp(0.5 * log_var))


class Points:
    """Training points, x (n, k) and y (n,), with what all linear fits of them share.

    shift, scale: means and standard deviations of the inputs, (k,); the scale of an input that never varies is 1.
    u: the standardised inputs, (n, k).
    mean: least squares of y on 1 and u, (k + 1,); the solution of least norm where inputs are collinear.
    log_var: the log of the mean squared residual, with n − k − 1 degrees of freedom (more where inputs are collinear),
        as coefficients (k + 1,). bounds: the range that a log variance is clipped to.

    Raises ValueError if y has no spread, a value is not finite, or there are too few rows.
    """

    def __init__(self, x: Array, y: Array):
        n, k = x.shape
        _check_finite(x, y)
        self.y, y_mean, y_std = y, float(y.mean()), float(y.std())
        self.shift, std = x.mean(axis=0), x.std(axis=0)
        self.scale = np.where(std > 1e-12 * np.abs(self.shift), std, 1.0)
        self.u = (x - self.shift) / self.scale
        # From the triangle of a QR decomposition: normal equations would square the condition number, and a singular
        # value decomposition of a million rows takes ten times as long.
        triangle: Array = np.asarray(np.linalg.qr(np.column_stack([self.u, y - y_mean]), mode="r"))
        slopes, _, rank, _ = np.linalg.lstsq(triangle[:, :-1], triangle[:, -1], rcond=1e-10)
        freedom = n - int(rank) - 1
        if n <= k + 1 and freedom < 1:
            raise ValueError(
                f"{n:,} rows are too few for {k + 1:,} coefficients and a std: choose fewer features or more rows."
            )
        if not y_std > 1e-12 * np.abs(y).max():
            raise ValueError("y is the same in every row: there is no std to predict.")
        self.mean = np.concatenate([[y_mean], slopes])
        residual = y - _affine(self.u, self.mean)
        log_var = float(np.log(max(float(residual @ residual) / freedom, (_LEAST_SPREAD * y_std) ** 2)))
        self.log_var = np.concatenate([[log_var], np.zeros(k)])
        self.bounds = log_var - _REACH, log_var + _REACH

    def model(self, mean: Array, log_var: Array) -> LinearGaussian:
        """The model with these coefficients."""
        return LinearGaussian(self.shift, self.scale, mean, log_var, self.bounds)


def _check_finite(x: Array, y: Array) -> None:
    if y.shape != (len(x),):
        raise ValueError(f"y has shape {y.shape}: it must have as many values as x has rows, {len(x):,}.")
    for name, values in (("x", x), ("y", y[:, None])):
        # A finite sum proves that all values are finite; the slow check of each value is only for the message.
        if not np.isfinite(values.sum()) and not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0]
            where = f"column {column + 1} of x" if name == "x" else "y"
            raise ValueError(f"Row {row + 1:,} of {where} is not a finite number: a baseline needs all to be.")


def fit_baselines(x: ArrayLike, y: ArrayLike) -> dict[str, LinearGaussian]:
    """Every row of BASELINES, by name, fitted to the points x, (n, k) or (n,), and y (n,). Deterministic.

    Raises ValueError if y is constant, a value is not finite, or there are at most k + 1 rows for k features.
    """
    y = np.asarray(y, dtype=np.float64)
    points = Points(_matrix(x), y)
    return {name: row.fit(points) for name, row in BASELINES.items()}


def _constant_spread(points: Points) -> LinearGaussian:
    """Least squares, and one σ̂² for all points: the mean squared residual with n − k − 1 degrees of freedom."""
    return points.model(points.mean, points.log_var)


def _linear_log_variance(points: Points) -> LinearGaussian:
    """Mean and log variance both linear, by the Gaussian NLL (Harvey 1976, doi:10.2307/1913974).

    It starts at least squares, and each scoring step is halved until the NLL falls: so it is never worse than the
    constant spread.
    """
    stride = -(-points.y.size // MOST_SCORED)
    start = np.stack([points.mean, points.log_var])
    some_rows = _Likelihood(points.u[::stride], points.y[::stride], points.bounds)
    best = some_rows.minimise(start)
    if stride > 1:
        # The mean is refitted to all rows with the weights found from some; the start stays if it has the lower NLL.
        all_rows = _Likelihood(points.u, points.y, points.bounds)
        best = min(start, best + all_rows.mean_step(best), key=all_rows.nll)
    return points.model(*best)


class _Likelihood:
    """The Gaussian NLL of coefficients (2, k + 1), of the mean and of the log variance, with steps of Fisher scoring.

    The Fisher information has no cross terms between the two, so that a step is two least-squares problems: for the
    mean weighted by 1/σ̂², for the log variance with r²/σ̂² − 1 as the target.
    """

    def __init__(self, u: Array, y: Array, bounds: tuple[float, float]):
        self.design, self.y, self.bounds = np.column_stack([np.ones(len(u)), u]), y, bounds  # design (n, k + 1)

    def nll(self, coefficients: Array) -> float:
        """The mean NLL without its constant, nats per point."""
        residual, log_var = self._residual_and_log_var(coefficients)
        return 0.5 * float(np.mean(log_var + residual**2 * np.exp(-log_var)))

    def minimise(self, start: Array) -> Array:
        """The coefficients where the NLL no longer falls."""
        coefficients, nll = start, self.nll(start)
        for _ in range(_STEPS):
            before = nll
            for step in (self.mean_step, self.log_var_step):
                coefficients, nll = self._damped(coefficients, nll, step(coefficients))
            if before - nll < _SETTLED:
                break
        return coefficients

    def mean_step(self, coefficients: Array) -> Array:
        """The step to the optimal mean for this log variance."""
        residual, log_var = self._residual_and_log_var(coefficients)
        weights = np.exp(-log_var)
        return np.stack([self._solve(weights, weights * residual), np.zeros_like(coefficients[1])])

    def log_var_step(self, coefficients: Array) -> Array:
        """The scoring step of the log variance for this mean."""
        residual, log_var = self._residual_and_log_var(coefficients)
        free = ((log_var > self.bounds[0]) & (log_var < self.bounds[1])).astype(np.float64)  # no gradient at a bound
        excess = free * (residual**2 * np.exp(-log_var) - 1)
        return np.stack([np.zeros_like(coefficients[0]), self._solve(free, excess)])

    def _damped(self, coefficients: Array, nll: float, step: Array) -> tuple[Array, float]:
        """The coefficients after the step, halved until the NLL does not rise, and the NLL there."""
        for _ in range(_HALVINGS):
            moved = self.nll(coefficients + step)
            if moved <= nll:
                return coefficients + step, moved
            step = step / 2
        return coefficients, nll

    def _residual_and_log_var(self, coefficients: Array) -> tuple[Array, Array]:
        return self.y - self.design @ coefficients[0], np.clip(self.design @ coefficients[1], *self.bounds)

    def _solve(self, weights: Array, target: Array) -> Array:
        """(XᵀWX)⁻¹Xᵀtarget, (k + 1,), W the diagonal of `weights` (n,)."""
        curvature = self.design.T @ (self.design * weights[:, None])
        ridge = _RIDGE * max(float(np.trace(curvature)) / len(curvature), float(np.finfo(np.float64).tiny))
        curvature[np.diag_indices_from(curvature)] += ridge
        return np.asarray(np.linalg.solve(curvature, self.design.T @ target), dtype=np.float64)


def _affine(u: Array, coefficients: Array) -> Array:
    return coefficients[0] + u @ coefficients[1:]


def _matrix(x: ArrayLike, inputs: int | None = None) -> Array:
    """x as (n, k); a vector is one input. Raises ValueError for any other shape."""
    array = np.asarray(x, dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or (inputs is not None and array.shape[1] != inputs):
        raise ValueError(f"x has shape {np.shape(x)}: it must be (n, {'k' if inputs is None else inputs}).")
    return array


_ROWS = (
    Baseline(
        "linear",
        "Linear mean, one constant std",
        "Least squares, with one standard deviation for every row: a network with a second output should beat this.",
        _constant_spread,
    ),
    Baseline(
        "linear_log_variance",
        "Linear mean and linear log variance",
        "The simplest std that changes with x, fitted by the same Gaussian NLL (Harvey 1976).",
        _linear_log_variance,
    ),
)
BASELINES: Mapping[str, Baseline] = MappingProxyType({row.name: row for row in _ROWS})
