"""PREDICTIVE DISTRIBUTIONS: what outputs are read as, with everything a score or a chart asks of it.

They are laws, one for each point, in the unit of y and in nats. Parameters may be of any shape ("the distribution's
shape" below), be it (points,) or (frames, points).
"""

import numpy as np

from core.distributions.law import Law
from core.distributions.laws import Gaussian, Laplace, LocationScale, StudentT

__all__ = ["Predictive", "gaussian", "laplace", "student_t"]

Predictive = Law  # of array parameters: one law for each point


def gaussian(mean: np.ndarray, std: np.ndarray) -> LocationScale:
    """Normal(mean, std²)."""
    return LocationScale(Gaussian(), mean, std)


def laplace(mean: np.ndarray, scale: np.ndarray) -> LocationScale:
    """Laplace(mean, b), b the scale; std = √2·b."""
    return LocationScale(Laplace(), mean, scale)


def student_t(mean: np.ndarray, scale: np.ndarray, df: np.ndarray | float) -> LocationScale:
    """mean + scale·T, T Student's t with `df` = ν > 1 degrees of freedom; std = scale·√(ν/(ν − 2))."""
    return LocationScale(StudentT(df), mean, scale)
