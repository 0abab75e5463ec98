"""A distribution through predicted quantiles."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from ..once import cached_property
from .law import Array, Law, Value, expectation, mean_difference_of
from .laws import HALF_LOG_2PI, Gaussian

_LEAST_SLOPE = 1e-3  # of a piece, relative to the slope from the first quantile to the last
_NORMAL = Gaussian()


@dataclass(frozen=True, eq=False)
class QuantilePredictive(Law):
    """A whole distribution through Q predicted quantiles: `values` (..., Q) at the increasing `levels`, in (0, 1).

    Values that cross are sorted: the rearrangement of Chernozhukov, Fernández-Val & Galichon 2010,
    doi:10.3982/ECTA7880, never further from the true quantiles. Then y is piecewise linear in z = Φ⁻¹(p): between two
    quantiles a piece of Normal(a, b²), the first and last pieces going on for ever. A Gaussian's quantiles give that
    Gaussian; of other tails the levels say nothing, and these fall as a Gaussian's do. (Linear in p, the usual choice,
    would end at the outermost quantiles, with a density of 0 beyond.)

    One level alone has no spread: mean = the value, all else nan. The cross entropy is by quadrature but
    for what is not smooth: good to some 1e-5, and to some 1e-2 where values are all but tied.
    """

    levels: tuple[float, ...]
    values: Array

    def __post_init__(self) -> None:
        steps = np.diff([0.0, *self.levels, 1.0])
        if not (self.levels and np.all(steps > 0)):
            raise ValueError(f"levels are {self.levels}: they must increase, strictly between 0 and 1")
        if self.values.shape[-1] != len(self.levels):
            raise ValueError(f"values are of shape {self.values.shape}: the last axis must hold {len(self.levels)}")

    @cached_property
    def mean(self) -> Array:
        if len(self.levels) == 1:
            return self.values[..., 0]
        a, b = self._pieces
        share, first, _ = self._moments
        return a @ share + b @ first

    @cached_property
    def std(self) -> Array:
        a, b = self._pieces
        share, first, second = self._moments
        off = a - self.mean[..., None]
        return np.sqrt(off**2 @ share + 2 * (off * b) @ first + b**2 @ second)

    def log_density(self, y: Value) -> Array:
        z, b = self._z_and_slope(y)
        return _NORMAL.log_density(z) - np.log(b)

    def crps(self, y: Array) -> Array:
        # dx = b·dz on a piece. The integrand is Φ² below y and (1 − Φ)² above; both antiderivatives are monotone, so
        # that clipping them ends the integrals at y.
        z = np.asarray(self._z_and_slope(y)[0])[..., None]
        inner = self._edges[1:-1]
        below = np.minimum(_squared_cdf_integral(z), np.array([0, *_squared_cdf_integral(inner), np.inf]))
        above = np.minimum(_squared_cdf_integral(-z), np.array([np.inf, *_squared_cdf_integral(-inner), 0]))
        return np.sum(self._pieces[1] * (np.diff(below) - np.diff(above)), axis=-1)

    @cached_property
    def mean_difference(self) -> Array:
        return mean_difference_of(self)

    def mean_abs(self, a: Value) -> Array:
        return self.crps(a) + 0.5 * self.mean_difference

    def cdf(self, y: Array) -> Array:
        return special.ndtr(self._z_and_slope(y)[0])

    def quantile(self, p: Value) -> Array:
        a, b = self._pieces
        z = special.ndtri(p)
        piece = np.searchsorted(self._edges[1:-1], z)
        if not np.ndim(z):
            return a[..., piece] + b[..., piece] * z
        shape = np.broadcast_shapes(np.shape(z), a.shape[:-1])
        which = np.broadcast_to(piece, shape)[..., None]
        at, by = (
            np.take_along_axis(np.broadcast_to(each, (*shape, each.shape[-1])), which, axis=-1) for each in (a, b)
        )
        return at[..., 0] + by[..., 0] * z

    def cross_entropy(self, mean: Array, std: Array, noise: Law) -> Array:
        # −log density = ½·log 2π + log b + ½·z². Where pieces meet, b jumps and ½·z² has a kink; quadrature is poor at
        # both. The jumps need only the noise's cdf, and the kinks E max(Y − knot, 0), which follows from E|Z − a|.
        mean, std, _ = np.broadcast_arrays(mean, std, self.mean)
        a, b = self._pieces
        exact, kinks = HALF_LOG_2PI + np.log(b[..., 0]), []
        for i, edge in enumerate(self._edges[1:-1]):
            knot = a[..., i] + b[..., i] * edge
            at, bend = (knot - mean) / std, edge * (1 / b[..., i + 1] - 1 / b[..., i])
            exact = exact + np.log(b[..., i + 1] / b[..., i]) * (1 - noise.cdf(at))
            exact = exact + bend * std * (noise.mean_abs(at) - at) / 2
            kinks.append((knot, bend))

        def smooth(y: Array) -> Array:
            return 0.5 * self._z_and_slope(y)[0] ** 2 - sum(bend * np.maximum(y - knot, 0) for knot, bend in kinks)

        return exact + expectation(smooth, mean, std, noise)

    def exponential_moment(self, t: float) -> Array:
        # E[exp(t(a + bz))] on a piece of a normal z: exp(ta + t²b²/2) times the share of the piece moved by tb.
        a, b = self._pieces
        share = special.ndtr(self._edges[1:] - t * b) - special.ndtr(self._edges[:-1] - t * b)
        return np.sum(np.exp(t * a + 0.5 * (t * b) ** 2) * share, axis=-1)

    @cached_property
    def _edges(self) -> Array:
        """Where the pieces end, in z: (pieces + 1,), −∞ and ∞ included. Q levels make Q − 1 pieces, one level one."""
        return np.array([-np.inf, *special.ndtri(self.levels[1:-1]), np.inf])

    @cached_property
    def _pieces(self) -> tuple[Array, Array]:
        """(a, b) with y = a + b·z on each piece, both (..., pieces)."""
        values, z = np.sort(self.values, axis=-1), special.ndtri(self.levels)
        if len(z) == 1:
            return values, np.full_like(values, np.nan)
        # Two equal values would be a point mass: an infinite density between them, and zero density beyond them if they
        # are the outermost. So each piece has a minimum slope, small relative to the whole, and rounding sets one too.
        whole = (values[..., -1:] - values[..., :1]) / (z[-1] - z[0])
        least = np.maximum(_LEAST_SLOPE * whole, 1e-12 * np.abs(values).max(axis=-1, keepdims=True) + 1e-150)
        b = np.maximum(np.diff(values) / np.diff(z), least)
        # A raised slope shifts the values beside it: they are counted from the middle one, so that the median stays.
        climb = np.concatenate([np.zeros_like(whole), np.cumsum(b * np.diff(z), axis=-1)], axis=-1)
        middle = slice(len(z) // 2, len(z) // 2 + 1)
        knots = values[..., middle] + climb - climb[..., middle]
        return knots[..., :-1] - b * z[:-1], b

    @cached_property
    def _moments(self) -> tuple[Array, Array, Array]:
        """∫φ, ∫z·φ and ∫z²·φ dz over each piece, (pieces,) each: moments of a truncated normal, not normalised."""
        edges = self._edges
        density = np.exp(_NORMAL.log_density(edges))
        z_density = np.concatenate([[0], edges[1:-1] * density[1:-1], [0]])
        share = np.diff(special.ndtr(edges))
        return share, -np.diff(density), share - np.diff(z_density)

    def _z_and_slope(self, y: Array) -> tuple[Array, Array]:
        """z = Φ⁻¹(F(y)) and the slope dy/dz of the piece that y is on."""
        a, b = self._pieces
        z, slope = (y - a[..., 0]) / b[..., 0], b[..., 0]
        for i, edge in enumerate(self._edges[1:-1], start=1):
            on_or_beyond = y >= a[..., i] + b[..., i] * edge
            z = np.where(on_or_beyond, (y - a[..., i]) / b[..., i], z)
            slope = np.where(on_or_beyond, b[..., i], slope)
        return z, slope


def _squared_cdf_integral(z: Array) -> Array:
    """∫Φ² from −∞ to z: z·Φ² + 2Φφ − Φ(√2·z)/√π. With −z it is ∫(1 − Φ)² from z to ∞."""
    cdf, density = _NORMAL.cdf(z), np.exp(_NORMAL.log_density(z))
    return z * cdf**2 + 2 * cdf * density - special.ndtr(np.sqrt(2) * z) / np.sqrt(np.pi)
