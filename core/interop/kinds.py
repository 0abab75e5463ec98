"""How a law is told to another package: its family, and its parameters as arrays."""

from typing import NamedTuple

import numpy as np

from ..distributions.law import Law, Value
from ..distributions.laws import Gamma, Gaussian, Laplace, LocationScale, StudentT


class Standard(NamedTuple):
    """A law of a family known everywhere: y = loc + scale·T, T of the family with these shape parameters."""

    family: str
    loc: Value
    scale: Value
    shape: dict[str, Value]


def standard(law: Law) -> Standard | None:
    """The law as a member of "normal", "laplace", "student_t" or "gamma"; None for any other law."""
    inner, loc, scale, centre = law, np.zeros(()), np.ones(()), np.zeros(())
    if isinstance(law, LocationScale):
        inner, loc, scale, centre = law.law, law.loc, law.scale, law.centre
    begins = loc - scale * centre
    if isinstance(inner, Gaussian):
        return Standard("normal", begins, scale, {})
    if isinstance(inner, Laplace):
        return Standard("laplace", begins, scale, {})
    if isinstance(inner, StudentT):
        return Standard("student_t", begins, scale, {"df": inner.df})
    if isinstance(inner, Gamma):
        return Standard("gamma", begins, scale, {"shape": inner.shape})
    if isinstance(inner, LocationScale):  # moved twice, as by two recalibrations
        below = standard(inner)
        return None if below is None else below._replace(loc=begins + scale * below.loc, scale=scale * below.scale)
    return None


def refused(law: Law, package: str) -> ValueError:
    """The error for a law that another package has no distribution for."""
    return ValueError(
        f"{package} has no distribution for {type(law).__name__}. Its quantile, cdf, log_prob and sample say the same."
    )
