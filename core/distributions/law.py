"""A law of probability: what it states, and what follows from that, by quadrature where there is no closed form."""

from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..once import cached_property
from .asked import CHECKED, probability
from .variance_parts import Parts, decompose

Array = NDArray[np.float64]
Value = Any  # a float, or an array where parameters are arrays

# Where one panel of the quadrature ends and the next begins, on both sides of 0. Beyond 10,000 Student's t with ν = 5
# keeps 1e-11 of its variance; panels may grow, since a tail is a power or an exponential, smooth in log z.
_CUTS = np.array([0, 0.3, 0.7, 1.2, 1.8, 2.6, 4, 6.5, 11, 20, 45, 200, 1_400, 10_000], dtype=np.float64)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_PARTS = 4  # of each panel, for the defaults: 14 digits where the density is smooth
_REACH, _NOTHING = 14.0, 1e-7  # of t, and of what is added, in `mean_difference_of`
_MOST_DRAWS = 10**8  # numbers in one sample: 0.8 GB
_BLOCK = 2**16  # values of y at a time: an array of half a megabyte, which a processor's cache holds


class Law:
    """The law of a random variable Z. A subclass states `log_density`, the support, and what has a closed form.

    Arrays of any shape go in and float64 of that shape comes out; logarithms are natural. Parameters may be arrays too
    (a predictive distribution has one law per point), and then results have their shape, broadcast with the argument's.

    The numerical defaults are for a law of scalar parameters whose scale is near 1 and whose centre is near 0; they
    have 12 digits where the density is smooth between the ends of its support, 0 and its kinks.

    Values that are no real numbers raise TypeError; a shape that does not go with the law's, and a probability outside
    0 to 1, raise ValueError. Each names what is wrong.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        """Let every law check what it is asked, whichever method it states itself."""
        super().__init_subclass__(**options)
        for name in CHECKED.keys() & vars(cls).keys():
            setattr(cls, name, CHECKED[name](vars(cls)[name]))

    @property
    def support(self) -> tuple[Value, Value]:
        """Both ends of where the density is above 0."""
        return -np.inf, np.inf

    @property
    def kinks(self) -> tuple[float, ...]:
        """Where the density is not smooth inside its support, if not at 0: there it has two slopes, or a jump."""
        return ()

    def log_density(self, z: Value) -> Array:
        """Natural logarithm of the density at z, constants included; −∞ outside the support."""
        raise NotImplementedError(f"{type(self).__name__} states no log_density")

    def nll(self, y: Value) -> Array:
        """−log density at y, in nats."""
        return -self.log_density(y)

    def log_prob(self, y: Value) -> Array:
        """`log_density` under the name that it has in torch and in probabilistic programming, in nats."""
        return self.log_density(y)

    def cdf(self, z: Value) -> Array:
        """P(Z ≤ z)."""
        return self._below(z)[0]

    def quantile(self, p: Value) -> Value:
        """The value that Z stays below with probability p, 0 ≤ p ≤ 1: the inverse of the cdf, by bisection.

        p is a number, or an array that is broadcast with the law's shape: of (m, 1) and n points there are (m, n).
        """
        if np.ndim(p):
            return np.array([self.quantile(float(each)) for each in np.ravel(p)]).reshape(np.shape(p))
        least, most = self.support
        low, high = np.clip([-1.0, 1.0], least, most)
        while self.cdf(low) > p:
            low = max(2 * low, least)
        while self.cdf(high) < p:
            high = min(2 * high, most)
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self.cdf(middle) < p else (low, middle)
        return np.asarray((low + high) / 2)

    @cached_property
    def median(self) -> Value:
        """The value that Z exceeds half of the time."""
        return self.quantile(0.5)

    def interval(self, level: float) -> tuple[Array, Array]:
        """Central interval that holds Z with probability `level`, 0 ≤ level ≤ 1. Raises ValueError for any other."""
        level = probability(level, "level")
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def sample(self, size: int, seed: "int | np.random.Generator") -> Array:
        """`size` independent draws, (size, …) with the law's shape last; the same seed gives the same draws.

        Raises ValueError for a size below 1, or for more than 100 million numbers in all.
        """
        if not isinstance(size, Integral):
            raise TypeError(f"size is {size!r}: it must be a whole number of draws.")
        total = size * int(np.prod(self._dims))
        if not 1 <= size <= _MOST_DRAWS or total > _MOST_DRAWS:
            raise ValueError(f"The sample would have {total:,} numbers: it must have 1 to {_MOST_DRAWS:,}.")
        return np.asarray(self._draws(np.random.default_rng(seed), size), dtype=np.float64)

    def _draws(self, rng: np.random.Generator, size: int) -> Array:
        """The draws (size, …): quantiles at uniform probabilities, unless a subclass knows better."""
        uniform = rng.random((size, *self._dims))
        return self.quantile(np.clip(uniform, 2.0**-54, 1 - 2.0**-53))  # never 0, whose quantile may be infinite

    @property
    def _dims(self) -> tuple[int, ...]:
        """The law's shape: () for a single law, (n,) for one at each of n points."""
        with np.errstate(all="ignore"):
            return np.broadcast_shapes(np.shape(self.mean), np.shape(self.std))

    @property
    def members(self) -> "tuple[Law, ...]":
        """The laws whose equal mixture this is: what each network of an ensemble predicts; itself alone for one."""
        return (self,)

    @property
    def parts(self) -> Parts:
        """Variances of the noise (aleatoric), of what the members do not know (epistemic) and in total, squared unit.

        The members' equal mixture has exactly the total. One net alone knows nothing of what it does not know: its
        epistemic part is 0. Formula and source are in `decompose`.
        """
        shape, each = self._dims, self.members
        with np.errstate(all="ignore"):
            moments = [[np.broadcast_to(value, shape).ravel() for value in (law.mean, law.var)] for law in each]
            found = decompose([mean for mean, _ in moments], [variance for _, variance in moments])
        return Parts(*(part.reshape(shape) for part in found))

    @property
    def mean(self) -> Value:
        """E Z."""
        return float(self._fine[1] @ self._fine[0])

    @property
    def var(self) -> Value:
        """Variance, std²."""
        return self.std**2

    @property
    def std(self) -> Value:
        """Standard deviation."""
        z, w = self._fine
        return float(np.sqrt(w @ (z - self.mean) ** 2))

    def mean_abs(self, a: Value) -> Array:
        """E|Z − a|: what an absolute error costs on average for a prediction that is off by a."""
        a, (share, part) = np.asarray(a, dtype=np.float64), self._below(a)
        return self.mean - a + 2 * (a * share - part)

    @property
    def mad(self) -> float:
        """E|Z − median|, the smallest mean absolute deviation. Not the *median* absolute deviation."""
        return float(self.mean_abs(self.median))

    @cached_property
    def mean_difference(self) -> Value:
        """E|Z − Z'| of two independent draws."""
        z, w = self._fine
        return float(w @ self.mean_abs(z))

    def crps(self, y: Value) -> Array:
        """Continuous ranked probability score at y, ∫(F(x) − 1{x ≥ y})² dx = E|Z − y| − ½·E|Z − Z'|."""
        return self.mean_abs(y) - 0.5 * self.mean_difference

    @cached_property
    def entropy(self) -> Value:
        """Differential entropy −E[log density(Z)] in nats. Raises NotImplementedError where only a law alone has it."""
        if self._dims:
            raise NotImplementedError(f"{type(self).__name__} has an entropy for one row alone, not for {self._dims}.")
        z, w = self._fine
        return float(-w @ self.log_density(z))

    def log_mgf(self, t: Value) -> Array:
        """log E[exp(tZ)], t > 0; infinite where the tail is too heavy. No default: quadrature cannot see a tail."""
        raise NotImplementedError(f"{type(self).__name__} states no log_mgf")

    def exponential_moment(self, t: float) -> Array:
        """E[exp(tZ)], t > 0; infinite where the tail is too heavy."""
        return np.exp(self.log_mgf(t))

    def cross_entropy(self, mean: Value, std: Value, noise: "Law") -> Array:
        """E[−log density(Y)] for Y = mean + std·Z, Z ~ noise of mean 0 and variance 1, in nats: no sampling."""
        mean, std, *_ = np.broadcast_arrays(mean, std, self.mean, self.std)
        return expectation(self.nll, mean, std, noise)

    @cached_property
    def quadrature(self) -> tuple[Array, Array]:
        """Nodes z and weights w, some 400 at most and read-only, with E[g(Z)] ≈ Σ w·g(z).

        Gauss–Legendre on panels. Good to some 1e-9 for a g that is smooth but for kinks at 0 or at the median, and to
        some 1e-4 with a kink elsewhere; rougher only where Z hardly has a variance (Student's ν near 2). The weights
        sum to 1, so that a constant comes out exact.
        """
        return self.quadrature_with(())

    def quadrature_with(self, kinks: Iterable[float]) -> tuple[Array, Array]:
        """The same for a g with kinks at these z too: panels end there."""
        z, w = (part.ravel() for part in self._nodes(self._cuts([self.median, *kinks])))
        kept = w * (1 + z**2) > 1e-20  # most laws end long before the last panel
        z, w = z[kept], w[kept] / w[kept].sum()
        z.setflags(write=False)
        w.setflags(write=False)
        return z, w

    def moments(self) -> tuple[float, float, float]:
        """Total probability, mean and variance, all by quadrature of the density, whatever the law states of them."""
        z, w = self._fine
        total, mean = float(w.sum()), float(w @ z)
        return total, mean, float(w @ (z - mean) ** 2)

    def _cuts(self, cuts: Iterable[float] = ()) -> Array:
        """Where panels end: the fixed cuts, the kinks and these, inside the support, and its finite ends."""
        cuts = np.array([*self.kinks, *cuts], dtype=np.float64)
        edges = np.clip(np.concatenate([-_CUTS, _CUTS, cuts[np.isfinite(cuts)]]), *self.support)
        return np.unique(edges)

    def _nodes(self, edges: Array) -> tuple[Array, Array]:
        """Nodes and weights (panels, 16), the density in the weights."""
        half, middle = np.diff(edges)[:, None] / 2, ((edges[1:] + edges[:-1]) / 2)[:, None]
        z = middle + half * _NODES
        return z, half * _WEIGHTS * np.exp(self.log_density(z))

    @cached_property
    def _ends(self) -> Array:
        """The edges of the finer panels of the defaults."""
        edges = self._cuts()
        within = edges[:-1, None] + np.diff(edges)[:, None] * np.arange(_PARTS) / _PARTS
        return np.append(within.ravel(), edges[-1])

    @cached_property
    def _fine(self) -> tuple[Array, Array]:
        """Nodes and weights of the defaults; the weights sum to 1 where the density does."""
        z, w = self._nodes(self._ends)
        return z.ravel(), w.ravel()

    @cached_property
    def _sums(self) -> tuple[Array, Array]:
        """∫ density and ∫ z·density from the left up to each of `_ends`."""
        z, w = (part.reshape(-1, len(_NODES)) for part in self._fine)
        shares, parts = (np.cumsum(part.sum(axis=1)) for part in (w, w * z))
        return np.append(0.0, shares), np.append(0.0, parts)

    def _below(self, z: Value) -> tuple[Array, Array]:
        """P(Z ≤ z) and E[Z; Z ≤ z]: the whole panels below z, and a short one from the last of their ends."""
        (shares, parts), ends = self._sums, self._ends
        z = np.clip(np.asarray(z, dtype=np.float64), ends[0], ends[-1])
        panel = np.searchsorted(ends, z, side="right") - 1
        half = ((z - ends[panel]) / 2)[..., None]
        nodes = ends[panel][..., None] + half * (1 + _NODES)
        w = half * _WEIGHTS * np.exp(self.log_density(nodes))
        return (shares[panel] + w.sum(axis=-1)) / shares[-1], (parts[panel] + (w * nodes).sum(axis=-1)) / shares[-1]


