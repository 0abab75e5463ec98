"""Placeholder until the real one is merged."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import optimize


@dataclass(frozen=True)
class Stationary:
    """Outputs at the optimum, floor, terms, deviation and status."""

    outputs: tuple
    floor: float
    terms: tuple
    deviation: float
    status: str


@lru_cache(maxsize=256)
def stationary(loss, noise, std=1.0):
    """Where the expected loss is smallest."""
    z, w = noise.quadrature
    y = std * z

    def f(out):
        with np.errstate(all="ignore"):
            v = sum(t @ w for t in loss.evaluate(np, y, [np.full_like(y, o) for o in out]))
        return v if np.isfinite(v) else 1e10

    start = [o.start + (o.log_power * np.log(std)) for o in loss.outputs]
    found = optimize.minimize(f, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000})
    terms = [t for t in loss.evaluate(np, y, [np.full_like(y, o) for o in found.x])]
    total = sum(terms)
    return Stationary(
        tuple(found.x),
        float(total @ w),
        tuple(float(t @ w) for t in terms),
        float(np.sqrt(w @ (total - total @ w) ** 2)),
        "found",
    )
