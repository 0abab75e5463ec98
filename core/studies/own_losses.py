"""The losses once more, as their papers write them: y (n, k), outputs a sequence of (n, 1), values per point (n, k)."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from .own_laws import student

Array = NDArray[np.float64]
Settings = Mapping[str, Any]
Formula = Callable[[Array, Sequence[Array], Settings], Array]


def _gaussian(y: Array, o: Sequence[Array], k: Settings) -> Array:
    return 0.5 * (y - o[0]) ** 2 * np.exp(-o[1]) + 0.5 * o[1]


def _crps(y: Array, o: Sequence[Array], k: Settings) -> Array:
    std = np.exp(0.5 * o[1])
    z = (y - o[0]) / std
    return std * (z * (2 * special.ndtr(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))


def _pinball(y: Array, o: Sequence[Array], k: Settings) -> Array:
    each = [np.maximum(tau * (y - q), (tau - 1) * (y - q)) for q, tau in zip(o, k["levels"], strict=True)]
    return np.mean(each, axis=0)


def _evidential(y: Array, o: Sequence[Array], k: Settings) -> Array:
    nu, alpha, beta = np.exp(o[1]), 1 + np.exp(o[2]), np.exp(o[3])
    omega, residual = 2 * beta * (1 + nu), y - o[0]
    nll = 0.5 * np.log(np.pi / nu) - alpha * np.log(omega) + (alpha + 0.5) * np.log(nu * residual**2 + omega)
    nll = nll + special.gammaln(alpha) - special.gammaln(alpha + 0.5)
    return nll + k["evidence_weight"] * np.abs(residual) * (2 * nu + alpha)


def _mixture(y: Array, o: Sequence[Array], k: Settings) -> Array:
    count = len(o) // 3
    total = special.logsumexp(np.array(o[:count]), axis=0)
    each = [o[i] - total + stats.norm.logpdf(y, o[count + i], np.exp(o[2 * count + i])) for i in range(count)]
    return -special.logsumexp(np.array(each), axis=0)


def _absolute(weight: float) -> Formula:
    return lambda y, o, k: weight * np.exp(-o[1]) * np.abs(y - o[0]) + weight * o[1]


def _weighted(residual: float, log: float, sign: float = -1.0) -> Formula:
    return lambda y, o, k: residual * np.exp(sign * o[1]) * (y - o[0]) ** 2 + log * o[1]


def _broadcast(y: Array, o: Sequence[Array], k: Settings) -> Array:
    if y.shape[1] > 1:  # of nodes around each x there is no batch
        return np.full(y.shape, np.nan)
    return 0.5 * np.exp(-o[1]) * ((y.mean() - o[0]) ** 2 + y.var()) + 0.5 * o[1]


def _relu(y: Array, o: Sequence[Array], k: Settings) -> Array:
    var = np.maximum(o[1], 0)
    return 0.5 * (y - o[0]) ** 2 / var + 0.5 * np.log(var)


LOSSES: Mapping[str, Formula] = MappingProxyType(
    {
        "gaussian_nll": _gaussian,
        "beta_nll": _gaussian,
        "faithful": _gaussian,
        "natural": lambda y, o, k: 0.5 * (y * np.exp(0.5 * o[1]) - o[0]) ** 2 - 0.5 * o[1],
        "gaussian_crps": _crps,
        "squared_error": lambda y, o, k: 0.5 * (y - o[0]) ** 2,
        "posted": _absolute(0.5),
        "posted_abs": _absolute(0.5),
        "laplace_nll": _absolute(1.0),
        "absolute_log_variance": lambda y, o, k: np.sqrt(2) * np.abs(y - o[0]) * np.exp(-0.5 * o[1]) + 0.5 * o[1],
        "pinball": _pinball,
        "student_t": lambda y, o, k: -student(y, o[0], np.exp(o[1]), np.array(float(k["nu"]))),
        "student_t_learned": lambda y, o, k: -student(y, o[0], np.exp(o[1]), 2 + np.exp(o[2])),
        "evidential": _evidential,
        "mixture": _mixture,
        "no_half_residual": _weighted(1.0, 0.5),
        "no_half_log": _weighted(0.5, 1.0),
        "no_log_term": _weighted(0.5, 0.0),
        "wrong_sign": _weighted(0.5, 0.5, 1.0),
        "std_as_variance": _gaussian,
        "broadcast": _broadcast,
        "relu_variance": _relu,
        "clamped": lambda y, o, k: _gaussian(y, (o[0], np.clip(o[1], -2, 2)), k),
    }
)


def _typed(function: Callable[[Array, Array], Array]) -> Formula:
    return lambda y, o, k: function(y - o[0], o[1] if len(o) > 1 else np.zeros_like(o[0]))


def _softplus(s: Array) -> Array:
    return np.logaddexp(s, 0)


# Formulas that are typed in random experiments, each with the same written here.
TYPED: Mapping[str, Formula] = MappingProxyType(
    {
        "0.5*exp(-s)*r**2 + 0.5*s": _weighted(0.5, 0.5),
        "exp(-s)*r**2 + s": _weighted(1.0, 1.0),
        "0.5*exp(-2*s)*r**2 + s": _typed(lambda r, s: 0.5 * np.exp(-2 * s) * r**2 + s),
        "0.5*exp(s)*r**2 - 0.5*s": _weighted(0.5, -0.5, 1.0),
        "exp(-s)*abs(r) + s": _absolute(1.0),
        "0.5*exp(-s)*abs(r) + 0.5*s": _absolute(0.5),
        "0.5*r**2/softplus(s)**2 + log(softplus(s))": _typed(
            lambda r, s: 0.5 * r**2 / _softplus(s) ** 2 + np.log(_softplus(s))
        ),
        "exp(-s)*log(cosh(r)) + s": _typed(lambda r, s: np.exp(-s) * (np.logaddexp(r, -r) - np.log(2)) + s),
        "exp(-s)*max(0.8*r, -0.2*r) + s": _typed(lambda r, s: np.exp(-s) * np.maximum(0.8 * r, -0.2 * r) + s),
        "exp(-max(s, 0))*r**2 + max(s, 0)": _typed(lambda r, s: np.exp(-np.maximum(s, 0)) * r**2 + np.maximum(s, 0)),
        "0.5*r**2": _typed(lambda r, s: 0.5 * r**2),
    }
)


# The std that s stands for in those, as far as it has a simple form: of s and E|r| of noise with σ = 1.
TYPED_STD: Mapping[str, Callable[[Array, float], Array]] = MappingProxyType(
    {
        "0.5*exp(-s)*r**2 + 0.5*s": lambda s, mad: np.exp(0.5 * s),
        "exp(-s)*r**2 + s": lambda s, mad: np.exp(0.5 * s),
        "0.5*exp(-2*s)*r**2 + s": lambda s, mad: np.exp(s),
        "0.5*exp(s)*r**2 - 0.5*s": lambda s, mad: np.exp(-0.5 * s),
        "exp(-s)*abs(r) + s": lambda s, mad: np.exp(s) / mad,
        "0.5*exp(-s)*abs(r) + 0.5*s": lambda s, mad: np.exp(s) / mad,
        "0.5*r**2/softplus(s)**2 + log(softplus(s))": lambda s, mad: _softplus(s),
        "exp(-max(s, 0))*r**2 + max(s, 0)": lambda s, mad: np.exp(0.5 * np.maximum(s, 0)),
    }
)


def loss(name: str, settings: Settings) -> Formula:
    """A loss with its offset, and with ε in its square where that is the bound; outputs are as the bound left them."""
    formula = TYPED[settings["formula"]] if name == "typed" else LOSSES[name]
    offset, bound = settings["offset"], settings["bound"]

    def value(y: Array, o: Sequence[Array], k: Settings) -> Array:
        if bound == "epsilon":
            y = o[0] + np.where(y < o[0], -1, 1) * np.sqrt((y - o[0]) ** 2 + settings["least_std"] ** 2)
        with np.errstate(all="ignore"):
            return formula(y, o, k) - offset

    return value