def mean_difference_of(law: Law, narrowest: float = 1.0) -> Array:
    """E|Y − Y′| = 2∫F(1 − F) dy of a law of array parameters, by its cdf alone.

    Good to some 1e-6 where the density is smooth, and to 2e-4 with a kink or with Student's ν near 2.

    `narrowest` is the smallest width within the law, as a share of its `half_width`: a grid must not step over it. The
    trapezoidal rule over t, y = median + half width·t·exp(t²/36): even steps where the law lies, and beyond them steps
    that overtake any tail. It ends where nothing is added.
    """
    step = float(np.clip(0.5 * narrowest, 0.01, 0.35))
    scale, total = half_width(law), np.zeros(np.shape(law.mean))
    for t in step * np.arange(int(_REACH / step) + 1):
        grows = np.exp((t / 6) ** 2)
        added = np.zeros_like(total)
        for y in dict.fromkeys((t * grows, -t * grows)):  # 0 once
            below = law.cdf(law.median + scale * y)
            added += below * (1 - below)
        added *= grows * (1 + 2 * (t / 6) ** 2)
        total += added
        if t > 3 and not np.any(added > _NOTHING * total):
            break
    return 2 * step * scale * total


def half_width(law: Law) -> Array:
    """Half of the central 68 % interval: the std of a Gaussian, and of heavy tails what a grid can go by."""
    low, high = law.interval(0.6827)
    return np.asarray((high - low) / 2)


def expectation(of: Callable[[Array], Array], mean: Array, std: Array, noise: Law) -> Array:
    """E[of(Y)] for Y = mean + std·Z by the noise's quadrature, all of one shape. A block of nodes at a time."""
    nodes, weights = noise.quadrature
    at_once = max(1, _BLOCK // max(1, mean.size))
    total = np.zeros(())
    for start in range(0, len(nodes), at_once):
        z, w = nodes[start : start + at_once], weights[start : start + at_once]
        y = mean + std * z.reshape(-1, *(1,) * mean.ndim)  # (nodes, ...)
        total = total + np.tensordot(w, of(y), axes=1)
    return total
