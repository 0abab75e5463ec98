"""Every head that people use, in a Gaussian and a Laplace NLL: the std that is named, against minimisation by scipy."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from core.diagnosis.loss_check.meaning import Meaning, meaning_of
from core.model.formulas import program
from tests.core.diagnosis.loss_check.code_by_hand import code

SIGMAS = (0.05, 0.2, 1.0, 5.0)

# A head as a formula and in numpy, where its s lies, and the std between which it can be.
HEADS = {
    "exp(s)": (np.exp, (-9, 4), (0, 99)),
    "exp(s/2)": (lambda s: np.exp(s / 2), (-14, 8), (0, 99)),
    "softplus(s)": (lambda s: np.logaddexp(0, s), (-9, 20), (0, 99)),
    "softplus(s) + 0.001": (lambda s: np.logaddexp(0, s) + 1e-3, (-9, 20), (0, 99)),
    "0.001 + softplus(0.05*s)": (lambda s: np.logaddexp(0, 0.05 * s) + 1e-3, (-120, 240), (0, 99)),
    "max(s, 0) + exp(min(s, 0))": (lambda s: np.where(s > 0, s, np.expm1(np.minimum(s, 0))) + 1, (-9, 20), (0, 99)),
    "2*sigmoid(s)": (lambda s: 2 / (1 + np.exp(-s)), (-9, 30), (0, 2)),
    "s**2": (lambda s: s**2, (0.05, 4), (0, 99)),
    "abs(s)": (np.abs, (0.005, 20), (0, 99)),
    "relu(s) + 0.0001": (lambda s: np.maximum(s, 0) + 1e-4, (0.005, 20), (0, 99)),
    "s": (lambda s: s, (0.005, 20), (0, 99)),
    "exp(max(min(s, 7), -7)/2)": (lambda s: np.exp(np.clip(s, -7, 7) / 2), (-6.99, 6.99), (0.03, 33)),
    "exp(0.5*(-10 + softplus(10 + 0.5 - softplus(0.5 - s))))": (
        lambda s: np.exp(0.5 * (-10 + np.logaddexp(0, 10.5 - np.logaddexp(0, 0.5 - s)))),
        (-9, 30),
        (0.007, 1.28),
    ),
}
FORMS = {
    "gaussian": ("0.5*(r/({head}))**2 + log({head})", lambda r, g: 0.5 * (r / g) ** 2 + np.log(g)),
    "laplace": ("abs(r)/({head}) + log({head})", lambda r, g: np.abs(r) / g + np.log(g)),
}
# Quadrature of the test's own: midpoints of equal probability, and beyond them nothing that counts.
PROBABILITIES = (np.arange(40_000) + 0.5) / 40_000
NOISE = {"gaussian": stats.norm.ppf(PROBABILITIES), "laplace": stats.laplace.ppf(PROBABILITIES) / math.sqrt(2)}


def best_s(form: str, noise: str, head: str, sigma: float) -> float:
    """The s that scipy finds the loss lowest at, on the noise of this σ."""
    of_head, bounds, _ = HEADS[head]
    r = sigma * NOISE[noise][::20] / math.sqrt(np.mean(NOISE[noise][::20] ** 2))
    loss = FORMS[form][1]
    found = optimize.minimize_scalar(
        lambda s: float(np.mean(loss(r, of_head(s)))), bounds=bounds, method="bounded", options={"xatol": 1e-9}
    )
    return float(found.x)


def meaning(form: str, head: str) -> Meaning:
    return meaning_of(
        code(FORMS[form][0].format(head=head), ("pred", "raw"), quantities=(("std", head),) * (head != "s"))
    )


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("form", FORMS)
def test_the_named_std_is_sigma(form: str, head: str) -> None:
    found = meaning(form, head)
    assert found.std is not None
    assert found.nll_of.lower() == form
    low, high = HEADS[head][2]
    for sigma in SIGMAS:
        g_best = sigma if form == "gaussian" else sigma / math.sqrt(2)
        if not low < g_best < high:
            continue
        s = best_s(form, form, head, sigma)
        named = program.value(found.std.tree, np, {"s": np.float64(s)})
        assert named == pytest.approx(sigma, rel=0.01)


@pytest.mark.parametrize("head", ["exp(s)", "softplus(s) + 0.001"])
def test_a_laplace_scale_on_gaussian_noise_has_another_factor(head: str) -> None:
    found = meaning("laplace", head)
    assert found.std is not None
    assert found.std.on == "Laplace noise"
    scale = HEADS[head][0](np.float64(best_s("laplace", "gaussian", head, 0.2)))
    assert scale * math.sqrt(math.pi / 2) == pytest.approx(0.2, rel=0.01)
    assert "On Gaussian noise it is `√(π/2)·std`." in found.findings[0].sentence
