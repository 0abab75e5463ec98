"""Loss code as people write it, from pieces.txt, each piece below the formula that it means.

A formula is numpy, in the target y, the mean m, and the other outputs s, t, u: by hand and apart from the project.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import special, stats

Array = np.ndarray
C = 0.5 * np.log(2 * np.pi)


def gauss(y: Array, m: Array, std: Array) -> Array:
    return 0.5 * ((y - m) / std) ** 2 + np.log(std)


def by_log_var(y: Array, m: Array, s: Array) -> Array:
    return 0.5 * np.exp(-s) * (y - m) ** 2 + 0.5 * s


def by_log_std(y: Array, m: Array, s: Array) -> Array:
    return gauss(y, m, np.exp(s))


def laplace(y: Array, m: Array, s: Array) -> Array:
    return np.abs(y - m) * np.exp(-s) + s


def softplus(x: Array) -> Array:
    return np.logaddexp(x, 0)


def huber(r: Array, d: float = 1.0) -> Array:
    return np.where(np.abs(r) <= d, 0.5 * r**2, d * (np.abs(r) - 0.5 * d))


def pinball(u: Array, q: float) -> Array:
    return np.maximum(q * u, (q - 1) * u)


def crps(y: Array, m: Array, s: Array) -> Array:
    z = (y - m) / s
    return s * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))


def evidential(y: Array, m: Array, nu: Array, alpha: Array, beta: Array) -> Array:
    """A Student-t of 2α degrees of freedom (Amini et al. 2020, arXiv:1910.02600)."""
    return -stats.t.logpdf(y, 2 * alpha, m, np.sqrt(beta * (1 + nu) / (nu * alpha)))


def mixture(y: Array, logit: Array, m1: Array, m2: Array, std1: Array, std2: Array) -> Array:
    first, second = stats.norm.pdf(y, m1, std1), stats.norm.pdf(y, m2, std2)
    return -np.log(special.expit(logit) * first + special.expit(-logit) * second)


NAMES = {name: thing for name, thing in globals().items() if callable(thing) or name in ("C", "np", "special", "stats")}


def pieces() -> list[tuple[str, str]]:
    """(formula, code) of every piece."""
    blocks = (Path(__file__).parent / "pieces.txt").read_text(encoding="utf-8").split("=== ")[1:]
    return [(formula, code) for formula, _, code in (block.partition("\n") for block in blocks)]


def worked_out(formula: str, given: dict[str, Array]) -> Array:
    """A formula of pieces.txt, which is ours, at these values."""
    work: Callable[..., Array] = eval(f"lambda: {formula}", {**NAMES, **given})  # noqa: S307
    with np.errstate(all="ignore"):
        return work()
