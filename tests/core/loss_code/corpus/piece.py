"""What a piece of loss code of the corpus is, and what is known of it from elsewhere than its reader."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

Value = np.ndarray
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
log, exp, sqrt, maximum, where = np.log, np.exp, np.sqrt, np.maximum, np.where
lgamma, erf, expit = special.gammaln, special.erf, special.expit


@dataclass(frozen=True)
class Piece:
    """Code in the manner of public threads, written for this project.

    `value` is the loss per point and output that the code works out, in numpy: of the target y, the outputs m, s, t, u
    (the mean first where there is one), and of constants by their name in the code, whose value is the reader's guess.
    `quantity` is a name or an expression of the code and `stands_for` what it is at the optimum on Gaussian noise.
    `points` is how it is reduced over points, "" where that is not judged; `remark` the slip that the reader must see.
    `trained` is the loss with the same optimum as training has, where something of `value` is detached.
    """

    kind: str
    code: str
    value: Callable[..., Value]
    quantity: str = ""
    stands_for: str = ""
    points: str = ""
    remark: str = ""
    trained: Callable[..., Value] | None = None


def gauss(r: Value, var: Value) -> Value:
    """Gaussian NLL by its variance, without the constant."""
    return 0.5 * (r**2 / var + log(var))


def by_log_var(y: Value, m: Value, s: Value) -> Value:
    """Gaussian NLL by its log variance."""
    return 0.5 * (exp(-s) * (y - m) ** 2 + s)


def by_log_std(y: Value, m: Value, s: Value) -> Value:
    """Gaussian NLL by its log standard deviation."""
    return 0.5 * (y - m) ** 2 * exp(-2 * s) + s


def by_var(y: Value, m: Value, s: Value) -> Value:
    """Gaussian NLL by its variance."""
    return gauss(y - m, s)


def by_std(y: Value, m: Value, s: Value) -> Value:
    """Gaussian NLL by its standard deviation."""
    return 0.5 * ((y - m) / s) ** 2 + log(s)


def laplace(r: Value, b: Value) -> Value:
    """Laplace NLL by its scale, without the constant."""
    return np.abs(r) / b + log(b)


def softplus(x: Value) -> Value:
    """log(1 + exp x)."""
    return np.logaddexp(x, 0.0)


def elu(x: Value) -> Value:
    """x above 0, exp(x) − 1 below."""
    return where(x > 0, x, np.expm1(np.minimum(x, 0)))


def relu(x: Value) -> Value:
    """x above 0, else 0."""
    return maximum(x, 0.0)


def normal(x: Value, mean: Value, std: Value) -> Value:
    """Log density of a normal."""
    return -0.5 * ((x - mean) / std) ** 2 - log(std) - HALF_LOG_2PI


def student(r: Value, scale: Value, df: Value) -> Value:
    """Negative log density of a Student-t."""
    z = r / scale
    tail = 0.5 * (df + 1) * np.log1p(z**2 / df)
    return lgamma(df / 2) - lgamma((df + 1) / 2) + 0.5 * log(df * math.pi) + log(scale) + tail


def evidential(r: Value, nu: Value, a: Value, b: Value) -> Value:
    """Negative log evidence of a normal-inverse-gamma (Amini et al. 2020)."""
    om = 2 * b * (1 + nu) + 0 * log(a)  # no value where a has none
    tail = (a + 0.5) * log(nu * r**2 + om)
    return 0.5 * log(math.pi / nu) - a * log(om) + tail + lgamma(a) - lgamma(a + 0.5)


def crps(r: Value, std: Value) -> Value:
    """CRPS of a normal (Gneiting & Raftery 2007)."""
    z = r / sqrt(std) ** 2  # no value where the std has none
    bell = exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return std * (z * erf(z / math.sqrt(2)) + 2 * bell - 1 / math.sqrt(math.pi))


def huber(r: Value, delta: float = 1.0) -> Value:
    """Huber's function."""
    return where(np.abs(r) <= delta, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta))


def pinball(r: Value, q: float) -> Value:
    """Pinball loss of r = y − prediction."""
    return maximum(q * r, (q - 1) * r)
