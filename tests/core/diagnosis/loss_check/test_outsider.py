"""Losses in the way of forum posts, course code and repositories, each held against a loss worked out by hand.

The oracle is a loss per point, L(r, s), written down apart from the reader; its optimum is found numerically.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from core.diagnosis.loss_check.meaning import meaning_of
from core.loss_code.loss_code import CodeError
from core.loss_code.reading import read_code
from core.model.formulas.program import value
from tests.core.diagnosis.loss_check.outsider_pieces import PIECES

PerPoint = Callable[[Any, Any], Any]
_POINTS = (np.arange(301) + 0.5) / 301
_UNSCALED = {"Gaussian": stats.norm.ppf(_POINTS), "Laplace": stats.laplace.ppf(_POINTS)}
NOISE = {name: z / z.std() for name, z in _UNSCALED.items()}
GRID = np.unique(np.concatenate([np.linspace(-99.99, 130.01, 231), np.geomspace(0.0005, 60, 100)]))


def gaussian(var: Callable[[Any], Any]) -> PerPoint:
    """The Gaussian NLL of a variance."""
    return lambda r, s: 0.5 * np.log(var(s)) + 0.5 * r * r / var(s)


def laplace(scale: Callable[[Any], Any]) -> PerPoint:
    """The Laplace NLL of a scale."""
    return lambda r, s: np.log(scale(s)) + abs(r) / scale(s)


def softplus(x: Any) -> Any:
    return np.logaddexp(0, x)


def elu(x: Any) -> Any:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


# The loss per point by hand and the verdict.
BY_HAND: Mapping[str, tuple[PerPoint, str]] = {
    "precision-head": (gaussian(lambda s: np.exp(-s)), "good"),
    "gnll-class": (gaussian(lambda s: softplus(s) + 1e-06), "good"),
    "independent-normal": (
        lambda r, s: np.log(softplus(s) + 0.0001) + 0.5 * r * r / (softplus(s) + 0.0001) ** 2 + 0.5 * np.log(2 * np.pi),
        "good",
    ),
    "normal-var-scale": (lambda r, s: s + 0.5 * r * r / np.exp(2 * s), "mistake"),
    "mvn-diag": (gaussian(lambda s: np.exp(s)), "good"),
    "laplace-dist": (laplace(lambda s: np.exp(s)), "good"),
    "gnll-positional-std": (lambda r, s: 0.5 * np.log(s) + 0.5 * r * r / s, "mistake"),
    "gnll-exp": (gaussian(lambda s: np.exp(2 * s)), "good"),
    "gnll-twice-exp": (gaussian(lambda s: np.exp(2 * s)), "mistake"),
    "no-half-on-sq": (lambda r, s: r * r * np.exp(-s) + 0.5 * s, "mistake"),
    "log-of-2pi-var-missing-half": (lambda r, s: np.log(2 * np.pi * s * s) + r * r / (2 * s * s), "mistake"),
    "mae-log": (laplace(lambda s: np.exp(s)), "warning"),
    "l1-gauss-mix": (lambda r, s: np.abs(r) / (2 * s * s) + np.log(s), "mistake"),
    "relu-eps": (lambda r, s: 0.5 * (r * r / (np.maximum(s, 0) + 1e-06) + np.log(np.maximum(s, 0) + 1e-06)), "warning"),
    "clamp-logvar": (lambda r, s: 0.5 * (np.clip(s, -10, 10) + r * r / np.exp(np.clip(s, -10, 10))), "good"),
    "abs-sigma": (lambda r, s: np.log(np.abs(s) + 1e-06) + r * r / (2 * (np.abs(s) + 1e-06) ** 2), "good"),
    "square-var": (lambda r, s: 0.5 * (np.log(s * s + 1e-08) + r * r / (s * s + 1e-08)), "good"),
    "maximised": (lambda r, s: -0.5 * np.log(2 * np.pi * s) - r * r / (2 * s), "mistake"),
    "ddp-train-step": (lambda r, s: np.exp(-s) * r * r + s, "good"),
    "masked": (gaussian(lambda s: np.exp(s)), "good"),
    "weight-only-on-residual": (lambda r, s: 1.5 * np.exp(-s) * r * r + 0.5 * s, "warning"),
    "mse-plus-nll": (lambda r, s: 0.5 * np.log(s) + 0.5 * r * r / s + 0.5 * r * r, "good"),
    "pixels": (lambda r, s: np.exp(-s) * r * r + s, "good"),
    "prod-likelihood": (lambda r, s: np.log(s) + r * r / 2 / s**2, "good"),
    "keras-closure": (lambda r, s: np.log(softplus(s) + 0.001) + 0.5 * (r / (softplus(s) + 0.001)) ** 2, "good"),
    "keras-logvar": (lambda r, s: np.exp(-s) * r * r + s, "good"),
    "keras3": (lambda r, s: np.log(softplus(s) + 1e-07) + 0.5 * (r / (softplus(s) + 1e-07)) ** 2, "good"),
    "tfp-lambda": (
        lambda r, s: np.log(softplus(0.05 * s) + 0.001) + 0.5 * (r / (softplus(0.05 * s) + 0.001)) ** 2,
        "good",
    ),
    "tf-mvndiag": (lambda r, s: s + 0.5 * r * r / np.exp(2 * s), "good"),
    "keras-elu": (lambda r, s: np.log(elu(s) + 1 + 1e-07) + r * r / 2 / (elu(s) + 1 + 1e-07) ** 2, "good"),
    "tf-ln-misplaced": (lambda r, s: 0.5 * r * r / np.exp(s) + s, "mistake"),
    "jax-fn": (lambda r, s: s + 0.5 * (r * np.exp(-s)) ** 2, "good"),
    "jax-norm-logpdf": (lambda r, s: np.log(softplus(s)) + 0.5 * (r / softplus(s)) ** 2, "good"),
    "scipy-norm": (gaussian(lambda s: s), "good"),
    "latex-s": (gaussian(lambda s: np.exp(s)), "good"),
    "latex-slip": (lambda r, s: r * r / s**2 + np.log(s), "mistake"),
    "plain-math2": (gaussian(lambda s: s * s), "good"),
    "forum-prose": (lambda r, s: 2 * s + r * r / np.exp(2 * s), "good"),
    "repl": (gaussian(lambda s: np.exp(s)), "good"),
    "log10": (lambda r, s: 0.5 * np.log(s) / np.log(10) + 0.5 * r * r / s, "mistake"),
    "torch-where-neg": (gaussian(lambda s: np.where(s > 0, s + 1, np.exp(s))), "good"),
    "eps-clip-np": (gaussian(lambda s: np.maximum(np.exp(s), 1e-08)), "good"),
    "two-heads-dict": (gaussian(lambda s: np.exp(s)), "good"),
    "sqrt-of-var": (lambda r, s: 0.5 * s + r * r / (2 * np.exp(s / 2)), "mistake"),
    "learned-global": (lambda r, s: 0.5 * (r * np.exp(-s)) ** 2 + s, "good"),
    "kgl-comma": (gaussian(lambda s: np.exp(s)), "good"),
    "typed-annot": (gaussian(lambda s: np.exp(s)), "good"),
    "amp": (gaussian(lambda s: np.exp(s)), "good"),
    "double-neg": (lambda r, s: -0.5 * np.log(s) - 0.5 * r * r / s, "mistake"),
    "gnll-keepdim": (
        lambda r, s: 0.5 * np.log(np.maximum(softplus(s), 0.001)) + 0.5 * r * r / np.maximum(softplus(s), 0.001),
        "good",
    ),
    "sum-half-mean": (gaussian(lambda s: np.exp(s)), "good"),
    "math-words": (lambda r, s: np.log(s) + r * r / 2 / s**2, "good"),
    "math-abs": (lambda r, s: np.abs(r) / s + np.log(2 * s), "good"),
    "walrus-mess": (gaussian(lambda s: softplus(s) + 1e-06), "good"),
    "einsum": (lambda r, s: np.exp(-s) * r * r + s, "good"),
    "torch-exp-neg2": (lambda r, s: s + 0.5 * r * r * np.exp(-2 * s), "good"),
    "rsqrt": (gaussian(lambda s: s + 1e-06), "good"),
    "ood-names": (gaussian(lambda s: np.exp(s)), "good"),
}

# Words of the verdict.
SAID: Mapping[str, str] = {
    "precision-sign-slip": "keeps falling",
    "forgot-log": "grows without limit",
    "clamp-std-min1": "No std below 1.00",
    "softplus-as-logvar": "No std below 1.00",
    "log-exp-plus1": "No std below 1.00",
    "eps-in-denominator-only": "keeps falling",
    "nll-plus-logvar-reg": "No simple formula",
    "log1p-var": "No simple formula",
    "neg-lik": "logarithm is missing",
    "div-prec": "keeps falling",
    "sign-exp": "keeps falling",
    "one-minus": "keeps falling",
    "unsquared": "mean runs away",
    "detached-residual": "mean is not trained",
    "nograd-mean-detach": "mean is not trained",
    "broadcast-view": "Every target is paired",
    "expectile": "0.9 expectile",
    "quantile-slip": "0.1 quantile",
    "matlab": "MATLAB",
    "R": "looks like R",
    "std-of-residual": "statistic of the batch",
    "double-softplus-bug": "No std below 0.693",
    "double-neg": "minus sign",
    "y-plus-mu": "learns −y",
    "interval-score": "trained separately",
    "vae": "No std of the target",
    "one-column": "mean and std",
    "mape": "relative error",
    "squared-relative": "relative error",
    "log-normal": "std of log y = sigma",
    "negative-binomial": "likelihood of counts",
    "arguments-out-of-order": "are swapped",
    "msle": "far below zero",
    "detached-spread": "does not matter",
    "latex-hats": "std = σ̂_i",
    "latex-density": "its −log is the loss",
    "sum-and-mean": "A sum and a mean are added",
    "log-y": "std of log y = exp(s/2)",
    "latex-likelihood": "not yet a loss",
    "bce": "is the mean of y",
    "poisson": "is the mean of y",
    "mdn": "mixture",
}


def lowest(loss: PerPoint, r: Any) -> float:
    """The s at which the mean loss over the residuals is lowest."""
    with np.errstate(all="ignore"):
        means = np.broadcast_to(loss(r[:, None], GRID), (len(r), len(GRID))).mean(axis=0)
        at = int(np.argmin(np.where(np.isfinite(means), means, np.inf)))
        near = (GRID[max(at - 1, 0)], GRID[min(at + 1, len(GRID) - 1)])
        found = optimize.minimize_scalar(
            lambda s: float(np.mean(loss(r, s))), bounds=near, method="bounded", options={"xatol": 1e-9}
        )
    return float(found.x)


@pytest.mark.parametrize("name", BY_HAND)
def test_the_std_is_where_the_loss_by_hand_has_its_optimum(name: str) -> None:
    by_hand, kind = BY_HAND[name]
    code = read_code(PIECES[name])
    found = meaning_of(code)
    assert found.kind == kind, found.headline
    rng = np.random.default_rng(1)
    r, s = rng.normal(size=30), rng.uniform(0.3, 2.5, size=30)
    apart = value(code.tree, np, {"y": r, "mu": 0 * r, "r": r, "s": s}) - by_hand(r, s)
    assert np.ptp(apart) < 1e-6, "another loss than the one by hand"
    assert found.std is not None
    sign = -1 if found.is_maximised else 1
    for noise, z in NOISE.items():
        if found.std.on != "any noise" and not found.std.on.startswith(noise):
            continue
        for sigma in (0.05, 0.2, 1, 5):
            best = np.array(lowest(lambda r, s: sign * by_hand(r, s), z * sigma))
            std = value(found.std.tree, np, {"y": best, "mu": best, "r": best, "s": best})
            assert math.isclose(abs(std), sigma, rel_tol=0.01), (noise, sigma, found.std.text)


@pytest.mark.parametrize("name", SAID)
def test_what_is_wrong_or_else_is_said(name: str) -> None:
    try:
        told = meaning_of(read_code(PIECES[name])).headline
    except CodeError as error:
        told = str(error)
    assert SAID[name] in told.replace("`", "")
