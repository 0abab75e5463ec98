"""Where each loss is lowest on a noise, once more: closed forms of its paper, or a search on own quadrature."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.losses import Loss
from . import own_laws, own_losses

Array = NDArray[np.float64]
Settings = Mapping[str, Any]

_KNOTS = 9  # σ at which an optimum without a unit law is searched for
_UNIT_LAW = ("gaussian_crps", "student_t", "student_t_learned", "mixture")
NEVER = ("no_log_term", "wrong_sign", "broadcast")  # without a lowest expected loss at each x
_STARTS: Mapping[str, tuple[tuple[float, ...], ...]] = MappingProxyType(
    {
        "gaussian_crps": ((0.0, 0.0),),
        "student_t": ((0.0, -0.2),),
        "student_t_learned": ((0.0, -0.3, 1.0), (0.0, -0.1, 4.0), (0.0, 0.0, 8.0)),
        "evidential": ((0.0, 0.0, 1.0, 1.0), (0.0, 2.0, 3.0, 3.0), (0.0, -2.0, 0.0, 0.0), (0.0, -4.0, -3.0, 0.0)),
        "typed": ((0.0, 0.0), (0.0, 1.0), (0.0, -1.0), (0.5, 2.0), (0.0, -3.0), (0.0, 4.0)),
    }
)


@lru_cache
def median_and_mad(noise: str) -> tuple[float, float]:
    """The median of Z and E|Z − median|."""
    z, weights = own_laws.quadrature(noise)
    median = float(own_laws.NOISES[noise].ppf(np.array(0.5)))
    return median, float(np.abs(z - median) @ weights)


Closed = Callable[[str, Array, Settings], Array]


def _columns(*each: Any) -> Array:
    return np.column_stack(np.broadcast_arrays(*each))


def _of_median(log_scale: Callable[[Array], Array]) -> Closed:
    def at(noise: str, std: Array, k: Settings) -> Array:
        median, mad = median_and_mad(noise)
        return _columns(std * median, log_scale(std * mad))

    return at


def _of_mean(log_variance: Callable[[Array], Array]) -> Closed:
    return lambda noise, std, k: _columns(0.0, log_variance(std))


# Outputs (n, H) around a mean of 0, at each σ (n,)
_CLOSED: Mapping[str, Closed] = MappingProxyType(
    {
        **dict.fromkeys(
            ("gaussian_nll", "beta_nll", "faithful", "std_as_variance"), _of_mean(lambda std: 2 * np.log(std))
        ),
        "no_half_residual": _of_mean(lambda std: np.log(2 * std**2)),
        "no_half_log": _of_mean(lambda std: np.log(0.5 * std**2)),
        "clamped": _of_mean(lambda std: np.clip(2 * np.log(std), -2, 2)),
        "relu_variance": _of_mean(lambda std: std**2),
        "natural": _of_mean(lambda std: -2 * np.log(std)),
        "squared_error": lambda noise, std, k: np.zeros((len(std), 1)),
        **dict.fromkeys(("posted", "posted_abs", "laplace_nll"), _of_median(np.log)),
        "absolute_log_variance": _of_median(lambda mad: 2 * np.log(np.sqrt(2) * mad)),
        "pinball": lambda noise, std, k: np.outer(std, own_laws.NOISES[noise].ppf(np.array(k["levels"]))),
    }
)


def best(loss: Loss, settings: Settings, noise: str, mean: Array, std: Array) -> Array | None:
    """The outputs (n, H) with the lowest expected loss around mean (n,) of σ (n,), within the bound; None if none."""
    if loss.name in NEVER:
        return None
    bound = settings["bound"] if settings["bound"] in ("clamp", "soft") else "none"
    free = {**settings, "bound": "none"} if bound != "none" else settings
    if loss.name in _CLOSED and free["bound"] != "epsilon":
        outputs = _CLOSED[loss.name](noise, std, settings)
    elif bound == "none" and loss.name in _UNIT_LAW:
        outputs = _scaled(loss, np.array(_searched(loss, _key(free), noise, 1.0, None)), std)
    else:
        limits = None if bound == "none" else (settings["least_std"], settings["most_std"])
        return _placed(loss, _over(loss, free, noise, std, limits), mean)
    if bound != "none":
        low, high = ends(loss, settings["least_std"], settings["most_std"])
        outputs = np.clip(outputs, low, high)
    return _placed(loss, outputs, mean)


def _placed(loss: Loss, outputs: Array | None, mean: Array) -> Array | None:
    """Moved from around 0 to the mean at each x."""
    if outputs is None or not np.isfinite(outputs).all():
        return None
    if loss.name == "natural":
        return _columns(mean * np.exp(0.5 * outputs[:, 1]), outputs[:, 1])
    return outputs + np.outer(mean, [each.is_location for each in loss.outputs])


def _scaled(loss: Loss, at_one: Array, std: Array) -> Array:
    columns = [
        std * value if each.is_location else value + each.log_power * np.log(std)
        for value, each in zip(at_one, loss.outputs, strict=True)
    ]
    return _columns(*columns, std * 0)[:, :-1]


def ends(loss: Loss, least: float, most: float) -> tuple[Array, Array]:
    """The lowest and highest value of each output under a bound on the std; infinite for one that is no spread."""
    powers = np.array([each.log_power for each in loss.outputs])
    ends = np.sort([powers * np.log(least), powers * np.log(most)], axis=0)
    return np.where(powers, ends[0], -np.inf), np.where(powers, ends[1], np.inf)


def _over(loss: Loss, settings: Settings, noise: str, std: Array, limits: tuple[float, float] | None) -> Array | None:
    """Searched at some σ, and between them by straight lines in log σ."""
    logs = np.log(std)
    knots = np.unique(logs) if len(np.unique(logs)) <= _KNOTS else np.linspace(logs.min(), logs.max(), _KNOTS)
    found: list[tuple[float, ...]] = []
    for knot in knots:
        found.append(_searched(loss, _key(settings), noise, float(np.exp(knot)), limits, found[-1] if found else None))
    return np.column_stack([np.interp(logs, knots, column) for column in np.array(found).T])


Key = tuple[tuple[str, Any], ...]


def _key(settings: Settings) -> Key:
    return tuple(sorted((name, tuple(each) if isinstance(each, list) else each) for name, each in settings.items()))


@lru_cache(maxsize=4096)
def _searched(
    loss: Loss,
    key: Key,
    noise: str,
    std: float,
    limits: tuple[float, float] | None,
    near: tuple[float, ...] | None = None,
) -> tuple[float, ...]:
    """The lowest of several searches, each by L-BFGS-B and then by Nelder and Mead's simplex; NaN if all fail."""
    from scipy.optimize import minimize

    settings = dict(key)
    formula = own_losses.loss(loss.name, settings)
    z, weights = own_laws.quadrature(noise)
    y = std * z[None]
    low, high = (-np.inf, np.inf) if limits is None else ends(loss, *limits)
    low, high = np.broadcast_to(low, len(loss.outputs)), np.broadcast_to(high, len(loss.outputs))

    def expected(outputs: Array) -> float:
        value = float((formula(y, [np.full((1, 1), each) for each in outputs], settings) @ weights)[0])
        return value if np.isfinite(value) else 1e30

    bounds = list(zip(np.maximum(low, -25), np.minimum(high, 25), strict=True))
    found = []
    starts = [_scaled(loss, np.array(start), np.array([std]))[0] for start in _starts(loss)]
    # Outputs that are not identified go along with those of the σ before, so that a line between the two is one.
    for start in starts if near is None else [np.array(near), *starts]:
        at = np.clip(start, low, high)
        wide = [(min(a, x), max(b, x)) for (a, b), x in zip(bounds, at, strict=True)]
        found.append(minimize(expected, at, method="L-BFGS-B", bounds=wide, options={"ftol": 1e-13}))
    best = min(found, key=lambda each: each.fun)
    if near is not None and found[0].fun < best.fun + 1e-8:
        best = found[0]
    if len(best.x) <= 3:
        options = {"xatol": 1e-7, "fatol": 1e-12, "maxiter": 2000}
        polished = minimize(
            expected, best.x, method="Nelder-Mead", options=options, bounds=list(zip(low, high, strict=True))
        )
        best = min(best, polished, key=lambda each: each.fun)
    return tuple(map(float, best.x)) if best.fun < 1e29 else tuple([float("nan")] * len(best.x))


def _starts(loss: Loss) -> tuple[tuple[float, ...], ...]:
    if loss.name == "mixture":
        rng, count = np.random.default_rng(0), len(loss.outputs) // 3
        spread = [np.linspace(-1, 1, count) if count > 1 else np.zeros(1), np.zeros(count), rng.normal(size=count)]
        widths = [np.full(count, -0.5), np.linspace(-1, 1, count), np.linspace(-0.5, 0.5, count)]
        return tuple(tuple(np.concatenate([np.zeros(count), m, s])) for m, s in zip(spread, widths, strict=True))
    starts = _STARTS.get(loss.name, ((0.0, 0.0), (0.0, -1.0), (0.0, 1.0)))
    return tuple(start[: len(loss.outputs)] for start in starts)
