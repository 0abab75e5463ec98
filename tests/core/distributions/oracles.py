"""Laws of scipy.stats, and mixtures of them, for tests to compare with."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Mixture:
    """A mixture of scipy.stats distributions, with the part of their interface that the tests use."""

    weights: tuple[float, ...]
    parts: tuple[object, ...]

    def pdf(self, z):
        return sum(w * part.pdf(z) for w, part in zip(self.weights, self.parts, strict=True))

    def cdf(self, z):
        return sum(w * part.cdf(z) for w, part in zip(self.weights, self.parts, strict=True))

    def mean(self):
        return sum(w * part.mean() for w, part in zip(self.weights, self.parts, strict=True))

    def std(self):
        squares = zip(self.weights, self.parts, strict=True)
        return np.sqrt(sum(w * (part.var() + (part.mean() - self.mean()) ** 2) for w, part in squares))
