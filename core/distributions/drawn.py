"""A distribution known by samples of it: the draws of a simulation, of a posterior, of a generative model."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from ..once import cached_property
from .law import Array, Law, Value
from .laws import gaussian
from .quantiles import QuantilePredictive

SMOOTH_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # of the samples, through which a smooth distribution goes
_BLOCK = 2**16  # samples at a time
_FEWEST_SMOOTH = 19  # samples, so that 5 % and 95 % lie within them


@dataclass(frozen=True, eq=False)
class SamplePredictive(Law):
    """K samples (n, K) of each of n laws; they have no density.

    If y is one more draw of the same law, its rank among the K + 1 is uniform. So the cdf between the k-th smallest
    sample and the next is (k + u)/(K + 1), u (n,) being fixed numbers, uniform in 0 … 1, one for each law: then F(y) is
    exactly uniform for a right model (the randomised PIT of Czado, Gneiting & Held 2009,
    doi:10.1111/j.1541-0420.2009.01191.x). Quantiles lie at ranks p·(K + 1), linear between samples. Beyond the
    outermost samples, quantiles have a Gaussian's tail with the samples' own std, and so has the cdf with `tails`,
    which is for models that are plainly too narrow: their points lie beyond all samples, and ranks do not say how far.
    """

    samples: Array
    u: Array
    tails: bool = False

    @cached_property
    def rising(self) -> Array:
        """The samples in rising order, (n, K)."""
        return np.sort(self.samples, axis=-1)

    @property
    def support(self) -> tuple[Value, Value]:
        return self.rising[..., 0], self.rising[..., -1]

    @cached_property
    def mean(self) -> Array:
        return np.mean(self.samples, axis=-1)

    @cached_property
    def std(self) -> Array:
        """The unbiased one, √(Σ(x − mean)²/(K − 1))."""
        squares = self._each(lambda samples, mean: np.sum((samples - mean[:, None]) ** 2, axis=-1), self.mean)
        return np.sqrt(squares / (self.samples.shape[-1] - 1))

    def cdf(self, y: Value) -> Array:
        y = np.asarray(y, dtype=np.float64)
        count, each = self.samples.shape[-1], y[..., None]
        below = np.sum(self.samples < each, axis=-1, dtype=np.int64)
        equal = np.sum(self.samples == each, axis=-1, dtype=np.int64)
        inside = (below + self.u * (equal + 1)) / (count + 1)
        if not self.tails:
            return inside
        low, high = self.support
        edge = special.ndtri(1 / (count + 1))
        with np.errstate(all="ignore"):  # samples that are all equal
            under, over = edge + (y - low) / self.std, -edge + (y - high) / self.std
        return np.where(y < low, special.ndtr(under), np.where(y > high, special.ndtr(over), inside))

    def quantile(self, p: float) -> Array:
        count = self.samples.shape[-1]
        rank = p * (count + 1)
        if rank < 1 - 1e-9 or rank > count + 1e-9:
            end, at = (self.rising[..., 0], 1) if rank < 1 else (self.rising[..., -1], count)
            return end + (special.ndtri(p) - special.ndtri(at / (count + 1))) * self.std
        below = int(np.clip(np.floor(rank + 1e-9), 1, count)) - 1
        share = min(max(rank - 1 - below, 0.0), 1.0)
        above = min(below + 1, count - 1)
        return (1 - share) * self.rising[..., below] + share * self.rising[..., above]

    def _draws(self, rng: np.random.Generator, size: int) -> Array:
        """Draws with replacement among the samples of each law."""
        count = self.samples.shape[-1]
        which = rng.integers(count, size=(size, *self.samples.shape[:-1], 1))
        return np.take_along_axis(np.broadcast_to(self.samples, (size, *self.samples.shape)), which, axis=-1)[..., 0]

    def mean_abs(self, a: Value) -> Array:
        a = np.broadcast_to(np.asarray(a, dtype=np.float64), self.mean.shape)
        return self._each(lambda samples, at: np.mean(np.abs(samples - at[:, None]), axis=-1), a)

    @cached_property
    def mean_difference(self) -> Array:
        """E|Y − Y′| of the law behind the samples, unbiased: the mean over pairs of different samples.

        It makes the CRPS the fair one (Ferro 2014, doi:10.1002/qj.2270), whose mean is that of the law behind.
        """
        count = self.samples.shape[-1]
        weights = 2.0 * np.arange(1, count + 1) - count - 1
        return 2 * (self.rising @ weights) / (count * (count - 1))

    def crps_of_ensemble(self, y: Value) -> Array:
        """The CRPS of the K samples as they are, each with a probability of 1/K: larger than the fair one."""
        count = self.samples.shape[-1]
        return self.mean_abs(y) - 0.5 * self.mean_difference * (count - 1) / count

    def _each(self, of: Callable[[Array, Array], Array], beside: Array) -> Array:
        """`of(samples, beside)` at each law, (n,), a block of laws at a time: what a processor's cache holds."""
        found = np.empty(self.mean.shape)
        rows = max(1, _BLOCK // self.samples.shape[-1])
        for start in range(0, found.size, rows):
            some = slice(start, start + rows)
            found[some] = of(self.samples[some], beside[some])
        return found

    @cached_property
    def split(self) -> "SplitSamples":
        """The same law for tests along its mean and std: those from every second sample, ranks from the others."""
        return SplitSamples(self.samples[..., 1::2], self.u, self.tails, of_moments=self.samples[..., ::2])

    @cached_property
    def smooth(self) -> Law:
        """A distribution with a density, for recalibrations by likelihood: through five quantiles of the samples.

        Of fewer than 19 samples, whose outer quantiles are uncertain, it is the Gaussian with their mean and std.
        """
        if self.samples.shape[-1] < _FEWEST_SMOOTH:
            return gaussian(self.mean, self.std)
        return QuantilePredictive(SMOOTH_LEVELS, np.stack([self.quantile(p) for p in SMOOTH_LEVELS], axis=-1))


@dataclass(frozen=True, eq=False)
class SplitSamples(SamplePredictive):
    """Samples whose mean and std come from other samples, `of_moments` (n, K), of the same laws.

    The std of few samples is itself uncertain: where it happens to be large, y lies less far out in it, as if the std
    were wrong there. From other samples it is independent of the ranks of y if the model is right.
    """

    of_moments: Array = field(default_factory=lambda: np.zeros((0, 0)))

    @cached_property
    def mean(self) -> Array:
        return np.mean(self.of_moments, axis=-1)

    @cached_property
    def std(self) -> Array:
        return np.std(self.of_moments, axis=-1, ddof=1)
