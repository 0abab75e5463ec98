"""A law moved and scaled: what noises and most predictive distributions are."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.distributions.law import Array, Law, Value


@dataclass(frozen=True, eq=False)
class LocationScale(Law):
    """Y = loc + scale·(T − centre), T ~ law. With arrays, one law per point: loc and scale (points,), say.

    Everything is as exact as the law's own.
    """

    law: Law
    loc: Value = 0.0
    scale: Value = 1.0
    centre: Value = 0.0

    @property
    def support(self) -> tuple[Value, Value]:
        low, high = self.law.support
        return self._moved(low), self._moved(high)

    @property
    def kinks(self) -> tuple[float, ...]:
        return tuple(self._moved(kink) for kink in self.law.kinks)

    @property
    def mean(self) -> Value:
        # Without the product where it is 0: an infinite scale leaves a mean.
        return self._moved(self.law.mean) if np.any(self.law.mean - self.centre) else self.loc

    @property
    def std(self) -> Value:
        return self.scale * self.law.std

    @property
    def mean_difference(self) -> Value:
        return self.scale * self.law.mean_difference

    @property
    def entropy(self) -> Value:
        return self.law.entropy + np.log(self.scale)

    @cached_property
    def median(self) -> Value:
        return self._moved(self.law.median)

    def log_density(self, y: Value) -> Array:
        return self.law.log_density(self._standard(y)) - np.log(self.scale)

    def cdf(self, y: Value) -> Array:
        return self.law.cdf(self._standard(y))

    def quantile(self, p: float) -> Value:
        return self._moved(self.law.quantile(p))

    def mean_abs(self, a: Value) -> Array:
        return self.scale * self.law.mean_abs(self._standard(a))

    def crps(self, y: Value) -> Array:
        return self.scale * self.law.crps(self._standard(y))

    def cross_entropy(self, mean: Value, std: Value, noise: Law) -> Array:
        return self.law.cross_entropy(self._standard(mean), std / self.scale, noise) + np.log(self.scale)

    def exponential_moment(self, t: float) -> Array:
        """E[exp(tY)], t > 0; infinite where the tail is too heavy. For a centre of 0."""
        return np.exp(t * self.loc + self.law.log_mgf(t * self.scale))

    def _standard(self, y: Value) -> Array:
        """The value of T where Y is y."""
        return (y - self.loc) / self.scale + self.centre

    def _moved(self, t: Value) -> Value:
        """The value of Y where T is t."""
        return self.loc + self.scale * (t - self.centre)


def scaled(base: Law, factor: float) -> LocationScale:
    """The base made `factor` times as wide about its mean; of its own family where it is moved and scaled already.

    A std of 1e−75 is lost beside any mean: its quantiles are the mean, and no factor brings them back.

    Raises ValueError for a factor that is not a positive number.
    """
    if not (np.isfinite(factor) and factor > 0):
        raise ValueError(f"the factor is {factor}: it must be a positive number")
    if isinstance(base, LocationScale):
        return LocationScale(base.law, base.loc, factor * base.scale, base.centre)
    return LocationScale(base, base.mean, factor, base.mean)
